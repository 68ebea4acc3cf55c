//! A machine as a provisioner reports it.

use super::{Aspect, Inventory, Power};
use std::collections::BTreeMap;

/// State of a machine in the provisioner: MAAS's node statuses, which other provisioners are mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineStatus {
    /// Known, not commissioned.
    New,
    /// Being commissioned.
    Commissioning,
    /// Commissioning failed.
    FailedCommissioning,
    /// Expected but not seen.
    Missing,
    /// Commissioned and free.
    Ready,
    /// Set aside for somebody.
    Reserved,
    /// Runs a deployed operating system.
    Deployed,
    /// Taken out of use.
    Retired,
    /// Marked broken.
    Broken,
    /// Being installed.
    Deploying,
    /// Taken by an owner, not deployed.
    Allocated,
    /// Installing failed.
    FailedDeployment,
    /// Being given back.
    Releasing,
    /// Giving back failed.
    ReleasingFailed,
    /// Disks are being erased.
    DiskErasing,
    /// Erasing failed.
    FailedDiskErasing,
    /// In rescue mode.
    RescueMode,
    /// On the way into rescue mode.
    EnteringRescueMode,
    /// Did not get into rescue mode.
    FailedEnteringRescueMode,
    /// On the way out of rescue mode.
    ExitingRescueMode,
    /// Did not get out of rescue mode.
    FailedExitingRescueMode,
    /// Being tested.
    Testing,
    /// Tests failed.
    FailedTesting,
}

impl MachineStatus {
    /// Every status, by MAAS's number.
    pub const ALL: [Self; 23] = [
        Self::New,
        Self::Commissioning,
        Self::FailedCommissioning,
        Self::Missing,
        Self::Ready,
        Self::Reserved,
        Self::Deployed,
        Self::Retired,
        Self::Broken,
        Self::Deploying,
        Self::Allocated,
        Self::FailedDeployment,
        Self::Releasing,
        Self::ReleasingFailed,
        Self::DiskErasing,
        Self::FailedDiskErasing,
        Self::RescueMode,
        Self::EnteringRescueMode,
        Self::FailedEnteringRescueMode,
        Self::ExitingRescueMode,
        Self::FailedExitingRescueMode,
        Self::Testing,
        Self::FailedTesting,
    ];

    /// The status with MAAS's number.
    pub fn from_number(number: u64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|n| Self::ALL.get(n).copied())
    }

    /// One word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Commissioning => "Commissioning",
            Self::FailedCommissioning => "FailedCommissioning",
            Self::Missing => "Missing",
            Self::Ready => "Ready",
            Self::Reserved => "Reserved",
            Self::Deployed => "Deployed",
            Self::Retired => "Retired",
            Self::Broken => "Broken",
            Self::Deploying => "Deploying",
            Self::Allocated => "Allocated",
            Self::FailedDeployment => "FailedDeployment",
            Self::Releasing => "Releasing",
            Self::ReleasingFailed => "ReleasingFailed",
            Self::DiskErasing => "DiskErasing",
            Self::FailedDiskErasing => "FailedDiskErasing",
            Self::RescueMode => "RescueMode",
            Self::EnteringRescueMode => "EnteringRescueMode",
            Self::FailedEnteringRescueMode => "FailedEnteringRescueMode",
            Self::ExitingRescueMode => "ExitingRescueMode",
            Self::FailedExitingRescueMode => "FailedExitingRescueMode",
            Self::Testing => "Testing",
            Self::FailedTesting => "FailedTesting",
        }
    }
}

/// Who owns a machine in the provisioner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nobody.
    Nobody,
    /// The account that Slipway uses.
    Us,
    /// Another account.
    Other(String),
}

/// The mark that Slipway leaves on a machine (owner data, or before there is an owner a tag).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// None.
    None,
    /// This node's.
    Ours {
        /// Deploy generation, once it was allocated.
        generation: Option<i64>,
        /// Hash of the design that it was allocated for.
        design: Option<String>,
    },
    /// Another node's, or another cluster's: its owner mark.
    Foreign(String),
}

impl Mark {
    /// Whether it is this node's.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Ours { .. })
    }
}

/// One machine, observed in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// The provisioner's id, such as MAAS's `system_id`.
    pub id: String,
    /// Its host name there.
    pub hostname: String,
    /// The system's serial number, once it is known.
    pub serial: Option<String>,
    /// The MAC addresses of its network cards.
    pub macs: Vec<String>,
    /// Other records, free and nobody's, that have the node's BMC address or boot MAC: what each is, in words.
    pub rivals: Vec<String>,
    /// Its status.
    pub status: MachineStatus,
    /// Who owns it.
    pub owner: Owner,
    /// Slipway's mark on it.
    pub mark: Mark,
    /// Whether it is locked against changes.
    pub locked: bool,
    /// Power as the provisioner last saw it.
    pub power: Power,
    /// Whether an operating system is recorded for it (MAAS: `osystem` is not empty).
    pub has_system: bool,
    /// The calls that each aspect still needs to be as designed, as text; an aspect that is as designed is absent.
    pub pending: BTreeMap<Aspect, Vec<String>>,
    /// Aspects that cannot be brought to the design with this hardware, and why.
    pub impossible: BTreeMap<Aspect, String>,
    /// Of a deployed machine: what is not as designed, and only a redeployment or a person brings back.
    pub fixed: Vec<String>,
    /// What the provisioner says went wrong last.
    pub error: Option<String>,
    /// Whether the last release is proven to have erased the disks (MAAS: the event `Disks erased`).
    pub erased: bool,
    /// The hardware, once it is known.
    pub inventory: Option<Inventory>,
}
