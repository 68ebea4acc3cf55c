//! IP ranges.

use std::net::IpAddr;

use serde_json::Value;

use super::form::{CHOICE, Errors, no_choice};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use super::subnets;
use crate::region::Region;
use crate::region::network::IpRange;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.ranges.iter().map(|(id, _)| region.range_view(id)).collect::<Value>())),
        ("POST", None) => {
            if request.data().get("type") == Some("dynamic") {
                request.admins_only()?;
            }
            let range = read(region, request.data(), None, &request.caller.name)?;
            let id = region.ranges.add(|id| IpRange { id, ..range });
            Ok(Reply::json(&region.range_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn read(region: &Region, data: &Params, old: Option<&IpRange>, user: &str) -> Result<IpRange, Reply> {
    let mut errors = Errors::default();
    let dynamic = match (data.filled("type"), old) {
        (Some("dynamic"), _) => true,
        (Some("reserved"), _) => false,
        (Some(other), _) => {
            errors.add("type", no_choice(other));
            false
        }
        (None, Some(old)) => old.dynamic,
        (None, None) => {
            errors.add("type", "This field is required.");
            false
        }
    };
    let mut address = |field: &'static str, old: Option<IpAddr>| match (data.filled(field), old) {
        (Some(text), _) => {
            let parsed = text.parse::<IpAddr>().ok();
            errors.unless(parsed.is_some(), field, "Enter a valid IPv4 or IPv6 address.");
            parsed
        }
        (None, Some(old)) => Some(old),
        (None, None) => {
            errors.add(field, "This field is required.");
            None
        }
    };
    let start = address("start_ip", old.map(|old| old.start));
    let end = address("end_ip", old.map(|old| old.end));
    let subnet = match data.filled("subnet") {
        Some(text) => {
            let found = subnets::find(region, text);
            errors.unless(found.is_some(), "subnet", CHOICE);
            found
        }
        None => old.map(|old| old.subnet).or_else(|| region.subnet_of(start?)),
    };
    errors.finish()?;
    let (Some(start), Some(end)) = (start, end) else { return Err(Reply::required("start_ip")) };
    let unknown = "Unable to identify the subnet; specify the subnet or choose addresses of a known one.";
    let subnet = subnet.ok_or_else(|| Reply::field("subnet", unknown))?;
    check(region, dynamic, (start, end), subnet, old.map(|old| old.id))?;
    let comment = data.get("comment").or(old.map(|old| old.comment.as_str())).unwrap_or_default().to_owned();
    let user = old.map_or(user, |old| &old.user).to_owned();
    Ok(IpRange { id: old.map_or(0, |old| old.id), dynamic, start, end, subnet, user, comment })
}

fn check(
    region: &Region,
    dynamic: bool,
    (start, end): (IpAddr, IpAddr),
    subnet: u64,
    own: Option<u64>,
) -> Result<(), Reply> {
    let both = |text: String| Err(Reply::fields(&[("start_ip", text.clone()), ("end_ip", text)]));
    if end < start {
        return Err(Reply::field("end_ip", "End IP address must not be less than Start IP address."));
    }
    let Some(net) = region.subnets.get(subnet) else { return Err(Reply::field("subnet", CHOICE)) };
    if !(net.cidr.contains(&start) && net.cidr.contains(&end)) {
        return both(format!("IP addresses must be within subnet: {}.", net.cidr));
    }
    let kind = if dynamic { "dynamic" } else { "reserved" };
    let overlaps = |other: &&IpRange| Some(other.id) != own && other.start <= end && start <= other.end;
    if region.ranges.values().any(|other| overlaps(&other)) {
        return both(format!("Requested {kind} range conflicts with an existing range."));
    }
    let inside = |ip: &IpAddr| *ip >= start && *ip <= end;
    if dynamic && (region.used_addresses(subnet).iter().any(inside) || net.gateway().as_ref().is_some_and(inside)) {
        return both("Requested dynamic range conflicts with an existing IP address.".to_owned());
    }
    if dynamic && region.reserved_ips.values().any(|reserved| reserved.subnet == subnet && inside(&reserved.ip)) {
        return both("Requested dynamic range conflicts with an existing reserved IP.".to_owned());
    }
    Ok(())
}

pub(super) fn item(world: &mut World, request: &Request, id: &str) -> Answer {
    let region = &mut world.region;
    let id = region.ranges.find(id).ok_or_else(|| Reply::missing("IPRange"))?;
    let Some(old) = region.ranges.get(id).cloned() else { return Err(Reply::missing("IPRange")) };
    let mine = || if old.user == request.caller.name { Ok(()) } else { request.may_admin() };
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            mine()?;
            let range = read(region, request.data(), Some(&old), &request.caller.name)?;
            if let Some(old) = region.ranges.get_mut(id) {
                *old = range;
            }
        }
        ("DELETE", None) => {
            mine()?;
            region.ranges.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.range_view(id)))
}
