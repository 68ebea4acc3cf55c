//! Findings for code review: SARIF 2.1.0, as GitHub, GitLab and editors show beside the lines of a change.

use super::{
    super::files::{InFile, Problem},
    report::Report,
};
use crate::{api::GROUP, design::RULES, model::Severity};
use serde_json::{Value, json};
use std::fmt::Write;

/// Prints a report.
pub fn print(report: &Report) -> serde_json::Result<String> {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id, "name": rule.name, "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.why}, "help": {"text": rule.fix},
                "properties": {"drydock": rule.drydock},
            })
        })
        .collect();
    let results: Vec<Value> = report.problems().map(|(namespace, problem)| result(namespace, problem)).collect();
    let nowhere = report.faults.iter().filter(|fault| fault.place.is_none());
    let notifications: Vec<Value> =
        nowhere.map(|fault| json!({"level": "error", "message": {"text": fault.message}})).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "slipway",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": format!("https://{GROUP}"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.faults.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

fn result(namespace: Option<&str>, problem: &Problem) -> Value {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut result = json!({
        "ruleId": problem.rule,
        "level": level,
        "message": {"text": format!("{}. {}", problem.sentence(), problem.hint)},
    });
    if let Some(index) = RULES.iter().position(|rule| rule.id == problem.rule) {
        result["ruleIndex"] = index.into();
    }
    let mut location = json!({});
    if let Some(place) = &problem.place {
        location["physicalLocation"] = physical(place);
    }
    if let Some(object) = &problem.object {
        location["logicalLocations"] = logical(namespace.unwrap_or_default(), object, &problem.field).into();
    }
    result["locations"] = json!([location]);
    result
}

fn physical(place: &InFile) -> Value {
    json!({
        "artifactLocation": {"uri": uri(&place.file)},
        "region": {"startLine": place.at.line, "startColumn": place.at.column},
    })
}

fn logical(namespace: &str, object: &str, field: &str) -> Vec<Value> {
    let full = if namespace.is_empty() { object.to_owned() } else { format!("{namespace}/{object}") };
    let mut places = vec![json!({"name": object, "fullyQualifiedName": full, "kind": "object"})];
    if !field.is_empty() {
        let full = format!("{full}/{field}");
        places.push(json!({"name": field, "fullyQualifiedName": full, "kind": "property"}));
    }
    places
}

/// A file's name as a URI reference: below the working folder where it was named so, with what URIs cannot hold escaped.
fn uri(file: &str) -> String {
    if file == "-" {
        return "stdin".into();
    }
    let mut uri = String::from(if file.starts_with('/') { "file://" } else { "" });
    for byte in file.strip_prefix("./").unwrap_or(file).replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // What is written into a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_uris() {
        assert_eq!(uri("./sites/a b#c.yaml"), "sites/a%20b%23c.yaml");
        assert_eq!(uri("/srv/site.yaml"), "file:///srv/site.yaml");
        assert_eq!(uri("-"), "stdin");
    }
}
