//! Networks as VLANs and subnets.

use super::{
    LoweredSite, Ownership, SiteSeen,
    claim::Claim,
    edit::Edit,
    fabric::{Site, others},
};
use crate::{
    drivers::maas::{
        call::{Call, Id, Name, Value},
        wire::{IpRange, Subnet, Vlan},
    },
    model::{NetworkDesign, SitePart},
};
use std::{collections::BTreeMap, net::IpAddr};

/// A network's subnet and VLAN, once the calls are done.
pub(super) struct Place<'a> {
    pub subnet: Id,
    pub vlan: Id,
    /// The subnet as it is.
    pub known: Option<&'a Subnet>,
}

/// The places of the networks, by name.
pub(super) type Places<'a> = BTreeMap<String, Place<'a>>;

/// The key by which a VLAN is recorded.
pub(super) fn vlan_key(fabric: &str, vid: u32) -> String {
    format!("Vlan/{fabric}/{vid}")
}

/// Everything that may be recorded of a VLAN.
pub(super) fn vlan_keys(fabric: &str, vid: u32) -> [String; 3] {
    [vlan_key(fabric, vid), dhcp_key(fabric, vid), relay_key(fabric, vid)]
}

/// The key by which it is recorded that we have turned DHCP on.
pub(super) fn dhcp_key(fabric: &str, vid: u32) -> String {
    format!("Dhcp/{fabric}/{vid}")
}

/// The key by which it is recorded that we have made a DHCP relay.
pub(super) fn relay_key(fabric: &str, vid: u32) -> String {
    format!("Relay/{fabric}/{vid}")
}

/// The subnet of a network, where MAAS has it.
pub(super) fn known<'a>(network: &NetworkDesign, seen: &'a SiteSeen) -> Option<&'a Subnet> {
    let cidr = network.cidr.trunc().to_string();
    seen.subnets.iter().find(|subnet| subnet.cidr == cidr)
}

/// Brings VLANs and subnets to the design; says where each network lies. One with a conflict is absent.
pub(super) fn lower<'a>(
    design: &SitePart,
    seen: &'a SiteSeen,
    ownership: Ownership<'_>,
    fabrics: &BTreeMap<String, Site<'a>>,
    lowered: &mut LoweredSite,
) -> Places<'a> {
    let mut places = BTreeMap::new();
    let mut vlans = BTreeMap::new();
    for network in design.networks.values() {
        let vid = network.vlan.unwrap_or(0);
        if vid != 0 {
            lowered.designed.insert(vlan_key(&network.link, vid));
        }
        let Some(fabric) = fabrics.get(&network.link) else { continue };
        // Networks may share a VLAN: the first of them gives it its name and MTU.
        let vlan = vlans.entry((network.link.as_str(), vid)).or_insert_with(|| {
            let mut sharing = design.networks.values().filter(|n| n.link == network.link && n.vlan.unwrap_or(0) == vid);
            let space = sharing.find_map(|network| network.space.as_deref());
            self::vlan(network, space, fabric, seen, ownership, lowered)
        });
        let Some(vlan) = vlan.clone() else { continue };
        let known = known(network, seen);
        let id = match known {
            None => Ok(create(network, &vlan, ownership, lowered)),
            Some(subnet) => keep(network, subnet, &vlan, seen, ownership).map(|call| {
                lowered.calls.extend(call);
                Id::Known(subnet.id)
            }),
        };
        match id {
            Ok(subnet) => drop(places.insert(network.name.clone(), Place { subnet, vlan, known })),
            Err(conflict) => lowered.conflicts.push(conflict),
        }
    }
    places
}

/// The id of a space: known, or that of the one to be made.
fn space_id(name: &str, seen: &SiteSeen) -> Value {
    match seen.spaces.iter().find(|known| known.name == name) {
        Some(known) => Value::Text(known.id.to_string()),
        None => Value::Id(Id::Made(Name::Space(name.to_owned()))),
    }
}

fn vlan(
    network: &NetworkDesign,
    space: Option<&str>,
    fabric: &Site<'_>,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
    lowered: &mut LoweredSite,
) -> Option<Id> {
    let vid = network.vlan.unwrap_or(0);
    let known = match fabric {
        Site::Known(fabric) => fabric.vlan(vid),
        Site::New => None,
    };
    let id = match known {
        Some(known) => Id::Known(known.id),
        None => Id::Made(Name::Vlan(network.link.clone(), vid)),
    };
    let change = |found: &Vlan| {
        let path = ["vlans/".into(), id.clone().into(), "/".into()];
        let mut edit = Edit::of(path, format!("VLAN {vid} of fabric {}", network.link));
        // The untagged VLAN has its MTU from the link, and keeps MAAS's name for it.
        if vid != 0 {
            edit = edit.set("name", &found.name, &network.name).set("mtu", found.mtu, network.mtu);
        }
        match space {
            Some(space) if found.space != space => edit.put("space", &found.space, space, space_id(space, seen)),
            _ => edit,
        }
    };
    if let Some(known) = known {
        if let Some(call) = change(known).call() {
            if let Some((subnet, other)) = others(seen, ownership, |subnet| subnet.vlan.id == known.id) {
                lowered.conflicts.push(format!(
                    "network {}: the design would {call}, and another Site, {other}, looks after {} on it; agree on one VLAN",
                    network.name, subnet.cidr
                ));
                return None;
            }
            lowered.calls.push(call);
        }
        return Some(id);
    }
    if vid == 0 {
        // A new fabric brings its untagged VLAN.
        lowered.calls.extend(change(&Vlan::default()).call());
        return Some(id);
    }
    let fabric = match fabric {
        Site::Known(fabric) => Id::Known(fabric.id),
        Site::New => Id::Made(Name::Fabric(network.link.clone())),
    };
    let says = format!("create VLAN {vid} in fabric {}, MTU {}", network.link, network.mtu);
    lowered.calls.push(
        Call::post(["fabrics/".into(), fabric.into(), "/vlans/".into()], says)
            .with("vid", vid)
            .with("name", network.name.as_str())
            .with("mtu", network.mtu)
            .maybe("space", space.map(|space| space_id(space, seen)))
            .makes(Name::Vlan(network.link.clone(), vid), "/id")
            .recorded(vlan_key(&network.link, vid)),
    );
    Some(id)
}

fn addresses(list: &[IpAddr]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn create(network: &NetworkDesign, vlan: &Id, ownership: Ownership<'_>, lowered: &mut LoweredSite) -> Id {
    let cidr = network.cidr.trunc().to_string();
    let name = Name::Subnet(cidr.clone());
    let dns = Some(addresses(&network.dns_servers)).filter(|list| !list.is_empty());
    lowered.calls.push(
        Call::post(["subnets/".into()], format!("create subnet {cidr} ({})", network.name))
            .with("cidr", cidr)
            .with("name", network.name.as_str())
            .with("description", ownership.mark(None))
            .with("vlan", vlan.clone())
            .maybe("gateway_ip", network.gateway.map(|gateway| gateway.to_string()))
            .maybe("dns_servers", dns)
            .maybe("managed", network.managed)
            .maybe("allow_dns", network.allow_dns)
            .maybe("allow_proxy", network.allow_proxy)
            .makes(name.clone(), "/id"),
    );
    Id::Made(name)
}

fn keep(
    network: &NetworkDesign,
    subnet: &Subnet,
    vlan: &Id,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
) -> Result<Option<Call>, String> {
    let moves = *vlan != Id::Known(subnet.vlan.id);
    if moves && subnet.vlan.dhcp_on && has_dynamic(subnet, &seen.ipranges) {
        return Err(format!(
            "network {}: MAAS serves DHCP for {} on VLAN {}, the design has it on VLAN {}",
            network.name,
            subnet.cidr,
            subnet.vlan.vid,
            network.vlan.unwrap_or(0)
        ));
    }
    let ours = ownership.claim(&subnet.description) == Claim::Made;
    let address = |text: &str| text.parse::<IpAddr>().map_or_else(|_| text.to_owned(), |address| address.to_string());
    let gateway = subnet.gateway_ip.as_deref().map(address).unwrap_or_default();
    let dns: Vec<String> = subnet.dns_servers.iter().map(|server| address(server)).collect();
    // Of a subnet that we did not make, what the design does not say stays.
    let wanted_gateway = network.gateway.map(|gateway| gateway.to_string()).or(ours.then(String::new));
    let wanted_dns = (ours || !network.dns_servers.is_empty()).then(|| addresses(&network.dns_servers));
    let path = ["subnets/".into(), Id::Known(subnet.id).into(), "/".into()];
    let mut edit = Edit::of(path, format!("subnet {}", subnet.cidr)).set("name", &subnet.name, &network.name);
    if moves {
        let found = format!("{} of {}", subnet.vlan.vid, super::fabric::name_of(subnet.vlan.fabric_id, seen));
        let wanted = format!("{} of {}", network.vlan.unwrap_or(0), network.link);
        edit = edit.put("vlan", &found, &wanted, vlan.clone().into());
    }
    let edit = edit
        .maybe("gateway_ip", gateway, wanted_gateway)
        .maybe("dns_servers", dns.join(","), wanted_dns)
        .maybe("managed", flag(subnet.managed), network.managed)
        .maybe("allow_dns", flag(subnet.allow_dns), network.allow_dns)
        .maybe("allow_proxy", flag(subnet.allow_proxy), network.allow_proxy)
        .set("description", &subnet.description, ownership.comment(&subnet.description, None));
    let call = edit.call();
    match (ownership.others(&subnet.description), &call) {
        (Some(other), Some(call)) => Err(format!(
            "network {}: another Site, {other}, looks after {}, and this design would {call}; a subnet belongs into the design \
             of one Site",
            network.name, subnet.cidr
        )),
        _ => Ok(call),
    }
}

/// A setting that MAAS may not tell.
fn flag(found: Option<bool>) -> String {
    found.map(|found| found.to_string()).unwrap_or_default()
}

fn has_dynamic(subnet: &Subnet, ranges: &[IpRange]) -> bool {
    ranges.iter().any(|range| range.kind == "dynamic" && range.subnet.id == subnet.id)
}
