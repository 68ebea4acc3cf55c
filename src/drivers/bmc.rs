//! The out-of-band port: what any BMC can do for Slipway, whatever protocol it speaks.

use super::{DriverError, ErrorClass};
use crate::model::{
    BmcEvent, BmcIdentity, BootDevice, FirmwareType, FirmwareVersion, Inventory, Permit, Power, PowerAction, Sensor,
};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// A capability that a protocol, or this BMC, does not have.
fn lacks<T>(what: &str) -> Result<T, DriverError> {
    Err(DriverError::new(ErrorClass::Unsupported, format!("this BMC cannot {what}")))
}

/// One machine's baseboard management controller.
#[async_trait]
pub trait Bmc: Send + Sync {
    /// The machine's power, read now.
    async fn power(&self) -> Result<Power, DriverError>;

    /// The cipher suite that it took when its power was read last; protocols other than IPMI have none.
    fn cipher_suite(&self) -> Option<i32> {
        None
    }

    /// Changes the power. An off is verified by reading; an on is submitted, and what the machine does next shows that it
    /// runs. Not repeated blindly: an unknown outcome is an error.
    async fn set_power(&self, action: PowerAction, permit: &Permit) -> Result<(), DriverError>;

    /// Makes the next boot, and only that one, come from `device`.
    async fn set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), DriverError>;

    /// Who answers there.
    async fn identity(&self) -> Result<BmcIdentity, DriverError>;

    /// Its sensors, each read now. Tens of exchanges: not for polling.
    async fn sensors(&self) -> Result<Vec<Sensor>, DriverError> {
        lacks("tell its sensors")
    }

    /// The newest entries of its log, newest first, at most `limit`.
    async fn events(&self, limit: usize) -> Result<Vec<BmcEvent>, DriverError> {
        let _ = limit;
        lacks("tell its log")
    }

    /// The machine's hardware, as far as the BMC knows it.
    async fn inventory(&self) -> Result<Inventory, DriverError> {
        lacks("tell the machine's hardware")
    }

    /// The firmwares of the machine and their versions.
    async fn firmware(&self) -> Result<Vec<FirmwareVersion>, DriverError> {
        lacks("tell the firmware's versions")
    }

    /// The settings of the system firmware, by the vendor's names.
    async fn bios_settings(&self) -> Result<BTreeMap<String, String>, DriverError> {
        lacks("tell the settings of the system firmware")
    }

    /// Switches the light on by which a person finds the machine, or off.
    async fn identify(&self, on: bool, permit: &Permit) -> Result<(), DriverError> {
        let _ = (on, permit);
        lacks("switch a light on")
    }
}
