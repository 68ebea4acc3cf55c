//! Spaces, IP ranges and static routes.

use std::net::IpAddr;

use serde_json::Value;

use super::networks::find_subnet;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::Region;
use crate::region::network::{IpRange, Space, StaticRoute};
use crate::world::World;

const LIST: &str = "GET, POST";
const ITEM: &str = "GET, PUT, DELETE";
const CHOICE: &str = "Select a valid choice. That choice is not one of the available choices.";

pub(super) fn spaces(world: &mut World, request: &Request, rest: &[&str]) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref(), rest) {
        ("GET", None, []) => {
            let undefined = std::iter::once(region.space_view(None));
            let all = undefined.chain(region.spaces.values().map(|space| region.space_view(Some(space))));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", None, []) => {
            let data = request.data();
            let name = data.filled("name").ok_or_else(|| Reply::required("name"))?.to_owned();
            if region.spaces.values().any(|space| space.name == name) {
                return Err(Reply::field("name", "Space with this Name already exists."));
            }
            let id = region.spaces.keys().max().map_or(1, |id| id + 1);
            let description = data.get("description").unwrap_or_default().to_owned();
            region.spaces.insert(id, Space { id, name, description });
            Ok(Reply::json(&region.space_view(region.spaces.get(&id))))
        }
        ("GET", None, ["undefined" | "-1"]) => Ok(Reply::json(&region.space_view(None))),
        ("GET" | "DELETE", None, [id]) => {
            let id = id.parse().ok().filter(|id| region.spaces.contains_key(id));
            let id: u64 = id.ok_or_else(|| Reply::missing("Space"))?;
            if request.method == "GET" {
                return Ok(Reply::json(&region.space_view(region.spaces.get(&id))));
            }
            region.spaces.remove(&id);
            for vlan in region.vlans.values_mut().filter(|vlan| vlan.space == Some(id)) {
                vlan.space = None;
            }
            Ok(Reply::deleted())
        }
        (_, _, [_]) => Err(no_such(request, ITEM)),
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn ranges(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let all = region.ranges.values().map(|range| region.range_view(range));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", None) => {
            let id = region.ranges.keys().max().map_or(1, |id| id + 1);
            let range = read_range(region, id, request.data(), None)?;
            region.ranges.insert(id, range.clone());
            Ok(Reply::json(&region.range_view(&range)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn read_range(region: &Region, id: u64, data: &Params, old: Option<&IpRange>) -> Result<IpRange, Reply> {
    let dynamic = match (data.filled("type"), old) {
        (Some("dynamic"), _) => true,
        (Some("reserved"), _) => false,
        (None, Some(old)) => old.dynamic,
        (None, None) => return Err(Reply::required("type")),
        (Some(other), _) => {
            let text = format!("Select a valid choice. {other} is not one of the available choices.");
            return Err(Reply::field("type", text));
        }
    };
    let address = |field: &'static str, old: Option<IpAddr>| match (data.filled(field), old) {
        (Some(text), _) => text.parse().map_err(|_| Reply::field(field, "Enter a valid IPv4 or IPv6 address.")),
        (None, Some(old)) => Ok(old),
        (None, None) => Err(Reply::required(field)),
    };
    let start: IpAddr = address("start_ip", old.map(|old| old.start))?;
    let end: IpAddr = address("end_ip", old.map(|old| old.end))?;
    let subnet = match data.filled("subnet") {
        Some(text) => find_subnet(region, text).ok_or_else(|| Reply::field("subnet", CHOICE))?,
        None => {
            old.map(|old| old.subnet).or_else(|| region.subnet_of(start)).ok_or_else(|| Reply::required("subnet"))?
        }
    };
    let both = |text: String| Reply::fields(&[("start_ip", text.clone()), ("end_ip", text)]);
    if end < start {
        return Err(Reply::field("end_ip", "End IP address must not be less than Start IP address."));
    }
    if let Some(subnet) = region.subnets.get(&subnet)
        && !(subnet.cidr.contains(&start) && subnet.cidr.contains(&end))
    {
        return Err(both(format!("IP addresses must be within subnet: {}.", subnet.cidr)));
    }
    let overlaps = |other: &&IpRange| other.id != id && other.start <= end && start <= other.end;
    if region.ranges.values().any(|other| overlaps(&other)) {
        let kind = if dynamic { "dynamic" } else { "reserved" };
        return Err(both(format!("Requested {kind} range conflicts with an existing range.")));
    }
    if dynamic && region.used_addresses(subnet).iter().any(|ip| *ip >= start && *ip <= end) {
        return Err(both("Requested dynamic range conflicts with an existing IP address.".to_owned()));
    }
    let comment = data.get("comment").or(old.map(|old| old.comment.as_str())).unwrap_or_default().to_owned();
    Ok(IpRange { id, dynamic, start, end, subnet, comment })
}

pub(super) fn range(world: &mut World, request: &Request, id: &str) -> Answer {
    let region = &mut world.region;
    let id: u64 = id.parse().map_err(|_| Reply::missing("IPRange"))?;
    let old = region.ranges.get(&id).cloned().ok_or_else(|| Reply::missing("IPRange"))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => Ok(Reply::json(&region.range_view(&old))),
        ("PUT", None) => {
            let range = read_range(region, id, request.data(), Some(&old))?;
            region.ranges.insert(id, range.clone());
            Ok(Reply::json(&region.range_view(&range)))
        }
        ("DELETE", None) => {
            region.ranges.remove(&id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, ITEM)),
    }
}

pub(super) fn routes(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let all = region.routes.values().map(|route| region.route_view(route));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", None) => {
            let id = region.routes.keys().max().map_or(1, |id| id + 1);
            let route = read_route(region, id, request.data(), None)?;
            region.routes.insert(id, route.clone());
            Ok(Reply::json(&region.route_view(&route)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn read_route(region: &Region, id: u64, data: &Params, old: Option<&StaticRoute>) -> Result<StaticRoute, Reply> {
    let subnet = |field: &'static str, old: Option<u64>| match (data.filled(field), old) {
        (Some(text), _) => find_subnet(region, text).ok_or_else(|| Reply::field(field, CHOICE)),
        (None, Some(old)) => Ok(old),
        (None, None) => Err(Reply::required(field)),
    };
    let source = subnet("source", old.map(|old| old.source))?;
    let destination = subnet("destination", old.map(|old| old.destination))?;
    let gateway = data.filled("gateway_ip").or(old.map(|old| old.gateway.as_str()));
    let gateway = gateway.ok_or_else(|| Reply::required("gateway_ip"))?.to_owned();
    if let Some(subnet) = region.subnets.get(&source)
        && !gateway.parse::<IpAddr>().is_ok_and(|ip| subnet.cidr.contains(&ip))
    {
        return Err(Reply::fields(&[
            ("gateway_ip", format!("Enter an IP address in {}.", subnet.cidr)),
            ("__all__", "gateway_ip must be with in the source subnet.".to_owned()),
        ]));
    }
    let same = |route: &StaticRoute| {
        route.id != id && route.source == source && route.destination == destination && route.gateway == gateway
    };
    if region.routes.values().any(same) {
        let text = "Static route with this Source, Destination and Gateway IP already exists.";
        return Err(Reply::field("__all__", text));
    }
    let metric = data.number("metric").or(old.map(|old| old.metric)).unwrap_or(0);
    Ok(StaticRoute { id, source, destination, gateway, metric })
}

pub(super) fn route(world: &mut World, request: &Request, id: &str) -> Answer {
    let region = &mut world.region;
    let id: u64 = id.parse().map_err(|_| Reply::missing("StaticRoute"))?;
    let old = region.routes.get(&id).cloned().ok_or_else(|| Reply::missing("StaticRoute"))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => Ok(Reply::json(&region.route_view(&old))),
        ("PUT", None) => {
            let route = read_route(region, id, request.data(), Some(&old))?;
            region.routes.insert(id, route.clone());
            Ok(Reply::json(&region.route_view(&route)))
        }
        ("DELETE", None) => {
            region.routes.remove(&id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, ITEM)),
    }
}
