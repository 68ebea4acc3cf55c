//! The machine and node lists: filters, create, allocate and the other operations on the collection.

use serde_json::{Map, Value, json};

use super::lifecycle;
use super::power_params;
use super::release;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::ADMIN;
use crate::region::node::{Interface, InterfaceKind, Node, NodeKind};
use crate::region::status::Status;
use crate::world::World;

pub(super) fn nodes(world: &World, request: &Request) -> Answer {
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let all: Vec<&Node> = world.region.nodes.values().collect();
            listed(world, &request.query, &all)
        }
        ("GET", Some("is_registered")) => is_registered(world, request),
        _ => Err(no_such(request, "GET, POST")),
    }
}

pub(super) fn machines(world: &mut World, request: &Request) -> Answer {
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let all: Vec<&Node> = world.region.machines().collect();
            listed(world, &request.query, &all)
        }
        ("GET", Some("list_allocated")) => {
            let mine = |node: &&Node| node.status == Status::Allocated && node.owner.as_deref() == Some(ADMIN);
            let all: Vec<&Node> = world.region.machines().filter(mine).collect();
            listed(world, &request.query, &all)
        }
        ("GET", Some("power_parameters")) => {
            let ids = request.query.all("id");
            let wanted = |node: &&Node| ids.is_empty() || ids.contains(&node.system_id.as_str());
            let all: Map<String, Value> = world
                .region
                .machines()
                .filter(wanted)
                .map(|node| (node.system_id.clone(), Value::Object(node.power_params.clone())))
                .collect();
            Ok(Reply::json(&Value::Object(all)))
        }
        ("GET", Some("is_registered")) => is_registered(world, request),
        ("POST", None) => create(world, request.data()),
        ("POST", Some("allocate")) => allocate(world, &request.form),
        ("POST", Some("release")) => release::release_many(world, &request.form),
        ("POST", Some("set_zone")) => {
            let zone = request.form.get("zone").unwrap_or_default();
            for id in request.form.all("nodes") {
                if let Some(node) = world.region.nodes.get_mut(id) {
                    zone.clone_into(&mut node.zone);
                }
            }
            Ok(Reply::json(&Value::Null))
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

fn is_registered(world: &World, request: &Request) -> Answer {
    let mac = request.query.filled("mac_address").ok_or_else(|| Reply::sentence(400, "No provided mac_address!"))?;
    Ok(Reply::bare(&json!(world.region.node_by_mac(mac).is_some())))
}

/// The nodes that pass all filters: values of one key are alternatives.
fn listed(world: &World, query: &Params, nodes: &[&Node]) -> Answer {
    for word in query.all("status") {
        if Status::from_filter(word).is_none() {
            let text = format!("Select a valid choice. {word} is not one of the available choices.");
            return Err(Reply::field("status", text));
        }
    }
    unknown_tags(world, query)?;
    let domain = |node: &Node| world.region.plain_view("domains", node.domain)["name"].as_str().map(str::to_owned);
    let pool = |node: &Node| world.region.plain_view("pools", node.pool)["name"].as_str().map(str::to_owned);
    let pass = |node: &Node| {
        let any = |key: &str, value: &str| {
            let wanted = query.all(key);
            wanted.is_empty() || wanted.contains(&value)
        };
        let macs = query.all("mac_address");
        any("id", &node.system_id)
            && any("hostname", &node.hostname)
            && any("zone", &node.zone)
            && any("owner", node.owner.as_deref().unwrap_or_default())
            && any("domain", &domain(node).unwrap_or_default())
            && any("pool", &pool(node).unwrap_or_default())
            && (macs.is_empty()
                || macs.iter().any(|mac| node.interfaces.iter().any(|one| one.mac.eq_ignore_ascii_case(mac))))
            && query.all("tags").iter().all(|tag| node.tags.contains(*tag))
            && (query.all("status").is_empty()
                || query.all("status").iter().any(|word| Status::from_filter(word) == Some(node.status)))
    };
    let views: Vec<Value> = nodes.iter().filter(|node| pass(node)).map(|node| world.region.node_view(node)).collect();
    Ok(Reply::json(&Value::Array(views)))
}

fn unknown_tags(world: &World, params: &Params) -> Result<(), Reply> {
    let unknown: Vec<String> = params
        .all("tags")
        .into_iter()
        .filter(|tag| !world.region.tags.contains_key(*tag))
        .map(|tag| format!("'{tag}'"))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Reply::field("tags", format!("No such tag(s): {}.", unknown.join(", "))))
}

pub(super) fn check_architecture(world: &World, architecture: &str) -> Result<(), Reply> {
    let synced = !world.region.images.is_empty() && !world.faults.image_missing();
    if architecture == "amd64/generic" && synced {
        return Ok(());
    }
    let known = if synced { "amd64/generic" } else { "" };
    let text = format!("'{architecture}' is not a valid architecture.  It should be one of: '{known}'.");
    Err(Reply::field("architecture", text))
}

pub(super) fn check_hostname(world: &World, hostname: &str, own: Option<&str>) -> Result<(), Reply> {
    if hostname.contains('_') {
        let text = format!("Host label cannot contain underscore: '{hostname}'.");
        return Err(Reply::field("hostname", text));
    }
    let taken = |node: &Node| node.hostname == hostname && Some(node.system_id.as_str()) != own;
    if world.region.nodes.values().any(taken) {
        return Err(Reply::field("hostname", "Node with this Hostname already exists."));
    }
    Ok(())
}

pub(super) fn valid_mac(mac: &str) -> bool {
    let parts: Vec<&str> = mac.split([':', '-']).collect();
    parts.len() == 6 && parts.iter().all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok())
}

fn create(world: &mut World, data: &Params) -> Answer {
    let architecture = data.filled("architecture").ok_or_else(|| Reply::required("architecture"))?.to_owned();
    check_architecture(world, &architecture)?;
    let macs: Vec<String> = data.all("mac_addresses").iter().map(|mac| mac.to_lowercase()).collect();
    for mac in &macs {
        if !valid_mac(mac) {
            return Err(Reply::field("mac_addresses", format!("'{mac}' is not a valid MAC address.")));
        }
        if let Some(node) = world.region.node_by_mac(mac) {
            let text = format!("MAC address {mac} already in use on {}.", node.hostname);
            return Err(Reply::field("mac_addresses", text));
        }
    }
    if let Some(hostname) = data.filled("hostname") {
        check_hostname(world, hostname, None)?;
    }
    let id = world.region.new_system_id();
    let hostname = data.filled("hostname").map(str::to_owned);
    let hostname = hostname.unwrap_or_else(|| world.region.new_hostname());
    let mut node = Node::new(id.clone(), NodeKind::Machine, hostname);
    node.architecture = architecture;
    data.get("description").unwrap_or_default().clone_into(&mut node.description);
    power_params::apply(&mut node, data)?;
    if macs.is_empty() && matches!(node.power_type.as_str(), "" | "manual") {
        return Err(Reply::fields(&[
            ("mac_addresses", "This field is required.".to_owned()),
            ("power_type", "Can't set power type to manual without network interfaces".to_owned()),
        ]));
    }
    for (index, mac) in macs.iter().enumerate() {
        let interface = world.region.fresh_id();
        node.interfaces.push(Interface::new(interface, &format!("eth{index}"), InterfaceKind::Physical, mac));
    }
    node.boot_interface = node.interfaces.first().map(|interface| interface.id);
    node.machine = world.machines.iter().position(|machine| macs.iter().any(|mac| machine.has_mac(mac)));
    let deployed = data.parsed("deployed") == Some(true);
    let commission = !deployed && data.parsed("commission").unwrap_or(true);
    if commission && node.power_type.is_empty() {
        let text = "Unconfigured power type. Please configure the power type and try again.";
        return Err(Reply::late(500, text));
    }
    world.region.nodes.insert(id.clone(), node);
    if deployed {
        world.region.set_status(&id, Status::Deployed);
        world.admin_owns(&id);
    } else if commission {
        lifecycle::commission(world, &id, data)?;
    }
    Ok(lifecycle::shown(world, &id))
}

fn allocate(world: &mut World, data: &Params) -> Answer {
    unknown_tags(world, data)?;
    if let Some(id) = data.filled("system_id") {
        let free = world.region.nodes.get(id).is_some_and(|node| node.is_machine() && node.status == Status::Ready);
        if !free {
            return Err(Reply::conflict(format!("No machine with system ID {id} available.")));
        }
    }
    let pool = |node: &Node| world.region.plain_view("pools", node.pool)["name"].as_str().map(str::to_owned);
    let matches = |node: &&Node| {
        let is = |key: &str, value: &str| data.filled(key).is_none_or(|wanted| wanted == value);
        let at_least = |key: &str, value: u64| data.number(key).is_none_or(|wanted| value >= wanted);
        let (cpus, memory) = node.inventory.as_ref().map_or((0, 0), |i| (u64::from(i.cpus), i.memory_mib));
        node.status == Status::Ready
            && node.owner.is_none()
            && !node.locked
            && is("system_id", &node.system_id)
            && is("name", &node.hostname)
            && is("hostname", &node.hostname)
            && is("zone", &node.zone)
            && is("pool", &pool(node).unwrap_or_default())
            && data.all("tags").iter().all(|tag| node.tags.contains(*tag))
            && !data.all("not_tags").iter().any(|tag| node.tags.contains(*tag))
            && at_least("cpu_count", cpus)
            && at_least("mem", memory)
    };
    let Some(id) = world.region.machines().find(matches).map(|node| node.system_id.clone()) else {
        const SILENT: [&str; 5] = ["agent_name", "comment", "dry_run", "verbose", "bridge_all"];
        let mut keys: Vec<&str> = data.0.iter().map(|(key, _)| key.as_str()).collect();
        keys.retain(|key| !SILENT.contains(key));
        keys.dedup();
        let listed = |key: &&str| {
            let values: Vec<String> = data.all(key).iter().map(|value| format!("'{value}'")).collect();
            format!("('{key}', [{}])", values.join(", "))
        };
        let parts: Vec<String> = keys.iter().map(listed).collect();
        let resolved: Vec<String> = keys.iter().map(|key| format!("{key}={}", data.all(key).join(","))).collect();
        let text = format!(
            "No available machine matches constraints: [{}] (resolved to \"{}\")",
            parts.join(", "),
            resolved.join(" ")
        );
        return Err(Reply::conflict(text));
    };
    if data.parsed("dry_run") != Some(true) {
        world.admin_owns(&id);
        world.region.set_status(&id, Status::Allocated);
    }
    let mut view = lifecycle::view(world, &id);
    view["constraints_by_type"] = json!({"verbose_storage": {}, "verbose_interfaces": {}});
    Ok(Reply::json(&view))
}
