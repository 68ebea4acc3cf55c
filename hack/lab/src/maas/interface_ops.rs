//! One interface: read, change, delete, and its links to subnets.

use std::net::IpAddr;

use super::interfaces::{check_state, set_params, shown, vlan_choice};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use super::subnets::find as find_subnet;
use crate::region::node::{InterfaceKind, Link, Node};
use crate::region::status::Status;
use crate::world::World;

pub(super) fn item(world: &mut World, request: &Request, id: &str, text: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let found = node.interfaces.iter().find(|one| one.id.to_string() == text || one.name == text);
    let interface = found.map(|one| one.id).ok_or_else(|| Reply::missing("Interface"))?;
    let form = &request.form;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => update(world, request.data(), id, interface)?,
        ("DELETE", None) => {
            check_state(node, "delete interface")?;
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.remove_interface(interface);
            }
            return Ok(Reply::deleted());
        }
        ("POST", Some("link_subnet")) => {
            check_state(node, "link subnet")?;
            link(world, form, id, interface)?;
        }
        ("POST", Some("unlink_subnet")) => {
            check_state(node, "unlink subnet")?;
            unlink(world, form, id, interface)?;
        }
        ("POST", Some("disconnect")) => {
            check_state(node, "disconnect interface")?;
            if let Some(one) = world.region.nodes.get_mut(id).and_then(|node| node.interface_mut(interface)) {
                one.links.clear();
                one.vlan = None;
                one.discovered = None;
            }
        }
        ("POST", Some("set_default_gateway")) => {
            check_state(node, "set default gateway")?;
            let links = node.interface(interface).map(|one| one.links.clone()).unwrap_or_default();
            let wanted = form.number("link_id");
            let gateway = |link: &&Link| {
                link.subnet.and_then(|id| world.region.subnets.get(id)).is_some_and(|subnet| subnet.gateway().is_some())
            };
            let link = links.iter().find(|link| wanted.is_none_or(|id| id == link.id) && gateway(link));
            let text = "This interface has no usable gateways.";
            let link = link.ok_or_else(|| Reply::field("__all__", text))?;
            let (link, is_v4) = (link.id, world.region.is_v4(link.subnet));
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.gateway_links.set(is_v4, link);
            }
        }
        ("POST", Some(op @ ("add_tag" | "remove_tag"))) => {
            let tag = form.filled("tag").ok_or_else(|| Reply::sentence(400, "No provided tag!"))?;
            if let Some(one) = world.region.nodes.get_mut(id).and_then(|node| node.interface_mut(interface)) {
                one.tags.retain(|known| known != tag);
                if op == "add_tag" {
                    one.tags.push(tag.to_owned());
                }
            }
        }
        _ => return Err(no_such(request, "GET, POST, PUT, DELETE")),
    }
    shown(world, id, interface)
}

fn update(world: &mut World, data: &Params, id: &str, interface: u64) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let deployed = node.status == Status::Deployed;
    if !deployed {
        check_state(node, "update interface")?;
    }
    if let Some(name) = data.filled("name")
        && node.interfaces.iter().any(|one| one.name == name && one.id != interface)
    {
        let text = format!("Node {id} ({}) already has an interface named '{name}'.", node.hostname);
        return Err(Reply::field("name", text));
    }
    let vlan = vlan_choice(world, data)?;
    let cleared = data.get("vlan") == Some("");
    let Some(one) = world.region.nodes.get_mut(id).and_then(|node| node.interface_mut(interface)) else {
        return Err(Reply::missing("Interface"));
    };
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut one.name);
    }
    if let Some(mac) = data.filled("mac_address") {
        one.mac = mac.to_lowercase();
    }
    one.connected = data.checkbox("link_connected").unwrap_or(one.connected);
    one.link_speed = data.number("link_speed").unwrap_or(one.link_speed);
    one.interface_speed = data.number("interface_speed").unwrap_or(one.interface_speed);
    if deployed {
        // MAAS answers 200 and ignores everything else.
        return Ok(());
    }
    let (kind, mut params) = (one.kind, one.params.clone());
    set_params(&mut params, kind, data)?;
    one.params = params;
    if let Some(tags) = data.get("tags") {
        one.tags = tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    }
    if (vlan.is_some() && vlan != one.vlan) || cleared {
        one.vlan = vlan;
        one.links.clear();
    }
    if kind == InterfaceKind::Bond && data.get("parents").is_some() {
        one.parents = data.all("parents").iter().filter_map(|text| text.parse().ok()).collect();
    }
    Ok(())
}

fn link(world: &mut World, form: &Params, id: &str, interface: u64) -> Result<(), Reply> {
    let given = form.filled("mode").ok_or_else(|| Reply::required("mode"))?.to_lowercase();
    let mode = match given.as_str() {
        "auto" => "auto",
        "dhcp" => "dhcp",
        "static" => "static",
        "link_up" => "link_up",
        _ => {
            let text =
                format!("'{given}' is not a valid mode.  It should be one of: 'auto', 'dhcp', 'static', 'link_up'.");
            return Err(Reply::field("mode", text));
        }
    };
    let region = &world.region;
    let Some(node) = region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let Some(one) = node.interface(interface) else { return Err(Reply::missing("Interface")) };
    let on_vlan = |subnet: &u64| {
        one.vlan.is_none() || region.subnets.get(*subnet).is_some_and(|subnet| Some(subnet.vlan) == one.vlan)
    };
    let subnet = match form.filled("subnet") {
        Some(text) => Some(find_subnet(region, text).filter(on_vlan).ok_or_else(|| {
            let none = format!("None found with id={text}.");
            Reply::fields(&[("subnet", none), ("subnet", "This field is required.".to_owned())])
        })?),
        None if matches!(mode, "auto" | "static") => return Err(Reply::required("subnet")),
        None => None,
    };
    let force = form.checkbox("force") == Some(true);
    if mode == "link_up" && one.links.iter().any(|link| link.mode != "link_up") && !force {
        let text = "Cannot configure interface to link up (with no IP address) while other links are already \
            configured. Specify force=True to override this behaviour and destroy all existing links.";
        return Err(Reply::field("mode", text));
    }
    if mode == "dhcp" && one.links.iter().any(|link| link.mode == "dhcp") && !force {
        let text = "Interface is already set to DHCP. Specify force=True to override this behaviour and destroy all \
            existing links.";
        return Err(Reply::field("mode", text));
    }
    let ip = match (mode, subnet) {
        ("static", Some(subnet)) => Some(static_address(world, form, subnet)?),
        ("dhcp", _) => one.discovered.map(|(_, ip)| ip),
        _ => None,
    };
    let vlan = subnet.and_then(|id| region.subnets.get(id)).map(|subnet| subnet.vlan);
    let link_id = world.region.ids.link();
    let is_v4 = world.region.is_v4(subnet);
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Node")) };
    if form.checkbox("default_gateway") == Some(true) {
        node.gateway_links.set(is_v4, link_id);
    }
    let Some(one) = node.interface_mut(interface) else { return Err(Reply::missing("Interface")) };
    one.links.retain(|link| link.mode != "link_up" && !force);
    one.vlan = one.vlan.or(vlan);
    one.links.push(Link { id: link_id, mode, subnet, ip });
    Ok(())
}

fn static_address(world: &World, form: &Params, subnet: u64) -> Result<IpAddr, Reply> {
    let region = &world.region;
    let Some(record) = region.subnets.get(subnet) else { return Err(Reply::missing("Subnet")) };
    let Some(text) = form.filled("ip_address") else {
        let none = || Reply::late(503, format!("No more IPs available in subnet: {}.", record.cidr));
        return region.free_address(subnet).ok_or_else(none);
    };
    let bad = |_| Reply::field("ip_address", "Enter a valid IPv4 or IPv6 address.");
    let ip: IpAddr = text.parse().map_err(bad)?;
    if !record.cidr.contains(&ip) {
        let vid = region.vlans.get(record.vlan).map_or(0, |vlan| vlan.vid);
        let name = if record.name == record.cidr.to_string() {
            format!("{}(vid={vid})", record.cidr)
        } else {
            format!("{}:{}(vid={vid})", record.name, record.cidr)
        };
        return Err(Reply::field("ip_address", format!("IP address is not in the given subnet '{name}'.")));
    }
    let dynamic = |range: &crate::region::network::IpRange| {
        range.dynamic && range.subnet == subnet && range.start <= ip && ip <= range.end
    };
    let held = |node: &Node| node.interfaces.iter().flat_map(|one| &one.links).any(|link| link.ip == Some(ip));
    if region.nodes.values().any(held) {
        return Err(Reply::taken());
    }
    if region.ranges.values().any(dynamic) {
        return Err(Reply::field("ip_address", "IP address is within a dynamic range."));
    }
    Ok(ip)
}

fn unlink(world: &mut World, form: &Params, id: &str, interface: u64) -> Result<(), Reply> {
    let text = form.filled("id").ok_or_else(|| Reply::required("id"))?;
    let fresh = world.region.ids.link();
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Node")) };
    let Some(one) = node.interface_mut(interface) else { return Err(Reply::missing("Interface")) };
    let Some(at) = one.links.iter().position(|link| link.id.to_string() == text) else {
        let all = one.discovered_link.into_iter().chain(one.links.iter().map(|link| link.id));
        let all: Vec<String> = all.map(|id| format!("'{id}'")).collect();
        let text = format!("'{text}' is not a valid id.  It should be one of: {}.", all.join(", "));
        return Err(Reply::field("id", text));
    };
    let gone = one.links.remove(at);
    // An interface on a VLAN stays up: with its last address goes only the address.
    if one.links.is_empty() && one.vlan.is_some() {
        one.links.push(Link { id: fresh, mode: "link_up", subnet: gone.subnet, ip: None });
    }
    node.gateway_links.forget(gone.id);
    Ok(())
}
