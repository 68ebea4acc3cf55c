//! Releasing machines, with or without erasing their disks.

use serde_json::Value;

use super::lifecycle::{reachable, shown};
use super::reply::{Answer, Reply};
use super::request::Params;
use crate::region::events::Level;
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
    for link in node.interfaces.iter_mut().flat_map(|interface| &mut interface.links) {
        if link.mode == "auto" {
            link.ip = None;
        }
    }
}

pub(super) fn release(world: &mut World, id: &str, data: &Params) -> Answer {
    use Status as S;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let (status, machine) = (node.status, node.machine);
    match status {
        S::Ready | S::Releasing => return Ok(shown(world, id)),
        S::Allocated
        | S::Reserved
        | S::Deploying
        | S::Deployed
        | S::Broken
        | S::FailedDeployment
        | S::FailedDiskErasing
        | S::ReleasingFailed => {}
        _ => {
            let text = format!("Machine cannot be released in its current state ('{}').", status.name());
            return Err(Reply::conflict(text));
        }
    }
    world.region.event(id, Level::Info, "Releasing", "");
    forget_system(world, id);
    reachable(world, id)?;
    let always = world.region.config.get("enable_disk_erasing_on_release") == Some(&Value::Bool(true));
    if always || data.checkbox("erase") == Some(true) {
        if let Some(node) = world.region.nodes.get_mut(id) {
            node.previous = status;
        }
        world.region.set_status(id, S::DiskErasing);
        world.maas_power(id, PowerAction::Cycle);
        return Ok(shown(world, id));
    }
    let off = machine.is_none_or(|index| world.machines.get(index).is_none_or(|machine| !machine.on));
    world.region.set_status(id, S::Releasing);
    if off {
        if let Some(node) = world.region.nodes.get_mut(id) {
            node.power_state = "off";
        }
        world.release_ends(id);
    } else {
        world.maas_power(id, PowerAction::Off);
        world.release_soon(id);
    }
    Ok(shown(world, id))
}

pub(super) fn release_many(world: &mut World, form: &Params) -> Answer {
    let ids: Vec<String> = form.all("machines").iter().map(|id| (*id).to_owned()).collect();
    let unknown: Vec<&str> =
        ids.iter().filter(|id| !world.region.nodes.contains_key(*id)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Reply::sentence(400, format!("Unknown machine(s): {}.", unknown.join(", "))));
    }
    let mut changed = Vec::new();
    for id in ids {
        let idle = |status: Status| matches!(status, Status::Ready | Status::Releasing);
        if world.region.nodes.get(&id).is_some_and(|node| idle(node.status) || node.locked) {
            continue;
        }
        release(world, &id, form)?;
        changed.push(Value::from(id));
    }
    Ok(Reply::json(&Value::Array(changed)))
}
