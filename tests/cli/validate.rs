//! A run as a whole: what it reads, and how it ends.

use crate::run::{SAMPLE, findings, manifest, sample, slipway, slipway_in};
use std::fs;

const NO_SUCH_KIND: &str = "{apiVersion: slipway.dev/v1alpha1, kind: Sight, metadata: {name: a}}";

#[test]
fn a_clean_design_is_told_in_one_line() {
    let run = slipway(&["validate", SAMPLE], "");
    assert_eq!(run.stdout, "Site/harbour: 8 nodes, 0 errors, 0 warnings\n", "{}", run.stderr);
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_mistake_is_told_with_its_place_and_a_hint() {
    let broken = sample().replace("address: 10.40.41.11", "address: 10.40.41.10");
    let lines: Vec<&str> = broken.lines().collect();
    let run = slipway(&["validate", "-"], &broken);
    let told: Vec<&str> = run.stdout.lines().collect();
    assert!(told[0].starts_with("-:") && told[0].contains(" error SLW1004 BaremetalNode/r01-u1"), "{told:#?}");
    assert!(told[0].contains("spec.addresses[oam].address: "), "{told:#?}");
    assert!(told[1].starts_with("    ") && told[1].len() > 10, "{told:#?}");
    assert_eq!(run.code, Some(1));
    let found = &findings(&broken)[0];
    let line = usize::try_from(found["line"].as_u64().unwrap()).unwrap();
    assert!(lines[line - 1].contains("10.40.41.10"), "{found:#}");
}

#[test]
fn what_cannot_be_checked_is_no_clean_design() {
    for (args, input, said) in [
        (["validate", "no/such/folder"], "", "no/such/folder"),
        (["validate", "-"], "kind: Secret", "no object of Slipway's"),
        (["validate", "-"], "", "no object of Slipway's"),
    ] {
        let run = slipway(&args, input);
        assert!(run.stderr.contains(said), "{}", run.stderr);
        assert_eq!(run.code, Some(2), "{args:?} {input}");
    }
    let run = slipway(&["validate", "-"], "a: [");
    assert!(run.stdout.contains("-:1:4: error SLW1013 found `[` that is not closed"), "{}", run.stdout);
    assert_eq!(run.code, Some(2));
    let run = slipway(&["validate", "-"], b"kind: \xff\n");
    assert!(run.stdout.contains("-:1:7: error SLW1013 found bytes that are not UTF-8"), "{}", run.stdout);
    assert_eq!(run.code, Some(2));
}

#[test]
fn an_object_that_is_there_twice_is_a_finding() {
    let run = slipway(&["validate", "-"], format!("{0}\n---\n{0}", sample()));
    assert!(run.stdout.contains("metadata.name: stands more than once: -:"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let site = sample().replace("name: harbour", "name: other");
    let run = slipway(&["validate", "-"], format!("{}\n---\n{site}", sample()));
    assert!(run.stdout.contains("found a second Site in a namespace, beside Site/harbour"), "{}", run.stdout);
}

#[test]
fn warnings_count_unless_they_are_not_asked_for() {
    // What nothing checks yet is worth a word, and no more.
    let warned = sample().replace("signaling: false", "signaling: true");
    let run = slipway(&["validate", "-"], &warned);
    assert!(run.stdout.contains("warning SLW1015 BootAction/motd spec.signaling: "), "{}", run.stdout);
    assert!(run.stdout.ends_with("8 nodes, 0 errors, 1 warning\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let run = slipway(&["validate", "-", "--severity", "error"], &warned);
    assert!(run.stdout.ends_with("8 nodes, 0 errors, 0 warnings\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn each_namespace_is_a_site() {
    let of = |namespace: &str| {
        sample().replace("metadata:\n  name:", &format!("metadata:\n  namespace: {namespace}\n  name:"))
    };
    let run = slipway(&["validate", "-"], format!("{}\n---\n{}", of("east"), of("west")));
    let sums: Vec<&str> = run.stdout.lines().filter(|line| line.contains("nodes, ")).collect();
    assert_eq!(sums[0], "Site/harbour in east: 8 nodes, 0 errors, 0 warnings", "{}", run.stdout);
    assert_eq!(sums[1], "Site/harbour in west: 8 nodes, 0 errors, 0 warnings", "{}", run.stdout);
    assert_eq!((sums.len(), run.code), (2, Some(0)));
}

#[test]
fn files_are_named_as_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("nodes")).unwrap();
    fs::write(folder.path().join("nodes/n1.yml"), manifest("BaremetalNode", "n1", "  adresses: []\n")).unwrap();
    fs::write(folder.path().join("notes.txt"), "a: [").unwrap();
    let run = slipway_in(folder.path(), &["validate", "."], "");
    assert!(
        run.stdout.contains("./nodes/n1.yml:5:3: error SLW1013 BaremetalNode/n1 spec.adresses: "),
        "{}",
        run.stdout
    );
    let run = slipway_in(folder.path(), &["validate", "nodes/n1.yml"], "");
    assert!(run.stdout.contains("nodes/n1.yml:5:3: error"), "{}", run.stdout);
    let run = slipway_in(folder.path(), &["validate", "notes.txt"], "");
    assert_eq!(run.code, Some(2), "a file that was named is read whatever it is called");
}

#[test]
fn colours_are_for_terminals() {
    let run = slipway(&["validate", "-"], NO_SUCH_KIND);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn every_rule_is_listed() {
    let run = slipway(&["rules"], "");
    assert!(run.stdout.lines().count() >= 18, "{}", run.stdout);
    assert!(run.stdout.lines().any(|line| line.starts_with("SLW1013")), "{}", run.stdout);
}
