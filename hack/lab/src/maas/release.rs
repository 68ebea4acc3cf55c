//! Releasing machines, with or without erasing their disks.

use serde_json::Value;

use super::lifecycle::{reachable, shown};
use super::machine::may_edit;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::scripts;
use crate::region::events::Level;
use crate::region::results::SetKind;
use crate::region::scripts::ScriptKind;
use crate::region::status::Status;
use crate::world::World;
use crate::world::machine::PowerAction;

/// What a release forgets, even one that then fails.
pub(super) fn forget_system(world: &mut World, id: &str) {
    let Some(node) = world.region.nodes.get_mut(id) else { return };
    node.osystem.clear();
    node.distro_series.clear();
    node.hwe_kernel = None;
    node.netboot = true;
    node.enable_hw_sync = false;
}

fn idle(status: Status) -> bool {
    matches!(status, Status::Ready | Status::Releasing)
}

fn releasable(status: Status) -> bool {
    use Status as S;
    matches!(
        status,
        S::Allocated
            | S::Reserved
            | S::Deploying
            | S::Deployed
            | S::Broken
            | S::FailedDeployment
            | S::FailedDiskErasing
            | S::ReleasingFailed
    )
}

pub(super) fn release(world: &mut World, id: &str, data: &Params, user: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let status = node.status;
    if idle(status) {
        return Ok(shown(world, id));
    }
    if !releasable(status) {
        let text = format!("Machine cannot be released in its current state ('{}').", status.name());
        return Err(Reply::conflict(text));
    }
    let asked: Vec<String> =
        data.all("scripts").into_iter().flat_map(|text| text.split(',')).map(str::to_owned).collect();
    let asked: Vec<String> = asked.into_iter().filter(|word| !word.is_empty()).collect();
    let scripted = !asked.is_empty() && world.region.version.since(3, 5);
    if scripted && let Some(unknown) = scripts::unknown(&world.region, ScriptKind::Release, &asked) {
        return Err(Reply::field("scripts", super::form::no_choice(unknown)));
    }
    let erase = world.region.config_on("enable_disk_erasing_on_release") || data.checkbox("erase") == Some(true);
    if erase {
        forget_system(world, id);
        reachable(world, id, user)?;
        if let Some(node) = world.region.nodes.get_mut(id) {
            node.previous = status;
        }
        world.region.set_status(id, Status::DiskErasing);
        world.maas_power(id, PowerAction::Cycle);
        return Ok(shown(world, id));
    }
    world.region.event(id, Level::Info, "Releasing", "");
    forget_system(world, id);
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.acquired = false;
    }
    reachable(world, id, user)?;
    if scripted {
        let chosen = scripts::chosen(&world.region, ScriptKind::Release, &asked);
        world.region.new_set(id, SetKind::Release, &chosen, data);
        world.work(id, Status::Releasing, "Releasing");
        return Ok(shown(world, id));
    }
    // The boot disk in the answer was read before the state changed.
    let boot_disk = super::lifecycle::view(world, id)["boot_disk"].take();
    world.region.set_status(id, Status::Releasing);
    if world.is_off(id) {
        if let Some(node) = world.region.nodes.get_mut(id)
            && node.power_type != "manual"
        {
            node.power_state = "off";
        }
        world.release_ends(id);
        let mut answer = super::lifecycle::view(world, id);
        answer["boot_disk"] = boot_disk;
        return Ok(Reply::json(&answer));
    }
    world.maas_power(id, PowerAction::Off);
    world.release_soon(id);
    Ok(shown(world, id))
}

pub(super) fn release_many(world: &mut World, request: &Request) -> Answer {
    let form = &request.form;
    let ids: Vec<String> =
        form.all("machines").into_iter().flat_map(|text| text.split(',')).map(str::to_owned).collect();
    let known = |id: &String| {
        world.region.nodes.get(id).is_some_and(|node| node.is_machine() && node.visible_to(&request.caller))
    };
    let unknown: Vec<&str> = ids.iter().filter(|id| !known(id)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Reply::sentence(400, format!("Unknown machine(s): {}.", unknown.join(", "))));
    }
    let barred = |id: &&String| world.region.nodes.get(*id).is_some_and(|node| may_edit(request, node).is_err());
    let barred: Vec<&str> = ids.iter().filter(barred).map(String::as_str).collect();
    if !barred.is_empty() {
        let text = format!(
            "You don't have the required permission to release the following machine(s): {}.",
            barred.join(", ")
        );
        return Err(Reply::sentence(403, text));
    }
    let stuck: Vec<String> = ids
        .iter()
        .filter_map(|id| world.region.nodes.get(id))
        .filter(|node| !idle(node.status) && !releasable(node.status))
        .map(|node| format!("{} ('{}')", node.system_id, node.status.name()))
        .collect();
    if !stuck.is_empty() {
        let text = format!("Machine(s) cannot be released in their current state: {}.", stuck.join(", "));
        return Err(Reply::conflict(text));
    }
    let mut changed = Vec::new();
    for id in ids {
        if world.region.nodes.get(&id).is_some_and(|node| idle(node.status)) {
            continue;
        }
        release(world, &id, form, &request.caller.name)?;
        changed.push(Value::from(id));
    }
    Ok(Reply::json(&Value::Array(changed)))
}
