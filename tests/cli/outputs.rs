//! What other programs read.

use crate::run::{SAMPLE, manifest, sample, slipway, slipway_in};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;

/// A design with an unknown field, a value that needs escaping, a duplicate address and a document that cannot be read.
fn broken() -> String {
    let node = manifest("BaremetalNode", "n1", "  hostProfle: worker\n  bootMac: '<&\"]]>'\n");
    let sample = sample().replace("address: 10.40.41.11", "address: 10.40.41.10");
    format!("a: [\n---\n{node}---\n{sample}")
}

fn sarif(run: &str) -> Value {
    let log: Value = serde_json::from_str(run).unwrap();
    // The published schema has a pattern with a bracket too many, at a field that is not written here.
    let schema = include_str!("sarif-schema-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    log
}

#[test]
fn sarif_is_what_its_schema_says() {
    let run = slipway(&["validate", "-", "-o", "sarif"], broken());
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let log = sarif(&run.stdout);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.len() >= 18);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]["id"], "{result:#}");
        assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64(), "{result:#}");
    }
    let unknown = results.iter().find(|r| r["message"]["text"].as_str().unwrap().contains("hostProfle")).unwrap();
    let location = &unknown["locations"][0];
    assert_eq!((unknown["ruleId"].as_str(), unknown["level"].as_str()), (Some("SLW1013"), Some("error")));
    assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "stdin");
    assert_eq!(location["physicalLocation"]["region"]["startLine"], 7);
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "BaremetalNode/n1");
    assert_eq!(location["logicalLocations"][1]["name"], "spec.hostProfle");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn sarif_of_a_clean_design_and_of_none() {
    let clean = sarif(&slipway(&["validate", SAMPLE, "-o", "sarif"], "").stdout);
    assert_eq!(clean["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(clean["runs"][0]["invocations"][0]["executionSuccessful"], true);
    let none = sarif(&slipway(&["validate", "no/such", "-o", "sarif"], "").stdout);
    let notified = &none["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert!(notified["message"]["text"].as_str().unwrap().contains("no/such"), "{none:#}");
}

#[test]
fn sarif_names_files_as_uris() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a site.yaml"), broken()).unwrap();
    let log = sarif(&slipway_in(folder.path(), &["validate", "./a site.yaml", "-o", "sarif"], "").stdout);
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20site.yaml");
}

#[test]
fn junit_has_a_suite_a_site_and_a_test_an_object() {
    let run = slipway(&["validate", "-", "-o", "junit"], broken());
    let report = Report::deserialize(run.stdout.as_bytes()).unwrap();
    let suites: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(suites, ["files", "Site/harbour"]);
    assert!(is(&report.test_suites[0].test_cases[0].status, NonSuccessKind::Error).contains("-:1:4: error SLW1013"));
    let cases = &report.test_suites[1].test_cases;
    let case = |name: &str| cases.iter().find(|case| case.name.as_str() == name).unwrap();
    let told = is(&case("BaremetalNode/n1").status, NonSuccessKind::Failure);
    assert!(told.contains("-:7:3: error SLW1013 BaremetalNode/n1 spec.hostProfle"), "{told}");
    assert!(told.contains("found `<&\"]]>`"), "{told}");
    assert!(told.contains("did you mean `hostProfile`?"), "{told}");
    assert!(matches!(case("Rack/r01").status, TestCaseStatus::Success { .. }));
    assert_eq!(run.code, Some(2));
}

/// The description of a test that did not pass.
fn is(status: &TestCaseStatus, expected: NonSuccessKind) -> String {
    match status {
        TestCaseStatus::NonSuccess { kind, description, .. } if *kind == expected => {
            description.as_ref().unwrap().as_str().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_has_every_key_every_time() {
    let run = slipway(&["validate", "-", "-o", "json"], broken());
    let listed: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    assert!(listed.len() >= 4, "{listed:#?}");
    let keys =
        ["column", "field", "file", "hint", "line", "message", "namespace", "nodes", "object", "rule", "severity"];
    for entry in &listed {
        assert_eq!(entry.as_object().unwrap().keys().collect::<Vec<_>>(), keys, "{entry:#}");
        assert!(!entry["hint"].as_str().unwrap().is_empty(), "{entry:#}");
    }
}
