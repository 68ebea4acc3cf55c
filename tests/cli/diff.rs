//! `slipway diff`: what a change means for each machine.

use crate::run::{Run, SAMPLE, sample, slipway};

fn diff(from: &str, to: &str) -> Run {
    let changed = sample().replace(from, to);
    assert_ne!(changed, sample(), "{from} is in the sample");
    slipway(&["diff", SAMPLE, "-"], changed)
}

#[test]
fn a_design_does_not_differ_from_itself() {
    let run = slipway(&["diff", SAMPLE, "-"], sample());
    assert_eq!(
        run.stdout,
        "8 nodes: 0 to redeploy, 0 to remove, 0 to add, 0 to change in place; findings: 0 before, 0 after\n"
    );
    assert_eq!(run.code, Some(0));
}

#[test]
fn what_is_installed_anew_is_told_apart_from_what_is_changed_in_place() {
    let run = diff("address: 10.40.42.12", "address: 10.40.42.112");
    let expected = "r01-u12: REDEPLOYED (destructive: what is installed is erased)\n  ~ interfaces[bond0].networks[storage].address: 10.40.42.12 -> 10.40.42.112\n";
    assert!(run.stdout.starts_with(expected), "{}", run.stdout);
    assert!(run.stdout.contains("8 nodes: 1 to redeploy, "), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let run = diff("tags: [worker]", "tags: [compute]");
    assert!(
        run.stdout.contains("changed in place\n  ~ tags: [worker, harbour] -> [compute, harbour]"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("0 to redeploy"), "{}", run.stdout);
}

#[test]
fn the_sites_part_is_told_of_too() {
    let run = diff("mtu: 9000", "mtu: 8900");
    assert!(run.stdout.starts_with("The site's part in the provisioner changes:\n"), "{}", run.stdout);
    let run = slipway(&["diff", SAMPLE, "nowhere"], "");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn programs_get_one_object_a_node() {
    let changed = sample().replace("address: 10.40.42.12", "address: 10.40.42.112");
    let run = slipway(&["diff", SAMPLE, "-", "-o", "json"], changed);
    let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["nodes"][0]["effect"], "redeploy");
    assert_eq!(told["nodes"][0]["destructive"], true);
}

#[test]
fn another_order_of_what_is_installed_is_told() {
    let swapped =
        sample().replace("name: boot\n", "name: @\n").replace("name: root\n", "name: boot\n").replace('@', "root");
    assert_ne!(swapped, sample());
    let run = slipway(&["diff", SAMPLE, "-"], swapped);
    assert!(run.stdout.contains("REDEPLOYED"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn what_cannot_be_read_is_no_design_to_compare() {
    let run = diff("mode: DHCP", "mode: Dynamic");
    assert!(run.stderr.contains("cannot be read"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
    let twice = format!(
        "{}\n---\n{}",
        sample(),
        "apiVersion: slipway.dev/v1alpha1\nkind: Rack\nmetadata: {name: r01}\nspec: {}\n"
    );
    let run = slipway(&["explain", "r01-u10", "-f", "-"], twice);
    assert!(run.stderr.contains("Rack/r01 stands more than once"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_node_whose_design_became_faulty_is_left_alone() {
    let run = diff("hostProfile: worker", "hostProfile: nowhere");
    assert!(run.stdout.contains("left alone: its new design is faulty"), "{}", run.stdout);
    let changed = sample().replace("hostProfile: worker", "hostProfile: nowhere");
    let run = slipway(&["diff", "-", SAMPLE], changed);
    assert!(run.stdout.contains("it may be redeployed (destructive)"), "{}", run.stdout);
}
