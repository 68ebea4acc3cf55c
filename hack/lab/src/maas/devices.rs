//! Devices: what has a MAC address and an address, but is not managed.

use super::form::Errors;
use super::machine::place;
use super::machines::{check_hostname, check_macs};
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{ITEM, ITEM_OPS, LIST, no_such};
use crate::region::node::{Interface, InterfaceKind, Node, NodeKind};
use crate::region::status::Status;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    match request.asked() {
        ("GET", None) => {
            let all: Vec<&Node> = world.region.nodes.values().filter(|node| node.kind == NodeKind::Device).collect();
            super::machines::listed(world, request, &all)
        }
        ("GET", Some("is_registered")) => super::machines::is_registered(world, request),
        ("POST", None) => create(world, request),
        ("POST", Some("set_zone")) => super::machines::set_zone(world, request),
        _ => Err(no_such(request, LIST)),
    }
}

fn create(world: &mut World, request: &Request) -> Answer {
    let data = request.data();
    let mut errors = Errors::default();
    let macs = check_macs(&mut errors, world, data);
    if macs.is_empty() {
        errors.add("mac_addresses", "This field is required.");
    }
    check_hostname(&mut errors, world, data.filled("hostname"), None);
    let domain = place(&mut errors, data, "domain", |name| world.region.domain_named(name));
    let parent = data.filled("parent");
    let known = |id: &str| world.region.nodes.contains_key(id);
    errors.unless(parent.is_none_or(known), "parent", super::form::CHOICE);
    errors.finish()?;
    let parent = parent.map(str::to_owned);
    let id = world.region.new_system_id();
    let hostname = data.filled("hostname").map_or_else(|| world.region.new_hostname(), str::to_owned);
    let mut node = Node::new(id.clone(), NodeKind::Device, hostname);
    node.domain = domain.unwrap_or(world.region.default_domain);
    node.owner = Some(request.caller.name.clone());
    node.status = Status::Ready;
    node.parent = parent;
    data.get("description").unwrap_or_default().clone_into(&mut node.description);
    for (index, mac) in macs.iter().enumerate() {
        let interface = world.region.ids.interface();
        node.interfaces.push(Interface::new(interface, &format!("eth{index}"), InterfaceKind::Physical, mac));
    }
    world.region.nodes.insert(id.clone(), node);
    Ok(super::lifecycle::shown(world, &id))
}

pub(super) fn item(world: &mut World, request: &Request, id: &str) -> Answer {
    let device = |node: &&Node| node.kind == NodeKind::Device;
    let node = world.region.nodes.get(id).filter(device).ok_or_else(|| Reply::missing("Device"))?;
    let mine = || {
        let owner = node.owner.as_deref() == Some(request.caller.name.as_str());
        if owner { Ok(()) } else { request.may_admin() }
    };
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            mine()?;
            let data = request.data();
            let mut errors = Errors::default();
            check_hostname(&mut errors, world, data.filled("hostname"), Some(id));
            let domain = place(&mut errors, data, "domain", |name| world.region.domain_named(name));
            let zone = place(&mut errors, data, "zone", |name| world.region.zone_named(name));
            errors.finish()?;
            if let Some(node) = world.region.nodes.get_mut(id) {
                if let Some(hostname) = data.filled("hostname") {
                    hostname.clone_into(&mut node.hostname);
                }
                if let Some(text) = data.get("description") {
                    text.clone_into(&mut node.description);
                }
                if let Some(parent) = data.get("parent") {
                    node.parent = (!parent.is_empty()).then(|| parent.to_owned());
                }
                node.domain = domain.unwrap_or(node.domain);
                node.zone = zone.unwrap_or(node.zone);
            }
        }
        ("DELETE", None) => {
            mine()?;
            world.region.nodes.remove(id);
            return Ok(Reply::deleted());
        }
        ("POST", Some("set_owner_data" | "set_workload_annotations")) => {
            mine()?;
            super::lifecycle::annotate(world, id, &request.form)?;
        }
        _ => return Err(no_such(request, if request.method == "POST" { ITEM_OPS } else { ITEM })),
    }
    Ok(super::lifecycle::shown(world, id))
}
