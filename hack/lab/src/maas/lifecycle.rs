//! What is done to a machine: `POST /machines/{system_id}/?op=…`. Permission comes before state, and the answer often
//! still shows the state before.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::release::{forget_system, release};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::ADMIN;
use crate::region::events::Level;
use crate::region::status::Status;
use crate::world::machine::PowerAction;
use crate::world::{BmcTrouble, World};

const BMC_FAILS: &str = "Could not contact node's BMC: Connection timed out while performing power action. Check BMC \
    configuration and connectivity and try again.";

/// The record as it is now.
pub(super) fn view(world: &World, id: &str) -> Value {
    world.region.nodes.get(id).map_or(Value::Null, |node| world.region.node_view(node))
}

pub(super) fn shown(world: &World, id: &str) -> Reply {
    Reply::json(&view(world, id))
}

/// The answer when MAAS cannot use a BMC.
pub(super) fn trouble(world: &World, id: &str) -> Reply {
    let Some(node) = world.region.nodes.get(id) else { return Reply::missing("Machine") };
    if node.bmc_seen {
        Reply::late(500, BMC_FAILS)
    } else {
        Reply::late(503, format!("No rack controllers can access the BMC of node {}", node.hostname))
    }
}

pub(super) fn reachable(world: &mut World, id: &str) -> Result<(), Reply> {
    match world.bmc_of(id) {
        Err(BmcTrouble::Unreachable) => Err(trouble(world, id)),
        Ok(_) | Err(BmcTrouble::Manual) => Ok(()),
    }
}

pub(super) fn operation(world: &mut World, request: &Request, id: &str) -> Answer {
    let allow = "GET, POST, PUT, DELETE";
    let Some(op) = request.op.as_deref() else { return Err(no_such(request, allow)) };
    let form = &request.form;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let (status, locked) = (node.status, node.locked);
    if locked && !matches!(op, "lock" | "unlock") {
        return Err(Reply::forbidden());
    }
    match op {
        "commission" => {
            use Status::{Broken, FailedCommissioning, New, Ready};
            if !matches!(status, New | FailedCommissioning | Ready | Broken) {
                let text = "Commission is not available because of the current state of the node.";
                return Err(Reply::field("__all__", text));
            }
            commission(world, id, form)?;
        }
        "deploy" => return deploy(world, id, form),
        "release" => {
            let both = Params(form.0.iter().chain(request.json.iter().flat_map(|json| &json.0)).cloned().collect());
            return release(world, id, &both);
        }
        "abort" => return abort(world, id),
        "lock" | "unlock" => lock(world, id, op == "lock")?,
        "mark_broken" => return mark_broken(world, id, form),
        "mark_fixed" => mark_fixed(world, id)?,
        "override_failed_testing" => {
            if status != Status::FailedTesting {
                let text = "Unable to override node status. Node is not in 'Failed testing' status.";
                return Err(Reply::conflict(text));
            }
            let deployed = world.region.nodes.get(id).is_some_and(|node| !node.osystem.is_empty());
            world.region.set_status(id, if deployed { Status::Deployed } else { Status::Ready });
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.error_description.clear();
                node.owner = if deployed { node.owner.take() } else { None };
            }
        }
        "test" => {
            world.work(id, Status::Testing, "Testing");
        }
        "power_on" => {
            if world.region.nodes.get(id).is_some_and(|node| node.owner.is_none()) {
                return Err(Reply::conflict("Can't start node: it hasn't been allocated."));
            }
            reachable(world, id)?;
            world.maas_power(id, PowerAction::On);
        }
        "power_off" => {
            reachable(world, id)?;
            let soft = form.get("stop_mode") == Some("soft");
            world.maas_power(id, if soft { PowerAction::SoftOff } else { PowerAction::Off });
        }
        "set_owner_data" | "set_workload_annotations" => annotate(world, id, form)?,
        "set_storage_layout" => return super::storage::set_layout(world, id, form),
        "restore_networking_configuration" | "restore_storage_configuration" | "restore_default_configuration" => {
            restore(world, id, op)?;
        }
        "clear_default_gateways" => {
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.gateway_link = None;
            }
        }
        _ => return Err(no_such(request, allow)),
    }
    Ok(shown(world, id))
}

/// Commissioning begins. When the BMC cannot be reached the state stays, but the owner does not.
pub(super) fn commission(world: &mut World, id: &str, data: &Params) -> Result<(), Reply> {
    if world.region.nodes.get(id).is_some_and(|node| node.power_type.is_empty()) {
        let text = "Unconfigured power type. Please configure the power type and try again.";
        return Err(Reply::late(500, text));
    }
    world.admin_owns(id);
    if let Err(refusal) = reachable(world, id) {
        let text = "(admin) - Aborting COMMISSIONING and reverting to NEW. Unable to power control the node. Please \
            check power credentials.";
        world.region.event(id, Level::Error, "Failed to query node's BMC", text);
        return Err(refusal);
    }
    let (first, second) = (world.region.fresh_id(), world.region.fresh_id());
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.skip_networking = data.checkbox("skip_networking").unwrap_or(false);
        node.skip_storage = data.checkbox("skip_storage").unwrap_or(false);
        node.keep_on = data.checkbox("enable_ssh").unwrap_or(false);
        node.run_tests = !data.all("testing_scripts").iter().any(|names| names.contains("none"));
        node.commissioning_status = 0;
        node.commissioning_result = Some(first);
        node.testing_result = node.run_tests.then_some(second);
        node.enlisting = false;
        node.osystem.clear();
        node.distro_series.clear();
        node.error_description.clear();
    }
    world.work(id, Status::Commissioning, "Commissioning");
    Ok(())
}

fn deploy(world: &mut World, id: &str, form: &Params) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    if !matches!(node.status, Status::Ready | Status::Allocated) {
        let text = format!("Can't deploy a machine that is in the '{}' state", node.status.name());
        return Err(Reply::conflict(text));
    }
    if node.owner.as_deref().is_some_and(|owner| owner != ADMIN) {
        return Err(Reply::conflict("Can't allocate a machine belonging to another user."));
    }
    let (series, kernel) = check_image(world, form)?;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let linked = node.interfaces.iter().flat_map(|one| &one.links).any(|link| link.mode != "link_up");
    if !linked {
        return Err(Reply::field("network", "Node must be configured to use a network"));
    }
    let ephemeral = form.parsed("ephemeral_deploy") == Some(true);
    if !ephemeral && !node.has_root() {
        return Err(Reply::field("storage", "Mount the root '/' filesystem to be able to deploy this node."));
    }
    let user_data = match form.filled("user_data") {
        Some(text) => {
            let bytes = STANDARD.decode(text.replace(['\n', '\r', ' '], ""));
            let bytes = bytes.map_err(|_| Reply::field("user_data", "Must be base64-encoded."))?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        None => None,
    };
    let machine = node.machine;
    let result = world.region.fresh_id();
    world.admin_owns(id);
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.netboot = true;
        "ubuntu".clone_into(&mut node.osystem);
        node.distro_series = series;
        node.hwe_kernel = Some(kernel);
        node.ephemeral = ephemeral;
        node.installation_result = Some(result);
    }
    if let Some(machine) = machine.and_then(|index| world.machines.get_mut(index)) {
        machine.user_data = user_data;
    }
    world.work(id, Status::Deploying, "Deploying");
    let reply = shown(world, id);
    assign_addresses(world, id);
    Ok(reply)
}

fn check_image(world: &World, form: &Params) -> Result<(String, String), Reply> {
    let default = world.region.config.get("default_distro_series").and_then(Value::as_str).unwrap_or("noble");
    let asked = form.filled("distro_series").unwrap_or(default);
    let series = asked.strip_prefix("ubuntu/").unwrap_or(asked);
    let name = format!("ubuntu/{series}");
    let image = world.region.images.iter().find(|image| image.name == name && !world.faults.image_missing());
    let Some(image) = image else {
        let mut all = vec!["''".to_owned()];
        all.extend(world.region.images.iter().map(|image| format!("'{}'", image.name)));
        let text = format!("'{asked}' is not a valid distro_series.  It should be one of: {}.", all.join(", "));
        return Err(Reply::field("distro_series", text));
    };
    let first = image.kernels.first().map_or("", String::as_str);
    let kernel = form.filled("hwe_kernel").unwrap_or(first);
    if !image.kernels.iter().any(|known| known == kernel) {
        let text = format!("{kernel} is not available for {name} on amd64/generic.");
        return Err(Reply::field("hwe_kernel", text));
    }
    Ok((series.to_owned(), kernel.to_owned()))
}

fn assign_addresses(world: &mut World, id: &str) {
    let Some(node) = world.region.nodes.get(id) else { return };
    let wanted: Vec<(u64, u64)> = node
        .interfaces
        .iter()
        .flat_map(|interface| &interface.links)
        .filter(|link| link.mode == "auto" && link.ip.is_none())
        .filter_map(|link| link.subnet.map(|subnet| (link.id, subnet)))
        .collect();
    for (link, subnet) in wanted {
        let address = world.region.free_address(subnet);
        let Some(node) = world.region.nodes.get_mut(id) else { return };
        let mut links = node.interfaces.iter_mut().flat_map(|interface| &mut interface.links);
        if let Some(link) = links.find(|one| one.id == link) {
            link.ip = address;
        }
    }
}

fn abort(world: &mut World, id: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let previous = node.previous;
    let (event, after, owner) = match node.status {
        Status::Commissioning => ("Aborted commissioning", previous, false),
        Status::Testing => ("Aborted testing", previous, previous == Status::Deployed),
        Status::Deploying => ("Aborted deployment", Status::Allocated, true),
        Status::DiskErasing => ("Aborted disk erasing", Status::FailedDiskErasing, true),
        status => {
            let text = format!("Cannot abort in current state: node {id} is in state {}.", status.name());
            return Err(Reply::conflict(text));
        }
    };
    world.region.event(id, Level::Info, event, "");
    if !owner {
        world.own(id, None);
    }
    // The answer shows the state before; the next read shows the one after.
    let reply = shown(world, id);
    world.region.set_status(id, after);
    if after != Status::FailedDiskErasing {
        world.maas_power(id, PowerAction::Off);
    }
    Ok(reply)
}

fn lock(world: &mut World, id: &str, lock: bool) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if node.locked == lock {
        return Err(Reply::conflict(if lock { "Machine is already locked" } else { "Machine is not locked" }));
    }
    if lock && !matches!(node.status, Status::Deployed | Status::Deploying) {
        return Err(Reply::conflict("Can't lock, node is not deployed or deploying"));
    }
    node.locked = lock;
    Ok(())
}

fn mark_broken(world: &mut World, id: &str, form: &Params) -> Answer {
    use Status as S;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    if node.owner.as_deref() != Some(ADMIN) {
        return Err(Reply::forbidden());
    }
    let status = node.status;
    let releasable =
        matches!(status, S::Allocated | S::Deploying | S::Deployed | S::FailedDeployment | S::FailedDiskErasing);
    if releasable {
        world.region.event(id, Level::Info, "Releasing", "");
        forget_system(world, id);
    }
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.previous = status;
        form.get("comment").unwrap_or_default().clone_into(&mut node.error_description);
    }
    world.region.set_status(id, S::Broken);
    if releasable {
        world.maas_power(id, PowerAction::Off);
    }
    Ok(shown(world, id))
}

fn mark_fixed(world: &mut World, id: &str) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if node.status != Status::Broken {
        return Err(Reply::conflict("Can't mark a non-broken node as 'Ready'."));
    }
    node.error_description.clear();
    let after = if node.previous == Status::Deployed { Status::Deployed } else { Status::Ready };
    if after == Status::Ready {
        node.owner = None;
    }
    world.region.set_status(id, after);
    Ok(())
}

fn annotate(world: &mut World, id: &str, form: &Params) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if node.owner.is_none() {
        return Err(Reply::conflict("Cannot set workload annotation: it hasn't been acquired."));
    }
    let plain = |key: &str| key.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    if form.0.iter().any(|(key, _)| !plain(key)) {
        return Err(Reply::late(500, "Invalid character in key name"));
    }
    for (key, value) in &form.0 {
        if value.is_empty() {
            node.owner_data.remove(key);
        } else {
            node.owner_data.insert(key.clone(), value.clone());
        }
    }
    Ok(())
}

fn restore(world: &mut World, id: &str, op: &str) -> Result<(), Reply> {
    let what = match op {
        "restore_networking_configuration" => "networking configuration",
        "restore_storage_configuration" => "storage configuration",
        _ => "default networking and storage configuration",
    };
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Machine")) };
    if !matches!(node.status, Status::Ready | Status::FailedTesting) {
        return Err(Reply::conflict(format!("Machine must be in a ready or failed testing state to restore {what}")));
    }
    if op != "restore_storage_configuration" {
        node.interfaces.retain(|one| one.kind == crate::region::node::InterfaceKind::Physical);
        node.gateway_link = None;
        world.initial_links(&mut node);
    }
    if op != "restore_networking_configuration" {
        let layout = world.region.config.get("default_storage_layout").and_then(Value::as_str).unwrap_or("flat");
        let layout = layout.to_owned();
        world.region.apply_layout(&mut node, &layout, None);
    }
    world.region.nodes.insert(id.to_owned(), node);
    Ok(())
}
