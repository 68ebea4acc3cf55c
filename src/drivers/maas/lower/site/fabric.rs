//! Links as fabrics.

use super::{LoweredSite, Ownership, SiteSeen, edit::Edit, subnet};
use crate::{
    drivers::maas::{
        call::{Call, Id, Name},
        wire::{Fabric, Subnet},
    },
    model::{LinkDesign, SitePart},
};
use std::collections::BTreeMap;

/// A fabric that a link has: as it is in MAAS, or new.
pub(super) enum Site<'a> {
    Known(&'a Fabric),
    New,
}

/// The key by which a fabric is recorded.
pub(super) fn key(name: &str) -> String {
    format!("Fabric/{name}")
}

/// Finds or creates the fabric of every link. A link with a conflict is absent.
pub(super) fn lower<'a>(
    design: &SitePart,
    seen: &'a SiteSeen,
    ownership: Ownership<'_>,
    lowered: &mut LoweredSite,
) -> BTreeMap<String, Site<'a>> {
    let mut fabrics = BTreeMap::new();
    let mut claimed: BTreeMap<u64, &str> = BTreeMap::new();
    for link in design.links.values() {
        lowered.designed.insert(key(&link.name));
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
                    .makes(Name::Vlan(link.name.clone(), 0), "/vlans/0/id")
                    .recorded(key(&link.name)),
            );
            let vlan = Id::Made(Name::Vlan(link.name.clone(), 0));
            lowered.calls.extend(untagged(vlan, link, None).call());
            fabrics.insert(link.name.clone(), Site::New);
            continue;
        };
        if let Some(other) = claimed.insert(fabric.id, &link.name) {
            let text = format!("links {other} and {} both lie in fabric {} of MAAS", link.name, fabric.name);
            lowered.conflicts.push(text);
            continue;
        }
        match keep(link, fabric, seen, ownership) {
            Ok(calls) => lowered.calls.extend(calls),
            Err(conflict) => {
                lowered.conflicts.push(conflict);
                continue;
            }
        }
        fabrics.insert(link.name.clone(), Site::Known(fabric));
    }
    fabrics
}

/// Name of a fabric that is there, and the MTU of its untagged VLAN; not where another Site looks after what is in it.
fn keep(link: &LinkDesign, fabric: &Fabric, seen: &SiteSeen, ownership: Ownership<'_>) -> Result<Vec<Call>, String> {
    let mut calls = Vec::new();
    if fabric.name != link.name {
        if let Some((subnet, other)) = others(seen, ownership, |subnet| subnet.vlan.fabric_id == fabric.id) {
            return Err(format!(
                "link {}: its subnets lie in fabric {} of MAAS, and so does {}, which another Site, {other}, looks after; \
                 give the link the fabric's name in both designs",
                link.name, fabric.name, subnet.cidr
            ));
        }
        let path = ["fabrics/".into(), Id::Known(fabric.id).into(), "/".into()];
        let edit = Edit::of(path, format!("fabric {}", fabric.name)).set("name", &fabric.name, &link.name);
        // What we made keeps being ours by its new name.
        let vlans = fabric.vlans.iter().filter_map(|vlan| {
            let vid = u32::try_from(vlan.vid).ok()?;
            Some(subnet::vlan_keys(&fabric.name, vid).into_iter().zip(subnet::vlan_keys(&link.name, vid)))
        });
        let renamed = std::iter::once((key(&fabric.name), key(&link.name))).chain(vlans.flatten());
        let records = renamed.filter(|(old, _)| ownership.is_recorded(old)).map(|(_, new)| new);
        calls.extend(edit.call().map(|call| records.fold(call, Call::recorded)));
    }
    if let Some(vlan) = fabric.vlan(0) {
        let edit = untagged(Id::Known(vlan.id), link, Some(vlan.mtu)).call();
        if let Some(call) = edit {
            // Whoever has tagged networks here has designed the link, too, and its MTU with it.
            if let Some((subnet, other)) = others(seen, ownership, |subnet| subnet.vlan.fabric_id == fabric.id) {
                return Err(format!(
                    "link {}: the untagged VLAN has MTU {}, the design has {}, and another Site, {other}, looks after {} in this \
                     fabric; agree on one MTU, or give the link another name",
                    link.name, vlan.mtu, link.mtu, subnet.cidr
                ));
            }
            calls.push(call);
        }
    }
    Ok(calls)
}

fn untagged(vlan: Id, link: &LinkDesign, found: Option<u64>) -> Edit {
    let found = found.map_or_else(|| "MAAS's default".to_owned(), |mtu| mtu.to_string());
    let path = ["vlans/".into(), vlan.into(), "/".into()];
    Edit::of(path, format!("the untagged VLAN of fabric {}", link.name)).set("mtu", found, link.mtu)
}

/// A subnet of such a place that another Site looks after, and that Site.
pub(super) fn others<'a>(
    seen: &'a SiteSeen,
    ownership: Ownership<'_>,
    is_there: impl Fn(&Subnet) -> bool,
) -> Option<(&'a Subnet, String)> {
    let mut there = seen.subnets.iter().filter(|subnet| is_there(subnet));
    there.find_map(|subnet| Some((subnet, ownership.others(&subnet.description)?)))
}

/// The fabric of a link: where MAAS has found the link's subnets, else the one of its name.
fn find<'a>(link: &LinkDesign, design: &SitePart, seen: &'a SiteSeen) -> Result<Option<&'a Fabric>, String> {
    let networks = design.networks.values().filter(|network| network.link == link.name);
    let by_subnet: BTreeMap<u64, &str> = networks
        .filter_map(|network| subnet::known(network, seen))
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

pub(super) fn name_of(id: u64, seen: &SiteSeen) -> &str {
    seen.fabrics.iter().find(|fabric| fabric.id == id).map_or("?", |fabric| &fabric.name)
}
