//! What a site's lowering takes over, and what it leaves to a person.

use super::*;
use crate::{
    api::network::RangeType,
    drivers::maas::wire::{Fabric, Interface, IpRange, Rack, Subnet, Vlan},
    model::{LinkDesign, NetworkDesign},
};

fn design(networks: &[(&str, &str, Option<u32>)]) -> SitePart {
    let network = |(name, cidr, vlan): &(&str, &str, Option<u32>)| NetworkDesign {
        name: (*name).into(),
        link: "data".into(),
        cidr: cidr.parse().unwrap(),
        vlan: *vlan,
        mtu: 1500,
        gateway: None,
        dns_servers: Vec::new(),
        ranges: Vec::new(),
        routes: Vec::new(),
        dhcp_relay: None,
    };
    let link = LinkDesign { name: "data".into(), mtu: 1500, networks: Vec::new(), native_network: None };
    SitePart {
        links: [("data".to_owned(), link)].into(),
        networks: networks.iter().map(|given| (given.0.to_owned(), network(given))).collect(),
        ..SitePart::default()
    }
}

fn vlan(id: u64, vid: u64, fabric_id: u64) -> Vlan {
    Vlan { id, vid, fabric_id, mtu: 1500, ..Vlan::default() }
}

fn seen() -> SiteSeen {
    let fabric = |id, name: &str| Fabric { id, name: name.into(), vlans: vec![vlan(5001 + id, 0, id)] };
    let subnet =
        |id, cidr: &str, vlan: Vlan| Subnet { id, cidr: cidr.into(), name: cidr.into(), vlan, ..Subnet::default() };
    SiteSeen {
        fabrics: vec![fabric(0, "fabric-0"), fabric(1, "fabric-1")],
        subnets: vec![subnet(1, "10.0.0.0/24", vlan(5001, 0, 0)), subnet(2, "10.1.0.0/24", vlan(5002, 0, 1))],
        ..SiteSeen::default()
    }
}

fn texts(design: &SitePart, seen: &SiteSeen) -> (Vec<String>, Vec<String>) {
    let lowered = lower(design, seen);
    (lowered.calls.iter().map(ToString::to_string).collect(), lowered.conflicts)
}

#[test]
fn a_fabric_that_maas_found_is_renamed() {
    let (calls, conflicts) = texts(&design(&[("a", "10.0.0.0/24", None)]), &seen());
    assert_eq!(calls, ["rename fabric fabric-0 to data", "set subnet 10.0.0.0/24 to a"]);
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
fn dhcp_is_turned_on_after_its_range_by_a_rack_that_is_there() {
    let mut design = design(&[("a", "10.0.0.0/24", None)]);
    let range = (RangeType::Dhcp, "10.0.0.10".parse().unwrap(), "10.0.0.20".parse().unwrap());
    if let Some(network) = design.networks.get_mut("a") {
        network.ranges = vec![range];
    }
    let mut seen = seen();
    let (_, conflicts) = texts(&design, &seen);
    assert_eq!(conflicts.len(), 1, "no rack on that VLAN: {conflicts:?}");
    let on = |id| Interface { vlan: Some(vlan(id, 0, 0)), ..Interface::default() };
    let rack = |name: &str, id| Rack { system_id: name.into(), hostname: name.into(), interface_set: vec![on(id)] };
    seen.racks = vec![rack("elsewhere", 5002), rack("here", 5001)];
    let (calls, conflicts) = texts(&design, &seen);
    assert!(conflicts.is_empty());
    let last = ["create dynamic range 10.0.0.10 - 10.0.0.20 in a", "turn on DHCP for a, by rack controller here"];
    assert_eq!(calls[calls.len() - 2..], last);
}

#[test]
fn nothing_is_narrowed_and_dhcp_is_not_moved() {
    let mut design = design(&[("a", "10.0.0.0/24", Some(9))]);
    let mut seen = seen();
    let dhcp = Vlan { dhcp_on: true, ..vlan(5001, 0, 0) };
    seen.subnets[0].vlan = dhcp;
    let subnet = seen.subnets[0].clone();
    let (start_ip, end_ip) = ("10.0.0.10".to_owned(), "10.0.0.99".to_owned());
    seen.ipranges = vec![IpRange { kind: "dynamic".into(), start_ip, end_ip, subnet }];
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
