//! What is done to a machine: `POST /machines/{system_id}/?op=…`. Permission comes before state, and the answer often
//! still shows the state before.

use serde_json::Value;

use super::commissioning::{asked, check_scripts, commission};
use super::form::Errors;
use super::machine::may_edit;
use super::release::{forget_system, release};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM_OPS, no_such};
use super::{deploy, layout, power, scripts, storage};
use crate::region::events::Level;
use crate::region::layouts::Layout;
use crate::region::node::Node;
use crate::region::results::SetKind;
use crate::region::scripts::ScriptKind;
use crate::region::status::Status;
use crate::world::machine::PowerAction;
use crate::world::{BmcTrouble, Step, World};

pub(super) const BMC_FAILS: &str = "Could not contact node's BMC: Connection timed out while performing power action. Check BMC \
    configuration and connectivity and try again.";

/// The type of the events of a BMC that does not answer.
pub(super) const BMC_EVENT: &str = "Failed to query node's BMC";

/// The record as it is now.
pub(super) fn view(world: &World, id: &str) -> Value {
    world.region.nodes.get(id).map_or(Value::Null, |node| world.region.node_view(node))
}

pub(super) fn shown(world: &World, id: &str) -> Reply {
    Reply::json(&view(world, id))
}

/// The answer when MAAS cannot use a BMC; `late` when the change itself was made. Of a BMC that never answered MAAS makes
/// an event, with the user whose doing it was.
pub(super) fn trouble(world: &mut World, id: &str, late: bool, user: Option<&str>) -> Reply {
    let Some(node) = world.region.nodes.get(id) else { return Reply::missing("Machine") };
    let (status, text) = if node.bmc_seen {
        (500, BMC_FAILS.to_owned())
    } else {
        (503, format!("No rack controllers can access the BMC of node {}", node.hostname))
    };
    if !node.bmc_seen {
        let said = user.map_or_else(|| text.clone(), |user| format!("({user}) - {text}"));
        world.region.event_by(id, Level::Warning, BMC_EVENT, &said, user);
        if let Some(node) = world.region.nodes.get_mut(id).filter(|_| user.is_some()) {
            node.status_action = Some(BMC_EVENT.to_owned());
        }
    }
    if late { Reply::late(status, text) } else { Reply::sentence(status, text) }
}

/// Refuses when the BMC cannot be reached.
pub(super) fn reachable(world: &mut World, id: &str, user: &str) -> Result<(), Reply> {
    match world.bmc_of(id) {
        Err(BmcTrouble::Unreachable) => Err(trouble(world, id, true, Some(user))),
        Ok(_) | Err(BmcTrouble::Manual) => Ok(()),
    }
}

/// Who may do an operation.
enum May {
    Edit,
    Admin,
    Lock,
    Owner,
}

fn may(request: &Request, node: &Node, op: &str) -> Result<(), Reply> {
    let who = match op {
        "commission"
        | "test"
        | "mark_fixed"
        | "rescue_mode"
        | "exit_rescue_mode"
        | "override_failed_testing"
        | "set_storage_layout"
        | "mount_special"
        | "unmount_special"
        | "clear_default_gateways"
        | "restore_networking_configuration"
        | "restore_storage_configuration"
        | "restore_default_configuration" => May::Admin,
        "lock" | "unlock" => May::Lock,
        "mark_broken" => May::Owner,
        _ => May::Edit,
    };
    let mine = node.owner.as_deref() == Some(request.caller.name.as_str());
    let allowed = match who {
        May::Edit => return may_edit(request, node),
        May::Admin => request.caller.superuser && !node.locked,
        May::Lock => request.caller.superuser || mine || node.owner.is_none(),
        May::Owner => mine && !node.locked,
    };
    if allowed { Ok(()) } else { Err(Reply::forbidden()) }
}

pub(super) fn operation(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(op) = request.op.as_deref() else { return Err(no_such(request, ITEM_OPS)) };
    let form = &request.form;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    may(request, node, op)?;
    let status = node.status;
    match op {
        "commission" => {
            use Status::{Broken, FailedCommissioning, New, Ready};
            if !matches!(status, New | FailedCommissioning | Ready | Broken) {
                return Err(Reply::field("__all__", not_available("Commission")));
            }
            let mut errors = Errors::default();
            check_scripts(&mut errors, &world.region, form);
            errors.finish()?;
            commission(world, id, request)?;
        }
        "test" => test(world, request, id)?,
        "deploy" => return deploy::deploy(world, request, id),
        "release" => {
            let both = Params(form.0.iter().chain(request.json.iter().flat_map(|json| &json.0)).cloned().collect());
            return release(world, id, &both, &request.caller.name);
        }
        "abort" => return abort(world, id),
        "lock" | "unlock" => lock(world, id, op == "lock")?,
        "mark_broken" => return mark_broken(world, id, request),
        "mark_fixed" => return mark_fixed(world, id),
        "override_failed_testing" => override_tests(world, id)?,
        "power_on" | "power_off" => power::power(world, request, id, op == "power_on")?,
        "rescue_mode" => power::rescue(world, request, id)?,
        "exit_rescue_mode" => power::exit_rescue(world, request, id)?,
        "set_owner_data" | "set_workload_annotations" => annotate(world, id, form)?,
        "set_storage_layout" => return layout::set_layout(world, id, form),
        "mount_special" => storage::special(world, id, form, true)?,
        "unmount_special" => storage::special(world, id, form, false)?,
        "restore_networking_configuration" | "restore_storage_configuration" | "restore_default_configuration" => {
            restore(world, id, op)?;
        }
        "clear_default_gateways" => {
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.gateway_links.clear();
            }
        }
        _ => return Err(no_such(request, ITEM_OPS)),
    }
    Ok(shown(world, id))
}

fn not_available(action: &str) -> String {
    format!("{action} is not available because of the current state of the node.")
}

fn test(world: &mut World, request: &Request, id: &str) -> Result<(), Reply> {
    use Status as S;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let possible = matches!(
        node.status,
        S::New
            | S::FailedCommissioning
            | S::Ready
            | S::Reserved
            | S::Allocated
            | S::FailedDeployment
            | S::Deployed
            | S::Missing
            | S::Retired
            | S::Broken
            | S::RescueMode
            | S::ReleasingFailed
            | S::FailedDiskErasing
            | S::FailedTesting
            | S::FailedToEnterRescueMode
            | S::FailedToExitRescueMode
    );
    if !possible {
        return Err(Reply::field("__all__", not_available("Test")));
    }
    let form = &request.form;
    let mut errors = Errors::default();
    check_scripts(&mut errors, &world.region, form);
    errors.finish()?;
    reachable(world, id, &request.caller.name)?;
    let chosen = scripts::chosen(&world.region, ScriptKind::Testing, &asked(form, "testing_scripts"));
    world.region.new_set(id, SetKind::Testing, &chosen, form);
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.keep_on = form.checkbox("enable_ssh").unwrap_or(false);
        node.owner.get_or_insert_with(|| request.caller.name.clone());
    }
    world.work(id, Status::Testing, "Testing");
    Ok(())
}

fn abort(world: &mut World, id: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let previous = node.previous;
    let (event, after, keeps_owner) = match node.status {
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
    if !keeps_owner {
        world.own(id, None);
    }
    // The answer shows the state before; the next read shows the one after.
    let reply = shown(world, id);
    world.region.abort_sets(id);
    let step = Step::Settled { node: id.to_owned(), epoch: epoch(world, id), status: after };
    world.plan(world.times.power, &format!("{id}/abort"), step);
    Ok(reply)
}

pub(super) fn epoch(world: &World, id: &str) -> u64 {
    world.region.nodes.get(id).map_or(0, |node| node.epoch)
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

fn mark_broken(world: &mut World, id: &str, request: &Request) -> Answer {
    use Status as S;
    let form = &request.form;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let status = node.status;
    if matches!(status, S::Broken) {
        return Ok(shown(world, id));
    }
    let releasable = matches!(
        status,
        S::Allocated | S::Reserved | S::Deploying | S::Deployed | S::FailedDeployment | S::FailedDiskErasing
    );
    if releasable {
        reachable(world, id, &request.caller.name)?;
        world.region.event(id, Level::Info, "Releasing", "");
        forget_system(world, id);
    }
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.previous = status;
        form.get("comment").unwrap_or_default().clone_into(&mut node.error_description);
    }
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.acquired = false;
    }
    // The boot disk in the answer was read before the state changed.
    let boot_disk = view(world, id)["boot_disk"].take();
    world.region.set_status(id, S::Broken);
    let mut answer = view(world, id);
    answer["boot_disk"] = boot_disk;
    let reply = Reply::json(&answer);
    if releasable {
        world.maas_power(id, PowerAction::Off);
        let step = Step::AddressesFreed { node: id.to_owned() };
        world.plan(world.times.power, &format!("{id}/free"), step);
    }
    Ok(reply)
}

fn mark_fixed(world: &mut World, id: &str) -> Answer {
    let boot_disk = view(world, id)["boot_disk"].take();
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if node.status != Status::Broken {
        return Err(Reply::conflict("Can't mark a non-broken node as 'Ready'."));
    }
    node.error_description.clear();
    node.osystem.clear();
    node.distro_series.clear();
    node.hwe_kernel = None;
    node.installation_result = None;
    let after = if node.previous == Status::Deployed { Status::Deployed } else { Status::Ready };
    if after == Status::Ready {
        node.owner = None;
    }
    world.region.set_status(id, after);
    let mut answer = view(world, id);
    answer["boot_disk"] = boot_disk;
    Ok(Reply::json(&answer))
}

fn override_tests(world: &mut World, id: &str) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if node.status != Status::FailedTesting {
        let text = "Unable to override node status. Node is not in 'Failed testing' status.";
        return Err(Reply::conflict(text));
    }
    let deployed = !node.osystem.is_empty();
    node.error_description.clear();
    if !deployed {
        node.owner = None;
    }
    world.region.set_status(id, if deployed { Status::Deployed } else { Status::Ready });
    Ok(())
}

pub(super) fn annotate(world: &mut World, id: &str, form: &Params) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if node.owner.is_none() {
        return Err(Reply::conflict("Cannot set workload annotation: it hasn't been acquired."));
    }
    let plain = |key: &str| key.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    if form.0.iter().any(|(key, _)| !plain(key)) {
        return Err(Reply::sentence(500, "Invalid character in key name"));
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
        world.restore_networking(&mut node);
    }
    if op != "restore_networking_configuration" {
        let layout = Layout::plain(world.region.config_text("default_storage_layout"));
        world.region.apply_layout(&mut node, &layout);
    }
    world.region.nodes.insert(id.to_owned(), node);
    Ok(())
}
