//! Fabrics, VLANs, subnets and ranges: what is taken over, and what is left to a person.

use super::*;

#[test]
fn a_fabric_that_maas_found_is_renamed() {
    let (calls, conflicts) = texts(&design(&[("a", "10.0.0.0/24", None)]), &seen());
    let subnet = format!("set subnet 10.0.0.0/24: name a (is 10.0.0.0/24), description {KEPT} (is none)");
    assert_eq!(calls, ["set fabric fabric-0: name data (is fabric-0)", &subnet]);
    assert!(conflicts.is_empty());
}

#[test]
fn subnets_in_several_fabrics_are_a_conflict() {
    let design = design(&[("a", "10.0.0.0/24", None), ("b", "10.1.0.0/24", Some(7))]);
    let (calls, conflicts) = texts(&design, &seen());
    assert!(calls.is_empty(), "{calls:?}");
    let wanted = "link data: MAAS has its subnets in several fabrics: 10.0.0.0/24 in fabric-0, 10.1.0.0/24 in fabric-1";
    assert_eq!(conflicts, [wanted]);
}

#[test]
fn nothing_is_narrowed_and_dhcp_is_not_moved() {
    let mut design = design(&[("a", "10.0.0.0/24", Some(9))]);
    let mut seen = seen();
    let dhcp = Vlan { dhcp_on: true, ..vlan(5001, 0, 0) };
    seen.subnets[0].vlan = dhcp;
    let subnet = seen.subnets[0].clone();
    let (start_ip, end_ip) = ("10.0.0.10".to_owned(), "10.0.0.99".to_owned());
    seen.ipranges = vec![IpRange { kind: "dynamic".into(), start_ip, end_ip, subnet, ..IpRange::default() }];
    let (_, conflicts) = texts(&design, &seen);
    assert!(conflicts[0].contains("serves DHCP for 10.0.0.0/24 on VLAN 0"), "{conflicts:?}");
    if let Some(network) = design.networks.get_mut("a") {
        network.vlan = None;
        network.ranges = vec![(RangeType::Dhcp, "10.0.0.10".parse().unwrap(), "10.0.0.20".parse().unwrap())];
    }
    let (calls, conflicts) = texts(&design, &seen);
    assert!(conflicts[0].contains("meets MAAS's dynamic range 10.0.0.10 - 10.0.0.99"), "{conflicts:?}");
    assert!(!calls.iter().any(|call| call.contains("range")), "{calls:?}");
}

#[test]
fn what_another_site_looks_after_is_left_alone_and_told() {
    let mut seen = seen();
    seen.subnets[0].description = OTHERS.into();
    let (calls, conflicts) = texts(&design(&[("a", "10.0.0.0/24", None)]), &seen);
    assert!(calls.is_empty(), "{calls:?}");
    assert!(conflicts[0].contains("another Site, c0ffee/west, looks after"), "{conflicts:?}");
    // What it made as we would have it is no difference.
    seen.fabrics[0].name = "data".into();
    seen.subnets[0].name = "a".into();
    assert_eq!(texts(&design(&[("a", "10.0.0.0/24", None)]), &seen), (Vec::new(), Vec::new()));
}

#[test]
fn networks_of_one_vlan_do_not_rename_it_in_turns() {
    let mut design = design(&[("a", "10.2.0.0/24", Some(7)), ("b", "10.3.0.0/24", Some(7))]);
    network(&mut design, "b").mtu = 9000;
    let (calls, _) = texts(&design, &SiteSeen::default());
    assert_eq!(calls.iter().filter(|call| call.contains("VLAN 7")).count(), 1, "{calls:?}");
    let mut seen = seen();
    seen.fabrics[0].name = "data".into();
    seen.fabrics[0].vlans.push(Vlan { name: "a".into(), ..vlan(5007, 7, 0) });
    let (calls, _) = texts(&design, &seen);
    assert!(!calls.iter().any(|call| call.contains("VLAN 7")), "{calls:?}");
}

#[test]
fn of_a_subnet_that_it_did_not_make_what_is_not_designed_stays() {
    let mut seen = seen();
    seen.fabrics[0].name = "data".into();
    let subnet = &mut seen.subnets[0];
    (subnet.name, subnet.gateway_ip) = ("a".into(), Some("10.0.0.1".into()));
    subnet.dns_servers = vec!["10.0.0.2".into()];
    subnet.description = KEPT.into();
    let design = design(&[("a", "10.0.0.0/24", None)]);
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    seen.subnets[0].description = MADE.into();
    let (calls, _) = texts(&design, &seen);
    assert_eq!(calls, ["set subnet 10.0.0.0/24: gateway_ip none (is 10.0.0.1), dns_servers none (is 10.0.0.2)"]);
}

#[test]
fn the_ends_of_its_own_ranges_move_with_the_design() {
    let mut seen = seen();
    seen.ipranges = vec![dynamic(&seen, MADE, "10.0.0.10", "10.0.0.99")];
    let (calls, _) = texts(&with_range("10.0.0.10", "10.0.0.120"), &seen);
    let wanted = "set dynamic range 10.0.0.10 - 10.0.0.99 in a: end_ip 10.0.0.120 (is 10.0.0.99)";
    assert!(calls.iter().any(|call| call == wanted), "{calls:?}");
}

#[test]
fn no_dynamic_range_is_put_over_addresses_that_somebody_has() {
    let mut design = with_range("10.0.0.10", "10.0.0.20");
    let mut seen = seen();
    let us = SiteIdentity { cluster: "c".into(), namespace: "n".into() };
    let made = BTreeSet::new();
    assert_eq!(asks(&design, &seen, Ownership { us: &us, made: &made, take_over: None }).addresses, [1]);
    let used = |ip: &str, alloc_type| UsedAddress {
        ip: ip.into(),
        alloc_type,
        node_summary: NodeSummary { hostname: "pdu1".into() },
    };
    seen.addresses = vec![used("10.0.0.9", 1), used("10.0.0.12", 6), used("10.0.0.15", 1)];
    let (calls, conflicts) = texts(&design, &seen);
    assert!(!calls.iter().any(|call| call.contains("create dynamic range")), "{calls:?}");
    assert!(conflicts[0].contains("holds 10.0.0.15, which is in use in MAAS by pdu1;"), "{conflicts:?}");
    seen.addresses.clear();
    network(&mut design, "a").statics_in_dhcp = vec![(address("10.0.0.11"), "r01-u10".into())];
    let (_, conflicts) = texts(&design, &seen);
    assert!(conflicts[0].contains("holds 10.0.0.11, which the design gives to node r01-u10"), "{conflicts:?}");
}

#[test]
fn reserved_addresses_need_a_region_that_has_them() {
    let mut design = design(&[("a", "10.0.0.0/24", None)]);
    network(&mut design, "a").reserved = vec![ReservedDesign {
        ip: address("10.0.0.31"),
        mac: "52:54:00:10:07:01".parse().unwrap(),
        comment: Some("PDU".into()),
    }];
    let mut seen = seen();
    seen.version = "3.5.13".into();
    let (_, conflicts) = texts(&design, &seen);
    assert!(conflicts[0].contains("reservedAddresses need MAAS 3.6 or newer, and this is 3.5.13"), "{conflicts:?}");
    seen.reserved_ips = Some(Vec::new());
    let (calls, _) = texts(&design, &seen);
    assert!(calls.contains(&"reserve 10.0.0.31 for 52:54:00:10:07:01 in a".to_owned()), "{calls:?}");
}

#[test]
fn a_fabric_that_is_renamed_stays_its_maker_s() {
    let mut seen = seen();
    seen.fabrics[0].vlans.push(vlan(5007, 7, 0));
    let found = lowered(&design(&[("a", "10.0.0.0/24", None)]), &seen, &["Fabric/fabric-0", "Vlan/fabric-0/7"]);
    let makes: Vec<String> = found.makes().into_iter().collect();
    assert_eq!(makes, ["Fabric/data", "Vlan/data/7"]);
}

#[test]
fn two_sites_on_one_fabric_do_not_set_its_mtu_in_turns() {
    let mut seen = seen();
    seen.fabrics[0].name = "data".into();
    seen.fabrics[0].vlans[0].mtu = 9000;
    // The other Site's networks are tagged; ours are not there yet.
    (seen.subnets[0].description, seen.subnets[0].vlan) = (OTHERS.into(), vlan(5009, 9, 0));
    let (calls, conflicts) = texts(&design(&[("b", "10.5.0.0/24", Some(5))]), &seen);
    assert!(calls.is_empty(), "{calls:?}");
    assert!(
        conflicts[0].contains("another Site, c0ffee/west, looks after 10.0.0.0/24 in this fabric"),
        "{conflicts:?}"
    );
}
