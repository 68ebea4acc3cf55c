//! The table: for every status of a machine, what its design and orders make of it.
//!
//! It is reached only for machines that are ours to touch, or free. What it says is still held back by the gates.

use super::{decide::Want, drift::correctable, out_of_service, power, release};
use crate::{
    api::{
        baremetal_node::Enlistment,
        memory::{Approval, NodeMemory},
        site_task::EraseMode,
    },
    model::{
        Aspect, Machine, MachineAction as Action, MachineStatus as S, Mark, Milestone, Observation, Orders, Owner,
        Power, Reason, Sighting, Step,
    },
};
use std::time::Duration;

/// A row of the table: a step, and what gates need to know of it.
#[derive(Debug)]
pub(super) struct Row {
    /// What comes next.
    pub step: Step,
    /// Destructive actions that it begins, in order; empty: none.
    pub destroys: Vec<&'static str>,
    /// For a wait: how long it may take.
    pub limit: Option<Duration>,
    /// For a wait: what is tried once more when it took too long.
    pub then: Option<Action>,
    /// The plans whose last step this is, once the first one is done: whoever has approved one has approved this.
    pub ends: Vec<Vec<&'static str>>,
    /// Whether a release that was asked for is done.
    pub is_released: bool,
    /// For what waits for approval: what it is, where its actions' names do not say it.
    pub says: Option<String>,
    /// The approval that was latched when this was decided last, and that counts if its plan is asked for still.
    pub latched: Option<Approval>,
}

impl From<Step> for Row {
    fn from(step: Step) -> Self {
        Self {
            step,
            destroys: Vec::new(),
            limit: None,
            then: None,
            ends: Vec::new(),
            is_released: false,
            says: None,
            latched: None,
        }
    }
}

impl Row {
    pub(super) fn act(action: Action) -> Self {
        Step::Act(action).into()
    }

    pub(super) fn wait(state: &'static str, message: impl Into<String>, limit: Duration) -> Self {
        Self { limit: Some(limit), ..Step::wait(state, message).into() }
    }

    pub(super) fn done(state: &'static str, message: impl Into<String>) -> Self {
        Step::Done { state, message: message.into() }.into()
    }

    pub(super) fn blocked(reason: Reason, message: impl Into<String>) -> Self {
        Step::blocked(reason, message).into()
    }

    /// What is tried once more when a wait takes too long.
    pub(super) fn then(mut self, action: Action) -> Self {
        self.then = Some(action);
        self
    }

    /// What is asked to be approved, in its own words.
    pub(super) fn saying(mut self, what: String) -> Self {
        self.says = Some(what);
        self
    }

    pub(super) fn destroying(mut self, what: &[&'static str]) -> Self {
        self.destroys = what.to_vec();
        self
    }
}

/// The row for what was seen.
pub(super) fn row(want: Want<'_>, seen: &Observation, memory: &NodeMemory, orders: &Orders) -> Row {
    let machine = match &seen.sighting {
        Sighting::Found(machine) => machine,
        // `ownership` has already answered the others.
        Sighting::Missing | Sighting::Controller(_) | Sighting::Conflict(_) => {
            return missing(want, seen.bmc_power, memory, orders);
        }
    };
    // Before what is in flight: a release, or a deployment, that is not Slipway's is a regression too.
    if memory.deployed.is_some() && orders.release.is_none() && is_below_deployed(machine.status) {
        let what = format!(
            "machine {} was deployed by Slipway, but the provisioner now reports it as {}. Approve to let it be deployed anew",
            machine.id,
            machine.status.name()
        );
        return Row::blocked(Reason::ProviderRegressed, what).destroying(&["Redeploy"]);
    }
    if let Some(row) = in_flight(machine, orders).or_else(|| out_of_service::row(want, machine, memory, orders)) {
        return row;
    }
    if let Some(release) = &orders.release {
        return release::row(want, machine, memory, release);
    }
    if machine.status == S::Deployed {
        return deployed(want, machine, memory, orders);
    }
    match orders.goal {
        None => resting(machine, orders),
        Some(goal) => toward(goal, want, machine, seen.bmc_power, memory, orders),
    }
}

/// Statuses to which only a release leads from Deployed. Tests, rescue and a mark as broken lead back to it.
fn is_below_deployed(status: S) -> bool {
    match status {
        S::New
        | S::Commissioning
        | S::FailedCommissioning
        | S::Ready
        | S::Allocated
        | S::Deploying
        | S::FailedDeployment
        | S::Releasing
        | S::ReleasingFailed
        | S::DiskErasing
        | S::FailedDiskErasing => true,
        S::Deployed
        | S::Missing
        | S::Reserved
        | S::Retired
        | S::Broken
        | S::RescueMode
        | S::EnteringRescueMode
        | S::FailedEnteringRescueMode
        | S::ExitingRescueMode
        | S::FailedExitingRescueMode
        | S::Testing
        | S::FailedTesting => false,
    }
}

/// The provisioner does not know the machine.
fn missing(want: Want<'_>, bmc: Option<Power>, memory: &NodeMemory, orders: &Orders) -> Row {
    if memory.deployed.is_some() {
        let what = "the machine was deployed by Slipway, but the provisioner does not know it any more. \
                    Restore its record, or approve to have it registered and deployed anew";
        return Row::blocked(Reason::ProviderRegressed, what).destroying(&["Register", "Redeploy"]);
    }
    if let Some(release) = &orders.release {
        return release::released(release, "The provisioner does not know the machine");
    }
    if orders.goal.is_none() && memory.released.is_some() {
        return Row::done(
            "Released",
            asked_nothing("Released, and its record is removed from the provisioner", orders),
        );
    }
    if orders.goal.is_none() {
        return Row::done("Unregistered", asked_nothing("The provisioner does not know this machine", orders));
    }
    if want.design.enlistment == Enlistment::Create {
        return Row::act(Action::Create);
    }
    if want.design.by_hand {
        // Nobody is asked to boot it before somebody would answer.
        return match &orders.site_prepared {
            Err(why) => Step::wait("WaitingForSite", why.clone()).into(),
            Ok(()) => Row::wait("Enlisting", "Booting from the network to enlist", orders.limits.enlist),
        };
    }
    match bmc {
        _ if memory.powered_on.unwrap_or_default() => Row {
            then: Some(Action::NetworkBoot),
            ..Row::wait("Enlisting", "Booting from the network to enlist", orders.limits.enlist)
        },
        Some(Power::Off) => Row::act(Action::NetworkBoot),
        Some(Power::On) => Row::act(Action::NetworkBoot).destroying(&["PowerCycle"]),
        Some(Power::Unknown) | None => {
            Row::wait("Unregistered", "Waiting to read the machine's power from its BMC", orders.limits.enlist)
        }
    }
}

/// Statuses that end by themselves: they are watched, whatever is asked.
fn in_flight(machine: &Machine, orders: &Orders) -> Option<Row> {
    let limits = &orders.limits;
    Some(match machine.status {
        S::Commissioning => Row::wait("Commissioning", "Booting and inventorying the machine", limits.commission),
        S::Testing => Row::wait("Testing", "Testing the machine", limits.commission),
        S::Deploying => Row::wait("Deploying", "Installing the operating system", limits.deploy),
        S::Releasing => Row::wait("Releasing", "Releasing the machine", limits.release),
        S::DiskErasing => Row::wait("Erasing", "Erasing the disks", limits.release),
        _ => return None,
    })
}

/// It runs an operating system that we deployed.
fn deployed(want: Want<'_>, machine: &Machine, memory: &NodeMemory, orders: &Orders) -> Row {
    if !machine.has_system {
        return Row::blocked(
            Reason::DeployedWithoutSystem,
            format!(
                "machine {} is Deployed without an operating system on record: it would boot from the network. Release it",
                machine.id
            ),
        );
    }
    if let Some(row) = power::row(want, machine, memory, orders) {
        return row;
    }
    let current = matches!(&machine.mark, Mark::Ours { design: Some(design), .. } if same_design(design, want.hash));
    // Once a deployment; what a person has unlocked is theirs.
    let generation = memory.deployed.as_ref().map(|deployed| deployed.generation);
    let locks = orders.goal == Some(Milestone::Deployed) && generation.is_some() && memory.locked_for != generation;
    if current && locks && machine.pending.contains_key(&Aspect::Lock) {
        return Row::act(Action::Apply(Aspect::Lock));
    }
    if current {
        return match correctable(machine, want).filter(|_| orders.corrects) {
            Some(aspect) => Row::act(Action::Apply(aspect)),
            None => Row::done("Deployed", format!("Deployed as designed ({})", want.design.fqdn())),
        };
    }
    if orders.goal != Some(Milestone::Deployed) {
        return Row::done(
            "Deployed",
            "Deployed; the design has changed since, and a redeployment has not been asked for",
        );
    }
    Row::act(Action::Release { erase: EraseMode::None }).destroying(&["Release", "Redeploy"])
}

/// Whether a deployment is of this design. A hash of another scheme is never a change.
fn same_design(deployed: &str, wanted: &str) -> bool {
    let scheme = |hash: &str| hash.split('-').next().map(str::to_owned);
    deployed == wanted || scheme(deployed) != scheme(wanted)
}

/// Nothing has been asked for: the machine stays where it is.
fn resting(machine: &Machine, orders: &Orders) -> Row {
    match machine.status {
        S::FailedCommissioning => failed(Reason::CommissioningFailed, "commissioning", machine),
        S::FailedDeployment => failed(Reason::DeploymentFailed, "the deployment", machine),
        S::ReleasingFailed | S::FailedDiskErasing => failed(Reason::ReleaseFailed, "the release", machine),
        S::Ready => Row::done("Prepared", asked_nothing("Commissioned and free", orders)),
        S::Allocated => Row::done("Allocated", asked_nothing("Allocated to Slipway", orders)),
        _ => Row::done("Registered", asked_nothing("Registered in the provisioner", orders)),
    }
}

/// The way to a milestone.
fn toward(
    goal: Milestone,
    want: Want<'_>,
    machine: &Machine,
    bmc: Option<Power>,
    memory: &NodeMemory,
    orders: &Orders,
) -> Row {
    let pending = |aspect: Aspect| machine.pending.contains_key(&aspect);
    let impossible = |aspect: Aspect| machine.impossible.get(&aspect);
    match machine.status {
        S::New | S::FailedCommissioning | S::Ready | S::Allocated if pending(Aspect::Registration) => {
            Row::act(Action::Apply(Aspect::Registration))
        }
        S::New if goal < Milestone::Prepared => Row::done("Registered", "Registered as asked"),
        // Commissioning boots the machine: one that runs, and that Slipway did not start, may be in somebody's use.
        S::FailedCommissioning
            if orders.marks_broken && machine.mark.is_ours() && spent(memory, "Commission", orders) =>
        {
            Row::act(Action::MarkBroken)
        }
        // A person who boots it by hand knows whether it is in use.
        S::New | S::FailedCommissioning if want.design.by_hand => Row::act(Action::Commission),
        S::New | S::FailedCommissioning if !memory.powered_on.unwrap_or_default() => match known_power(machine, bmc) {
            Power::Off => Row::act(Action::Commission),
            Power::On => Row::act(Action::Commission).destroying(&["CommissionRunningMachine"]),
            Power::Unknown => Row::wait(
                "Registered",
                "Waiting to read the machine's power from its BMC, before it is booted",
                orders.limits.enlist,
            ),
        },
        S::New | S::FailedCommissioning => Row::act(Action::Commission),
        S::Ready if pending(Aspect::Commissioning) => recommission(machine, memory),
        S::Ready if goal < Milestone::Deployed => Row::done("Prepared", "Commissioned as asked"),
        S::Ready => {
            if let Some(why) = built_otherwise(want, machine) {
                return Row::blocked(Reason::HardwareMismatch, why);
            }
            let aspects = [Aspect::Networking, Aspect::Storage, Aspect::Platform];
            if let Some(why) = aspects.into_iter().find_map(impossible) {
                return Row::blocked(Reason::HardwareMismatch, why.clone());
            }
            match aspects.into_iter().find(|aspect| pending(*aspect)) {
                Some(aspect) => Row::act(Action::Apply(aspect)),
                None => Row::act(Action::Allocate),
            }
        }
        // Storage changes in Ready only. What is allocated but not deployed holds nothing, so it may go back.
        S::Allocated if pending(Aspect::Storage) || pending(Aspect::Commissioning) || goal < Milestone::Deployed => {
            give_back(machine)
        }
        S::Allocated => {
            if let Some(why) = machine.impossible.values().next() {
                return Row::blocked(Reason::HardwareMismatch, why.clone());
            }
            match [Aspect::Networking, Aspect::Platform, Aspect::Mark].into_iter().find(|aspect| pending(*aspect)) {
                Some(aspect) => Row::act(Action::Apply(aspect)),
                None => deploy(orders),
            }
        }
        // Our own deployment failed; releasing it is part of trying again.
        S::FailedDeployment if spent(memory, "Deploy", orders) => {
            if orders.marks_broken && machine.mark.is_ours() {
                return Row::act(Action::MarkBroken);
            }
            failed(Reason::DeploymentFailed, "the deployment", machine)
        }
        S::FailedDeployment => give_back(machine),
        S::ReleasingFailed | S::FailedDiskErasing => failed(Reason::ReleaseFailed, "the release", machine),
        _ => resting(machine, orders),
    }
}

/// It was commissioned otherwise than designed. Scripts may change its disks, and whoever commissioned it may have had
/// reasons: a person says so.
fn recommission(machine: &Machine, memory: &NodeMemory) -> Row {
    let why = super::decide::recommissioned_for(machine);
    if memory.recommissioned_for == why {
        let what = why.unwrap_or_default();
        let message = format!(
            "machine {} was commissioned for this, and still: {what} is due. Look at the results of its scripts in the provisioner",
            machine.id
        );
        return Row::blocked(Reason::CommissioningFailed, message);
    }
    Row::act(Action::Commission).destroying(&["Recommission"])
}

/// Why hardware that is not as designed holds a deployment back, where its profile wants that.
fn built_otherwise(want: Want<'_>, machine: &Machine) -> Option<String> {
    let built = machine.inventory.as_ref().filter(|_| want.design.hardware.blocks)?;
    let mismatches = super::mismatches(want.design, built)?;
    (!mismatches.is_empty()).then(|| {
        format!(
            "the machine is not built as designed: {}; its profile's mismatchPolicy is Block",
            mismatches.join("; ")
        )
    })
}

/// Power as the provisioner last saw it; a fresh record knows nothing, and then the BMC's word counts.
fn known_power(machine: &Machine, bmc: Option<Power>) -> Power {
    match machine.power {
        Power::Unknown => bmc.unwrap_or(Power::Unknown),
        known => known,
    }
}

/// Releases what runs no system. What was adopted may hold what somebody else put there.
fn give_back(machine: &Machine) -> Row {
    let row = Row::act(Action::Release { erase: EraseMode::None });
    // A mark with a generation and without a design is that of a machine which was adopted.
    let is_adopted = matches!(machine.mark, Mark::Ours { generation: Some(_), design: None });
    let is_ours = machine.owner == Owner::Us && machine.mark.is_ours() && !is_adopted;
    if is_ours { row } else { row.destroying(&["Release"]) }
}

fn deploy(orders: &Orders) -> Row {
    let row = Row::act(Action::Deploy);
    if orders.approval_policy == crate::api::site::ApprovalPolicy::Always { row.destroying(&["Deploy"]) } else { row }
}

/// Whether a step's budget is spent.
pub(super) fn spent(memory: &NodeMemory, step: &str, orders: &Orders) -> bool {
    memory.attempts.get(step).copied().unwrap_or_default() > orders.limits.retries
}

pub(super) fn failed(reason: Reason, what: &str, machine: &Machine) -> Row {
    let message = format!(
        "{what} of machine {} failed{}. When the cause is mended, annotate the node with a new slipway.dev/retry",
        machine.id,
        said(machine)
    );
    Row::blocked(reason, message)
}

/// What the provisioner says went wrong, as the end of a sentence.
pub(super) fn said(machine: &Machine) -> String {
    machine.error.as_ref().map(|error| format!(": {}", error.trim_end_matches('.'))).unwrap_or_default()
}

fn asked_nothing(where_it_stands: &str, orders: &Orders) -> String {
    match orders.mode {
        crate::api::site::Mode::Observe => format!("{where_it_stands}; mode Observe touches nothing"),
        _ => format!("{where_it_stands}; nothing is asked of it"),
    }
}
