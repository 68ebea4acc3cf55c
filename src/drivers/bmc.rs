//! The out-of-band port: what any BMC can do for Slipway, whatever protocol it speaks.

use super::DriverError;
use crate::model::{BmcIdentity, BootDevice, FirmwareType, Permit, Power, PowerAction};
use async_trait::async_trait;

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
}
