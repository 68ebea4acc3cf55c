//! What a BMC is told, and its answer to it: power and boot device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Power of a machine, as last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Power {
    /// The machine runs.
    On,
    /// The machine is off.
    Off,
    /// Nobody could tell: no answer, or a driver that cannot ask.
    Unknown,
}

/// What a BMC is asked to do with the power (IPMI 2.0 §28.3, Redfish `ComputerSystem.Reset`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PowerAction {
    /// Power up.
    On,
    /// Power down at once.
    Off,
    /// The operating system is asked to shut down; what has not gone off within the driver's deadline is powered down.
    SoftOff,
    /// Off, verified, then on. Started from off, it only powers up.
    Cycle,
}

impl PowerAction {
    /// What is being done, for errors: an infinitive.
    pub fn doing(self) -> &'static str {
        match self {
            Self::On => "power on",
            Self::Off => "power off",
            Self::SoftOff => "shut down",
            Self::Cycle => "power cycle",
        }
    }
}

/// Where the next boot comes from (IPMI 2.0 §28.13, boot flags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BootDevice {
    /// The network, by PXE.
    Pxe,
    /// The default hard disk.
    Disk,
    /// The firmware's setup.
    Setup,
    /// No override: the firmware's own boot order.
    None,
}

/// The kind of boot that a boot override asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FirmwareType {
    /// PC-compatible ("legacy") boot.
    Legacy,
    /// UEFI boot.
    Uefi,
}
