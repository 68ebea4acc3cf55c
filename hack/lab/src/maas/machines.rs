//! The lists of nodes: filters, creating machines, and the operations on many.

use serde_json::{Map, Value, json};

use super::form::{CHOICE, Errors, no_choice};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{LIST, no_such};
use super::{allocate, commissioning, enlist, lifecycle, power_params, release};
use crate::region::Region;
use crate::region::config::not_one_of;
use crate::region::node::{Interface, InterfaceKind, Node, NodeKind};
use crate::region::status::Status;
use crate::world::World;

pub(super) fn nodes(world: &mut World, request: &Request) -> Answer {
    match request.asked() {
        ("GET", None) => {
            let all: Vec<&Node> = world.region.nodes.values().collect();
            listed(world, request, &all)
        }
        ("GET", Some("is_registered")) => is_registered(world, request),
        ("POST", Some("set_zone")) => set_zone(world, request),
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn machines(world: &mut World, request: &Request) -> Answer {
    match request.asked() {
        ("GET", None) => {
            let all: Vec<&Node> = world.region.machines().collect();
            listed(world, request, &all)
        }
        ("GET", Some("list_allocated")) => {
            let me = Some(request.caller.name.as_str());
            let mine = |node: &&Node| node.status == Status::Allocated && node.owner.as_deref() == me;
            let all: Vec<&Node> = world.region.machines().filter(mine).collect();
            listed(world, request, &all)
        }
        ("GET", Some("power_parameters")) => {
            request.admins_only()?;
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
        ("POST", None) => create(world, request),
        ("POST", Some("allocate")) => allocate::allocate(world, request),
        ("POST", Some("release")) => release::release_many(world, request),
        ("POST", Some("clone")) => super::clone::clone_machines(world, request),
        ("POST", Some("accept")) => enlist::accept(world, request),
        ("POST", Some("accept_all")) => enlist::accept_all(world, request),
        ("POST", Some("set_zone")) => set_zone(world, request),
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn is_registered(world: &World, request: &Request) -> Answer {
    let mac = request.query.filled("mac_address").ok_or_else(|| Reply::sentence(400, "No provided mac_address!"))?;
    Ok(Reply::json(&json!(world.region.node_by_mac(mac).is_some())))
}

pub(super) fn set_zone(world: &mut World, request: &Request) -> Answer {
    request.admins_only()?;
    let data = request.data();
    let name = data.filled("zone").unwrap_or_default();
    let zone = world.region.zone_named(name).ok_or_else(|| Reply::field("zone", CHOICE))?;
    for id in data.all("nodes").into_iter().flat_map(|text| text.split(',')) {
        if let Some(node) = world.region.nodes.get_mut(id) {
            node.zone = zone;
        }
    }
    Ok(Reply::json(&Value::Null))
}

/// The nodes that the caller may see and that pass all filters: values of one key are alternatives.
pub(super) fn listed(world: &World, request: &Request, nodes: &[&Node]) -> Answer {
    let (region, query) = (&world.region, &request.query);
    check_filters(region, query)?;
    let pass = |node: &Node| {
        let any = |key: &str, value: &str| {
            let wanted = query.all(key);
            wanted.is_empty() || wanted.contains(&value)
        };
        let none = |key: &str, value: &str| !query.all(key).contains(&value);
        let macs = query.all("mac_address");
        let vlan_ids = || node.interfaces.iter().filter_map(|one| one.vlan);
        let fabrics =
            || vlan_ids().filter_map(|id| region.vlans.get(id)).filter_map(|vlan| region.fabrics.get(vlan.fabric));
        let (cpus, memory) = node.inventory.as_ref().map_or((0, 0), |one| (u64::from(one.cpus), one.memory_mib));
        let status = |word: &&str| Status::from_filter(word) == Some(node.status);
        any("id", &node.system_id)
            && any("hostname", &node.hostname)
            && any("zone", region.zone_name(node.zone))
            && none("not_zone", region.zone_name(node.zone))
            && any("owner", node.owner.as_deref().unwrap_or_default())
            && any("domain", region.domain_name(node.domain))
            && any("pool", region.pool_name(node.pool))
            && none("not_pool", region.pool_name(node.pool))
            && any("agent_name", &node.agent_name)
            && query.number("cpu_count").is_none_or(|wanted| cpus >= wanted)
            && query.number("mem").is_none_or(|wanted| memory >= wanted)
            && (macs.is_empty()
                || macs.iter().any(|mac| node.interfaces.iter().any(|one| one.mac.eq_ignore_ascii_case(mac))))
            && (query.all("fabrics").is_empty()
                || fabrics().any(|one| query.all("fabrics").contains(&one.name.as_str())))
            && fabrics().all(|one| none("not_fabrics", &one.name))
            && (query.all("vlans").is_empty()
                || vlan_ids().any(|id| query.all("vlans").contains(&id.to_string().as_str())))
            && query.all("tags").iter().all(|tag| node.tags.contains(*tag))
            && query.all("not_tags").iter().all(|tag| !node.tags.contains(*tag))
            && (query.all("status").is_empty() || query.all("status").iter().any(status))
            && !query.all("not_status").iter().any(status)
    };
    let mut kept: Vec<&&Node> = nodes.iter().filter(|node| node.visible_to(&request.caller) && pass(node)).collect();
    kept.sort_by_key(|node| node.created);
    Ok(Reply::json(&kept.into_iter().map(|node| region.node_view(node)).collect::<Value>()))
}

fn check_filters(region: &Region, query: &Params) -> Result<(), Reply> {
    let mut errors = Errors::default();
    for word in query.all("status") {
        errors.unless(Status::from_filter(word).is_some(), "status", no_choice(word));
    }
    for field in ["zone", "not_in_zone"] {
        for name in query.all(field) {
            errors.unless(region.zone_named(name).is_some(), field, format!("No such zone: '{name}'."));
        }
    }
    for field in ["pool", "not_in_pool"] {
        for name in query.all(field) {
            errors.unless(region.pool_named(name).is_some(), field, format!("No such pool: '{name}'."));
        }
    }
    for mac in query.all("mac_address") {
        errors.unless(valid_mac(mac), "mac_address", format!("Invalid MAC address(es): {mac}"));
    }
    for field in ["cpu_count", "mem"] {
        if let Some(text) = query.filled(field) {
            errors.unless(text.parse::<f64>().is_ok(), field, "Enter a number.");
        }
    }
    check_tags(&mut errors, region, query);
    errors.finish()
}

pub(super) fn check_tags(errors: &mut Errors, region: &Region, params: &Params) {
    for field in ["tags", "not_tags"] {
        let named = params.all(field).into_iter().flat_map(|text| text.split(','));
        let unknown = named.filter(|tag| !tag.is_empty() && region.tag(tag.trim()).is_none());
        let unknown: Vec<String> = unknown.map(|tag| format!("'{}'", tag.trim())).collect();
        errors.unless(unknown.is_empty(), field, format!("No such tag(s): {}.", unknown.join(", ")));
    }
}

/// The architectures that some image serves.
pub(super) fn known_architectures(region: &Region) -> Vec<String> {
    if region.has_images() { vec!["amd64/generic".to_owned()] } else { Vec::new() }
}

pub(super) fn check_architecture(errors: &mut Errors, world: &World, architecture: &str) {
    let known = if world.faults.image_missing() { Vec::new() } else { known_architectures(&world.region) };
    let text = if architecture.contains('/') { architecture.to_owned() } else { format!("{architecture}/generic") };
    if architecture.is_empty() || known.contains(&text) {
        return;
    }
    let known = if known.is_empty() { vec![String::new()] } else { known };
    errors.add("architecture", not_one_of(architecture, "architecture", &known));
}

pub(super) fn check_hostname(errors: &mut Errors, world: &World, hostname: Option<&str>, own: Option<&str>) {
    let Some(hostname) = hostname else { return };
    for label in hostname.split('.') {
        if label.contains('_') {
            errors.add("hostname", format!("Host label cannot contain underscore: '{label}'."));
        } else if label.len() > 63 || label.is_empty() {
            errors.add("hostname", "DNS name contains an empty label.");
        } else if label.starts_with('-') || label.ends_with('-') {
            errors.add("hostname", format!("Host label cannot start or end with hyphen: '{label}'."));
        } else if !label.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
            errors.add("hostname", format!("Host label contains characters that are not allowed: '{label}'."));
        }
    }
    let taken = |node: &Node| node.hostname == hostname && Some(node.system_id.as_str()) != own;
    let taken = world.region.nodes.values().any(taken);
    errors.unless(!taken, "hostname", "Node with this Hostname already exists.");
}

pub(super) fn valid_mac(mac: &str) -> bool {
    let parts: Vec<&str> = mac.split([':', '-']).collect();
    parts.len() == 6 && parts.iter().all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok())
}

/// The MAC addresses of a create.
pub(super) fn check_macs(errors: &mut Errors, world: &World, data: &Params) -> Vec<String> {
    let macs: Vec<String> =
        data.all("mac_addresses").iter().filter(|mac| !mac.is_empty()).map(|mac| mac.to_lowercase()).collect();
    for mac in &macs {
        if !valid_mac(mac) {
            errors.add("mac_addresses", format!("'{mac}' is not a valid MAC address."));
        } else if let Some(node) = world.region.node_by_mac(mac) {
            errors.add("mac_addresses", format!("MAC address {mac} already in use on {}.", node.hostname));
        }
    }
    macs
}

/// A domain, by its name or its id.
pub(super) fn domain_choice(errors: &mut Errors, region: &Region, data: &Params) -> Option<u64> {
    let text = data.filled("domain")?;
    let found = region.domain_named(text).or_else(|| region.domains.find(text));
    errors.unless(found.is_some(), "domain", CHOICE);
    found
}

fn create(world: &mut World, request: &Request) -> Answer {
    let data = request.data();
    let mut errors = Errors::default();
    let architecture = errors.required(data, "architecture").to_owned();
    check_architecture(&mut errors, world, &architecture);
    let macs = check_macs(&mut errors, world, data);
    check_hostname(&mut errors, world, data.filled("hostname"), None);
    let domain = domain_choice(&mut errors, &world.region, data);
    commissioning::check_scripts(&mut errors, &world.region, data);
    let mut node = Node::new(String::new(), NodeKind::Machine, String::new());
    power_params::apply(&mut errors, &mut node, data);
    if macs.is_empty() && matches!(node.power_type.as_str(), "" | "manual") {
        errors.add("mac_addresses", "This field is required.");
        if node.power_type == "manual" {
            errors.add("power_type", "Can't set power type to manual without network interfaces");
        }
    }
    errors.finish()?;
    let deployed = data.parsed("deployed") == Some(true);
    let commission = !deployed && request.caller.superuser && data.parsed("commission").unwrap_or(true);
    if commission && node.power_type.is_empty() {
        let text = "Unconfigured power type. Please configure the power type and try again.";
        return Err(Reply::sentence(500, text));
    }
    let id = world.region.new_system_id();
    node.system_id.clone_from(&id);
    node.hostname = data.filled("hostname").map_or_else(|| world.region.new_hostname(), str::to_owned);
    // A full name brings its domain along.
    let split = node.hostname.split_once('.').map(|(name, domain)| (name.to_owned(), domain.to_owned()));
    if let Some((name, domain)) = split {
        node.hostname = name;
        node.domain = world.region.domain_named(&domain).unwrap_or(world.region.default_domain);
    } else {
        node.domain = world.region.default_domain;
    }
    node.domain = domain.unwrap_or(node.domain);
    node.architecture = if architecture.contains('/') { architecture } else { format!("{architecture}/generic") };
    data.get("description").unwrap_or_default().clone_into(&mut node.description);
    data.get("min_hwe_kernel").unwrap_or_default().clone_into(&mut node.min_hwe_kernel);
    node.is_dpu = data.checkbox("is_dpu").unwrap_or(false) && world.region.version.since(3, 7);
    for (index, mac) in macs.iter().enumerate() {
        let interface = world.region.ids.interface();
        let mut one = Interface::new(interface, &format!("eth{index}"), InterfaceKind::Physical, mac);
        one.numa_node = Some(0);
        node.interfaces.push(one);
    }
    node.boot_interface = node.interfaces.first().map(|interface| interface.id);
    node.machine = world.machines.iter().position(|machine| macs.iter().any(|mac| machine.has_mac(mac)));
    world.region.nodes.insert(id.clone(), node);
    if deployed {
        // What a deployed machine could report waits for it to do so.
        let reporting = |script: &&crate::region::scripts::Script| script.tags.iter().any(|tag| tag == "deploy-info");
        let scripts: Vec<u64> = world.region.scripts.values().filter(reporting).map(|script| script.id).collect();
        world.region.new_set(&id, crate::region::results::SetKind::Commissioning, &scripts, data);
        if let Some(node) = world.region.nodes.get_mut(&id) {
            node.status = Status::Deployed;
            node.owner = Some(request.caller.name.clone());
        }
    } else if commission {
        commissioning::commission(world, &id, request)?;
    }
    Ok(lifecycle::shown(world, &id))
}
