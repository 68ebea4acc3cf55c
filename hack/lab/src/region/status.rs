//! The states of a machine record in MAAS, with MAAS's numbers and names.

/// A state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    New = 0,
    Commissioning = 1,
    FailedCommissioning = 2,
    Missing = 3,
    Ready = 4,
    Reserved = 5,
    Deployed = 6,
    Retired = 7,
    Broken = 8,
    Deploying = 9,
    Allocated = 10,
    FailedDeployment = 11,
    Releasing = 12,
    ReleasingFailed = 13,
    DiskErasing = 14,
    FailedDiskErasing = 15,
    RescueMode = 16,
    EnteringRescueMode = 17,
    FailedToEnterRescueMode = 18,
    ExitingRescueMode = 19,
    FailedToExitRescueMode = 20,
    Testing = 21,
    FailedTesting = 22,
}

use Status as S;

const ALL: [(Status, &str, &str); 23] = [
    (S::New, "New", "new"),
    (S::Commissioning, "Commissioning", "commissioning"),
    (S::FailedCommissioning, "Failed commissioning", "failed_commissioning"),
    (S::Missing, "Missing", "missing"),
    (S::Ready, "Ready", "ready"),
    (S::Reserved, "Reserved", "reserved"),
    (S::Deployed, "Deployed", "deployed"),
    (S::Retired, "Retired", "retired"),
    (S::Broken, "Broken", "broken"),
    (S::Deploying, "Deploying", "deploying"),
    (S::Allocated, "Allocated", "allocated"),
    (S::FailedDeployment, "Failed deployment", "failed_deployment"),
    (S::Releasing, "Releasing", "releasing"),
    (S::ReleasingFailed, "Releasing failed", "failed_releasing"),
    (S::DiskErasing, "Disk erasing", "disk_erasing"),
    (S::FailedDiskErasing, "Failed disk erasing", "failed_disk_erasing"),
    (S::RescueMode, "Rescue mode", "rescue_mode"),
    (S::EnteringRescueMode, "Entering rescue mode", "entering_rescue_mode"),
    (S::FailedToEnterRescueMode, "Failed to enter rescue mode", "failed_entering_rescue_mode"),
    (S::ExitingRescueMode, "Exiting rescue mode", "exiting_rescue_mode"),
    (S::FailedToExitRescueMode, "Failed to exit rescue mode", "failed_exiting_rescue_mode"),
    (S::Testing, "Testing", "testing"),
    (S::FailedTesting, "Failed testing", "failed_testing"),
];

impl Status {
    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(status, ..)| *status == self).map_or("", |(_, name, _)| name)
    }

    /// From the name shown, with any case, spaces or not: `Failed deployment`, `FailedDeployment`.
    pub(crate) fn from_name(text: &str) -> Option<Self> {
        let plain = |text: &str| text.to_lowercase().replace([' ', '_'], "");
        ALL.iter().find(|(_, name, _)| plain(name) == plain(text)).map(|(status, ..)| *status)
    }

    /// From the word a list filter takes.
    pub(crate) fn from_filter(text: &str) -> Option<Self> {
        ALL.iter().find(|(_, _, word)| *word == text).map(|(status, ..)| *status)
    }
}
