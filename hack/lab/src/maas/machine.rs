//! One machine record: read, change, delete, and the questions that change nothing.

use serde_json::{Value, json};

use super::lifecycle::{shown, trouble};
use super::machines::{check_architecture, check_hostname};
use super::power_params;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::no_such;
use crate::region::status::Status;
use crate::world::World;

const CHOICE: &str = "Select a valid choice. That choice is not one of the available choices.";

pub(super) fn machine(world: &mut World, request: &Request, id: &str) -> Answer {
    let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Machine"))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => Ok(shown(world, id)),
        ("GET", Some("power_parameters")) => Ok(Reply::json(&Value::Object(node.power_params.clone()))),
        ("GET", Some("query_power_state")) => match world.query_power(id) {
            Ok(state) => Ok(Reply::json(&json!({"state": state}))),
            Err(crate::world::BmcTrouble::Manual) => Ok(Reply::json(&json!({"state": "unknown"}))),
            Err(crate::world::BmcTrouble::Unreachable) => Err(trouble(world, id)),
        },
        ("GET", Some("details")) => {
            let lshw = node.inventory.as_ref().map(|inventory| inventory.lshw.as_str());
            let lldp = lshw.map(|_| "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<lldp label=\"LLDP neighbors\"/>\n");
            Ok(Reply::binary("application/bson", bson(&[("lldp", lldp), ("lshw", lshw)])))
        }
        ("GET", Some("get_curtin_config")) => {
            if !matches!(node.status, Status::Deploying | Status::Deployed | Status::FailedDeployment) {
                let text = format!("Machine {} is not in a deployment state.", node.hostname);
                return Err(Reply::sentence(400, text));
            }
            let text = format!("hostname: {}\ninstall:\n  log_file: /tmp/install.log\n", node.hostname);
            Ok(Reply::text(&text))
        }
        ("GET", Some("get_token")) => Ok(Reply::json(&json!({
            "token_key": format!("tk{id}"), "token_secret": format!("ts{id}"), "consumer_key": format!("ck{id}"),
        }))),
        ("PUT" | "DELETE", None) if node.locked => Err(Reply::forbidden()),
        ("PUT", None) => update(world, request, id),
        ("DELETE", None) => {
            world.region.nodes.remove(id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, "GET, POST, PUT, DELETE")),
    }
}

fn update(world: &mut World, request: &Request, id: &str) -> Answer {
    let data = request.data();
    if let Some(hostname) = data.filled("hostname") {
        check_hostname(world, hostname, Some(id))?;
    }
    if let Some(architecture) = data.filled("architecture") {
        check_architecture(world, architecture)?;
    }
    let region = &mut world.region;
    let choice = |kind: &'static str, field: &'static str| match data.filled(field) {
        Some(text) => region
            .plain_by_name(kind, text)
            .or_else(|| text.parse().ok().filter(|id| region.plain.get(kind).is_some_and(|t| t.contains_key(id))))
            .map(Some)
            .ok_or_else(|| Reply::field(field, CHOICE)),
        None => Ok(None),
    };
    let (domain, pool, zone) = (choice("domains", "domain")?, choice("pools", "pool")?, choice("zones", "zone")?);
    let zone = zone.and_then(|id| region.plain_view("zones", id)["name"].as_str().map(str::to_owned));
    let Some(node) = region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    let mut changed = node.clone();
    power_params::apply(&mut changed, data)?;
    if let Some(hostname) = data.filled("hostname") {
        hostname.clone_into(&mut changed.hostname);
    }
    if let Some(description) = data.get("description") {
        description.clone_into(&mut changed.description);
    }
    if let Some(kernel) = data.get("min_hwe_kernel") {
        kernel.clone_into(&mut changed.min_hwe_kernel);
    }
    changed.domain = domain.unwrap_or(changed.domain);
    changed.pool = pool.unwrap_or(changed.pool);
    changed.zone = zone.unwrap_or(changed.zone);
    *node = changed;
    Ok(shown(world, id))
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
