//! Networking, trap by trap.

use super::*;
use crate::{
    api::{
        baremetal_node::AddressMode,
        network_link::{BondMode, LacpRate, TransmitHashPolicy},
    },
    drivers::maas::wire::{Link, Params, Vlan},
    model::{BondDesign, DeviceSelector, Inventory, InventoryNic},
};

fn fabrics() -> Vec<Fabric> {
    let vlan = |id, vid, fabric_id| Vlan { id, vid, fabric_id, ..Vlan::default() };
    vec![
        Fabric { id: 0, name: "pxe".into(), vlans: vec![vlan(5001, 0, 0)] },
        Fabric { id: 1, name: "data".into(), vlans: vec![vlan(5002, 0, 1), vlan(5003, 41, 1)] },
    ]
}

fn subnets() -> Vec<Subnet> {
    let fabrics = fabrics();
    let subnet = |id, cidr: &str, vlan: &Vlan| Subnet {
        id,
        cidr: cidr.into(),
        vlan: vlan.clone(),
        gateway_ip: Some("10.41.0.1".into()),
        ..Subnet::default()
    };
    vec![
        subnet(1, "10.10.0.0/24", fabrics[0].vlan(0).unwrap()),
        subnet(2, "10.41.0.0/24", fabrics[1].vlan(41).unwrap()),
    ]
}

#[allow(clippy::unnecessary_wraps, reason = "an interface may have none")]
fn vlan(id: u64) -> Option<Vlan> {
    Some(Vlan { id, ..Vlan::default() })
}

fn physical(id: u64, name: &str, vlan: Option<Vlan>, mtu: Option<u64>) -> Interface {
    let params = Params { mtu, ..Params::default() };
    Interface { id, name: name.into(), kind: "physical".into(), vlan, params, ..Interface::default() }
}

fn link(id: u64, mode: &str, subnet: Option<usize>, address: Option<&str>) -> Link {
    let subnet = subnet.map(|at| subnets()[at].clone());
    Link { id, mode: mode.into(), ip_address: address.map(Into::into), subnet }
}

fn attachment(
    network: &str,
    vlan: Option<u32>,
    cidr: &str,
    mode: AddressMode,
    address: Option<&str>,
) -> AttachmentDesign {
    AttachmentDesign {
        network: network.into(),
        vlan,
        cidr: cidr.parse().unwrap(),
        mtu: 9000,
        mode,
        address: address.map(|text| text.parse().unwrap()),
        default_gateway: vlan.is_some(),
        services: crate::model::NetworkServices::default(),
    }
}

fn design(interfaces: Vec<InterfaceDesign>) -> NodeDesign {
    NodeDesign { interfaces, ..crate::drivers::maas::lower::fixtures::node() }
}

fn bond() -> InterfaceDesign {
    InterfaceDesign {
        name: "bond0".into(),
        link: "data".into(),
        devices: vec![DeviceSelector::Name("ens1".into()), DeviceSelector::Name("ens2".into())],
        bond: Some(BondDesign {
            mode: BondMode::Lacp,
            hash_policy: Some(TransmitHashPolicy::Layer2),
            lacp_rate: Some(LacpRate::Fast),
            monitor_interval: 100,
            up_delay: 0,
            down_delay: 0,
            peer_notifications: None,
        }),
        mtu: 9000,
        managed: true,
        bridges: Vec::new(),
        networks: vec![attachment("oam", Some(41), "10.41.0.0/24", AddressMode::Static, Some("10.41.0.12"))],
    }
}

fn single(mode: AddressMode, address: Option<&str>) -> InterfaceDesign {
    InterfaceDesign {
        name: "eno1".into(),
        link: "pxe".into(),
        devices: vec![DeviceSelector::Name("eno1".into())],
        bond: None,
        mtu: 9000,
        managed: true,
        bridges: Vec::new(),
        networks: vec![attachment("pxe", None, "10.10.0.0/24", mode, address)],
    }
}

/// As designed by [`bond`].
fn bonded() -> Vec<Interface> {
    let params = Params {
        mtu: Some(9000),
        bond_mode: Some("802.3ad".into()),
        bond_miimon: Some(100),
        bond_updelay: Some(0),
        bond_downdelay: Some(0),
        bond_lacp_rate: Some("fast".into()),
        bond_num_grat_arp: None,
        bond_xmit_hash_policy: Some("layer2".into()),
        ..Params::default()
    };
    let parents = vec!["ens1".to_owned(), "ens2".to_owned()];
    vec![
        physical(1, "ens1", vlan(5002), Some(9000)),
        physical(2, "ens2", vlan(5002), Some(9000)),
        Interface {
            id: 3,
            name: "bond0".into(),
            kind: "bond".into(),
            vlan: vlan(5002),
            parents,
            params,
            links: vec![link(30, "link_up", None, None)],
            ..Interface::default()
        },
        Interface {
            id: 4,
            name: "bond0.41".into(),
            kind: "vlan".into(),
            vlan: vlan(5003),
            parents: vec!["bond0".into()],
            params: Params { mtu: Some(9000), ..Params::default() },
            links: vec![link(40, "static", Some(1), Some("10.41.0.12"))],
            ..Interface::default()
        },
    ]
}

fn calls(design: &NodeDesign, interfaces: Vec<Interface>, gateway: Option<u64>) -> Result<Vec<String>, Obstacle> {
    let nics = interfaces.iter().filter(|interface| interface.kind == "physical");
    let nics = nics.map(|nic| InventoryNic { name: nic.name.clone(), ..InventoryNic::default() }).collect();
    let inventory = Inventory { nics, ..Inventory::default() };
    let gateways = crate::drivers::maas::wire::Gateways { link_id: gateway, gateway_ip: None };
    let machine = Machine {
        system_id: "abc".into(),
        interface_set: interfaces,
        default_gateways: [("ipv4".to_owned(), gateways)].into(),
        ..Machine::default()
    };
    let (fabrics, subnets) = (fabrics(), subnets());
    let networks = Networks { fabrics: &fabrics, subnets: &subnets };
    let lowered = lower(design, Seen { machine: &machine, inventory: Some(&inventory) }, networks)?;
    Ok(lowered.iter().map(ToString::to_string).collect())
}

#[test]
fn as_designed_needs_nothing() {
    assert_eq!(calls(&design(vec![bond()]), bonded(), Some(40)), Ok(vec![]));
}

#[test]
fn nics_get_one_vlan_before_they_are_bonded() {
    // After commissioning each unknown NIC sits on a fabric of its own.
    let nics = vec![physical(1, "ens1", vlan(5006), None), physical(2, "ens2", None, None)];
    assert_eq!(
        calls(&design(vec![bond()]), nics, None).unwrap(),
        [
            "put ens1 on link data, MTU 9000",
            "put ens2 on link data, MTU 9000",
            "create bond bond0 of ens1, ens2 (802.3ad, MTU 9000)",
            "create VLAN interface bond0.41, MTU 9000",
            "link bond0.41 to oam (static 10.41.0.12, default gateway)",
        ]
    );
}

#[test]
fn the_auto_link_of_commissioning_goes() {
    let mut nic = physical(1, "eno1", vlan(5001), Some(9000));
    nic.links = vec![link(9, "auto", Some(0), None)];
    let wanted = ["unlink eno1 from 10.10.0.0/24 (auto)", "link eno1 to pxe (dhcp)"];
    assert_eq!(calls(&design(vec![single(AddressMode::Dhcp, None)]), vec![nic], None).unwrap(), wanted);
}

#[test]
fn another_vlan_drops_the_links_of_a_nic() {
    let mut nic = physical(1, "eno1", vlan(5002), Some(9000));
    nic.links = vec![link(9, "static", Some(0), Some("10.10.0.7"))];
    let wanted = ["put eno1 on link pxe, MTU 9000", "link eno1 to pxe (static 10.10.0.7)"];
    let design = design(vec![single(AddressMode::Static, Some("10.10.0.7"))]);
    assert_eq!(calls(&design, vec![nic], None).unwrap(), wanted);
}

#[test]
fn an_interface_is_only_brought_up_if_nothing_else_does_so() {
    let design = design(vec![single(AddressMode::LinkUp, None)]);
    let mut nic = physical(1, "eno1", vlan(5001), Some(9000));
    assert_eq!(calls(&design, vec![nic.clone()], None).unwrap(), ["bring eno1 up without an address"]);
    nic.links = vec![link(9, "link_up", Some(0), None)];
    assert_eq!(calls(&design, vec![nic], None), Ok(vec![]));
}

#[test]
fn a_changed_bond_is_set_and_a_lost_gateway_chosen() {
    let mut interfaces = bonded();
    interfaces[2].params.bond_mode = Some("active-backup".into());
    assert_eq!(
        calls(&design(vec![bond()]), interfaces, None).unwrap(),
        ["set bond bond0 (802.3ad, MTU 9000) on link data", "make oam the default gateway, by bond0.41"]
    );
}

#[test]
fn what_is_in_the_way_goes_from_the_top() {
    let mut interfaces = bonded();
    // The bond has another NIC, so it and its VLAN interface fall; a bond that touches no designed NIC stays.
    interfaces[2].parents = vec!["ens1".into(), "ens3".into()];
    interfaces.push(physical(5, "ens3", vlan(5002), None));
    let other = Interface {
        id: 6,
        name: "bond9".into(),
        kind: "bond".into(),
        parents: vec!["ens4".into()],
        ..Interface::default()
    };
    interfaces.push(other);
    let calls = calls(&design(vec![bond()]), interfaces, None).unwrap();
    assert_eq!(calls[..2], ["remove vlan bond0.41", "remove bond bond0"]);
    assert_eq!(calls[2], "create bond bond0 of ens1, ens2 (802.3ad, MTU 9000)");
}

#[test]
fn what_cannot_be_bound_is_named() {
    let error = calls(&design(vec![bond()]), vec![physical(1, "ens1", None, None)], None).unwrap_err();
    assert_eq!(error, Obstacle::Impossible("interface bond0: no network card is ens2; the machine has: ens1".into()));
}

#[test]
fn a_site_that_is_not_prepared_is_told() {
    let mut interface = single(AddressMode::Dhcp, None);
    interface.networks[0].cidr = "10.99.0.0/24".parse().unwrap();
    let error = calls(&design(vec![interface]), vec![physical(1, "eno1", None, None)], None).unwrap_err();
    assert!(matches!(error, Obstacle::Unprepared(text) if text.contains("10.99.0.0/24")));
}
