//! Which objects are Slipway's, and how they are wrapped.

use crate::run::{SAMPLE, findings, manifest, sample, slipway};
use serde_json::{Value, json};

#[test]
fn what_there_is_is_said_of_a_version_or_kind_that_there_is_not() {
    for (api_version, kind, field, says) in [
        ("slipway.dev/v1beta1", "BaremetalNode", "apiVersion", "expected slipway.dev/v1alpha1"),
        ("slipway.dev", "BaremetalNode", "apiVersion", "expected slipway.dev/v1alpha1"),
        ("slipway.de/v1alpha1", "BaremetalNode", "apiVersion", "expected slipway.dev/v1alpha1"),
        ("slipway.dev/v1alpha1", "BaremetlNode", "kind", "did you mean `BaremetalNode`?"),
        ("slipway.dev/v1alpha1", "Sites", "kind", "did you mean `Site`?"),
        ("slipway.dev/v1alpha1", "Machine", "kind", "the kinds of Slipway are BaremetalNode, BootAction"),
    ] {
        let found = findings(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: n1\n"));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["field"], field, "{found:#?}");
        assert_eq!(found[0]["line"], if field == "kind" { 2 } else { 1 }, "{found:#?}");
        let told = format!("{} {}", found[0]["message"], found[0]["hint"]);
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn objects_of_others_are_passed_over() {
    let others = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: s3cret}\n---
apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---
apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n---
apiVersion: k8s.cni.cncf.io/v1\nkind: Network\nmetadata: {name: a}\n---
just: a map\n---\n- a\n- list\n---\ntext\n---\n";
    let run = slipway(&["validate", "-"], format!("{others}{}", sample()));
    assert_eq!(run.stdout, "Site/harbour: 8 nodes, 0 errors, 0 warnings\n", "{}", run.stderr);
}

#[test]
fn requests_are_held_against_their_schema_too() {
    let found = findings(&manifest("SiteTask", "t1", "  action: DeployNodes\n  forget: true\n"));
    assert!(
        found.iter().any(|f| f["message"].as_str().unwrap().contains("forget and redeploy have a meaning")),
        "{found:#?}"
    );
}

#[test]
fn a_list_is_its_items() {
    let node = |name: &str| manifest("BaremetalNode", name, "  powr: 'On'\n").replace('\n', "\n    ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {}\n  - {}\n", node("n1"), node("n2"));
    let found: Vec<Value> = findings(&list).into_iter().filter(|found| found["field"] == "spec.powr").collect();
    let places: Vec<String> = found.iter().map(|f| format!("{} {}:{}", f["object"], f["line"], f["column"])).collect();
    assert_eq!(places, ["\"BaremetalNode/n1\" 8:7", "\"BaremetalNode/n2\" 14:7"], "{list}");
    let nested = json!({"kind": "BaremetalNodeList", "apiVersion": "slipway.dev/v1alpha1", "items": [
        {"apiVersion": "slipway.dev/v1alpha1", "kind": "BaremetalNode", "metadata": {"name": "n1"}, "spec": {"powr": 1}}]});
    assert!(findings(&nested.to_string()).iter().any(|found| found["field"] == "spec.powr"));
}

#[test]
fn json_is_read_with_places() {
    let text = "{\n\t\"apiVersion\": \"slipway.dev/v1alpha1\",\n\t\"kind\": \"BaremetalNode\",\n\t\"metadata\": {\"name\": \"n1\"},\n\t\"spec\": {\n\t\t\"addresses\": [\n\t\t\t{\"network\": \"oam\", \"address\": \"10.0.0.300\"}\n\t\t]\n\t}\n}\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("n1.json");
    std::fs::write(&file, text).unwrap();
    let run = slipway(&["validate", file.to_str().unwrap()], "");
    assert!(run.stdout.contains("n1.json:7:23: error SLW1013 BaremetalNode/n1 spec.addresses[oam].address: found `10.0.0.300`: must be an IP address"), "{}", run.stdout);
}

#[test]
fn every_sample_holds_against_its_schema() {
    let run = slipway(&["validate", SAMPLE, "-o", "json"], "");
    assert_eq!(run.stdout, "[]\n");
}
