//! What is not ours is not touched (the design's section 7): the first thing that is asked of every observation.

use super::{adoption, another_node, decide::Want};
use crate::model::{Machine, MachineStatus, Mark, Observation, Orders, Owner, Reason, Sighting, Step};

/// A step that ends the decision where the machine is not Slipway's to touch; `None` where it may be.
pub(super) fn hands_off(want: Want<'_>, seen: &Observation, orders: &Orders) -> Option<Step> {
    match &seen.sighting {
        Sighting::Missing => None,
        Sighting::Controller(id) => Some(Step::blocked(
            Reason::IsController,
            format!(
                "{id} carries this node's address or MAC, but is a rack or region controller: Slipway never touches those. \
                 Correct the node's addresses"
            ),
        )),
        Sighting::Conflict(what) => Some(Step::blocked(
            Reason::IdentityConflict,
            format!(
                "the node's keys point to different machines: {what}. Correct the node, or delete the wrong record"
            ),
        )),
        Sighting::Found(machine) => of_machine(want, machine, orders),
    }
}

fn of_machine(want: Want<'_>, machine: &Machine, orders: &Orders) -> Option<Step> {
    let id = &machine.id;
    if let Mark::Foreign(mark) = &machine.mark {
        if let Some(step) = another_node::step(want.identity, machine, mark, held(machine.status), orders) {
            return Some(step);
        }
        return Some(Step::blocked(
            Reason::OwnedElsewhere,
            format!(
                "machine {id} is marked as `{mark}`'s. If that cluster is gone, annotate the Site with \
                 slipway.dev/take-over: <its UID>"
            ),
        ));
    }
    // What another account owns, only that account can give away.
    let others = matches!(machine.owner, Owner::Other(_));
    if adoption::is_due(machine, orders) && !others {
        return None;
    }
    // A tag is put on before a machine is taken; what Slipway deploys carries owner data. This one somebody else deployed.
    if machine.status == MachineStatus::Deployed && machine.mark == (Mark::Ours { generation: None, design: None }) {
        return Some(not_ours(machine, &machine.owner));
    }
    match (held(machine.status), &machine.owner, machine.mark.is_ours()) {
        // Taken, and by us: the tag stands for the mark until the owner data carries it.
        (true, Owner::Us, true) | (false, Owner::Nobody | Owner::Us, _) => None,
        // A free machine of ours that a person marked broken: nothing is done to it, and the person knows why.
        (true, Owner::Nobody, true) if machine.status == MachineStatus::Broken => None,
        // Whoever commissions or tests it owns it meanwhile; the owner goes when that ends.
        (false, Owner::Other(_), _) if passing(machine.status) => Some(Step::wait(
            "Commissioning",
            format!("machine {id} is being commissioned or tested by another account"),
        )),
        (_, owner, _) => Some(not_ours(machine, owner)),
    }
}

fn not_ours(machine: &Machine, owner: &Owner) -> Step {
    let who = match owner {
        Owner::Other(name) => format!("belongs to `{name}`"),
        Owner::Us if machine.mark.is_ours() => {
            "belongs to Slipway's account, but its owner data does not say that Slipway deployed it".into()
        }
        Owner::Us => "belongs to Slipway's account, but carries no mark of Slipway".into(),
        Owner::Nobody => "belongs to nobody and carries no mark of Slipway".into(),
    };
    let locked = if machine.locked { ", locked" } else { "" };
    let way = match owner {
        Owner::Other(_) => "Release it in the provisioner first, or correct the node's addresses".to_owned(),
        Owner::Us | Owner::Nobody => format!("To take it over, set spec.adopt.providerId: {}", machine.id),
    };
    Step::blocked(
        Reason::NotOurs,
        format!(
            "machine {} is {}{locked} and {who}: Slipway does not touch it. {way}",
            machine.id,
            machine.status.name()
        ),
    )
}

/// Whether a machine in this status is in somebody's use.
fn held(status: MachineStatus) -> bool {
    use MachineStatus as S;
    match status {
        S::New
        | S::Commissioning
        | S::FailedCommissioning
        | S::Missing
        | S::Ready
        | S::Retired
        | S::Testing
        | S::FailedTesting => false,
        S::Reserved
        | S::Deployed
        | S::Broken
        | S::Deploying
        | S::Allocated
        | S::FailedDeployment
        | S::Releasing
        | S::ReleasingFailed
        | S::DiskErasing
        | S::FailedDiskErasing
        | S::RescueMode
        | S::EnteringRescueMode
        | S::FailedEnteringRescueMode
        | S::ExitingRescueMode
        | S::FailedExitingRescueMode => true,
    }
}

fn passing(status: MachineStatus) -> bool {
    matches!(status, MachineStatus::Commissioning | MachineStatus::Testing)
}
