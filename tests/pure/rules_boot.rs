//! The rules about what machines get at first boot.

use crate::rules_manifests::{SITE, finds, finds_nothing, found, manifests, site_where, site_with, the_only};
use slipway::{design::Manifests, model::Severity};

const BOTH: &[&str] = &["n1", "n2"];
const MOTD: &str = "BootAction/motd";

/// The faultless site whose boot action is for those whom a selector means.
fn selecting(selector: &str) -> Manifests {
    site_where("BootAction", "motd", "spec:\n", &format!("spec:\n  nodeSelector: {selector}\n"))
}

#[test]
fn slw1061_every_boot_action_is_for_somebody() {
    let rule = "SLW1061";
    finds_nothing(&manifests(SITE), rule);
    for fine in ["{}", "{filters: [{tags: [spare]}]}", "{filters: [{names: [n2]}]}", "{filters: [{racks: [cab1]}]}"] {
        finds_nothing(&selecting(fine), rule);
    }
    for wrong in [
        "{filters: [{tags: [spair]}]}",
        "{filters: [{names: [n3]}]}",
        "{labelSelector: {matchLabels: {tier: gold}}}",
        "{filters: [{racks: [cab2]}]}",
    ] {
        finds(&selecting(wrong), rule, MOTD, "spec.nodeSelector", &[]);
    }
    finds(&selecting("{filters: [{tags: [spare]}, {}]}"), rule, MOTD, "spec.nodeSelector.filters[1]", &[]);
    let nobody = "{kind: BaremetalNode, metadata: {name: n1}, delete: true}\n---\n\
                  {kind: BaremetalNode, metadata: {name: n2}, delete: true}";
    finds_nothing(&site_with(nobody), rule);
}

#[test]
fn slw1062_every_node_gets_something_where_some_do() {
    let rule = "SLW1062";
    finds_nothing(&manifests(SITE), rule);
    finds_nothing(&site_with("{kind: BootAction, metadata: {name: motd}, delete: true}"), rule);
    let some = selecting("{filters: [{names: [n2]}]}");
    finds(&some, rule, "HostProfile/defaults", "spec.metadata", &["n1"]);
    assert_eq!(the_only(&some).severity, Severity::Warning);
    finds_nothing(&selecting("{filters: [{names: [n1]}, {tags: [spare]}], combine: Union}"), rule);
}

fn package(version: &str) -> Manifests {
    let assets = format!("assets: [{{name: p, type: PackageList, packages: {{curl: '{version}'}}}}]");
    site_where("BootAction", "motd", "assets: [{name: motd, type: File, path: /etc/motd, data: hello}]", &assets)
}

#[test]
fn slw1063_versions_are_such_as_debian_writes_them() {
    let rule = "SLW1063";
    for fine in ["", "1", "8.5.0-2ubuntu10.6", "1:2.34-0ubuntu3.2", "5:27.3.1-1~ubuntu.24.04~noble", "2.0+dfsg-1"] {
        finds_nothing(&package(fine), rule);
    }
    for wrong in ["=1.2", ">= 1.2", "1:", ":1", "a:1", "1 2", "1_2", "1:2:3", "*"] {
        finds(&package(wrong), rule, MOTD, "spec.assets[p].packages.curl", BOTH);
        assert_eq!(the_only(&package(wrong)).severity, Severity::Error);
    }
    let mut nobody = package("*");
    nobody.nodes.clear();
    assert_eq!(found(&nobody, rule).len(), 1);
    assert_eq!(the_only(&nobody).severity, Severity::Warning);
}

fn template(data: &str, pipeline: &str) -> Manifests {
    let data = serde_json::to_string(data).unwrap();
    site_where("BootAction", "motd", "data: hello", &format!("data: {data}, dataPipeline: [{pipeline}]"))
}

#[test]
fn slw1064_templates_can_be_read() {
    let rule = "SLW1064";
    for fine in [
        "{{ node.hostname }}",
        "{% for n in node.networks %}{{ n.name | upper }}{% endfor %}",
        "{% raw %}{{ }}{% endraw %}",
        "{% macro m(a) %}{{ a|nosuchfilter }}{% endmacro %}",
    ] {
        finds_nothing(&template(fine, "Template"), rule);
    }
    let at = "spec.assets[motd].data";
    for wrong in ["a\n{{ node.hostname }", "{% if x %}", "{% for %}", "{{ a + }}", "{% nosuch %}"] {
        finds(&template(wrong, "Template"), rule, MOTD, at, BOTH);
    }
    // What is no template, is none yet, or cannot be told.
    finds_nothing(&template("{{", "Utf8Decode"), rule);
    finds(&template("e3s=", "Base64Decode, Utf8Decode, Template"), rule, MOTD, at, BOTH);
    finds_nothing(&template("e3s=", "Template, Base64Decode"), rule);
    finds_nothing(&template("{{", "Base64Decode, Template"), rule);
    // However deep it goes, it is refused: the stack of whoever reads it ends at some thousand levels.
    let (many, few) = (10_000, 90);
    for (from, part, to) in [
        ("", "{% if x %}", ""),
        ("{% if x %}", "{% elif x %}", "{% endif %}"),
        ("{{ a ", "+a ", "}}"),
        ("{{ ", "-", "a }}"),
        ("{{ ", "not ", "a }}"),
        ("{{ a", ".a", "}}"),
        ("{{ a", "()", "}}"),
        ("{% set b = a", "|a", " %}"),
        ("{{ ", "a if b else ", "a }}"),
        ("{{ ", "(", "}}"),
    ] {
        finds(&template(&format!("{from}{}{to}", part.repeat(many)), "Template"), rule, MOTD, at, BOTH);
        if !to.is_empty() && part != "(" && part != "a if b else " {
            finds_nothing(&template(&format!("{from}{}{to}", part.repeat(few)), "Template"), rule);
        }
    }
    let fault = "one\ntwo {{ three\n";
    let findings = slipway::design::resolve(&template(fault, "Template")).findings;
    assert!(findings.iter().any(|finding| finding.rule == rule && finding.message.contains("line 2")), "{findings:?}");
    let location =
        site_where("BootAction", "motd", "data: hello", "location: \"http://x/{{ node\", locationPipeline: [Template]");
    finds(&location, rule, MOTD, "spec.assets[motd].location", BOTH);
}
