//! Zones and resource pools.

use serde_json::Value;

use super::form::{Errors, model_name};
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::places::{Pool, Zone};
use crate::world::World;

pub(super) fn zones(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.zones.values().map(Zone::view).collect::<Value>())),
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name");
            check_zone(&mut errors, region, name, None);
            errors.finish()?;
            let (name, description) = (name.to_owned(), data.get("description").unwrap_or_default().to_owned());
            let id = region.zones.add(|id| Zone { id, name, description });
            Ok(Reply::json(&region.zones.get(id).map_or(Value::Null, Zone::view)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_zone(errors: &mut Errors, region: &Region, name: &str, own: Option<u64>) {
    errors.unless(name.is_empty() || model_name(name), "name", "Enter a valid value.");
    let taken = region.zone_named(name).is_some_and(|id| Some(id) != own);
    errors.unless(!taken, "name", "Physical zone with this Name already exists.");
}

pub(super) fn zone(world: &mut World, request: &Request, name: &str) -> Answer {
    let region = &mut world.region;
    let id = region.zone_named(name).ok_or_else(|| Reply::missing("Zone"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            check_zone(&mut errors, region, data.filled("name").unwrap_or_default(), Some(id));
            errors.finish()?;
            if let Some(zone) = region.zones.get_mut(id) {
                if let Some(name) = data.filled("name") {
                    name.clone_into(&mut zone.name);
                }
                if let Some(text) = data.get("description") {
                    text.clone_into(&mut zone.description);
                }
            }
        }
        ("DELETE", None) => {
            request.admins_only()?;
            if id == 1 {
                return Err(Reply::sentence(400, "This zone is the default zone, it cannot be deleted."));
            }
            for node in region.nodes.values_mut().filter(|node| node.zone == id) {
                node.zone = 1;
            }
            region.zones.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.zones.get(id).map_or(Value::Null, Zone::view)))
}

pub(super) fn pools(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.pools.values().map(Pool::view).collect::<Value>())),
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name");
            check_pool(&mut errors, region, name, None);
            errors.finish()?;
            let (name, description) = (name.to_owned(), data.get("description").unwrap_or_default().to_owned());
            let id = region.pools.add(|id| Pool { id, name, description });
            Ok(Reply::json(&region.pools.get(id).map_or(Value::Null, Pool::view)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_pool(errors: &mut Errors, region: &Region, name: &str, own: Option<u64>) {
    errors.unless(name.is_empty() || model_name(name), "name", "Enter a valid value.");
    let taken = region.pool_named(name).is_some_and(|id| Some(id) != own);
    errors.unless(!taken, "name", "Resource pool with this Name already exists.");
}

pub(super) fn pool(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.pools.find(text).ok_or_else(|| Reply::missing("ResourcePool"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            check_pool(&mut errors, region, data.filled("name").unwrap_or_default(), Some(id));
            errors.finish()?;
            if let Some(pool) = region.pools.get_mut(id) {
                if let Some(name) = data.filled("name") {
                    name.clone_into(&mut pool.name);
                }
                if let Some(text) = data.get("description") {
                    text.clone_into(&mut pool.description);
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            if id == 0 {
                return Err(Reply::sentence(400, "This is the default pool, it cannot be deleted."));
            }
            for node in region.nodes.values_mut().filter(|node| node.pool == id) {
                node.pool = 0;
            }
            region.pools.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.pools.get(id).map_or(Value::Null, Pool::view)))
}
