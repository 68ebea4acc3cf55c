//! Address ranges, and addresses that are given to one MAC each.

use super::{
    LoweredSite, Ownership, SiteSeen,
    edit::Edit,
    subnet::{self, Place, Places},
    version::RESERVED_IPS,
};
use crate::{
    api::network::RangeType,
    drivers::maas::{
        call::{Call, Id},
        wire::{IpRange, Subnet},
    },
    model::{NetworkDesign, SitePart},
};
use std::net::IpAddr;

/// A range as MAAS is to hold it: kind, first, last.
type Wanted = (&'static str, IpAddr, IpAddr);

/// Addresses that machines hold by themselves are no obstacle: these come and go with leases.
const LEASES: [u64; 2] = [5, 6];

/// The ranges of a network as MAAS is to hold them. Static ranges are the design's own, and are not sent; those of a
/// server that is not MAAS's are nobody's to give.
fn wanted(network: &NetworkDesign) -> Vec<Wanted> {
    let served = network.is_served() || network.dhcp_relay.is_some();
    let kind = |kind: &RangeType| match kind {
        RangeType::Static => None,
        RangeType::Dhcp if served => Some("dynamic"),
        RangeType::Dhcp | RangeType::Reserved => Some("reserved"),
    };
    network.ranges.iter().filter_map(|(purpose, start, end)| Some((kind(purpose)?, *start, *end))).collect()
}

/// The subnets of which MAAS is to give addresses that it does not give yet, so that those in use must be known.
pub(super) fn to_be_given(design: &SitePart, seen: &SiteSeen) -> Vec<u64> {
    let is_new = |network: &NetworkDesign| {
        let subnet = subnet::known(network, seen)?;
        let is_known = |range: &Wanted| of(subnet, seen).any(|known| read(known) == Some(*range));
        wanted(network).iter().any(|range| range.0 == "dynamic" && !is_known(range)).then_some(subnet.id)
    };
    design.networks.values().filter_map(is_new).collect()
}

fn of<'a>(subnet: &Subnet, seen: &'a SiteSeen) -> impl Iterator<Item = &'a IpRange> {
    let id = subnet.id;
    seen.ipranges.iter().filter(move |range| range.subnet.id == id)
}

fn read(range: &IpRange) -> Option<Wanted> {
    let kind = if range.kind == "dynamic" { "dynamic" } else { "reserved" };
    Some((kind, range.start_ip.parse().ok()?, range.end_ip.parse().ok()?))
}

/// Whether a range is one that some network of the design has.
pub(super) fn is_designed(range: &IpRange, design: &SitePart) -> bool {
    let networks = design.networks.values().filter(|network| network.cidr.trunc().to_string() == range.subnet.cidr);
    let Some((_, first, last)) = read(range) else { return true };
    // One that overlaps a designed one is brought to it, or is a conflict.
    networks.flat_map(wanted).any(|(_, start, end)| first <= end && start <= last)
}

/// Brings ranges to the design: creates those that are missing, and moves the ends of our own.
pub(super) fn lower(
    design: &SitePart,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
    places: &Places<'_>,
    lowered: &mut LoweredSite,
) {
    for network in design.networks.values() {
        let Some(place) = places.get(&network.name) else { continue };
        for wanted in wanted(network) {
            match range(network, wanted, place, seen, ownership) {
                Ok(call) => lowered.calls.extend(call),
                Err(conflict) => lowered.conflicts.push(conflict),
            }
        }
    }
}

fn range(
    network: &NetworkDesign,
    wanted: Wanted,
    place: &Place<'_>,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
) -> Result<Option<Call>, String> {
    let (kind, start, end) = wanted;
    let mut met: Vec<(&IpRange, Wanted)> = place
        .known
        .into_iter()
        .flat_map(|subnet| of(subnet, seen))
        .filter_map(|range| Some((range, read(range)?)))
        .filter(|(_, (_, first, last))| *first <= end && start <= *last)
        .collect();
    met.sort_by_key(|(_, found)| *found != wanted);
    let Some((known, found)) = met.first() else {
        free(network, wanted, None, seen)?;
        let says = format!("create {kind} range {start} - {end} in {}", network.name);
        let call = Call::post(["ipranges/".into()], says)
            .with("type", kind)
            .with("start_ip", start.to_string())
            .with("end_ip", end.to_string())
            .with("subnet", place.subnet.clone())
            .with("comment", ownership.mark(None));
        return Ok(Some(call));
    };
    if *found == wanted {
        // A mark of the cluster that was taken over becomes our own.
        let mark = if ownership.has_made(&known.comment) { ownership.mark(None) } else { known.comment.clone() };
        let path = ["ipranges/".into(), Id::Known(known.id).into(), "/".into()];
        let edit = Edit::of(path, format!("{kind} range {start} - {end} in {}", network.name));
        return Ok(edit.set("comment", &known.comment, mark).call());
    }
    let (other, first, last) = *found;
    if !ownership.has_made(&known.comment) {
        return Err(format!(
            "network {}: the {kind} range {start} - {end} meets MAAS's {other} range {first} - {last}, which Slipway did not \
             make; give both the same ends, or remove it in MAAS",
            network.name
        ));
    }
    if other == "dynamic" && kind != "dynamic" && place.known.is_some_and(|subnet| subnet.vlan.dhcp_on) {
        // DHCP gives from it: it is turned off first.
        return Ok(None);
    }
    // A second one of ours in its place goes when the design is settled; until then it cannot grow over it.
    if met.len() > 1 {
        return Err(format!(
            "network {}: the {kind} range {start} - {end} meets {} ranges of MAAS's, the first {first} - {last}; remove those \
             that are not designed",
            network.name,
            met.len()
        ));
    }
    free(network, wanted, Some(*found), seen)?;
    let path = ["ipranges/".into(), Id::Known(known.id).into(), "/".into()];
    let edit = Edit::of(path, format!("{other} range {first} - {last} in {}", network.name))
        .set("type", other, kind)
        .set("start_ip", first, start)
        .set("end_ip", last, end);
    Ok(edit.call())
}

/// No address that somebody has may be given away.
fn free(network: &NetworkDesign, wanted: Wanted, given: Option<Wanted>, seen: &SiteSeen) -> Result<(), String> {
    let (kind, start, end) = wanted;
    if kind != "dynamic" {
        return Ok(());
    }
    if let Some((address, node)) = network.statics_in_dhcp.first() {
        return Err(format!(
            "network {}: the DHCP range {start} - {end} holds {address}, which the design gives to node {node}",
            network.name
        ));
    }
    let lies_in = |address: IpAddr, range: Wanted| range.1 <= address && address <= range.2;
    let given = given.filter(|range| range.0 == "dynamic");
    let used = seen.addresses.iter().filter(|used| !LEASES.contains(&used.alloc_type));
    let mut used = used.filter_map(|used| Some((used.ip.parse::<IpAddr>().ok()?, &used.node_summary.hostname)));
    let is_taken = |address: IpAddr| lies_in(address, wanted) && !given.is_some_and(|given| lies_in(address, given));
    match used.find(|(address, _)| is_taken(*address)) {
        Some((address, user)) => {
            let by = if user.is_empty() { String::new() } else { format!(" by {user}") };
            Err(format!(
                "network {}: the DHCP range {start} - {end} holds {address}, which is in use in MAAS{by}; move the range, or \
                 free the address",
                network.name
            ))
        }
        None => Ok(()),
    }
}

/// Brings addresses that are given to one MAC each to the design.
pub(super) fn reserved_addresses(
    design: &SitePart,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
    places: &Places<'_>,
    lowered: &mut LoweredSite,
) {
    for network in design.networks.values().filter(|network| !network.reserved.is_empty()) {
        let Some(place) = places.get(&network.name) else { continue };
        let Some(all) = &seen.reserved_ips else {
            lowered.conflicts.push(format!(
                "network {}: reservedAddresses need MAAS {RESERVED_IPS} or newer, and this is {}; take them out, or reserve \
                 the addresses by a range of type Reserved",
                network.name, seen.version
            ));
            continue;
        };
        for reserved in &network.reserved {
            let (ip, mac) = (reserved.ip.to_string(), reserved.mac.to_string());
            let comment = ownership.mark(reserved.comment.as_deref());
            let create = || {
                Call::post(["reservedips/".into()], format!("reserve {ip} for {mac} in {}", network.name))
                    .with("ip", ip.as_str())
                    .with("mac_address", mac.as_str())
                    .with("subnet", place.subnet.clone())
                    .with("comment", comment.as_str())
            };
            let Some(known) = all.iter().find(|known| known.ip.parse() == Ok(reserved.ip)) else {
                lowered.calls.push(create());
                continue;
            };
            let ours = ownership.has_made(&known.comment);
            let same = known.mac_address.eq_ignore_ascii_case(&mac);
            let path = || ["reservedips/".into(), Id::Known(known.id).into(), "/".into()];
            match (same, ours) {
                (true, true) => {
                    let edit = Edit::of(path(), format!("reserved address {ip}"));
                    lowered.calls.extend(edit.set("comment", &known.comment, &comment).call());
                }
                (true, false) => {}
                // MAAS changes nothing of it but its comment.
                (false, true) => {
                    let says = format!("free {ip}, reserved for {}", known.mac_address);
                    lowered.calls.push(Call::delete(path(), says));
                    lowered.calls.push(create());
                }
                (false, false) => lowered.conflicts.push(format!(
                    "network {}: {ip} is reserved for {} in MAAS, which Slipway did not do; remove that in MAAS, or correct \
                     the design",
                    network.name, known.mac_address
                )),
            }
        }
    }
}
