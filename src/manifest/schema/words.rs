//! Words for what was found, and for what may have been meant.

use super::path::Path;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::Value;

/// How much of a value is shown.
const SHOWN: usize = 60;

/// A value as it is shown. What stands in a field that may hold a secret is not, nor is a password in a URL.
pub(super) fn found(value: &Value, path: &Path<'_>) -> String {
    const SECRET: [&str; 6] = ["secret", "credential", "password", "passphrase", "token", "apikey"];
    match value {
        Value::Null => "nothing".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a map".into(),
        _ if path.any(&|name| SECRET.iter().any(|word| name.to_lowercase().contains(word))) => {
            "a value that is not shown".into()
        }
        Value::String(text) if text.is_empty() => "empty text".into(),
        Value::String(text) => {
            let text: String = without_password(text).chars().filter(|c| !c.is_control()).collect();
            let short: String = text.chars().take(SHOWN).collect();
            if short.len() < text.len() { format!("`{short}…`") } else { format!("`{text}`") }
        }
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
    }
}

/// `https://user:password@host` without what comes before the `@`.
fn without_password(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, host)) => format!("{scheme}://***@{host}"),
            None => text.to_owned(),
        },
        None => text.to_owned(),
    }
}

/// A type, in words.
pub(super) fn type_in_words(name: &str) -> &str {
    match name {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

/// The name that was probably meant: one that differs in few letters only.
pub fn nearest<'n>(meant: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let (short, folded) = (meant.chars().count(), meant.to_lowercase());
    let allowed = (short / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&folded, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// `a, b and c`, or as many of them as one reads.
pub(super) fn listed(names: &[&str], last: &str) -> String {
    const MANY: usize = 16;
    match names {
        [] => "none".into(),
        [one] => format!("`{one}`"),
        _ if names.len() > MANY => {
            let first: Vec<String> = names.iter().take(MANY).map(|name| format!("`{name}`")).collect();
            format!("{} and {} more", first.join(", "), names.len() - MANY)
        }
        [rest @ .., end] => {
            let rest: Vec<String> = rest.iter().map(|name| format!("`{name}`")).collect();
            format!("{} {last} `{end}`", rest.join(", "))
        }
    }
}

/// What stands at a field, as its schema tells: the first paragraph's first sentences.
pub(super) fn meaning(schema: &JSONSchemaProps) -> Option<&str> {
    schema.description.as_deref().and_then(|text| text.lines().next()).filter(|line| !line.is_empty())
}

/// A hint for a value: what stands at the field.
pub(super) fn hint(schema: &JSONSchemaProps) -> String {
    meaning(schema).map_or_else(|| "correct the value".into(), |meaning| format!("correct it. {meaning}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_near() {
        let known = ["hostProfile", "hardwareProfile", "addresses", "oob", "power"];
        for (meant, expected) in [
            ("hostProfle", Some("hostProfile")),
            ("hostprofile", Some("hostProfile")),
            ("adresses", Some("addresses")),
            ("obo", Some("oob")),
            ("x", None),
            ("rack", None),
            ("", None),
        ] {
            assert_eq!(nearest(meant, known), expected, "{meant}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let field = |name| found(&Value::from("hunter2"), &Path::Field(&Path::Root, name));
        assert_eq!(field("credentialsRef"), "a value that is not shown");
        assert_eq!(field("vlan"), "`hunter2`");
        assert_eq!(found(&"http://a:hunter2@host/x".into(), &Path::Root), "`http://***@host/x`");
    }
}
