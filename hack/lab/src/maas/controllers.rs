//! Rack and region controllers, and the kinds of power control that racks know.

use serde_json::{Map, Value};

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{ITEM, ITEM_OPS, LIST, no_such};
use crate::region::node::{Node, NodeKind};
use crate::region::power_types;
use crate::world::World;

/// Which of the two lists a path is about, and MAAS's name for its members.
fn class(path: &str) -> (fn(&Node) -> bool, &'static str) {
    if path == "rackcontrollers" {
        (Node::is_rack, "RackController")
    } else {
        (|node| node.kind == NodeKind::RegionRack, "RegionController")
    }
}

pub(super) fn list(world: &mut World, request: &Request, path: &str) -> Answer {
    let (of_class, _) = class(path);
    let all = || world.region.nodes.values().filter(|node| of_class(node));
    match request.asked() {
        ("GET", None) => {
            let all: Vec<&Node> = all().collect();
            super::machines::listed(world, request, &all)
        }
        ("GET", Some("is_registered")) => super::machines::is_registered(world, request),
        ("GET", Some("describe_power_types")) if path == "rackcontrollers" => Ok(Reply::json(&power_types::describe())),
        ("GET", Some("power_parameters")) if path == "rackcontrollers" => {
            request.admins_only()?;
            let all: Map<String, Value> =
                all().map(|node| (node.system_id.clone(), Value::Object(node.power_params.clone()))).collect();
            Ok(Reply::json(&Value::Object(all)))
        }
        ("POST", Some("import_boot_images")) if path == "rackcontrollers" => {
            request.admins_only()?;
            Ok(Reply::accepted("Import of boot images started on all rack controllers"))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn item(world: &mut World, request: &Request, path: &str, id: &str) -> Answer {
    let (of_class, name) = class(path);
    let node = world.region.nodes.get(id).filter(|node| of_class(node)).ok_or_else(|| Reply::missing(name))?;
    match request.asked() {
        ("GET", None) => {}
        ("GET", Some("power_parameters")) => {
            request.may_admin()?;
            return Ok(Reply::json(&Value::Object(node.power_params.clone())));
        }
        ("GET", Some("query_power_state" | "details")) => return super::machine::item(world, request, id),
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            let zone = super::machine::place(&mut errors, data, "zone", |name| world.region.zone_named(name));
            let domain = super::machine::place(&mut errors, data, "domain", |name| world.region.domain_named(name));
            errors.finish()?;
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.zone = zone.unwrap_or(node.zone);
                node.domain = domain.unwrap_or(node.domain);
                if let Some(text) = data.get("description") {
                    text.clone_into(&mut node.description);
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            if node.kind == NodeKind::RegionRack {
                return Err(Reply::sentence(400, "You cannot delete the region controller you are connected to."));
            }
            let led = world.region.vlans.values().filter(|vlan| vlan.primary_rack.as_deref() == Some(id));
            let led: Vec<String> = led.map(|vlan| vlan.name.clone()).collect();
            if !led.is_empty() && request.query.parsed("force") != Some(true) {
                let text = format!(
                    "Unable to delete '{}'; it is currently set as a primary rack controller on VLANs {}",
                    node.hostname,
                    led.join(", ")
                );
                return Err(Reply::sentence(400, text));
            }
            for vlan in world.region.vlans.values_mut() {
                if vlan.primary_rack.as_deref() == Some(id) {
                    vlan.primary_rack = vlan.secondary_rack.take();
                    vlan.dhcp_on &= vlan.primary_rack.is_some();
                }
                vlan.secondary_rack = vlan.secondary_rack.take().filter(|rack| rack != id);
            }
            world.region.nodes.remove(id);
            return Ok(Reply::deleted());
        }
        ("POST", Some("import_boot_images")) => {
            request.may_admin()?;
            return Ok(Reply::accepted("Import of boot images started on rack controller"));
        }
        _ => return Err(no_such(request, if request.method == "POST" { ITEM_OPS } else { ITEM })),
    }
    Ok(super::lifecycle::shown(world, id))
}
