//! The program as a person calls it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

const SAMPLE: &str = "config/samples/two-racks";

fn slipway(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn sample() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect::<Vec<_>>().join("\n---\n")
}

#[test]
fn a_clean_design_is_told_in_one_line() {
    let outcome = slipway(&["validate", SAMPLE], "");
    assert_eq!(text(&outcome.stdout), "Site/harbour: 8 nodes, 0 errors, 0 warnings\n", "{}", text(&outcome.stderr));
    assert_eq!(outcome.status.code(), Some(0));
}

#[test]
fn a_mistake_is_told_with_its_place_and_a_hint() {
    let broken = sample().replace("address: 10.40.41.11", "address: 10.40.41.10");
    let outcome = slipway(&["validate", "-"], &broken);
    let told = text(&outcome.stdout);
    assert!(told.contains("-, document ") && told.contains("error SLW1004: BaremetalNode/"), "{told}");
    assert_eq!(outcome.status.code(), Some(1));
    let outcome = slipway(&["validate", "-", "-o", "json"], &broken);
    let listed: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(listed[0]["rule"], "SLW1004", "{listed:#}");
    assert!(listed[0]["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
}

#[test]
fn what_cannot_be_checked_is_no_clean_design() {
    for (args, input, said) in [
        (["validate", "no/such/folder"], "", "no/such/folder"),
        (["validate", "-"], "a: [", "cannot be read as YAML"),
        (["validate", "-"], "kind: Secret", "no object of Slipway's"),
        (["validate", "-"], "{apiVersion: slipway.dev/v1alpha1, kind: Sight, metadata: {name: a}}", "no kind `Sight`"),
    ] {
        let outcome = slipway(&args, input);
        assert!(text(&outcome.stderr).contains(said), "{}", text(&outcome.stderr));
        assert_eq!(outcome.status.code(), Some(2), "{args:?} {input}");
    }
    let twice = format!("{0}\n---\n{0}", sample());
    let outcome = slipway(&["validate", "-"], &twice);
    assert!(text(&outcome.stderr).contains("Rack/r01 stands in -, document"), "{}", text(&outcome.stderr));
    assert_eq!(outcome.status.code(), Some(2));
}

#[test]
fn every_rule_is_listed() {
    let outcome = slipway(&["rules"], "");
    let listed = text(&outcome.stdout);
    assert!(listed.lines().count() >= 18, "{listed}");
    assert!(listed.lines().all(|line| line.starts_with("SLW1")), "{listed}");
}
