//! What a site's lowering takes over, and what it leaves to a person.

mod dhcp;
mod networks;
mod region;

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
