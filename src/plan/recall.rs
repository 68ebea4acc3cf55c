//! What an observation adds to the memory: answers to what was begun, and what a mark on the machine remembers for us.

use super::decide::{Want, status_of};
use crate::{
    api::memory::{DeployedAs, MEMORY_VERSION, NodeMemory, ReleasedAt},
    model::{MachineAction, MachineStatus, Mark, Observation, Orders, Power, Sighting},
};
use jiff::Timestamp;

/// The memory, brought up to what was just seen.
pub(super) fn recall(
    want: Want<'_>,
    seen: &Observation,
    memory: &NodeMemory,
    orders: &Orders,
    now: Timestamp,
) -> NodeMemory {
    let mut memory = memory.clone();
    super::person::recall(&mut memory, orders, now);
    memory.version = MEMORY_VERSION;
    let budget = format!("{}/{}", want.hash, want.retry);
    let asked = orders.goal.is_some() || orders.release.is_some();
    if asked && memory.budget_for != budget {
        memory.budget_for = budget;
        memory.attempts.clear();
        memory.failure = None;
    }
    if memory.begun.as_ref().is_some_and(|begun| begun.from != status_of(seen)) {
        memory.begun = None;
    }
    if seen.sighting == Sighting::Missing {
        succeeded(&mut memory, "Forget");
    }
    let Sighting::Found(machine) = &seen.sighting else { return memory };
    if !orders.rescue && memory.begun.is_none() && !is_of_rescue(machine.status) {
        memory.rescue = None;
        for step in ["EnterRescue", "ExitRescue"] {
            succeeded(&mut memory, step);
        }
    }
    for step in ["NetworkBoot", "Create"] {
        succeeded(&mut memory, step);
    }
    let Mark::Ours { generation, design } = &machine.mark else { return memory };
    // The mark outlives the status: a machine deployed by us is known again after its status was wiped.
    memory.generation = memory.generation.max(generation.unwrap_or_default());
    let is_adopting = memory.begun.as_ref().is_some_and(|begun| begun.step == MachineAction::Adopt.name());
    if !super::adoption::is_due(machine, orders) {
        succeeded(&mut memory, MachineAction::Adopt.name());
        // Its status stays what it was: the mark is the answer.
        memory.begun = memory.begun.filter(|_| !is_adopting);
    }
    match machine.status {
        MachineStatus::Ready => {
            succeeded(&mut memory, "Commission");
            // Whoever runs it from now on, it is not because Slipway powered it on to get to know it.
            memory.powered_on = None;
            if memory.begun.is_none() {
                succeeded(&mut memory, "Release");
                // What no BMC tells, a person does.
                let is_off =
                    if want.design.by_hand { super::person::is_off(&memory) } else { machine.power != Power::On };
                if orders.release.is_some() && (is_off || machine.power == Power::Off) {
                    memory.released = Some(ReleasedAt { generation: memory.generation, erased: machine.erased });
                }
            }
        }
        MachineStatus::Deployed if machine.has_system && design.is_some() => {
            super::power::recall(machine, &mut memory);
            memory.released = None;
            // What led here has succeeded; a release that is being tried has not.
            let of_deployed = |step: &str| matches!(step, "PowerOff" | "PowerOffHard" | "PowerOn" | "EnterRescue");
            let goes_on = |step: &str| step == "Release" || of_deployed(step);
            memory.attempts.retain(|step, _| goes_on(step));
            memory.failure = memory.failure.filter(|failure| goes_on(&failure.step));
            // The plan is done to its last step, and its approval used up.
            if orders.release.is_none() && design.as_deref() == Some(want.hash) {
                memory.approval = None;
                memory.attempts.retain(|step, _| of_deployed(step));
                memory.failure = memory.failure.filter(|failure| of_deployed(&failure.step));
            }
            if memory.begun.is_none() {
                if memory.deployed.is_none() {
                    // A machine that was just installed needs no reboot; and where the status was lost, what had been asked
                    // before is not asked again, whatever approval still stands beside it.
                    memory.handled_reboot.clone_from(&orders.reboot);
                }
                memory.deployed = Some(DeployedAs {
                    design_hash: design.clone().unwrap_or_default(),
                    generation: generation.unwrap_or_default(),
                });
            }
        }
        _ => {}
    }
    memory
}

fn is_of_rescue(status: MachineStatus) -> bool {
    use MachineStatus as S;
    matches!(
        status,
        S::RescueMode
            | S::EnteringRescueMode
            | S::FailedEnteringRescueMode
            | S::ExitingRescueMode
            | S::FailedExitingRescueMode
    )
}

pub(super) fn succeeded(memory: &mut NodeMemory, step: &str) {
    memory.attempts.remove(step);
    if memory.failure.as_ref().is_some_and(|failure| failure.step == step) {
        memory.failure = None;
    }
}
