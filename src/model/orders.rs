//! What a node has been asked for, computed anew in every run.

use super::Milestone;
use crate::api::{
    baremetal_node::{Adoption, DesiredPower},
    memory::Approval,
    site::{ApprovalPolicy, Mode},
    site_task::EraseMode,
};
use std::time::Duration;

/// What may and shall be done with a node now.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an order of its own, given by another field of the API")]
pub struct Orders {
    /// How far it shall be taken; absent: nothing is asked.
    pub goal: Option<Milestone>,
    /// It shall be released instead.
    pub release: Option<ReleaseOrder>,
    /// The site's mode, for messages.
    pub mode: Mode,
    /// Leave it alone.
    pub paused: bool,
    /// Why nothing is done to its machine, not even to end what was begun.
    pub touches_nothing: Option<&'static str>,
    /// Errors in its design: the first one, for the message.
    pub design_error: Option<String>,
    /// Whether the site's objects in the provisioner are as designed; absent: why not yet.
    pub site_prepared: Result<(), String>,
    /// Whether the whole site is held back, because the provisioner seems to have forgotten what it deployed.
    pub held: Result<(), String>,
    /// Whether a slot is free for a new step, and it is its turn in the roll-out.
    pub slot: Result<(), String>,
    /// Why the roll-out does not come to it without a person; absent: it does.
    pub stopped: Option<String>,
    /// Whether it shall be in rescue mode.
    pub rescue: bool,
    /// Whether its deployed machine shall run; absent: it is left as it is.
    pub power: Option<DesiredPower>,
    /// The reboot that was asked for last, done or not.
    pub reboot: Option<String>,
    /// Whether a machine that is given up is marked as broken.
    pub marks_broken: bool,
    /// Whether what a deployed machine has drifted by is brought back, where that does no harm to what runs.
    pub corrects: bool,
    /// Which steps need approval.
    pub approval_policy: ApprovalPolicy,
    /// UID of the task that asks for what goes beyond the standing order; another task is another request, and needs
    /// another approval.
    pub task: Option<String>,
    /// The approval that stands on the node.
    pub approval: Option<Approval>,
    /// What a person says is done: the token of what was asked.
    pub acknowledged: Option<String>,
    /// A machine that already runs and that may be taken over, once that is approved.
    pub adopt: Option<Adoption>,
    /// Another node that claims the machine which is to be taken over, or whose mark the machine carries: its name.
    pub claimed_by: Option<String>,
    /// Another cluster whose marks count as ours.
    pub take_over: Option<String>,
    /// Deadlines and budgets.
    pub limits: Limits,
}

/// Deadlines and budgets in force, already at the speed of the clock.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // As in `api::site::Deadlines`.
pub struct Limits {
    pub enlist: Duration,
    pub commission: Duration,
    pub deploy: Duration,
    pub release: Duration,
    pub request: Duration,
    pub shutdown: Duration,
    /// First pause after a failed attempt; doubles up to `backoff_cap`.
    pub backoff: Duration,
    pub backoff_cap: Duration,
    /// Failed attempts of one step before a person is needed.
    pub retries: i32,
}

/// A release that has been asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseOrder {
    /// Whether, and how, disks are erased.
    pub erase: EraseMode,
    /// Whether a person has confirmed it already, by `confirm-deletion` on a node that is being deleted.
    pub confirmed: bool,
    /// What becomes of it then.
    pub then: Afterwards,
}

/// What becomes of a machine after its release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It stays registered.
    Kept,
    /// Its record is removed from the provisioner.
    Forgotten,
    /// It is deployed again.
    Redeployed,
}
