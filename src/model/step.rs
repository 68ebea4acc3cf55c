//! What `plan` decides: data that can be printed and compared.

use super::Power;
use std::fmt;

/// How far a node has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Milestone {
    /// Given back to the provisioner.
    Released,
    /// The provisioner knows it by its designed name.
    Registered,
    /// Its BMC answers.
    Verified,
    /// Commissioned.
    Prepared,
    /// Runs its designed operating system.
    Deployed,
}

impl Milestone {
    /// Its name, as reported.
    pub fn name(self) -> &'static str {
        match self {
            Self::Released => "Released",
            Self::Registered => "Registered",
            Self::Verified => "Verified",
            Self::Prepared => "Prepared",
            Self::Deployed => "Deployed",
        }
    }
}

/// One aspect of a machine that is brought to its design by convergent writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Name, domain, pool, zone, power parameters, Slipway's tag.
    Registration,
    /// The scripts that commissioning has run.
    Commissioning,
    /// Interfaces, bonds, VLANs, addresses.
    Networking,
    /// Partitions, volume groups, file systems.
    Storage,
    /// Tags and kernel options.
    Platform,
    /// Owner data: the designed pairs and Slipway's mark.
    Mark,
    /// The lock of a deployed machine.
    Lock,
}

impl Aspect {
    /// Its name, as reported.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registration => "Registration",
            Self::Commissioning => "Commissioning",
            Self::Networking => "Networking",
            Self::Storage => "Storage",
            Self::Platform => "Platform",
            Self::Mark => "Mark",
            Self::Lock => "Lock",
        }
    }
}

/// The only ways in which Slipway changes a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MachineAction {
    /// By the BMC: boot from the network, so that the provisioner gets to know the machine.
    NetworkBoot,
    /// Create the machine's record in the provisioner.
    Create,
    /// Take over a machine that already runs: mark it as this node's, and nothing else.
    Adopt,
    /// Bring one aspect to the design.
    Apply(Aspect),
    /// Commission: boot it, inventory it.
    Commission,
    /// Take it for Slipway's account.
    Allocate,
    /// Install the designed operating system.
    Deploy,
    /// Give it back, erasing its disks or not.
    Release {
        /// Whether, and how, disks are erased.
        erase: crate::api::site_task::EraseMode,
    },
    /// Remove the record of a released machine from the provisioner.
    Forget,
    /// Go on although its tests failed.
    OverrideFailedTests,
    /// Mark it as broken, with what was the matter.
    MarkBroken,
    /// Boot it into rescue mode.
    EnterRescue,
    /// End its rescue mode.
    ExitRescue,
    /// Power a deployed machine on.
    PowerOn {
        /// The reboot that this is the end of.
        reboot: Option<String>,
    },
    /// Ask the operating system of a deployed machine to shut down.
    PowerOff {
        /// The reboot that this is the begin of.
        reboot: Option<String>,
    },
    /// Power a machine off that did not shut down when it was asked to.
    PowerOffHard,
}

impl MachineAction {
    /// Its name: key of attempts, label of metrics, subject of events.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NetworkBoot => "NetworkBoot",
            Self::Create => "Create",
            Self::Adopt => "Adopt",
            Self::Apply(aspect) => aspect.name(),
            Self::Commission => "Commission",
            Self::Allocate => "Allocate",
            Self::Deploy => "Deploy",
            Self::Release { .. } => "Release",
            Self::Forget => "Forget",
            Self::OverrideFailedTests => "OverrideFailedTests",
            Self::MarkBroken => "MarkBroken",
            Self::EnterRescue => "EnterRescue",
            Self::ExitRescue => "ExitRescue",
            Self::PowerOn { .. } => "PowerOn",
            Self::PowerOff { .. } => "PowerOff",
            Self::PowerOffHard => "PowerOffHard",
        }
    }

    /// Whether it may be done again without looking: it only writes what differs.
    pub fn is_convergent(&self) -> bool {
        matches!(self, Self::Apply(_))
    }
}

impl fmt::Display for MachineAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a node waits for, and what takes that long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// One word: the node's state. Also the key by which waiting time is counted.
    pub state: &'static str,
    /// One sentence for people.
    pub message: String,
    /// When a person is needed, if it has not come by then.
    pub until: Option<jiff::Timestamp>,
}

/// Why a person is needed: CamelCase reasons of `Stalled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each is explained by its message.
pub enum Reason {
    ApprovalRequired,
    BmcUnauthorized,
    BootActionFailed,
    CommissioningFailed,
    DeadlineExceeded,
    DeployedWithoutSystem,
    DeploymentFailed,
    DesignInvalid,
    GroupFailed,
    HardwareMismatch,
    HardwareReplaced,
    IdentityConflict,
    InRescueMode,
    IsController,
    Locked,
    MarkedBroken,
    NotOurs,
    NothingToAdopt,
    OutOfService,
    OwnedElsewhere,
    PersonNeeded,
    ProviderRegressed,
    Rejected,
    ReleaseFailed,
    Renamed,
    RetriesSpent,
    TestingFailed,
    Unauthorized,
    Unsupported,
}

impl Reason {
    /// Its name, as reported.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// A node that cannot go on without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Why.
    pub reason: Reason,
    /// What is the matter and what to do, in a sentence or two.
    pub message: String,
    /// Destructive actions that wait for approval, in order, with the plan's hash.
    pub plan: Option<(String, Vec<String>)>,
}

/// What comes next for a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It stands where it has been asked to stand.
    Done {
        /// One word: the node's state.
        state: &'static str,
        /// One sentence for people.
        message: String,
    },
    /// Something takes its time.
    Wait(Awaited),
    /// One action is due.
    Act(MachineAction),
    /// A person is needed.
    Blocked(Blocked),
}

impl Step {
    /// A wait without deadline.
    pub fn wait(state: &'static str, message: impl Into<String>) -> Self {
        Self::Wait(Awaited { state, message: message.into(), until: None })
    }

    /// A block without a plan.
    pub fn blocked(reason: Reason, message: impl Into<String>) -> Self {
        Self::Blocked(Blocked { reason, message: message.into(), plan: None })
    }
}

/// Power, for messages.
impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::On => "On",
            Self::Off => "Off",
            Self::Unknown => "Unknown",
        })
    }
}
