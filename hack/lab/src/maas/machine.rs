//! One machine record: read, change, delete, and the questions that change nothing.

use serde_json::{Value, json};

use super::form::{CHOICE, Errors};
use super::lifecycle::{shown, trouble};
use super::machines::{check_architecture, check_hostname, domain_choice};
use super::power_params;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM_OPS, no_such};
use crate::region::node::Node;
use crate::region::status::Status;
use crate::world::{BmcTrouble, World};

/// A field that names a place.
pub(super) fn place(
    errors: &mut Errors,
    data: &Params,
    field: &str,
    find: impl Fn(&str) -> Option<u64>,
) -> Option<u64> {
    let text = data.filled(field)?;
    let found = find(text);
    errors.unless(found.is_some(), field, CHOICE);
    found
}

pub(super) fn item(world: &mut World, request: &Request, id: &str) -> Answer {
    let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Machine"))?;
    if !node.visible_to(&request.caller) {
        return Err(Reply::forbidden());
    }
    match request.asked() {
        ("GET", None) => Ok(shown(world, id)),
        ("GET", Some("power_parameters")) => {
            request.may_admin()?;
            Ok(Reply::json(&Value::Object(node.power_params.clone())))
        }
        ("GET", Some("query_power_state")) => match world.query_power(id) {
            Ok(state) => Ok(Reply::json(&json!({"state": state}))),
            Err(BmcTrouble::Manual) => Ok(Reply::json(&json!({"state": "unknown"}))),
            Err(BmcTrouble::Unreachable) => Err(trouble(world, id, false, None)),
        },
        ("GET", Some("details")) => {
            let found = node.inventory.as_ref();
            let (lldp, lshw) = (found.map(|one| one.lldp.as_str()), found.map(|one| one.lshw.as_str()));
            Ok(Reply::binary("application/bson", bson(&[("lldp", lldp), ("lshw", lshw)])))
        }
        ("GET", Some("get_curtin_config")) => {
            if !matches!(node.status, Status::Deploying | Status::Deployed | Status::FailedDeployment) {
                let text = format!("Machine {} is not in a deployment state.", node.hostname);
                return Err(Reply::sentence(400, text));
            }
            Ok(Reply::text(&super::curtin::config(world, node)))
        }
        ("GET", Some("get_token")) => {
            request.may_admin()?;
            if node.token.is_none() {
                return Ok(Reply::json(&Value::Null));
            }
            Ok(Reply::json(&node.token.as_ref().map_or(
                Value::Null,
                |token| json!({"token_key": token.key, "token_secret": token.secret, "consumer_key": token.consumer}),
            )))
        }
        ("PUT" | "DELETE", None) if node.locked => Err(Reply::forbidden()),
        ("PUT", None) => {
            request.may_admin()?;
            update(world, request, id)
        }
        ("DELETE", None) => {
            request.may_admin()?;
            world.region.nodes.remove(id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, ITEM_OPS)),
    }
}

fn update(world: &mut World, request: &Request, id: &str) -> Answer {
    let data = request.data();
    let mut errors = Errors::default();
    check_hostname(&mut errors, world, data.filled("hostname"), Some(id));
    check_architecture(&mut errors, world, data.filled("architecture").unwrap_or_default());
    let region = &world.region;
    let domain = domain_choice(&mut errors, region, data);
    let pool = place(&mut errors, data, "pool", |name| region.pool_named(name));
    let zone = place(&mut errors, data, "zone", |name| region.zone_named(name));
    let Some(mut changed) = region.nodes.get(id).cloned() else { return Err(Reply::missing("Machine")) };
    power_params::apply(&mut errors, &mut changed, data);
    errors.finish()?;
    for (field, value) in [("hostname", &mut changed.hostname), ("architecture", &mut changed.architecture)] {
        if let Some(text) = data.filled(field) {
            text.clone_into(value);
        }
    }
    for (field, value) in [("description", &mut changed.description), ("min_hwe_kernel", &mut changed.min_hwe_kernel)] {
        if let Some(text) = data.get(field) {
            text.clone_into(value);
        }
    }
    if data.get("swap_size").is_some() {
        changed.swap_size = super::volumes::size_of(data.filled("swap_size"))?;
    }
    if let Some(inventory) = &mut changed.inventory {
        inventory.cpus = data.number("cpu_count").and_then(|n| u32::try_from(n).ok()).unwrap_or(inventory.cpus);
        inventory.memory_mib = data.number("memory").unwrap_or(inventory.memory_mib);
    }
    changed.domain = domain.unwrap_or(changed.domain);
    changed.pool = pool.unwrap_or(changed.pool);
    changed.zone = zone.unwrap_or(changed.zone);
    world.region.nodes.insert(id.to_owned(), changed);
    Ok(shown(world, id))
}

/// Refuses who may not change a node: it is another's, or locked.
pub(super) fn may_edit(request: &Request, node: &Node) -> Result<(), Reply> {
    let mine = node.owner.as_deref().is_none_or(|owner| owner == request.caller.name);
    if (request.caller.superuser || mine) && !node.locked { Ok(()) } else { Err(Reply::forbidden()) }
}

/// A BSON document of binaries; an absent one is null.
fn bson(fields: &[(&str, Option<&str>)]) -> Vec<u8> {
    let mut out = vec![0; 4];
    for (name, value) in fields {
        out.push(if value.is_some() { 0x05 } else { 0x0a });
        out.extend(name.bytes());
        out.push(0);
        if let Some(value) = value {
            out.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.push(0);
            out.extend(value.bytes());
        }
    }
    out.push(0);
    let length = u32::try_from(out.len()).unwrap_or(u32::MAX);
    out[..4].copy_from_slice(&length.to_le_bytes());
    out
}
