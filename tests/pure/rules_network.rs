//! The rules about addresses, links and networks.

use crate::rules_manifests::{SITE, document, finds, finds_nothing, found, manifests, site_where, site_with};

const BOTH: &[&str] = &["n1", "n2"];

#[test]
fn slw1004_no_static_address_is_given_twice() {
    let rule = "SLW1004";
    finds_nothing(&manifests(SITE), rule);
    let site = site_where("BaremetalNode", "n2", "10.0.1.12", "10.0.1.11");
    let expected = ["n1", "n2"]
        .map(|node| (format!("BaremetalNode/{node}"), "spec.addresses[oam].address".to_owned(), vec![node.to_owned()]));
    assert_eq!(found(&site, rule), expected);
}

#[test]
fn slw1022_no_two_nodes_have_one_bmc() {
    let rule = "SLW1022";
    finds_nothing(&manifests(SITE), rule);
    let site = site_where("BaremetalNode", "n2", "10.0.4.12", "10.0.4.11");
    let at = |node: &str| (format!("BaremetalNode/{node}"), "spec.addresses[oob].address".to_owned());
    let places: Vec<_> = found(&site, rule).into_iter().map(|(object, field, _)| (object, field)).collect();
    assert_eq!(places, ["n1", "n2"].map(at));
    finds_nothing(&site, "SLW1004");
}

#[test]
fn slw1023_no_two_nodes_have_one_mac() {
    let rule = "SLW1023";
    let with = |node: &str, mac: &str| {
        let text = document("BaremetalNode", node);
        text.replace("  hostProfile: worker", &format!("  hostProfile: worker\n  bootMac: '{mac}'"))
    };
    let site = |one: &str, two: &str| site_with(&format!("{}\n---\n{}", with("n1", one), with("n2", two)));
    finds_nothing(&site("52:54:00:00:00:01", "52:54:00:00:00:02"), rule);
    let places: Vec<_> = found(&site("52:54:00:AB:00:01", "52:54:00:ab:00:01"), rule);
    assert_eq!(places.len(), 2, "{places:?}");
    assert_eq!(places[1].1, "spec.bootMac");
}

#[test]
fn slw1005_a_static_address_lies_in_its_network_and_is_free_for_it() {
    let rule = "SLW1005";
    for fine in ["10.0.1.2", "10.0.1.199", "10.0.1.251"] {
        finds_nothing(&site_where("BaremetalNode", "n1", "10.0.1.11", fine), rule);
    }
    // Outside, the network's own, broadcast, the gateway, both ends of the DHCP range, and another family.
    for wrong in ["10.0.9.1", "10.0.1.0", "10.0.1.255", "10.0.1.1", "10.0.1.200", "10.0.1.250", "\"fd00::1\""] {
        let site = site_where("BaremetalNode", "n1", "10.0.1.11", wrong);
        finds(&site, rule, "BaremetalNode/n1", "spec.addresses[oam].address", &["n1"]);
    }
}

#[test]
fn slw1006_mtus_are_such_as_networks_use() {
    let rule = "SLW1006";
    finds_nothing(&site_where("Network", "storage", "mtu: 9000", "mtu: 1280"), rule);
    finds(&site_where("Network", "storage", "mtu: 9000", "mtu: 1279"), rule, "Network/storage", "spec.mtu", BOTH);
    let link = site_where("NetworkLink", "pxe", "spec: {", "spec: {mtu: 1000, ");
    finds(&link, rule, "NetworkLink/pxe", "spec.mtu", BOTH);
}

#[test]
fn slw1024_what_runs_over_a_link_fits_into_its_frames() {
    let rule = "SLW1024";
    finds_nothing(&manifests(SITE), rule);
    finds(&site_where("Network", "storage", "mtu: 9000", "mtu: 9001"), rule, "Network/storage", "spec.mtu", BOTH);
}

#[test]
fn slw1008_a_link_with_several_networks_is_a_trunk() {
    let rule = "SLW1008";
    let link = |from, to| site_where("NetworkLink", "bond0", from, to);
    finds_nothing(&link("trunking: 802.1q", "trunking: 802.1q\n  nativeNetwork: oam"), rule);
    finds(&link("  trunking: 802.1q\n", ""), rule, "NetworkLink/bond0", "spec.trunking", BOTH);
    let foreign = link("trunking: 802.1q", "trunking: 802.1q\n  nativeNetwork: pxe");
    finds(&foreign, rule, "NetworkLink/bond0", "spec.nativeNetwork", BOTH);
    let tagged = site_where("Network", "pxe", "spec: {", "spec: {vlan: 5, ");
    finds(&tagged, rule, "Network/pxe", "spec.vlan", BOTH);
}

#[test]
fn slw1025_the_networks_of_a_trunk_are_told_apart() {
    let rule = "SLW1025";
    finds_nothing(&manifests(SITE), rule);
    let alike = site_where("Network", "storage", "vlan: 22", "vlan: 21");
    finds(&alike, rule, "NetworkLink/bond0", "spec.allowedNetworks", BOTH);
    let v6 = site_where("Network", "storage", "cidr: 10.0.2.0/24, vlan: 22", "cidr: \"fd00:2::/64\", vlan: 21");
    finds_nothing(&v6, rule);
}

#[test]
fn slw1009_a_bonds_options_fit_its_mode() {
    let rule = "SLW1009";
    let bond = |to| {
        let from = "{mode: 802.3ad, lacpRate: Fast, transmitHashPolicy: layer3+4, monitorInterval: 100, upDelay: 200}";
        site_where("NetworkLink", "bond0", from, to)
    };
    for fine in
        ["{mode: active-backup}", "{mode: balance-xor, transmitHashPolicy: layer2}", "{mode: 802.3ad, upDelay: 0}"]
    {
        finds_nothing(&bond(fine), rule);
    }
    for (wrong, field) in [
        ("{mode: active-backup, lacpRate: Slow}", "lacpRate"),
        ("{mode: balance-rr, transmitHashPolicy: layer2}", "transmitHashPolicy"),
        ("{mode: 802.3ad, upDelay: 99}", "upDelay"),
        ("{mode: 802.3ad, monitorInterval: 300, downDelay: 200}", "downDelay"),
    ] {
        finds(&bond(wrong), rule, "NetworkLink/bond0", &format!("spec.bonding.{field}"), BOTH);
    }
}

#[test]
fn slw1010_an_interface_carries_what_its_link_allows() {
    let rule = "SLW1010";
    finds_nothing(&manifests(SITE), rule);
    let strange = site_where("HostProfile", "defaults", "networks: [pxe]", "networks: [oam]");
    finds(&strange, rule, "HostProfile/defaults", "spec.interfaces[pxe].networks", BOTH);
}

#[test]
fn slw1026_a_network_runs_on_one_link() {
    let rule = "SLW1026";
    finds_nothing(&manifests(SITE), rule);
    let twice = site_with("{kind: NetworkLink, metadata: {name: spare}, spec: {allowedNetworks: [pxe]}}");
    let places: Vec<_> = found(&twice, rule).into_iter().map(|(object, field, _)| (object, field)).collect();
    // Nobody is on the spare one, so that it stops the whole site, and is told first.
    let expected = ["spare", "pxe"].map(|link| (format!("NetworkLink/{link}"), "spec.allowedNetworks".to_owned()));
    assert_eq!(places, expected);
}

#[test]
fn slw1017_an_interface_has_the_devices_that_its_link_needs() {
    let rule = "SLW1017";
    let profile = |from, to| site_where("HostProfile", "defaults", from, to);
    finds_nothing(&profile("devices: [nic1, nic2]", "devices: [nic1]"), rule);
    let at = "HostProfile/defaults";
    finds(&profile(" devices: [eno1],", ""), rule, at, "spec.interfaces[pxe].devices", BOTH);
    finds(&profile("devices: [eno1]", "devices: [eno1, eno2]"), rule, at, "spec.interfaces[pxe].devices", BOTH);
}

#[test]
fn slw1029_a_device_belongs_to_one_interface() {
    finds_nothing(&manifests(SITE), "SLW1029");
    let site = site_where("HostProfile", "defaults", "devices: [eno1]", "devices: [nic1]");
    finds(&site, "SLW1029", "HostProfile/defaults", "spec.interfaces", BOTH);
}
