//! What the numbers of MAAS's node statuses allow.

use crate::model::MachineStatus;

/// Groups of statuses that allow the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Known, but not commissioned, or failed at it.
    Uncommissioned,
    /// Commissioned and configurable.
    Configurable,
    /// Allocated: configurable but for its storage.
    Allocated,
    /// Runs an operating system, or should.
    Deployed,
    /// On its way from one status to another, or stuck there.
    Moving,
}

impl Phase {
    /// The phase of a status by number.
    pub(crate) fn of(number: u64) -> Self {
        use MachineStatus as S;
        match MachineStatus::from_number(number) {
            Some(S::New | S::FailedCommissioning | S::FailedTesting | S::Broken | S::Missing | S::Retired) => {
                Self::Uncommissioned
            }
            Some(S::Ready) => Self::Configurable,
            Some(S::Allocated) => Self::Allocated,
            Some(S::Deployed) => Self::Deployed,
            _ => Self::Moving,
        }
    }
}
