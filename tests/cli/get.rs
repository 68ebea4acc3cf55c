//! `slipway get`: fine queries.

use crate::run::{SAMPLE, slipway};

fn names(kind: &str, condition: &str) -> Vec<String> {
    let run = slipway(&["get", kind, "--where", condition, "-f", SAMPLE, "-o", "name"], "");
    assert_eq!(run.code, Some(0), "{condition}: {}", run.stderr);
    run.stdout.lines().map(|line| line.rsplit('/').next().unwrap().to_owned()).collect()
}

#[test]
fn an_expression_asks_what_is_written_and_what_it_comes_to() {
    assert_eq!(
        names("nodes", "effective.rack == 'r02' && 'worker' in effective.tags"),
        ["r02-u11", "r02-u12", "r02-u13"]
    );
    assert_eq!(
        names("nodes", "effective.interfaces.exists(i, i.mtu == 9000) && name.endsWith('u10')"),
        ["r01-u10", "r02-u10"]
    );
    assert_eq!(names("networks", "has(spec.vlan) && spec.vlan > 41"), ["storage"]);
    assert_eq!(names("nodes", "size(findings) > 0"), [""; 0]);
    assert_eq!(names("networks", "spec.vlan == 41"), ["oam"], "what has no VLAN is not asked for it");
}

#[test]
fn objects_are_shown_as_a_table_and_as_json() {
    let run = slipway(&["get", "nodes", "r01-u10", "-f", SAMPLE], "");
    assert!(run.stdout.starts_with("NAME      STATE   RACK   PROFILE"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 2);
    let run = slipway(&["get", "nodes", "r01-u10", "-f", SAMPLE, "-o", "json"], "");
    let objects: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(objects[0]["effective"]["fqdn"], "r01-u10.harbour.example.com");
}

#[test]
fn a_wrong_expression_is_told() {
    for (condition, said) in
        [("spec.vlan >", "is no CEL"), ("colour == 1", "cannot be asked"), ("name", "true or false")]
    {
        let run = slipway(&["get", "networks", "--where", condition, "-f", SAMPLE], "");
        assert!(run.stderr.contains(said), "{condition}: {}", run.stderr);
        assert_eq!(run.code, Some(2));
    }
}
