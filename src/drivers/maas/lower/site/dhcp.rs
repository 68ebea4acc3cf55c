//! Who answers DHCP on a VLAN: MAAS, MAAS by a relay, or somebody else.
//!
//! It is turned on in one request with its racks, once there is a range. What is on is left on; turning it off, or giving
//! it to another rack, waits for approval, and turning off is only for what Slipway has turned on.

use super::{
    LoweredSite, Ownership, SiteSeen,
    subnet::{Place, Places, dhcp_key, relay_key},
};
use crate::{
    api::network::DhcpMode,
    drivers::maas::{
        call::{Call, Id},
        wire::{Rack, Vlan},
    },
    model::{DhcpDesign, NetworkDesign, SitePart},
};
use std::net::IpAddr;

/// The networks of one VLAN, and where they lie.
struct OnVlan<'a> {
    networks: Vec<&'a NetworkDesign>,
    place: &'a Place<'a>,
    known: Option<&'a Vlan>,
    /// Fabric and VLAN id.
    key: (&'a str, u32),
}

pub(super) fn lower(
    design: &SitePart,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
    places: &Places<'_>,
    lowered: &mut LoweredSite,
) {
    for on in vlans(design, seen, places) {
        let first = on.networks.first();
        let relayed = on.networks.iter().find_map(|network| Some((*network, network.dhcp_relay?)));
        let served = on.networks.iter().find(|network| network.is_served());
        let outcome = match (relayed, served) {
            (Some((network, target)), _) if network.has_dhcp_range() => {
                lowered.designed.insert(relay_key(on.key.0, on.key.1));
                relay(network, target, &on, seen, ownership)
            }
            (_, Some(network)) => {
                lowered.designed.insert(dhcp_key(on.key.0, on.key.1));
                serve(network, &on, seen, ownership)
            }
            _ => first.map_or(Ok(None), |network| leave(network, &on, ownership)),
        };
        match outcome {
            Ok(call) => lowered.calls.extend(call),
            Err(conflict) => lowered.conflicts.push(conflict),
        }
    }
}

/// The VLANs of the design, with their networks.
fn vlans<'a>(design: &'a SitePart, seen: &'a SiteSeen, places: &'a Places<'a>) -> Vec<OnVlan<'a>> {
    let mut all: Vec<OnVlan<'a>> = Vec::new();
    for network in design.networks.values() {
        let Some(place) = places.get(&network.name) else { continue };
        if let Some(on) = all.iter_mut().find(|on| on.place.vlan == place.vlan) {
            on.networks.push(network);
        } else {
            let key = (network.link.as_str(), network.vlan.unwrap_or(0));
            all.push(OnVlan { networks: vec![network], place, known: vlan(&place.vlan, seen), key });
        }
    }
    all
}

fn vlan<'a>(id: &Id, seen: &'a SiteSeen) -> Option<&'a Vlan> {
    let Id::Known(id) = id else { return None };
    seen.fabrics.iter().flat_map(|fabric| &fabric.vlans).find(|vlan| vlan.id == *id)
}

/// The VLAN as a call addresses it.
fn put(on: &OnVlan<'_>, says: String) -> Call {
    Call::put(["vlans/".into(), on.place.vlan.clone().into(), "/".into()], says)
}

fn dhcp(network: &NetworkDesign) -> DhcpDesign {
    network.dhcp.clone().unwrap_or_default()
}

/// MAAS answers.
fn serve(
    network: &NetworkDesign,
    on: &OnVlan<'_>,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
) -> Result<Option<Call>, String> {
    let name = &network.name;
    let dhcp = dhcp(network);
    let relay = on.known.and_then(|vlan| vlan.relay_vlan.as_ref());
    if let Some(relayed) = relay.filter(|_| !ownership.is_recorded(&relay_key(on.key.0, on.key.1))) {
        return Err(format!(
            "network {name}: MAAS relays its DHCP to VLAN {}, the design serves it directly; Slipway did not make that relay: \
             clear it in MAAS, or design it as dhcpRelay",
            relayed.vid
        ));
    }
    let is_on = on.known.is_some_and(|vlan| vlan.dhcp_on);
    let (primary, secondary) = racks(network, &dhcp, on, seen)?;
    let secondary_id = secondary.map(|rack| rack.system_id.as_str());
    if is_on {
        // Which rack answers is nobody's wish where the design names none.
        let now = on.known.and_then(|vlan| vlan.primary_rack.as_deref());
        let now_second = on.known.and_then(|vlan| vlan.secondary_rack.as_deref());
        let same_second = dhcp.secondary_rack.is_none() || now_second == secondary_id;
        if dhcp.primary_rack.is_none() || (now == Some(primary.system_id.as_str()) && same_second) {
            return Ok(None);
        }
        let name_of = |id: Option<&str>| {
            let rack = seen.racks.iter().find(|rack| Some(rack.system_id.as_str()) == id);
            rack.map_or("none", |rack| rack.hostname.as_str()).to_owned()
        };
        let says = format!(
            "move DHCP of {name} to rack controller {} (is {}), with {} beside it (is {})",
            primary.hostname,
            name_of(now),
            secondary.map_or("none", |rack| rack.hostname.as_str()),
            name_of(now_second)
        );
        let call = put(on, says).with("primary_rack", primary.system_id.as_str());
        let call = if dhcp.secondary_rack.is_some() || now_second == Some(primary.system_id.as_str()) {
            call.with("secondary_rack", secondary_id.unwrap_or_default())
        } else {
            call
        };
        return Ok(Some(call.destroys()));
    }
    if let Some(other) =
        on.known.and_then(|vlan| vlan.external_dhcp.as_deref()).filter(|_| dhcp.mode != DhcpMode::Always)
    {
        return Err(format!(
            "network {name}: MAAS has heard a DHCP server that is not its own at {other}; name it in dhcp.external, or set \
             dhcp.mode to Always to answer beside it"
        ));
    }
    let says = format!("turn on DHCP for {name}, by rack controller {}", primary.hostname);
    let call = put(on, says)
        .with("dhcp_on", true)
        .with("primary_rack", primary.system_id.as_str())
        .maybe("secondary_rack", secondary_id);
    let call = if relay.is_some() { call.with("relay_vlan", "").destroys() } else { call };
    Ok(Some(call.recorded(dhcp_key(on.key.0, on.key.1))))
}

/// The rack controllers that answer: those that the design names, or the first two that are on the VLAN.
fn racks<'a>(
    network: &NetworkDesign,
    dhcp: &DhcpDesign,
    on: &OnVlan<'_>,
    seen: &'a SiteSeen,
) -> Result<(&'a Rack, Option<&'a Rack>), String> {
    let is_there = |rack: &&Rack| {
        let mut vlans = rack.interface_set.iter().filter_map(|interface| interface.vlan.as_ref());
        on.known.is_some_and(|known| vlans.any(|vlan| vlan.id == known.id))
    };
    let mut there: Vec<&Rack> = seen.racks.iter().filter(is_there).collect();
    there.sort_unstable_by(|a, b| a.hostname.cmp(&b.hostname));
    let vid = network.vlan.unwrap_or(0);
    let named = |name: &String, field: &str| {
        there.iter().copied().find(|rack| rack.hostname == *name).ok_or_else(|| {
            let is = if seen.racks.iter().any(|rack| rack.hostname == *name) {
                format!("has no interface on VLAN {vid} of {}", network.link)
            } else {
                "is no rack controller of this region".to_owned()
            };
            format!("network {}: dhcp.{field} names {name}, which {is}", network.name)
        })
    };
    let primary = match &dhcp.primary_rack {
        Some(name) => named(name, "primaryRack")?,
        None => there.first().copied().ok_or_else(|| {
            format!(
                "network {}: no rack controller has an interface on VLAN {vid} of {}, so nobody can serve its DHCP",
                network.name, network.link
            )
        })?,
    };
    let secondary = match (&dhcp.secondary_rack, &dhcp.primary_rack) {
        (Some(name), _) => Some(named(name, "secondaryRack")?),
        (None, Some(_)) => None,
        (None, None) => there.get(1).copied(),
    };
    Ok((primary, secondary))
}

/// MAAS answers by a relay.
fn relay(
    network: &NetworkDesign,
    target: IpAddr,
    on: &OnVlan<'_>,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
) -> Result<Option<Call>, String> {
    let name = &network.name;
    let has = |address: &Option<String>| address.as_deref().and_then(|text| text.parse().ok()) == Some(target);
    let upstream = seen
        .racks
        .iter()
        .flat_map(|rack| &rack.interface_set)
        .find(|interface| interface.links.iter().any(|link| has(&link.ip_address)))
        .and_then(|interface| interface.vlan.as_ref());
    let Some(upstream) = upstream else {
        return Err(format!("network {name}: no rack controller has the address {target} to relay to"));
    };
    let call = || {
        let call = put(on, format!("relay DHCP of {name} to {target}")).with("relay_vlan", Id::Known(upstream.id));
        call.recorded(relay_key(on.key.0, on.key.1))
    };
    match on.known {
        Some(vlan) if vlan.dhcp_on && !ownership.is_recorded(&dhcp_key(on.key.0, on.key.1)) => {
            Err(format!("network {name}: MAAS serves its DHCP directly, the design relays it to {target}"))
        }
        Some(vlan) if vlan.dhcp_on => Ok(Some(call().with("dhcp_on", false).destroys())),
        Some(vlan) if vlan.relay_vlan.as_ref().is_some_and(|relay| relay.id == upstream.id) => Ok(None),
        Some(vlan) if vlan.relay_vlan.is_some() && !ownership.is_recorded(&relay_key(on.key.0, on.key.1)) => {
            Err(format!("network {name}: MAAS relays its DHCP elsewhere than to {target}"))
        }
        Some(vlan) if vlan.relay_vlan.is_some() => Ok(Some(call().destroys())),
        _ => Ok(Some(call())),
    }
}

/// MAAS does not answer; where the design says so in words, what is on is not left in silence.
fn leave(network: &NetworkDesign, on: &OnVlan<'_>, ownership: Ownership<'_>) -> Result<Option<Call>, String> {
    let said = on.networks.iter().map(|network| (network, dhcp(network)));
    let mut said = said.filter(|(_, dhcp)| dhcp.mode == DhcpMode::Never || dhcp.external.is_some());
    let Some(((said, dhcp), _)) = said.next().zip(on.known.filter(|vlan| vlan.dhcp_on)) else { return Ok(None) };
    let why = match dhcp.external {
        Some(server) => format!("the design has a server of your own at {server}"),
        None => "the design has dhcp.mode Never".to_owned(),
    };
    if !ownership.is_recorded(&dhcp_key(on.key.0, on.key.1)) {
        return Err(format!(
            "network {}: MAAS serves DHCP on VLAN {} of {}, and {why}; Slipway did not turn it on: turn it off in MAAS, or \
             correct the design",
            said.name, on.key.1, on.key.0
        ));
    }
    Ok(Some(put(on, format!("turn off DHCP for {}: {why}", network.name)).with("dhcp_on", false).destroys()))
}
