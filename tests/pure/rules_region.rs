//! The rules about what a site asks of its MAAS region.

use crate::rules_manifests::{SITE, document, finds, finds_nothing, manifests, site_where, site_with};

const BOTH: &[&str] = &["n1", "n2"];

/// The faultless site with more in the spec of a network.
fn network(name: &str, more: &str) -> slipway::design::Manifests {
    let text = document("Network", name);
    let text = if text.contains("spec: {") {
        text.replace("spec: {", &format!("spec: {{{more}, "))
    } else {
        text.replace("spec:\n", &format!("spec:\n  {more}\n"))
    };
    site_with(&text)
}

#[test]
fn slw1071_a_network_says_who_answers_dhcp() {
    let rule = "SLW1071";
    for fine in
        ["dhcp: {mode: Never}", "dhcp: {external: 10.0.3.2}", "dhcp: {mode: Always, primaryRack: a, secondaryRack: b}"]
    {
        finds_nothing(&network("pxe", fine), rule);
    }
    for (name, wrong, field) in [
        ("storage", "dhcp: {mode: Always}", "dhcp.mode"),
        ("pxe", "dhcp: {mode: Never, primaryRack: a}", "dhcp.primaryRack"),
        ("pxe", "dhcp: {primaryRack: a, secondaryRack: a}", "dhcp.secondaryRack"),
        ("pxe", "dhcp: {external: 10.0.1.2}", "dhcp.external"),
        ("pxe", "dhcp: {mode: Always}, dhcpRelay: {upstreamTarget: 10.0.1.9}", "dhcp"),
    ] {
        finds(&network(name, wrong), rule, &format!("Network/{name}"), &format!("spec.{field}"), BOTH);
    }
}

#[test]
fn slw1072_a_reserved_address_is_free_for_it() {
    let rule = "SLW1072";
    let with = |ip: &str| network("pxe", &format!("reservedAddresses: [{{ip: {ip}, mac: '52:54:00:00:00:01'}}]"));
    finds_nothing(&with("10.0.3.31"), rule);
    for wrong in ["10.0.1.31", "10.0.3.150"] {
        finds(&with(wrong), rule, "Network/pxe", &format!("spec.reservedAddresses[{wrong}]"), BOTH);
    }
    let twice =
        "reservedAddresses: [{ip: 10.0.3.31, mac: '52:54:00:00:00:01'}, {ip: 10.0.3.32, mac: '52:54:00:00:00:01'}]";
    finds(&network("pxe", twice), rule, "Network/pxe", "spec.reservedAddresses[10.0.3.32]", BOTH);
}

#[test]
fn slw1073_networks_of_one_vlan_are_in_one_space() {
    let rule = "SLW1073";
    let with = |space: &str| {
        let oam = document("Network", "oam").replace("spec:\n", "spec:\n  space: one\n");
        let link = document("NetworkLink", "bond0").replace("[oam, storage]", "[oam, storage, v6]");
        let v6 =
            format!("{{kind: Network, metadata: {{name: v6}}, spec: {{cidr: 'fd00::/64', vlan: 21, space: {space}}}}}");
        site_with(&format!("{oam}\n---\n{link}\n---\n{v6}"))
    };
    finds_nothing(&with("one"), rule);
    finds(&with("two"), rule, "Network/v6", "spec.space", BOTH);
}

#[test]
fn slw1074_records_are_such_as_their_type_asks_for() {
    let rule = "SLW1074";
    let with = |records: &str| {
        let from = "dns: {domain: example.com,";
        site_where("Network", "oam", from, &format!("{from} records: [{records}],"))
    };
    for fine in [
        "{name: www, type: A, data: 10.0.1.5}",
        "{name: www, type: AAAA, data: 'fd00::5'}, {name: www, type: TXT, data: hello}",
        "{name: '@', type: MX, data: 10 mail.example.com}",
        "{name: _https._tcp, type: SRV, data: 0 5 443 www.example.com}",
    ] {
        finds_nothing(&with(fine), rule);
    }
    for wrong in [
        "{name: www, type: A, data: registry}",
        "{name: www, type: MX, data: mail.example.com}",
        "{name: www, type: CNAME, data: a}, {name: www, type: TXT, data: hello}",
    ] {
        finds(&with(wrong), rule, "Network/oam", "spec.dns.records[www]", BOTH);
    }
}

#[test]
fn slw1075_who_removes_what_is_unlisted_owns_the_region() {
    let rule = "SLW1075";
    let with =
        |more: &str| site_where("Site", "east", "provisioner: {maas: {", &format!("provisioner: {{maas: {{{more}, "));
    finds_nothing(&manifests(SITE), rule);
    finds_nothing(&with("ownsRegion: true, removeUnlisted: [SSHKeys]"), rule);
    finds(&with("removeUnlisted: [SSHKeys]"), rule, "Site/east", "spec.provisioner.maas.removeUnlisted", &[]);
}

#[test]
fn slw1076_a_script_says_what_runs_it() {
    let rule = "SLW1076";
    let with = |content: &str| {
        let scripts = format!("scripts: [{{name: s, type: Testing, content: \"{content}\"}}]");
        site_where("Site", "east", "provisioner: {maas: {", &format!("provisioner: {{maas: {{{scripts}, "))
    };
    finds_nothing(&with("#!/bin/sh\\ntrue"), rule);
    finds(&with("true"), rule, "Site/east", "spec.provisioner.maas.scripts[s].content", &[]);
}
