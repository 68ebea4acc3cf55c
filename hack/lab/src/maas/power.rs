//! Power and rescue mode.

use super::lifecycle::reachable;
use super::reply::Reply;
use super::request::Request;
use crate::region::status::Status;
use crate::world::World;
use crate::world::machine::PowerAction;

pub(super) fn power(world: &mut World, request: &Request, id: &str, on: bool) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    if on && node.owner.is_none() {
        return Err(Reply::conflict("Can't start node: it hasn't been allocated."));
    }
    if !on && let Some(mode) = request.form.filled("stop_mode").filter(|mode| !matches!(*mode, "soft" | "hard")) {
        return Err(Reply::field("stop_mode", super::form::no_choice(mode)));
    }
    reachable(world, id, &request.caller.name)?;
    let soft = request.form.get("stop_mode") == Some("soft");
    // The answer carries the power as it was; the next read shows the change.
    world.maas_power(
        id,
        match (on, soft) {
            (true, _) => PowerAction::On,
            (false, true) => PowerAction::SoftOff,
            (false, false) => PowerAction::Off,
        },
    );
    Ok(())
}

fn invalid(from: Status, to: Status) -> Reply {
    Reply::conflict(format!("Invalid transition: {} -> {}.", from.name(), to.name()))
}

pub(super) fn rescue(world: &mut World, request: &Request, id: &str) -> Result<(), Reply> {
    use Status as S;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let status = node.status;
    let possible = matches!(
        status,
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
            | S::FailedDiskErasing
            | S::FailedTesting
            | S::FailedToEnterRescueMode
    );
    if !possible {
        return Err(invalid(status, S::EnteringRescueMode));
    }
    reachable(world, id, &request.caller.name)?;
    let before = if status == S::FailedToEnterRescueMode { node_previous(world, id) } else { status };
    world.work(id, S::EnteringRescueMode, "Entering rescue mode");
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.previous = before;
    }
    Ok(())
}

fn node_previous(world: &World, id: &str) -> Status {
    world.region.nodes.get(id).map_or(Status::Ready, |node| node.previous)
}

pub(super) fn exit_rescue(world: &mut World, request: &Request, id: &str) -> Result<(), Reply> {
    use Status as S;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let (status, previous) = (node.status, node.previous);
    let inside = matches!(
        status,
        S::RescueMode | S::EnteringRescueMode | S::FailedToEnterRescueMode | S::FailedToExitRescueMode
    );
    if !inside {
        return Err(invalid(status, S::ExitingRescueMode));
    }
    reachable(world, id, &request.caller.name)?;
    world.region.set_status(id, S::ExitingRescueMode);
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.previous = previous;
    }
    world.watch(id);
    let action = if matches!(previous, S::Ready | S::Broken) { PowerAction::Off } else { PowerAction::Cycle };
    world.maas_power(id, action);
    Ok(())
}
