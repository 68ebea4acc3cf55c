//! Static routes between subnets.

use std::net::IpAddr;

use serde_json::Value;

use super::form::{CHOICE, Errors};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use super::subnets;
use crate::region::Region;
use crate::region::network::StaticRoute;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.routes.iter().map(|(id, _)| region.route_view(id)).collect::<Value>())),
        ("POST", None) => {
            request.admins_only()?;
            let route = read(region, request.data(), None)?;
            let id = region.routes.add(|id| StaticRoute { id, ..route });
            Ok(Reply::json(&region.route_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn read(region: &Region, data: &Params, old: Option<&StaticRoute>) -> Result<StaticRoute, Reply> {
    let mut errors = Errors::default();
    let mut subnet = |field: &'static str, old: Option<u64>| match (data.filled(field), old) {
        (Some(text), _) => {
            let found = subnets::find(region, text);
            errors.unless(found.is_some(), field, CHOICE);
            found
        }
        (None, Some(old)) => Some(old),
        (None, None) => {
            errors.add(field, "This field is required.");
            None
        }
    };
    let source = subnet("source", old.map(|old| old.source));
    let destination = subnet("destination", old.map(|old| old.destination));
    let gateway = data.filled("gateway_ip").or(old.map(|old| old.gateway.as_str())).unwrap_or_else(|| {
        errors.add("gateway_ip", "This field is required.");
        ""
    });
    if let Some(net) = source.and_then(|id| region.subnets.get(id))
        && !gateway.is_empty()
        && !gateway.parse::<IpAddr>().is_ok_and(|ip| net.cidr.contains(&ip))
    {
        errors.add("gateway_ip", format!("Enter an IP address in {}.", net.cidr));
        errors.add("__all__", "gateway_ip must be with in the source subnet.");
    }
    let version = |id: Option<u64>| id.and_then(|id| region.subnets.get(id)).map(|subnet| subnet.cidr.addr().is_ipv4());
    if source.is_some() && source == destination {
        errors.add("__all__", "source and destination cannot be the same subnet.");
    } else if version(source) != version(destination) {
        errors.add("__all__", "source and destination must be the same IP version.");
    }
    errors.finish()?;
    let (Some(source), Some(destination)) = (source, destination) else { return Err(Reply::required("source")) };
    let own = old.map(|old| old.id);
    let same = |route: &StaticRoute| {
        Some(route.id) != own && route.source == source && route.destination == destination && route.gateway == gateway
    };
    if region.routes.values().any(same) {
        let text = "Static route with this Source, Destination and Gateway IP already exists.";
        return Err(Reply::invalid("__all__", text));
    }
    let metric = data.number("metric").or(old.map(|old| old.metric)).unwrap_or(0);
    Ok(StaticRoute { id: own.unwrap_or(0), source, destination, gateway: gateway.to_owned(), metric })
}

pub(super) fn item(world: &mut World, request: &Request, id: &str) -> Answer {
    let region = &mut world.region;
    let id = region.routes.find(id).ok_or_else(|| Reply::missing("StaticRoute"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let route = read(region, request.data(), region.routes.get(id))?;
            if let Some(old) = region.routes.get_mut(id) {
                *old = route;
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            region.routes.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.route_view(id)))
}
