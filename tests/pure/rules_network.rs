//! The rules about addresses, links and networks.

use crate::rules_manifests::{SITE, finds, finds_nothing, found, manifests, site_where, site_with};

const BOTH: &[&str] = &["n1", "n2"];

#[test]
fn slw1004_no_static_address_is_given_twice() {
    let rule = "SLW1004";
    finds_nothing(&manifests(SITE), rule);
    let site = site_where("BaremetalNode", "n2", "10.0.1.12", "10.0.1.11");
    let expected = ["n1", "n2"].map(|node| {
        (
            format!("BaremetalNode/{node}"),
            "spec.addresses[oam].address".to_owned(),
            vec!["n1".to_owned(), "n2".to_owned()],
        )
    });
    assert_eq!(found(&site, rule), expected);
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
fn slw1006_a_networks_mtu_fits_its_link() {
    let rule = "SLW1006";
    finds_nothing(&site_where("Network", "storage", "mtu: 9000", "mtu: 1280"), rule);
    finds(&site_where("Network", "storage", "mtu: 9000", "mtu: 9001"), rule, "Network/storage", "spec.mtu", BOTH);
    finds(&site_where("Network", "storage", "mtu: 9000", "mtu: 1279"), rule, "Network/storage", "spec.mtu", BOTH);
    let link = site_where("NetworkLink", "pxe", "spec: {", "spec: {mtu: 1000, ");
    finds(&link, rule, "NetworkLink/pxe", "spec.mtu", BOTH);
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
    let loose = site_where("HostProfile", "defaults", "{name: pxe, link: pxe,", "{name: pxe,");
    finds(&loose, rule, "HostProfile/defaults", "spec.interfaces[pxe]", BOTH);
    let twice = site_with("{kind: NetworkLink, metadata: {name: spare}, spec: {allowedNetworks: [pxe]}}");
    let places: Vec<_> = found(&twice, rule).into_iter().map(|(object, field, _)| (object, field)).collect();
    let expected = ["pxe", "spare"].map(|link| (format!("NetworkLink/{link}"), "spec.allowedNetworks".to_owned()));
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
    finds(&profile("devices: [eno1]", "devices: [nic1]"), rule, at, "spec.interfaces", BOTH);
}
