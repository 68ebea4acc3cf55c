//! A small design of our own, document by document.

use crate::command::{import, manifests, objects};
use slipway::{design::resolve, model::Severity};

const TWO_NODES: &str = include_str!("two-nodes.yaml");
const BROKEN: &str = include_str!("broken.yaml");

#[test]
fn two_nodes() {
    let run = import(&["-"], TWO_NODES);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    insta::assert_snapshot!("two-nodes", run.stdout);
    insta::assert_snapshot!("two-nodes-told", run.stderr);
}

#[test]
fn what_is_printed_is_a_design_without_errors_but_for_what_is_not_carried_out() {
    let run = import(&["-"], TWO_NODES);
    let site = resolve(&manifests(&objects(&run.stdout)));
    let errors = site.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<(&str, &str)> = errors.map(|finding| (finding.rule, finding.field.as_str())).collect();
    assert_eq!(errors, [("SLW1015", "spec.interfaces[bond0].sriov")]);
}

#[test]
fn options_fill_in_what_a_region_does_not_say() {
    let arguments = [
        "--namespace=harbour",
        "--maas-url=http://maas:5240/MAAS",
        "--maas-secret=region",
        "--maas-api-key=a:b:c",
        "--mode=Continuous",
        "--settle=5s",
        "--translate=172.20.1.0/24=127.20.1.0/24:6230",
        "-",
    ];
    let objects = objects(&import(&arguments, TWO_NODES).stdout);
    assert!(objects.iter().all(|object| object["metadata"]["namespace"] == "harbour"));
    let secret = objects.iter().find(|o| o["metadata"]["name"] == "region").unwrap();
    assert_eq!(secret["stringData"]["apiKey"], "a:b:c");
    let site = &objects.iter().find(|o| o["kind"] == "Site").unwrap()["spec"];
    assert_eq!(
        serde_json::json!([site["provisioner"], site["mode"], site["settle"], site["outOfBand"]]),
        serde_json::json!([
            {"maas": {
                "url": "http://maas:5240/MAAS", "credentialsRef": {"name": "region"}, "ownsRegion": true,
                "removeUnlisted": ["PackageRepositories"],
            }},
            "Continuous",
            "5s",
            {"translate": [{"from": "172.20.1.0/24", "to": "127.20.1.0/24", "port": 6230}]},
        ])
    );
}

#[test]
fn what_cannot_be_imported_does_not_keep_the_others_back() {
    let run = import(&["/nonexistent.yaml", "-"], BROKEN);
    assert_eq!(run.code, Some(1));
    let printed = objects(&run.stdout);
    let names: Vec<&str> = printed.iter().filter_map(|o| o["metadata"]["name"].as_str()).collect();
    assert_eq!(names, ["good-1", "good2"]);
    insta::assert_snapshot!("broken-told", run.stderr);
}
