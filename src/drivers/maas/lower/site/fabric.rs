//! Links as fabrics, networks as VLANs and subnets.

use super::{LoweredSite, SiteSeen};
use crate::{
    drivers::maas::{
        call::{Call, Id, Name},
        wire::{Fabric, IpRange, Subnet},
    },
    model::{LinkDesign, NetworkDesign, SitePart},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// A fabric that a link has: as it is in MAAS, or new.
pub(super) enum Site<'a> {
    Known(&'a Fabric),
    New,
}

/// A network's subnet and VLAN, once the calls are done.
pub(super) struct Place<'a> {
    pub subnet: Id,
    pub vlan: Id,
    /// The subnet as it is.
    pub known: Option<&'a Subnet>,
}

/// Finds or creates the fabric of every link. A link with a conflict is absent.
pub(super) fn lower<'a>(
    design: &SitePart,
    seen: &'a SiteSeen,
    lowered: &mut LoweredSite,
) -> BTreeMap<String, Site<'a>> {
    let mut fabrics = BTreeMap::new();
    let mut claimed: BTreeMap<u64, &str> = BTreeMap::new();
    for link in design.links.values() {
        let found = match find(link, design, seen) {
            Ok(found) => found,
            Err(conflict) => {
                lowered.conflicts.push(conflict);
                continue;
            }
        };
        let Some(fabric) = found else {
            lowered.calls.push(
                Call::post(["fabrics/".into()], format!("create fabric {}", link.name))
                    .with("name", link.name.as_str())
                    .makes(Name::Fabric(link.name.clone()), "/id")
                    .makes(Name::Vlan(link.name.clone(), 0), "/vlans/0/id"),
            );
            lowered.calls.push(vlan_mtu(Id::Made(Name::Vlan(link.name.clone(), 0)), link));
            fabrics.insert(link.name.clone(), Site::New);
            continue;
        };
        if let Some(other) = claimed.insert(fabric.id, &link.name) {
            let text = format!("links {other} and {} both lie in fabric {} of MAAS", link.name, fabric.name);
            lowered.conflicts.push(text);
            continue;
        }
        if fabric.name != link.name {
            let path = ["fabrics/".into(), Id::Known(fabric.id).into(), "/".into()];
            let says = format!("rename fabric {} to {}", fabric.name, link.name);
            lowered.calls.push(Call::put(path, says).with("name", link.name.as_str()));
        }
        if let Some(vlan) = fabric.vlan(0).filter(|vlan| vlan.mtu != u64::from(link.mtu)) {
            lowered.calls.push(vlan_mtu(Id::Known(vlan.id), link));
        }
        fabrics.insert(link.name.clone(), Site::Known(fabric));
    }
    fabrics
}

fn vlan_mtu(vlan: Id, link: &LinkDesign) -> Call {
    let says = format!("set MTU {} on the untagged VLAN of fabric {}", link.mtu, link.name);
    Call::put(["vlans/".into(), vlan.into(), "/".into()], says).with("mtu", link.mtu)
}

/// The fabric of a link: where MAAS has found the link's subnets, else the one of its name.
fn find<'a>(link: &LinkDesign, design: &SitePart, seen: &'a SiteSeen) -> Result<Option<&'a Fabric>, String> {
    let networks = design.networks.values().filter(|network| network.link == link.name);
    let by_subnet: BTreeMap<u64, &str> = networks
        .filter_map(|network| subnet(network, seen))
        .map(|subnet| (subnet.vlan.fabric_id, subnet.cidr.as_str()))
        .collect();
    let by_name = seen.fabrics.iter().find(|fabric| fabric.name == link.name);
    if by_subnet.len() > 1 {
        let places: Vec<String> =
            by_subnet.iter().map(|(id, cidr)| format!("{cidr} in {}", name_of(*id, seen))).collect();
        return Err(format!("link {}: MAAS has its subnets in several fabrics: {}", link.name, places.join(", ")));
    }
    let Some((id, cidr)) = by_subnet.into_iter().next() else { return Ok(by_name) };
    match by_name {
        Some(other) if other.id != id => Err(format!(
            "link {}: MAAS has subnet {cidr} in fabric {}, and another fabric is called {} already",
            link.name,
            name_of(id, seen),
            link.name
        )),
        _ => Ok(seen.fabrics.iter().find(|fabric| fabric.id == id)),
    }
}

fn name_of(id: u64, seen: &SiteSeen) -> &str {
    seen.fabrics.iter().find(|fabric| fabric.id == id).map_or("?", |fabric| &fabric.name)
}

pub(super) fn subnet<'a>(network: &NetworkDesign, seen: &'a SiteSeen) -> Option<&'a Subnet> {
    let cidr = network.cidr.trunc().to_string();
    seen.subnets.iter().find(|subnet| subnet.cidr == cidr)
}

/// Brings VLANs and subnets to the design; says where each network lies. One with a conflict is absent.
pub(super) fn networks<'a>(
    design: &SitePart,
    seen: &'a SiteSeen,
    fabrics: &BTreeMap<String, Site<'a>>,
    lowered: &mut LoweredSite,
) -> BTreeMap<String, Place<'a>> {
    let mut places = BTreeMap::new();
    let mut made = BTreeSet::new();
    for network in design.networks.values() {
        let Some(fabric) = fabrics.get(&network.link) else { continue };
        let vlan = vlan(network, fabric, &mut made, lowered);
        let known = subnet(network, seen);
        let id = match known {
            None => create_subnet(network, &vlan, lowered),
            Some(subnet) => {
                let moves = vlan != Id::Known(subnet.vlan.id);
                if moves && subnet.vlan.dhcp_on && has_dynamic(subnet, &seen.ipranges) {
                    lowered.conflicts.push(format!(
                        "network {}: MAAS serves DHCP for {} on VLAN {}, the design has it on VLAN {}",
                        network.name,
                        subnet.cidr,
                        subnet.vlan.vid,
                        network.vlan.unwrap_or(0)
                    ));
                    continue;
                }
                lowered.calls.extend(update_subnet(network, subnet, moves.then(|| vlan.clone())));
                Id::Known(subnet.id)
            }
        };
        places.insert(network.name.clone(), Place { subnet: id, vlan, known });
    }
    places
}

fn has_dynamic(subnet: &Subnet, ranges: &[IpRange]) -> bool {
    ranges.iter().any(|range| range.kind == "dynamic" && range.subnet.id == subnet.id)
}

fn vlan(network: &NetworkDesign, fabric: &Site<'_>, made: &mut BTreeSet<Name>, lowered: &mut LoweredSite) -> Id {
    let vid = network.vlan.unwrap_or(0);
    let known = match fabric {
        Site::Known(fabric) => fabric.vlan(vid),
        Site::New => None,
    };
    if let Some(vlan) = known {
        // The untagged VLAN has its MTU from the link, and keeps MAAS's name for it.
        let name = (vid != 0 && vlan.name != network.name).then_some(network.name.as_str());
        let mtu = (vid != 0 && vlan.mtu != u64::from(network.mtu)).then_some(network.mtu);
        if name.is_some() || mtu.is_some() {
            let says = format!("set VLAN {vid} of fabric {} to {}, MTU {}", network.link, network.name, network.mtu);
            let path = ["vlans/".into(), Id::Known(vlan.id).into(), "/".into()];
            lowered.calls.push(Call::put(path, says).maybe("name", name).maybe("mtu", mtu));
        }
        return Id::Known(vlan.id);
    }
    let name = Name::Vlan(network.link.clone(), vid);
    // Two networks may share a VLAN, and a new fabric brings its untagged one.
    if vid != 0 && made.insert(name.clone()) {
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
                .makes(name.clone(), "/id"),
        );
    }
    Id::Made(name)
}

fn addresses(list: &[IpAddr]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn create_subnet(network: &NetworkDesign, vlan: &Id, lowered: &mut LoweredSite) -> Id {
    let cidr = network.cidr.trunc().to_string();
    let name = Name::Subnet(cidr.clone());
    let dns = Some(addresses(&network.dns_servers)).filter(|list| !list.is_empty());
    lowered.calls.push(
        Call::post(["subnets/".into()], format!("create subnet {cidr} ({})", network.name))
            .with("cidr", cidr)
            .with("name", network.name.as_str())
            .with("vlan", vlan.clone())
            .maybe("gateway_ip", network.gateway.map(|gateway| gateway.to_string()))
            .maybe("dns_servers", dns)
            .makes(name.clone(), "/id"),
    );
    Id::Made(name)
}

fn update_subnet(network: &NetworkDesign, subnet: &Subnet, vlan: Option<Id>) -> Option<Call> {
    let name = (subnet.name != network.name).then_some(network.name.as_str());
    let parse = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<IpAddr>().ok());
    let gateway = network.gateway.filter(|gateway| parse(&subnet.gateway_ip) != Some(*gateway));
    let known: Vec<Option<IpAddr>> = subnet.dns_servers.iter().map(|server| server.parse().ok()).collect();
    let wanted: Vec<Option<IpAddr>> = network.dns_servers.iter().copied().map(Some).collect();
    let dns = (!wanted.is_empty() && known != wanted).then(|| addresses(&network.dns_servers));
    if name.is_none() && gateway.is_none() && dns.is_none() && vlan.is_none() {
        return None;
    }
    let says = format!("set subnet {} to {}", subnet.cidr, network.name);
    Some(
        Call::put(["subnets/".into(), Id::Known(subnet.id).into(), "/".into()], says)
            .maybe("name", name)
            .maybe("vlan", vlan)
            .maybe("gateway_ip", gateway.map(|gateway| gateway.to_string()))
            .maybe("dns_servers", dns),
    )
}
