//! The interfaces of a node: the list, and making new ones.

use serde_json::{Map, Value, json};

use super::machines::valid_mac;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::node::{Interface, InterfaceKind, Link, Node};
use crate::region::status::Status;
use crate::world::World;

const MODES: [&str; 7] =
    ["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];

/// Refuses a change when the machine is in use.
pub(super) fn check_state(node: &Node, doing: &str) -> Result<(), Reply> {
    use Status::{Allocated, Broken, FailedTesting, New, Ready};
    if matches!(node.status, New | Ready | FailedTesting | Allocated | Broken) {
        return Ok(());
    }
    Err(Reply::conflict(format!("Cannot {doing} because the machine is not New, Ready, Allocated, or Broken.")))
}

pub(super) fn list(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let data = &request.form;
    let kind = match request.asked() {
        ("GET", None) => {
            let all = node.interfaces.iter().map(|interface| world.region.interface_view(node, interface));
            return Ok(Reply::json(&all.collect::<Value>()));
        }
        ("POST", Some("create_physical")) => InterfaceKind::Physical,
        ("POST", Some("create_bond")) => InterfaceKind::Bond,
        ("POST", Some("create_vlan")) => InterfaceKind::Vlan,
        ("POST", Some("create_bridge")) => InterfaceKind::Bridge,
        _ => return Err(no_such(request, "GET, POST")),
    };
    let doing = if kind == InterfaceKind::Vlan { "VLAN" } else { kind.name() };
    check_state(node, &format!("create {doing} interface"))?;
    let made = match kind {
        InterfaceKind::Physical => physical(world, node, data),
        InterfaceKind::Bond => bond(world, node, data),
        InterfaceKind::Vlan => vlan(world, node, data),
        InterfaceKind::Bridge => bridge(world, node, data),
    };
    let mut made = made?;
    if let Some(tags) = data.filled("tags") {
        made.tags = tags.split(',').map(str::to_owned).collect();
    }
    add(world, id, made)
}

/// Adds an interface that starts with a `link_up` link, while its parents lose theirs.
fn add(world: &mut World, id: &str, mut made: Interface) -> Answer {
    made.id = world.region.ids.interface();
    let link = world.region.ids.link();
    if made.vlan.is_some() {
        made.links.push(Link { id: link, mode: "link_up", subnet: None, ip: None });
    }
    let new = made.id;
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Node")) };
    if matches!(made.kind, InterfaceKind::Bond | InterfaceKind::Bridge) {
        for parent in &mut node.interfaces {
            if made.parents.contains(&parent.id) {
                parent.links.clear();
            }
        }
    }
    node.interfaces.push(made);
    shown(world, id, new)
}

/// One interface as it is now.
pub(super) fn shown(world: &World, id: &str, interface: u64) -> Answer {
    let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Node"))?;
    let interface = node.interface(interface).ok_or_else(|| Reply::missing("Interface"))?;
    Ok(Reply::json(&world.region.interface_view(node, interface)))
}

fn unique_name(node: &Node, name: &str) -> Result<(), Reply> {
    if node.interfaces.iter().any(|interface| interface.name == name) {
        let text = format!("Node {} ({}) already has an interface named '{name}'.", node.system_id, node.hostname);
        return Err(Reply::field("name", text));
    }
    Ok(())
}

/// A VLAN of the region.
pub(super) fn vlan_choice(world: &World, data: &Params) -> Result<Option<u64>, Reply> {
    let Some(text) = data.filled("vlan") else { return Ok(None) };
    let id = text.parse().ok().filter(|id| world.region.vlans.contains(*id));
    let wrong = || Reply::field("vlan", "Select a valid choice. That choice is not one of the available choices.");
    id.map(Some).ok_or_else(wrong)
}

pub(super) fn check_mtu(data: &Params) -> Result<(), Reply> {
    match data.number("mtu") {
        Some(mtu) if mtu < 552 => Err(Reply::field("mtu", "Ensure this value is greater than or equal to 552.")),
        Some(mtu) if mtu > 65535 => Err(Reply::field("mtu", "Ensure this value is less than or equal to 65535.")),
        _ => Ok(()),
    }
}

/// The parameters that a create or an update sets.
pub(super) fn set_params(params: &mut Map<String, Value>, kind: InterfaceKind, data: &Params) -> Result<(), Reply> {
    check_mtu(data)?;
    if let Some(text) = data.get("mtu") {
        match text.parse::<u64>() {
            Ok(mtu) => params.insert("mtu".to_owned(), json!(mtu)),
            Err(_) => params.remove("mtu"),
        };
    }
    if kind == InterfaceKind::Bond {
        if let Some(mode) = data.filled("bond_mode") {
            if !MODES.contains(&mode) {
                let all: Vec<String> = MODES.iter().map(|mode| format!("'{mode}'")).collect();
                let text = format!("'{mode}' is not a valid bond_mode.  It should be one of: {}.", all.join(", "));
                return Err(Reply::field("bond_mode", text));
            }
            params.insert("bond_mode".to_owned(), json!(mode));
        }
        for key in ["bond_miimon", "bond_updelay", "bond_downdelay", "bond_num_grat_arp"] {
            if let Some(number) = data.number(key) {
                params.insert(key.to_owned(), json!(number));
            }
        }
        for key in ["bond_lacp_rate", "bond_xmit_hash_policy"] {
            if let Some(text) = data.filled(key) {
                params.insert(key.to_owned(), json!(text));
            }
        }
    }
    if kind == InterfaceKind::Bridge {
        if let Some(text) = data.filled("bridge_type") {
            params.insert("bridge_type".to_owned(), json!(text));
        }
        if let Some(stp) = data.checkbox("bridge_stp") {
            params.insert("bridge_stp".to_owned(), json!(stp));
        }
        if let Some(delay) = data.number("bridge_fd") {
            params.insert("bridge_fd".to_owned(), json!(delay));
        }
    }
    Ok(())
}

fn physical(world: &World, node: &Node, data: &Params) -> Result<Interface, Reply> {
    let mac = data.filled("mac_address").ok_or_else(|| Reply::required("mac_address"))?;
    if !valid_mac(mac) {
        return Err(Reply::field("mac_address", format!("'{mac}' is not a valid MAC address.")));
    }
    if let Some(other) = world.region.node_by_mac(mac) {
        return Err(Reply::field("mac_address", format!("This MAC address is already in use by {}.", other.hostname)));
    }
    let default = format!("eth{}", node.interfaces.len());
    let name = data.filled("name").unwrap_or(&default);
    unique_name(node, name)?;
    let mut made = Interface::new(0, name, InterfaceKind::Physical, mac);
    made.connected = false;
    made.numa_node = Some(0);
    made.vlan = vlan_choice(world, data)?;
    set_params(&mut made.params, InterfaceKind::Physical, data)?;
    Ok(made)
}

fn bond(world: &World, node: &Node, data: &Params) -> Result<Interface, Reply> {
    let name = data.filled("name").ok_or_else(|| Reply::required("name"))?;
    unique_name(node, name)?;
    let parents: Vec<u64> = data.all("parents").iter().filter_map(|text| text.parse().ok()).collect();
    let members: Vec<&Interface> = parents.iter().filter_map(|id| node.interface(*id)).collect();
    let Some(first) = members.first().copied() else {
        return Err(Reply::field("parents", "A bond interface must have one or more parents."));
    };
    let busy: Vec<&str> =
        members.iter().filter(|one| !node.children_of(one.id).is_empty()).map(|one| one.name.as_str()).collect();
    if !busy.is_empty() {
        return Err(Reply::field("parents", format!("Interfaces already in-use: {}.", busy.join(", "))));
    }
    if members.iter().any(|one| one.vlan != first.vlan) {
        return Err(Reply::field("parents", "All parents must belong to the same VLAN."));
    }
    let mac = data.filled("mac_address").unwrap_or(&first.mac);
    let mut made = Interface::new(0, name, InterfaceKind::Bond, mac);
    made.vlan = vlan_choice(world, data)?.or(first.vlan);
    made.parents = members.iter().map(|one| one.id).collect();
    let mode = data.filled("bond_mode").unwrap_or("active-backup");
    let defaults = json!({
        "bond_mode": mode, "bond_miimon": 100, "bond_updelay": 0, "bond_downdelay": 0, "bond_lacp_rate": "fast",
        "bond_num_grat_arp": 1, "bond_xmit_hash_policy": "layer2",
    });
    if let Value::Object(defaults) = defaults {
        made.params = defaults;
    }
    set_params(&mut made.params, InterfaceKind::Bond, data)?;
    Ok(made)
}

fn vlan(world: &World, node: &Node, data: &Params) -> Result<Interface, Reply> {
    let parent = data.number("parent").and_then(|id| node.interface(id));
    let parent = parent.ok_or_else(|| Reply::field("parent", "A VLAN interface must have exactly one parent."))?;
    let id = vlan_choice(world, data)?.ok_or_else(|| Reply::required("vlan"))?;
    let vid = world.region.vlans.get(id).map_or(0, |vlan| vlan.vid);
    if vid == 0 {
        return Err(Reply::field("vlan", "A VLAN interface can only belong to a tagged VLAN."));
    }
    let name = format!("{}.{vid}", parent.name);
    unique_name(node, &name)?;
    let mut made = Interface::new(0, &name, InterfaceKind::Vlan, &parent.mac);
    made.vlan = Some(id);
    made.parents = vec![parent.id];
    set_params(&mut made.params, InterfaceKind::Vlan, data)?;
    Ok(made)
}

fn bridge(world: &World, node: &Node, data: &Params) -> Result<Interface, Reply> {
    let parent = data.number("parent").and_then(|id| node.interface(id)).ok_or_else(|| {
        Reply::fields(&[
            ("mac_address", "This field cannot be blank.".to_owned()),
            ("parent", "A bridge interface must have exactly one parent.".to_owned()),
        ])
    })?;
    let name = data.filled("name").map_or_else(|| format!("br-{}", parent.name), str::to_owned);
    unique_name(node, &name)?;
    let mut made = Interface::new(0, &name, InterfaceKind::Bridge, data.filled("mac_address").unwrap_or(&parent.mac));
    made.vlan = vlan_choice(world, data)?.or(parent.vlan);
    made.parents = vec![parent.id];
    let defaults = json!({"bridge_type": "standard", "bridge_stp": false, "bridge_fd": 15});
    if let Value::Object(defaults) = defaults {
        made.params = defaults;
    }
    set_params(&mut made.params, InterfaceKind::Bridge, data)?;
    Ok(made)
}
