//! The region's version and settings.

use serde_json::json;

use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{LIST, no_such};
use crate::world::World;

pub(super) fn version(world: &World, request: &Request) -> Answer {
    if !request.is_read() || request.op.is_some() {
        return Err(no_such(request, "GET"));
    }
    Ok(Reply::open(&json!({
        "version": world.region.version.to_string(), "subversion": "",
        "capabilities": [
            "networks-management", "static-ipaddresses", "ipv6-deployment-ubuntu", "devices-management",
            "storage-deployment-ubuntu", "network-deployment-ubuntu", "bridging-interface-ubuntu",
            "bridging-automatic-ubuntu", "authenticate-api",
        ],
    })))
}

pub(super) fn maas(world: &mut World, request: &Request) -> Answer {
    let missing = |what: &str| Reply::sentence(400, format!("No provided {what}!"));
    match request.asked() {
        ("GET", Some("get_config")) => {
            let name = request.query.filled("name").ok_or_else(|| missing("name"))?;
            let value = world.region.config(name).map_err(|text| Reply::invalid(name, text))?;
            Ok(Reply::bare(value))
        }
        ("POST", Some("set_config")) => {
            request.admins_only()?;
            let name = request.form.filled("name").ok_or_else(|| missing("name"))?;
            let value = request.form.get("value").ok_or_else(|| missing("value"))?;
            world.region.config(name).map_err(|text| Reply::invalid(name, text))?;
            world.region.set_config(name, value).map_err(|text| Reply::field(name, text))?;
            Ok(Reply::text("OK"))
        }
        _ => Err(no_such(request, LIST)),
    }
}
