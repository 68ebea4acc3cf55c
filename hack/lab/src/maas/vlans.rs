//! VLANs, by fabric and vid or by id.

use serde_json::Value;

use super::form::{CHOICE, Errors, check_mtu};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::node::Node;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request, fabric: &str) -> Answer {
    let region = &mut world.region;
    let fabric = super::fabrics::find(region, fabric)?;
    match request.asked() {
        ("GET", None) => {
            let all = region.vlans.values().filter(|vlan| vlan.fabric == fabric);
            Ok(Reply::json(&all.map(|vlan| region.vlan_view(vlan.id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let text = errors.required(data, "vid");
            let vid = text.parse::<u64>().ok().filter(|vid| *vid <= 4094);
            errors.unless(vid.is_some(), "vid", "VID must be between 0 and 4094.");
            check_mtu(&mut errors, data);
            check_space(&mut errors, region, data);
            errors.finish()?;
            let vid = vid.unwrap_or_default();
            if region.vlans.values().any(|vlan| vlan.fabric == fabric && vlan.vid == vid) {
                let text = "A VLAN with the specified VID already exists in the destination fabric.";
                return Err(Reply::invalid("__all__", text));
            }
            let id = region.add_vlan(fabric, vid, &vid.to_string());
            update(region, id, data);
            Ok(Reply::json(&region.vlan_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn space_of(region: &Region, text: &str) -> Option<u64> {
    let named = || region.spaces.values().find(|space| space.name == text).map(|space| space.id);
    region.spaces.find(text).or_else(named)
}

fn check_space(errors: &mut Errors, region: &Region, data: &Params) {
    if let Some(text) = data.filled("space") {
        errors.unless(space_of(region, text).is_some(), "space", CHOICE);
    }
}

pub(super) fn by_vid(world: &World, fabric: &str, vid: &str) -> Result<u64, Reply> {
    let fabric = super::fabrics::find(&world.region, fabric).ok();
    let vid = if vid == "untagged" { Some(0) } else { vid.parse::<u64>().ok() };
    let found = world.region.vlans.values().find(|vlan| Some(vlan.fabric) == fabric && Some(vlan.vid) == vid);
    found.map(|vlan| vlan.id).ok_or_else(|| Reply::missing("VLAN"))
}

pub(super) fn by_id(world: &World, id: &str) -> Result<u64, Reply> {
    world.region.vlans.find(id).ok_or_else(|| Reply::missing("VLAN"))
}

pub(super) fn item(world: &mut World, request: &Request, id: u64) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            check(region, id, request.data())?;
            update(region, id, request.data());
        }
        ("DELETE", None) => {
            request.may_admin()?;
            return delete(region, id);
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.vlan_view(id)))
}

fn check(region: &Region, id: u64, data: &Params) -> Result<(), Reply> {
    let Some(vlan) = region.vlans.get(id) else { return Err(Reply::missing("VLAN")) };
    let mut errors = Errors::default();
    check_mtu(&mut errors, data);
    check_space(&mut errors, region, data);
    if let Some(text) = data.filled("vid") {
        let vid = text.parse::<u64>().ok().filter(|vid| *vid <= 4094);
        errors.unless(vid.is_some(), "vid", "VID must be between 0 and 4094.");
    }
    for field in ["primary_rack", "secondary_rack"] {
        let known = |rack: &str| region.nodes.get(rack).is_some_and(Node::is_rack);
        errors.unless(data.filled(field).is_none_or(known), field, CHOICE);
    }
    let rack = |field: &str, old: &Option<String>| match data.get(field) {
        Some("") => None,
        Some(new) => Some(new.to_owned()),
        None => old.clone(),
    };
    let (primary, secondary) = (rack("primary_rack", &vlan.primary_rack), rack("secondary_rack", &vlan.secondary_rack));
    if secondary.is_some() && primary == secondary {
        errors.add("secondary_rack", "Primary and secondary rack controllers must be different.");
    }
    if let Some(relay) = data.filled("relay_vlan") {
        errors.unless(region.vlans.find(relay).is_some_and(|relay| relay != id), "relay_vlan", CHOICE);
    }
    if data.checkbox("dhcp_on") == Some(true) {
        let (range, rack) = (region.has_dynamic_range(id), primary.or(secondary).is_some());
        errors.unless(range, "dhcp_on", "dhcp can only be turned on when a dynamic IP range is defined.");
        let text = "dhcp can only be turned on when a primary rack controller is set.";
        errors.unless(rack || !range, "dhcp_on", text);
        errors.unless(data.filled("relay_vlan").is_none(), "relay_vlan", "'relay_vlan' cannot be set when dhcp is on.");
    }
    errors.finish()
}

fn update(region: &mut Region, id: u64, data: &Params) {
    let space = data.get("space").map(|text| space_of(region, text));
    let Some(vlan) = region.vlans.get_mut(id) else { return };
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut vlan.name);
    }
    vlan.vid = data.number("vid").unwrap_or(vlan.vid);
    vlan.mtu = data.number("mtu").unwrap_or(vlan.mtu);
    vlan.dhcp_on = data.checkbox("dhcp_on").unwrap_or(vlan.dhcp_on);
    if let Some(space) = space {
        vlan.space = space;
    }
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    if let Some(rack) = data.get("primary_rack") {
        vlan.primary_rack = text(rack);
    }
    if let Some(rack) = data.get("secondary_rack") {
        vlan.secondary_rack = text(rack);
    }
    // The second rack controller takes the place of the first when that is taken away.
    if vlan.primary_rack.is_none() {
        vlan.primary_rack = vlan.secondary_rack.take();
    }
    if let Some(relay) = data.get("relay_vlan") {
        vlan.relay = relay.parse().ok();
        vlan.dhcp_on &= vlan.relay.is_none();
    } else if vlan.dhcp_on {
        vlan.relay = None;
    }
}

fn delete(region: &mut Region, id: u64) -> Answer {
    let Some(vlan) = region.vlans.get(id) else { return Err(Reply::missing("VLAN")) };
    if vlan.vid == 0 {
        let text = "This VLAN is the default VLAN in the fabric, it cannot be deleted.";
        return Err(Reply::sentence(400, text));
    }
    let untagged = region.untagged(vlan.fabric).unwrap_or_default();
    for subnet in region.subnets.values_mut().filter(|subnet| subnet.vlan == id) {
        subnet.vlan = untagged;
    }
    for node in region.nodes.values_mut() {
        let gone: Vec<u64> = node
            .interfaces
            .iter()
            .filter(|one| one.vlan == Some(id) && one.kind == crate::region::node::InterfaceKind::Vlan)
            .map(|one| one.id)
            .collect();
        for interface in gone {
            node.remove_interface(interface);
        }
        for interface in node.interfaces.iter_mut().filter(|interface| interface.vlan == Some(id)) {
            interface.vlan = Some(untagged);
        }
    }
    for relayed in region.vlans.values_mut().filter(|vlan| vlan.relay == Some(id)) {
        relayed.relay = None;
    }
    region.vlans.remove(id);
    Ok(Reply::deleted())
}
