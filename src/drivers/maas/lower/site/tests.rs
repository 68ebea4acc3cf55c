//! What a site's lowering takes over, and what it leaves to a person.

use super::*;
use crate::{
    api::{
        maas::{BootSource, BootSourceSelection, PrunePolicy, Script, ScriptType, UnlistedKind},
        network::{DhcpMode, DnsRecordType, RangeType},
    },
    drivers::maas::wire::{Fabric, Interface, IpRange, NodeSummary, Rack, Subnet, UsedAddress, UsingNode, Vlan},
    model::{DhcpDesign, LinkDesign, NetworkDesign, RecordDesign, ReservedDesign, SiteIdentity},
};

fn design(networks: &[(&str, &str, Option<u32>)]) -> SitePart {
    let network = |(name, cidr, vlan): &(&str, &str, Option<u32>)| NetworkDesign {
        name: (*name).into(),
        link: "data".into(),
        cidr: cidr.parse().unwrap(),
        vlan: *vlan,
        mtu: 1500,
        ..NetworkDesign::default()
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

/// What a Site called `c0ffee/east` would do, which is recorded to have made these.
fn lowered(design: &SitePart, seen: &SiteSeen, made: &[&str]) -> LoweredSite {
    let us = SiteIdentity { cluster: "c0ffee".into(), namespace: "east".into() };
    let made = made.iter().map(|key| (*key).to_owned()).collect();
    lower(design, seen, Ownership { us: &us, made: &made, take_over: None })
}

fn texts_of(design: &SitePart, seen: &SiteSeen, made: &[&str]) -> (Vec<String>, Vec<String>) {
    let lowered = lowered(design, seen, made);
    (lowered.calls.iter().map(ToString::to_string).collect(), lowered.conflicts)
}

fn texts(design: &SitePart, seen: &SiteSeen) -> (Vec<String>, Vec<String>) {
    texts_of(design, seen, &[])
}

fn network<'a>(design: &'a mut SitePart, name: &str) -> &'a mut NetworkDesign {
    design.networks.get_mut(name).unwrap()
}

fn address(text: &str) -> std::net::IpAddr {
    text.parse().unwrap()
}

const KEPT: &str = "Kept by Slipway: c0ffee/east";
const MADE: &str = "Slipway's: c0ffee/east";
const OTHERS: &str = "Slipway's: c0ffee/west";

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
    let rack = |name: &str, id| Rack {
        system_id: name.into(),
        hostname: name.into(),
        interface_set: vec![on(id)],
        ..Rack::default()
    };
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

fn dynamic(seen: &SiteSeen, comment: &str, first: &str, last: &str) -> IpRange {
    IpRange {
        id: 1,
        kind: "dynamic".into(),
        start_ip: first.into(),
        end_ip: last.into(),
        subnet: seen.subnets[0].clone(),
        comment: comment.into(),
    }
}

fn with_range(first: &str, last: &str) -> SitePart {
    let mut design = design(&[("a", "10.0.0.0/24", None)]);
    network(&mut design, "a").ranges = vec![(RangeType::Dhcp, address(first), address(last))];
    design
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

/// A region where MAAS serves `data` by the rack `one`; `two` is there, too.
fn served() -> SiteSeen {
    let mut seen = seen();
    let on = |id| Interface { vlan: Some(vlan(id, 0, 0)), ..Interface::default() };
    let rack = |name: &str| Rack {
        system_id: format!("id-{name}"),
        hostname: name.into(),
        interface_set: vec![on(5001)],
        ..Rack::default()
    };
    seen.racks = vec![rack("one"), rack("two")];
    seen.fabrics[0].name = "data".into();
    for vlan in [&mut seen.fabrics[0].vlans[0], &mut seen.subnets[0].vlan] {
        (vlan.dhcp_on, vlan.primary_rack) = (true, Some("id-one".into()));
    }
    (seen.subnets[0].name, seen.subnets[0].description) = ("a".into(), KEPT.into());
    seen.ipranges = vec![dynamic(&seen, MADE, "10.0.0.10", "10.0.0.20")];
    seen
}

#[test]
fn dhcp_goes_off_only_where_it_was_turned_on_and_after_an_approval() {
    let mut design = with_range("10.0.0.10", "10.0.0.20");
    let seen = served();
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    let dhcp = DhcpDesign { external: Some(address("10.0.0.2")), ..DhcpDesign::default() };
    network(&mut design, "a").dhcp = Some(dhcp.clone());
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty(), "{calls:?}");
    assert!(conflicts[0].contains("Slipway did not turn it on: turn it off in MAAS"), "{conflicts:?}");
    let ours = lowered(&design, &seen, &["Dhcp/data/0"]);
    let calls: Vec<(String, bool)> = ours.calls.iter().map(|call| (call.to_string(), call.is_destructive())).collect();
    assert_eq!(calls, [("turn off DHCP for a: the design has a server of your own at 10.0.0.2".to_owned(), true)]);
    assert!(permitted(&ours, &[]).is_empty() && permitted(&ours, &["something else".to_owned()]).is_empty());
    assert_eq!(permitted(&ours, &[calls[0].0.clone()]).len(), 1);
    // Off, the range is nobody's to give.
    let mut seen = seen;
    seen.fabrics[0].vlans[0].dhcp_on = false;
    seen.subnets[0].vlan.dhcp_on = false;
    let (calls, _) = texts_of(&design, &seen, &["Dhcp/data/0"]);
    assert_eq!(calls, ["set dynamic range 10.0.0.10 - 10.0.0.20 in a: type reserved (is dynamic)"]);
    // Unless the network says so all the same.
    network(&mut design, "a").dhcp = Some(DhcpDesign { mode: DhcpMode::Always, ..dhcp });
    let (calls, _) = texts(&design, &seen);
    assert_eq!(calls, ["turn on DHCP for a, by rack controller one"]);
}

#[test]
fn dhcp_moves_after_an_approval_and_not_beside_a_server_that_nobody_declared() {
    let mut design = with_range("10.0.0.10", "10.0.0.20");
    let dhcp = |rack: &str| Some(DhcpDesign { primary_rack: Some(rack.into()), ..DhcpDesign::default() });
    let mut seen = served();
    network(&mut design, "a").dhcp = dhcp("one");
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    network(&mut design, "a").dhcp = dhcp("two");
    let moved = lowered(&design, &seen, &[]);
    assert_eq!(
        moved.calls[0].to_string(),
        "move DHCP of a to rack controller two (is one), with none beside it (is none)"
    );
    assert!(moved.calls[0].is_destructive());
    network(&mut design, "a").dhcp = dhcp("three");
    let (_, conflicts) = texts(&design, &seen);
    assert_eq!(conflicts, ["network a: dhcp.primaryRack names three, which is no rack controller of this region"]);
    network(&mut design, "a").dhcp = None;
    let vlan = &mut seen.fabrics[0].vlans[0];
    (vlan.dhcp_on, vlan.external_dhcp) = (false, Some("10.0.0.7".into()));
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty() && conflicts[0].contains("not its own at 10.0.0.7"), "{calls:?} {conflicts:?}");
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
fn what_a_region_has_once_is_written_by_its_owner_alone() {
    let mut design = SitePart {
        ntp_servers: vec!["10.0.0.9".into()],
        ssh_keys: vec!["ssh-ed25519 AAAA me".into()],
        ..SitePart::default()
    };
    let mut seen = SiteSeen::default();
    seen.config.insert("ntp_servers", "ntp.ubuntu.com".into());
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty(), "{calls:?}");
    assert_eq!(conflicts.len(), 2);
    assert!(
        conflicts.iter().all(|text| text.contains("set spec.provisioner.maas.ownsRegion to true")),
        "{conflicts:?}"
    );
    design.owns_region = true;
    let (calls, _) = texts(&design, &seen);
    assert_eq!(
        calls,
        [
            "take the region: create tag slipway-region",
            "add SSH key me",
            "set ntp_servers to 10.0.0.9 (is ntp.ubuntu.com)"
        ]
    );
    seen.tags = vec![crate::drivers::maas::wire::Tag {
        name: "slipway-region".into(),
        comment: OTHERS.into(),
        ..Default::default()
    }];
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty() && conflicts[0].contains("owned by another Site, c0ffee/west"), "{calls:?} {conflicts:?}");
    // Who gives it up says so at once.
    design = SitePart::default();
    seen.tags[0].comment = MADE.into();
    assert_eq!(texts(&design, &seen).0, ["give the region back: delete tag slipway-region"]);
}

#[test]
fn name_servers_that_are_rack_controllers_are_not_forwarded_to() {
    let mut seen = served();
    seen.racks[0].interface_set[0].links =
        vec![crate::drivers::maas::wire::Link { ip_address: Some("10.0.0.9".into()), ..Default::default() }];
    seen.config.insert("upstream_dns", serde_json::Value::Null);
    let mut design = SitePart { owns_region: true, dns_servers: vec![address("10.0.0.9")], ..SitePart::default() };
    assert_eq!(texts(&design, &seen).0.len(), 1, "the region is taken, and no more");
    design.dns_servers.push(address("10.0.0.8"));
    assert_eq!(texts(&design, &seen).0[1], "set upstream_dns to 10.0.0.8 (is none)");
}

#[test]
fn unlisted_archives_and_keys_go_after_an_approval() {
    let design = SitePart {
        owns_region: true,
        remove_unlisted: vec![UnlistedKind::PackageRepositories, UnlistedKind::SshKeys],
        ..SitePart::default()
    };
    let archive = |name: &str| crate::drivers::maas::wire::Repository { name: name.into(), ..Default::default() };
    let key = crate::drivers::maas::wire::SshKey { id: 3, key: "ssh-rsa AAAA somebody".into() };
    let seen = SiteSeen {
        repositories: vec![archive("main_archive"), archive("old")],
        ssh_keys: vec![key],
        ..SiteSeen::default()
    };
    let found = lowered(&design, &seen, &[]);
    let calls: Vec<(String, bool)> =
        found.calls[1..].iter().map(|call| (call.to_string(), call.is_destructive())).collect();
    assert_eq!(
        calls,
        [
            ("remove SSH key somebody, which the design does not list".to_owned(), true),
            ("remove archive old , which the design does not list".to_owned(), true)
        ]
    );
}

#[test]
fn what_it_made_and_the_design_dropped_is_told_or_deleted_and_nothing_else() {
    let mut seen = served();
    seen.fabrics[1].vlans.push(vlan(5009, 9, 1));
    seen.fabrics[1].name = "old".into();
    (seen.subnets[1].description, seen.subnets[1].vlan) = (MADE.into(), vlan(5009, 9, 1));
    let mut design = design(&[]);
    design.links.clear();
    let made = ["Dhcp/data/0", "Vlan/old/9", "Fabric/old", "Fabric/data", "Domain/gone.example.com"];
    let found = lowered(&design, &seen, &made);
    assert!(found.calls.is_empty(), "{:?}", found.calls);
    let wanted = [
        "DHCP on VLAN 0 of fabric data",
        "dynamic range 10.0.0.10 - 10.0.0.20 of 10.0.0.0/24",
        "subnet 10.1.0.0/24 (10.1.0.0/24)",
        "fabric data (stays: still used by subnet 10.0.0.0/24)",
        "VLAN 9 of fabric old",
        "fabric old",
    ];
    assert_eq!(found.leftovers, wanted);
    assert_eq!(found.gone, BTreeSet::from(["Domain/gone.example.com".to_owned()]));
    // To delete, it must be known who uses what.
    design.prune = Some(PrunePolicy::Delete);
    assert!(lowered(&design, &seen, &made).calls.is_empty());
    let mut node = UsingNode { hostname: "r01-u10".into(), ..UsingNode::default() };
    node.interface_set = vec![Interface { vlan: Some(vlan(5009, 9, 1)), ..Interface::default() }];
    seen.users = Some(vec![node]);
    let found = lowered(&design, &seen, &made);
    let calls: Vec<(String, bool)> = found.calls.iter().map(|call| (call.to_string(), call.is_destructive())).collect();
    assert_eq!(
        calls,
        [
            ("delete DHCP on VLAN 0 of fabric data".to_owned(), true),
            ("delete dynamic range 10.0.0.10 - 10.0.0.20 of 10.0.0.0/24".to_owned(), true),
            ("delete subnet 10.1.0.0/24 (10.1.0.0/24)".to_owned(), false),
        ]
    );
    assert!(found.leftovers.contains(&"VLAN 9 of fabric old (stays: still used by r01-u10)".to_owned()));
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
fn a_script_is_compared_by_what_its_last_version_says() {
    let script = Script {
        name: "45-raid".into(),
        kind: ScriptType::Commissioning,
        content: Some("#!/bin/sh\n".into()),
        content_from: None,
        for_hardware: Vec::new(),
        tags: Vec::new(),
        timeout: None,
    };
    let mut design = SitePart { scripts: vec![script], ..SitePart::default() };
    let mut seen = SiteSeen { version: "3.7.3".into(), ..SiteSeen::default() };
    let found = lowered(&design, &seen, &[]);
    assert_eq!(found.calls[0].to_string(), "create commissioning script 45-raid");
    let comment = found.calls[0].form.iter().find(|(name, _)| name == "comment").unwrap().1.clone();
    let crate::drivers::maas::call::Value::Text(comment) = comment else { panic!() };
    let version = crate::drivers::maas::wire::ScriptVersion { id: 7, comment };
    let mut known = crate::drivers::maas::wire::Script { name: "45-raid".into(), ..Default::default() };
    known.history = vec![version, crate::drivers::maas::wire::ScriptVersion::default()];
    seen.scripts = vec![known];
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    design.scripts[0].content = Some("#!/bin/bash\n".into());
    let (calls, _) = texts(&design, &seen);
    assert!(calls[0].starts_with("set script 45-raid: script content "), "{calls:?}");
    design.scripts[0].kind = ScriptType::Release;
    seen.version = "3.3.11".into();
    assert!(texts(&design, &seen).1[0].contains("release scripts need MAAS 3.5 or newer"));
}

#[test]
fn records_of_others_lose_nothing() {
    let record = |kind, data: &str| RecordDesign {
        fqdn: "registry.example.com".into(),
        kind,
        data: vec![data.into()],
        ttl: None,
    };
    let mut design = SitePart {
        domains: vec!["example.com".into()],
        records: vec![record(DnsRecordType::A, "10.0.0.5"), record(DnsRecordType::Txt, "hello")],
        ..SitePart::default()
    };
    let mut seen = SiteSeen::default();
    let (calls, _) = texts(&design, &seen);
    assert_eq!(
        calls,
        [
            "create domain example.com",
            "create record registry.example.com: 10.0.0.5",
            "create record registry.example.com TXT hello"
        ]
    );
    seen.domains = vec![crate::drivers::maas::wire::Domain {
        name: "example.com".into(),
        authoritative: true,
        ..Default::default()
    }];
    let ip = crate::drivers::maas::wire::NamedAddress { ip: Some("10.0.0.6".into()) };
    seen.dns_resources = vec![crate::drivers::maas::wire::DnsResource {
        id: 4,
        fqdn: "registry.example.com".into(),
        ip_addresses: vec![ip],
        ..Default::default()
    }];
    design.records.truncate(1);
    let (calls, conflicts) = texts(&design, &seen);
    assert!(
        calls.is_empty() && conflicts[0].contains("MAAS has 10.0.0.6, which Slipway did not make"),
        "{conflicts:?}"
    );
    let (calls, _) = texts_of(&design, &seen, &["DnsResource/registry.example.com"]);
    assert_eq!(calls, ["set record registry.example.com: ip_addresses 10.0.0.5 (is 10.0.0.6)"]);
}

#[test]
fn images_are_selected_imported_and_waited_for() {
    let selection = BootSourceSelection { os: "ubuntu".into(), release: "noble".into(), ..Default::default() };
    let url = "http://images.example.com/";
    let source = BootSource { url: url.into(), keyring_filename: None, selections: vec![selection] };
    let design = SitePart {
        owns_region: true,
        boot_sources: vec![source],
        images: vec!["ubuntu/noble".into(), "custom/rhel9".into()],
        ..SitePart::default()
    };
    let mut seen = SiteSeen::default();
    let step = |seen: &SiteSeen| {
        let found = lowered(&design, seen, &[]);
        (found.calls[1..].iter().map(ToString::to_string).collect::<Vec<_>>(), found.waiting, found.conflicts)
    };
    let (calls, waiting, conflicts) = step(&seen);
    assert_eq!(calls, ["create boot source http://images.example.com/"]);
    assert_eq!(waiting.len(), 1);
    assert!(conflicts[0].starts_with("image custom/rhel9 is not in MAAS"), "{conflicts:?}");
    seen.boot_sources = vec![crate::drivers::maas::wire::BootSource { id: 2, url: url.into(), ..Default::default() }];
    assert_eq!(step(&seen).0, ["select ubuntu/noble for amd64 from http://images.example.com/"]);
    let any = || vec!["*".to_owned()];
    seen.selections = vec![crate::drivers::maas::wire::Selection {
        id: 1,
        boot_source_id: 2,
        os: "ubuntu".into(),
        release: "noble".into(),
        arches: vec!["amd64".into()],
        subarches: any(),
        labels: any(),
    }];
    assert_eq!(step(&seen).0, ["import the selected images"]);
    seen.is_importing = true;
    let (calls, waiting, _) = step(&seen);
    assert_eq!((calls.len(), waiting), (0, vec!["ubuntu/noble for amd64 is being imported".to_owned()]));
    seen.is_importing = false;
    let image = |name: &str| crate::drivers::maas::wire::BootResource {
        name: name.into(),
        kind: "Synced".into(),
        architecture: "amd64/ga-24.04".into(),
        ..Default::default()
    };
    seen.images = vec![image("ubuntu/noble"), image("custom/rhel9")];
    assert_eq!(step(&seen), (Vec::new(), Vec::new(), Vec::new()));
}
