//! The decision about one node, and how its memory changes with what is done.

use super::{adoption, gates, ownership, recall::recall, replaced, table};
use crate::{
    api::memory::{Begun, Failure, NodeMemory, ReleasedAt},
    model::{
        Afterwards, Aspect, Machine, MachineAction, MachineStatus, NodeDesign, NodeIdentity, Observation, Orders,
        Power, Sighting, Step,
    },
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

/// What is wanted of a node.
#[derive(Debug, Clone, Copy)]
pub struct Want<'a> {
    /// Its design.
    pub design: &'a NodeDesign,
    /// Hash of what a deployment depends on.
    pub hash: &'a str,
    /// Who it is.
    pub identity: &'a NodeIdentity,
    /// What starts the retry budget anew: the annotation's value, and the task that gave the order.
    pub retry: &'a str,
}

/// What comes next, and what is to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What comes next.
    pub step: Step,
    /// The memory with what this observation showed.
    pub memory: NodeMemory,
}

/// Decides. `fresh_since` is when the present row of successful observations began: deadlines count from there at the
/// earliest, so that an outage judges nobody.
pub fn decide(
    want: Want<'_>,
    seen: &Observation,
    memory: &NodeMemory,
    orders: &Orders,
    fresh_since: Timestamp,
    now: Timestamp,
) -> Decision {
    let (is_new, latched) = (memory.version == 0, memory.approval.clone());
    let mut memory = recall(want, seen, memory, orders, now);
    if is_new {
        memory.since = Some(MicroTime(now));
    }
    if is_off_in_vain(seen, &memory, orders, now) {
        // Whoever runs it from now on, it is not Slipway that started it. The next boot is another attempt.
        (memory.powered_on, memory.begun) = (None, None);
    }
    let row = match ownership::hands_off(want, seen, orders) {
        Some(step) => table::Row::from(step),
        None => adoption::row(want, seen, &memory, orders)
            .or_else(|| replaced::row(want, seen, &memory, orders))
            .unwrap_or_else(|| table::row(want, seen, &memory, orders)),
    };
    if row.is_released && orders.release.as_ref().is_some_and(|release| release.then == Afterwards::Redeployed) {
        memory.released_for.clone_from(&orders.task);
    }
    let row = table::Row { latched, ..row };
    let step = gates::pass(row, want, seen, &mut memory, orders, fresh_since, now);
    if matches!(step, Step::Done { .. }) && !orders.paused {
        // It stands where it was asked to stand. One that failed stays out of service, so that a roll-out that fails stops.
        memory.out_of_service = None;
    }
    Decision { step, memory }
}

/// The memory to report before `action` is done. Only what cannot be repeated blindly is remembered as begun.
pub fn begin(action: &MachineAction, seen: &Observation, memory: &NodeMemory, now: Timestamp) -> NodeMemory {
    let mut memory = memory.clone();
    if *action == MachineAction::Apply(Aspect::Lock) {
        memory.locked_for = memory.deployed.as_ref().map(|deployed| deployed.generation);
    }
    if action.is_convergent() {
        return memory;
    }
    // What is awaited after it is awaited from then on.
    memory.waiting = None;
    let repeated = is_begun(&memory, action.name(), seen);
    if !repeated {
        *memory.attempts.entry(action.name().to_owned()).or_default() += 1;
    }
    match action {
        MachineAction::Commission if is_ready(seen) => {
            // Of what this is done for no plan hash returns.
            memory.generation += i64::from(!repeated);
            memory.powered_on = Some(true);
            memory.recommissioned_for = match &seen.sighting {
                Sighting::Found(machine) => recommissioned_for(machine),
                _ => None,
            };
        }
        MachineAction::NetworkBoot | MachineAction::Commission => memory.powered_on = Some(true),
        MachineAction::EnterRescue => {
            memory.generation += i64::from(!repeated);
            memory.rescue = Some(true);
            memory.out_of_service = Some(true);
        }
        MachineAction::PowerOff { reboot } => {
            memory.generation += i64::from(!repeated);
            memory.rebooting_for.clone_from(reboot);
            memory.out_of_service = Some(true);
        }
        MachineAction::PowerOn { reboot } => memory.rebooting_for.clone_from(reboot),
        MachineAction::Adopt | MachineAction::Allocate if !repeated => memory.generation += 1,
        // It stays released, also where it had never been in use.
        MachineAction::Forget => {
            let released = ReleasedAt { generation: memory.generation, erased: false };
            memory.released.get_or_insert(released);
            memory.powered_on = None;
        }
        MachineAction::Release { .. } if !repeated => {
            memory.generation += 1;
            if memory.deployed.take().is_some() {
                memory.out_of_service = Some(true);
            }
        }
        _ => {}
    }
    memory.begun = Some(Begun { step: action.name().to_owned(), from: status_of(seen), at: MicroTime(now) });
    memory
}

/// The memory after a driver said that `action` failed, and had certainly not been done.
pub fn failed(action: &MachineAction, reason: &str, message: &str, memory: &NodeMemory, now: Timestamp) -> NodeMemory {
    let mut memory = memory.clone();
    match action {
        action if action.is_convergent() => *memory.attempts.entry(action.name().to_owned()).or_default() += 1,
        // It runs for other reasons, if it runs at all.
        MachineAction::NetworkBoot | MachineAction::Commission => {
            memory.powered_on = None;
            // A plan that was not begun stays approved.
            if memory.recommissioned_for.take().is_some() {
                memory.generation -= 1;
            }
        }
        MachineAction::Adopt => memory.generation -= 1,
        MachineAction::EnterRescue => {
            memory.generation -= 1;
            memory.rescue = None;
            memory.out_of_service = None;
        }
        MachineAction::PowerOff { .. } => {
            memory.generation -= 1;
            memory.rebooting_for = None;
            memory.out_of_service = None;
        }
        // Its plan was not begun: what was approved for it still is, and the machine serves on.
        MachineAction::Release { .. } => {
            memory.generation -= 1;
            if memory.begun.as_ref().is_some_and(|begun| begun.from == MachineStatus::Deployed.name()) {
                memory.out_of_service = None;
            }
        }
        _ => {}
    }
    memory.begun = None;
    memory.failure = Some(failure(action, reason, message, now));
    memory
}

/// The memory after a driver said that nothing of `action` was begun, because nobody could be reached: what it was `before`
/// that. An outage spends no budget; it is tried again after the first pause.
pub fn not_begun(
    action: &MachineAction,
    reason: &str,
    message: &str,
    before: &NodeMemory,
    now: Timestamp,
) -> NodeMemory {
    NodeMemory { failure: Some(failure(action, reason, message, now)), ..before.clone() }
}

fn failure(action: &MachineAction, reason: &str, message: &str, now: Timestamp) -> Failure {
    let message = message.chars().take(1000).collect();
    Failure { step: action.name().to_owned(), reason: reason.to_owned(), message, at: MicroTime(now) }
}

/// For what a machine that was commissioned already is commissioned anew.
pub(super) fn recommissioned_for(machine: &Machine) -> Option<String> {
    let calls = machine.pending.get(&Aspect::Commissioning)?;
    Some(calls.join("; ").chars().take(1000).collect())
}

/// Whether a machine that was booted to get to know it is off, and unknown still: the boot got lost, or came to nothing.
fn is_off_in_vain(seen: &Observation, memory: &NodeMemory, orders: &Orders, now: Timestamp) -> bool {
    let may_come = memory.begun.as_ref().is_some_and(|begun| now < gates::later(begun.at.0, orders.limits.request));
    let is_off = seen.sighting == Sighting::Missing && seen.bmc_power == Some(Power::Off);
    is_off && memory.powered_on.unwrap_or_default() && !may_come
}

fn is_ready(seen: &Observation) -> bool {
    matches!(&seen.sighting, Sighting::Found(machine) if machine.status == MachineStatus::Ready)
}

/// Whether a step was begun and has not been answered.
pub(super) fn is_begun(memory: &NodeMemory, step: &str, seen: &Observation) -> bool {
    memory.begun.as_ref().is_some_and(|begun| begun.step == step && begun.from == status_of(seen))
}

/// What a step is begun from: as long as this does not change, the step has not been answered.
pub(super) fn status_of(seen: &Observation) -> String {
    match &seen.sighting {
        Sighting::Found(machine) => machine.status.name().to_owned(),
        Sighting::Missing => "Missing".to_owned(),
        Sighting::Controller(_) => "Controller".to_owned(),
        Sighting::Conflict(_) => "Conflict".to_owned(),
    }
}
