//! Fabrics.

use serde_json::Value;

use super::form::{Errors, model_name};
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::world::World;

/// A fabric by id, or by `name:`.
pub(super) fn find(region: &Region, text: &str) -> Result<u64, Reply> {
    let name = text.strip_prefix("name:").unwrap_or(text);
    let named = || region.fabrics.values().find(|fabric| fabric.name == name).map(|fabric| fabric.id);
    region.fabrics.find(text).or_else(named).ok_or_else(|| Reply::missing("Fabric"))
}

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            Ok(Reply::json(&region.fabrics.iter().map(|(id, _)| region.fabric_view(id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            check_name(region, data.filled("name"), None)?;
            let class = data.filled("class_type").map(str::to_owned);
            let id = region.add_fabric(data.filled("name"), class);
            Ok(Reply::json(&region.fabric_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_name(region: &Region, name: Option<&str>, own: Option<u64>) -> Result<(), Reply> {
    let Some(name) = name else { return Ok(()) };
    let mut errors = Errors::default();
    if !model_name(name) {
        errors.add("name", format!("Invalid fabric name: {name}."));
    } else if let Some(number) = name.strip_prefix("fabric-").and_then(|rest| rest.parse::<u64>().ok()) {
        errors.unless(own == Some(number), "name", "Reserved fabric name.");
    }
    let taken = region.fabrics.values().any(|fabric| fabric.name == name && Some(fabric.id) != own);
    errors.unless(!taken, "name", "Fabric with this Name already exists.");
    errors.finish()
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = find(region, text)?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            check_name(region, data.filled("name"), Some(id))?;
            if let Some(fabric) = region.fabrics.get_mut(id) {
                if let Some(name) = data.filled("name") {
                    name.clone_into(&mut fabric.name);
                }
                if let Some(class) = data.get("class_type") {
                    fabric.class_type = (!class.is_empty()).then(|| class.to_owned());
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            return delete(region, id);
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.fabric_view(id)))
}

fn delete(region: &mut Region, id: u64) -> Answer {
    if id == 0 {
        return Err(Reply::sentence(400, "This fabric is the default fabric, it cannot be deleted."));
    }
    let vlans: Vec<u64> = region.vlans.values().filter(|vlan| vlan.fabric == id).map(|vlan| vlan.id).collect();
    let subnets = region.subnets.values().filter(|subnet| vlans.contains(&subnet.vlan));
    let subnets: Vec<&str> = subnets.map(|subnet| subnet.name.as_str()).collect();
    if !subnets.is_empty() {
        let text = format!(
            "Can't delete fabric; the following subnets are still present: {}",
            subnets.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
        );
        return Err(Reply::sentence(400, text));
    }
    let linked = region.nodes.values().flat_map(|node| node.interfaces.iter().map(move |one| (node, one)));
    let linked = linked.filter(|(_, one)| one.vlan.is_some_and(|vlan| vlans.contains(&vlan)));
    let linked: Vec<String> = linked.map(|(node, one)| format!("{} on node {}", one.name, node.hostname)).collect();
    if !linked.is_empty() {
        let text = format!("Can't delete fabric; the following interfaces are still connected: {}", linked.join(", "));
        return Err(Reply::sentence(400, text));
    }
    region.fabrics.remove(id);
    region.vlans.retain(|vlan| vlan.fabric != id);
    Ok(Reply::deleted())
}
