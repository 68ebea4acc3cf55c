//! `slipway explain`: what a node is, and who says so.

use crate::run::{SAMPLE, slipway};

/// The line of a field: its value, and where it comes from.
fn line(output: &str, field: &str) -> Vec<String> {
    let line = output.lines().find(|line| line.split_whitespace().next() == Some(field));
    let line = line.unwrap_or_else(|| panic!("no {field} in\n{output}"));
    line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).skip(1).map(str::to_owned).collect()
}

#[test]
fn every_value_is_told_with_the_object_that_gave_it() {
    let run = slipway(&["explain", "r01-u11", "-f", SAMPLE], "");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for (field, expected) in [
        ("platform.image", ["noble", "HostProfile/defaults"]),
        ("metadata.rack", ["r01", "BaremetalNode/r01-u11"]),
        ("metadata.tags", ["[worker, harbour]", "HostProfile/worker"]),
        ("addresses[oam].address", ["10.40.41.11", "BaremetalNode/r01-u11"]),
        ("effective.fqdn", ["r01-u11.harbour.example.com", "Network/oam"]),
        ("effective.interfaces[bond0].bond", ["802.3ad", "NetworkLink/data"]),
    ] {
        assert_eq!(line(&run.stdout, field), expected, "{field}");
    }
}

#[test]
fn a_field_is_told_with_what_is_below_it() {
    for written in ["interfaces[bond0]", "spec.interfaces[bond0]", "interfaces.bond0", "/interfaces/bond0"] {
        let run = slipway(&["explain", "r01-u11", written, "-f", SAMPLE], "");
        let fields: Vec<&str> = run.stdout.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
        let expected = ["interfaces[bond0].devices", "interfaces[bond0].link", "interfaces[bond0].networks"];
        assert_eq!(fields, expected, "{written}");
    }
    let run = slipway(&["explain", "r01-u11", "platform.image", "-f", SAMPLE, "-o", "json"], "");
    let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told[0]["from"], "HostProfile/defaults");
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let run = slipway(&["explain", "r01-u99", "-f", SAMPLE], "");
    assert!(run.stderr.contains("no BaremetalNode `r01-u99`; there are r01-u10, "), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
    let run = slipway(&["explain", "r01-u11", "colour", "-f", SAMPLE], "");
    assert!(run.stderr.contains("no field `colour`; it has addresses, "), "{}", run.stderr);
    let run = slipway(&["explain", "r01-u11", "-f", "nowhere"], "");
    assert!(run.stderr.contains("nowhere"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
}
