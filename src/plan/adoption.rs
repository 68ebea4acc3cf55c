//! Adoption: a machine that already runs is taken over, once a person has approved it.
//!
//! Until then nothing is written to it, whatever else is asked of the node. What is written then is the mark alone: what of
//! the machine is not as designed is told before, and as drift after. What is refused says why, and what to do.

use super::{decide::Want, table::Row};
use crate::{
    api::{baremetal_node::Adoption, memory::NodeMemory},
    model::{
        Aspect, Machine, MachineAction, MachineStatus as S, Mark, Observation, Orders, Owner, Reason, Sighting, Step,
    },
};

/// So many differences are told by themselves, the others by their number.
const TOLD: usize = 20;
/// The most that is told of one difference, in characters.
const LONGEST: usize = 400;

/// Whether a machine is the one that shall be taken over, and has not been yet. A tag alone is no mark of one that is
/// deployed: what Slipway deploys carries owner data.
pub(super) fn is_due(machine: &Machine, orders: &Orders) -> bool {
    let meant = |adopt: &Adoption| adopt.means(&machine.id, machine.serial.as_deref(), &machine.macs);
    orders.adopt.as_ref().is_some_and(meant)
        && match machine.mark {
            Mark::None => true,
            Mark::Ours { design: None, .. } => machine.status == S::Deployed,
            Mark::Ours { .. } | Mark::Foreign(_) => false,
        }
}

/// The row of a machine that shall be taken over; none where there is nothing to take over any more.
pub(super) fn row(want: Want<'_>, seen: &Observation, memory: &NodeMemory, orders: &Orders) -> Option<Row> {
    let adopt = orders.adopt.as_ref()?;
    match &seen.sighting {
        // One that was ours already is looked for as any other.
        Sighting::Missing if memory.generation == 0 && memory.deployed.is_none() && orders.release.is_none() => {
            let message = format!(
                "the provisioner has no machine that is {adopt}: nothing is adopted, and nothing is booted in its place. \
                 Correct spec.adopt, or take it out to have the machine enlisted"
            );
            Some(Row::blocked(Reason::NothingToAdopt, message))
        }
        Sighting::Found(machine) if is_due(machine, orders) => {
            Some(refusal(machine, adopt, orders).unwrap_or_else(|| adopts(want, machine, orders)))
        }
        _ => None,
    }
}

/// What runs, and may be taken over.
fn adopts(want: Want<'_>, machine: &Machine, orders: &Orders) -> Row {
    let says = format!(
        "machine {} ({}, {}) would be adopted: its mark is written and nothing else, it is not deployed anew, renamed or switched. {}",
        machine.id,
        machine.hostname,
        machine.status.name(),
        differences(want, machine)
    );
    match orders.touches_nothing {
        Some(why) => Step::wait("Observed", format!("{says}; but {why}")).into(),
        None => Row::act(MachineAction::Adopt).destroying(&["Adopt"]).saying(says),
    }
}

/// Why a machine is not taken over.
fn refusal(machine: &Machine, adopt: &Adoption, orders: &Orders) -> Option<Row> {
    let (id, status) = (&machine.id, machine.status);
    if orders.release.is_some() {
        let message = format!(
            "machine {id} ({adopt}) is {} and was never adopted: Slipway does not release what is not its own. Release it in the provisioner",
            status.name()
        );
        return Some(Row::blocked(Reason::NotOurs, message));
    }
    if machine.locked {
        let message = format!(
            "machine {id} ({adopt}) is locked, and only an unlocked one is adopted; Slipway never unlocks. Unlock it in the provisioner"
        );
        return Some(Row::blocked(Reason::Locked, message));
    }
    if let Some(other) = &orders.claimed_by {
        let message = format!(
            "machine {id} ({adopt}) is claimed by node {other} as well, and has to be one node's alone. Correct spec.adopt, \
             or the addresses, of one of them"
        );
        return Some(Row::blocked(Reason::IdentityConflict, message));
    }
    match (status, &machine.owner) {
        (S::Commissioning | S::Testing, _) => {
            Some(Step::wait("Commissioning", format!("machine {id} ({adopt}) is being commissioned or tested")).into())
        }
        (S::Deployed, Owner::Us) if !machine.has_system => {
            let message = format!(
                "machine {id} ({adopt}) is Deployed without an operating system on record, and would boot from the network when it \
                 is switched on next: it is not adopted. Release it, or have it deployed anew, in the provisioner"
            );
            Some(Row::blocked(Reason::DeployedWithoutSystem, message))
        }
        (S::Deployed | S::Allocated, Owner::Us) | (S::Ready, _) => None,
        (S::Deployed | S::Allocated, _) => {
            let message = format!(
                "machine {id} ({adopt}) is {} and belongs to nobody; it is adopted where it belongs to Slipway's account",
                status.name()
            );
            Some(Row::blocked(Reason::NotOurs, message))
        }
        _ => {
            let message = format!(
                "machine {id} ({adopt}) is {}; what is adopted is Deployed, Allocated or Ready. Bring it there in the provisioner, \
                 or take spec.adopt out of a machine that is new",
                status.name()
            );
            Some(Row::blocked(Reason::NotOurs, message))
        }
    }
}

/// In what a machine is not as designed, as one sentence; its mark, which is written anyway, is no difference.
fn differences(want: Want<'_>, machine: &Machine) -> String {
    let tag = want.identity.tag();
    let pending = machine.pending.iter().filter(|(aspect, _)| **aspect != Aspect::Lock).flat_map(|(_, calls)| calls);
    let own = |text: &&String| !text.contains(tag.as_str());
    let all: Vec<String> = pending
        .filter(own)
        .chain(machine.impossible.values())
        .chain(&machine.fixed)
        .map(|text| text.chars().take(LONGEST).collect())
        .collect();
    if all.is_empty() {
        return "It is as designed".to_owned();
    }
    let more = all.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("It is not as designed, and stays so. To be as designed: {}{more}", all[..all.len().min(TOLD)].join("; "))
}
