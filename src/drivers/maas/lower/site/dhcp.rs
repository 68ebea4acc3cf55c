//! Address ranges, DHCP and static routes of the site's subnets.

use super::{LoweredSite, SiteSeen, fabric::Place};
use crate::{
    api::network::RangeType,
    drivers::maas::{
        call::{Call, Id},
        wire::{Subnet, Vlan},
    },
    model::{NetworkDesign, SitePart},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

type Places<'a> = BTreeMap<String, Place<'a>>;

/// Creates ranges that are missing. Static ranges are the design's own, and are not sent.
pub(super) fn ranges(design: &SitePart, seen: &SiteSeen, places: &Places<'_>, lowered: &mut LoweredSite) {
    for network in design.networks.values() {
        let Some(place) = places.get(&network.name) else { continue };
        for (kind, start, end) in &network.ranges {
            let kind = match kind {
                RangeType::Static => continue,
                RangeType::Dhcp => "dynamic",
                RangeType::Reserved => "reserved",
            };
            let Some(overlap) = overlap(place.known, seen, *start, *end) else {
                lowered.calls.push(
                    Call::post(
                        ["ipranges/".into()],
                        format!("create {kind} range {start} - {end} in {}", network.name),
                    )
                    .with("type", kind)
                    .with("start_ip", start.to_string())
                    .with("end_ip", end.to_string())
                    .with("subnet", place.subnet.clone())
                    .with("comment", "Slipway's"),
                );
                continue;
            };
            let (found, first, last) = overlap;
            if (found, first, last) != (kind, *start, *end) {
                lowered.conflicts.push(format!(
                    "network {}: the {kind} range {start} - {end} meets MAAS's {found} range {first} - {last}",
                    network.name
                ));
            }
        }
    }
}

/// The range of MAAS's that shares addresses with this one, an equal one first.
fn overlap<'a>(
    subnet: Option<&Subnet>,
    seen: &'a SiteSeen,
    start: IpAddr,
    end: IpAddr,
) -> Option<(&'a str, IpAddr, IpAddr)> {
    let subnet = subnet?;
    let mut found: Vec<(&str, IpAddr, IpAddr)> = seen
        .ipranges
        .iter()
        .filter(|range| range.subnet.id == subnet.id)
        .filter_map(|range| Some((range.kind.as_str(), range.start_ip.parse().ok()?, range.end_ip.parse().ok()?)))
        .filter(|(_, first, last)| *first <= end && start <= *last)
        .collect();
    found.sort_by_key(|(_, first, last)| (*first, *last) != (start, end));
    found.into_iter().next()
}

/// Turns DHCP on, or relays it, where a network has a range for it.
pub(super) fn serve(design: &SitePart, seen: &SiteSeen, places: &Places<'_>, lowered: &mut LoweredSite) {
    let mut done: Vec<Id> = Vec::new();
    for network in design.networks.values() {
        let serves = network.ranges.iter().any(|(kind, _, _)| *kind == RangeType::Dhcp);
        let Some(place) = places.get(&network.name).filter(|_| serves) else { continue };
        if done.contains(&place.vlan) {
            continue;
        }
        done.push(place.vlan.clone());
        let known = vlan(&place.vlan, seen);
        let outcome = match network.dhcp_relay {
            Some(target) => relay(network, target, place, known, seen),
            None => turn_on(network, place, known, seen),
        };
        match outcome {
            Ok(call) => lowered.calls.extend(call),
            Err(conflict) => lowered.conflicts.push(conflict),
        }
    }
}

fn vlan<'a>(id: &Id, seen: &'a SiteSeen) -> Option<&'a Vlan> {
    let Id::Known(id) = id else { return None };
    seen.fabrics.iter().flat_map(|fabric| &fabric.vlans).find(|vlan| vlan.id == *id)
}

fn turn_on(
    network: &NetworkDesign,
    place: &Place<'_>,
    known: Option<&Vlan>,
    seen: &SiteSeen,
) -> Result<Option<Call>, String> {
    if let Some(relayed) = known.and_then(|vlan| vlan.relay_vlan.as_ref()) {
        return Err(format!(
            "network {}: MAAS relays its DHCP to VLAN {}, the design serves it directly",
            network.name, relayed.vid
        ));
    }
    if known.is_some_and(|vlan| vlan.dhcp_on) {
        return Ok(None);
    }
    // A VLAN that is only now made has no rack on it yet, and the next look will tell.
    let mut racks: Vec<(&str, &str)> = seen
        .racks
        .iter()
        .filter(|rack| {
            let mut vlans = rack.interface_set.iter().filter_map(|interface| interface.vlan.as_ref());
            known.is_some_and(|known| vlans.any(|vlan| vlan.id == known.id))
        })
        .map(|rack| (rack.hostname.as_str(), rack.system_id.as_str()))
        .collect();
    racks.sort_unstable();
    let Some((primary, id)) = racks.first() else {
        let vid = network.vlan.unwrap_or(0);
        return Err(format!(
            "network {}: no rack controller has an interface on VLAN {vid} of {}, so nobody can serve its DHCP",
            network.name, network.link
        ));
    };
    let says = format!("turn on DHCP for {}, by rack controller {primary}", network.name);
    let call = Call::put(["vlans/".into(), place.vlan.clone().into(), "/".into()], says)
        .with("dhcp_on", true)
        .with("primary_rack", *id)
        .maybe("secondary_rack", racks.get(1).map(|(_, id)| *id));
    Ok(Some(call))
}

fn relay(
    network: &NetworkDesign,
    target: IpAddr,
    place: &Place<'_>,
    known: Option<&Vlan>,
    seen: &SiteSeen,
) -> Result<Option<Call>, String> {
    let has = |address: &Option<String>| address.as_deref().and_then(|text| text.parse().ok()) == Some(target);
    let upstream = seen
        .racks
        .iter()
        .flat_map(|rack| &rack.interface_set)
        .find(|interface| interface.links.iter().any(|link| has(&link.ip_address)))
        .and_then(|interface| interface.vlan.as_ref());
    let Some(upstream) = upstream else {
        return Err(format!("network {}: no rack controller has the address {target} to relay to", network.name));
    };
    match known {
        Some(vlan) if vlan.dhcp_on => {
            Err(format!("network {}: MAAS serves its DHCP directly, the design relays it to {target}", network.name))
        }
        Some(vlan) if vlan.relay_vlan.as_ref().is_some_and(|relay| relay.id == upstream.id) => Ok(None),
        Some(vlan) if vlan.relay_vlan.is_some() => {
            Err(format!("network {}: MAAS relays its DHCP elsewhere than to {target}", network.name))
        }
        _ => {
            let says = format!("relay DHCP of {} to {target}", network.name);
            let path = ["vlans/".into(), place.vlan.clone().into(), "/".into()];
            Ok(Some(Call::put(path, says).with("relay_vlan", Id::Known(upstream.id))))
        }
    }
}

/// Creates static routes that are missing.
pub(super) fn routes(design: &SitePart, seen: &SiteSeen, places: &Places<'_>, lowered: &mut LoweredSite) {
    let mut done = BTreeSet::new();
    for network in design.networks.values() {
        let Some(place) = places.get(&network.name) else { continue };
        // The default route is the subnet's gateway.
        for route in network.routes.iter().filter(|route| route.destination.prefix_len() != 0) {
            let cidr = route.destination.trunc().to_string();
            let designed = design.networks.values().find(|other| other.cidr.trunc().to_string() == cidr);
            let destination = designed.and_then(|other| places.get(&other.name)).map(|place| place.subnet.clone());
            let known = seen.subnets.iter().find(|subnet| subnet.cidr == cidr).map(|subnet| Id::Known(subnet.id));
            let Some(destination) = destination.or(known) else {
                let text = format!("network {}: route to {cidr}, but MAAS has no such subnet", network.name);
                lowered.conflicts.push(text);
                continue;
            };
            if !done.insert((network.name.as_str(), cidr.clone(), route.gateway)) {
                continue;
            }
            let found = seen.routes.iter().find(|known| {
                place.subnet == Id::Known(known.source.id)
                    && destination == Id::Known(known.destination.id)
                    && known.gateway_ip.parse() == Ok(route.gateway)
            });
            let says = format!("route from {} to {cidr} by {}, metric {}", network.name, route.gateway, route.metric);
            match found {
                None => lowered.calls.push(
                    Call::post(["static-routes/".into()], says)
                        .with("source", place.subnet.clone())
                        .with("destination", destination)
                        .with("gateway_ip", route.gateway.to_string())
                        .with("metric", route.metric),
                ),
                Some(known) if known.metric != Some(route.metric.into()) => lowered.calls.push(
                    Call::put(["static-routes/".into(), Id::Known(known.id).into(), "/".into()], says)
                        .with("metric", route.metric),
                ),
                Some(_) => {}
            }
        }
    }
}
