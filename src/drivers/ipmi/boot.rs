//! Where the next boot comes from: set, looked at, and set again before the machine is started.

use super::{
    bmc::IpmiBmc,
    commands::{BOOT_FLAGS, Endurance, GetBootOption, SetBootOption},
    error::IpmiError,
    fleet::{BootOrder, How, Lease},
    vendors,
};
use crate::model::{BootDevice, FirmwareType, Permit};
use std::time::Duration;
use tokio::time::Instant;

/// BMCs without parameter 3 forget boot flags after 60 s (IPMI 2.0 §28.12): older ones are set again before a start.
const FRESH: Duration = Duration::from_secs(20);
/// A boot device that nobody has started the machine with by then belongs to nobody's plan any more.
const WANTED: Duration = Duration::from_mins(15);
/// "Somebody else is changing the boot options" (IPMI 2.0 §28.12).
const IN_PROGRESS: u8 = 0x81;

impl IpmiBmc {
    pub(super) async fn try_set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), IpmiError> {
        let mut lease = self.lease().await;
        self.set_flags(&mut lease, device, firmware, permit).await?;
        self.line().set_boot(Some(BootOrder { device, firmware, at: Instant::now() }));
        let address = self.config().address;
        match lease.execute(GetBootOption(BOOT_FLAGS), How::OPERATOR.last()).await {
            Ok(read) if read.names(device) => {}
            // Some BMCs take the flags and keep them elsewhere than where they are read from.
            Ok(read) => tracing::info!(%address, flags = ?read.data, ?device, "boot flags read back differently"),
            Err(error) => tracing::info!(%address, %error, "boot flags cannot be read back"),
        }
        Ok(())
    }

    /// Sets the flags again that wait for this start, if they may have been forgotten.
    pub(super) async fn reassert_boot(&self, lease: &mut Lease<'_>, permit: &Permit) -> Result<(), IpmiError> {
        let Some(order) = self.line().boot() else { return Ok(()) };
        self.line().set_boot(None);
        if (FRESH..WANTED).contains(&order.at.elapsed()) {
            self.set_flags(lease, order.device, order.firmware, permit).await?;
        }
        Ok(())
    }

    async fn set_flags(
        &self,
        lease: &mut Lease<'_>,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), IpmiError> {
        match lease.execute(SetBootOption::keep_without_reset(), How::write(permit)).await {
            // OpenBMC and others have no such parameter; their flags simply last 60 s.
            Ok(()) | Err(IpmiError::Completion { code: 0x80 | 0xc1 | 0xc9 | 0xcc, .. }) => {}
            Err(error) => return Err(error),
        }
        let flags = self.flags(lease, device, firmware).await?;
        match lease.execute(flags.clone(), How::write(permit)).await {
            // A tool began to change the options and never ended: they are declared complete.
            Err(IpmiError::Completion { code: IN_PROGRESS, .. }) => {
                lease.execute(SetBootOption::in_progress(false), How::write(permit)).await?;
                lease.execute(flags, How::write(permit)).await
            }
            outcome => outcome,
        }
    }

    async fn flags(
        &self,
        lease: &mut Lease<'_>,
        device: BootDevice,
        firmware: FirmwareType,
    ) -> Result<SetBootOption, IpmiError> {
        if device == BootDevice::Disk && firmware == FirmwareType::Uefi {
            let manufacturer = match self.line().manufacturer() {
                Some(number) => number,
                None => self.device(lease).await?.manufacturer_id,
            };
            if vendors::is_supermicro(manufacturer) {
                return Ok(SetBootOption::supermicro_uefi_disk(Endurance::NextBoot));
            }
        }
        Ok(SetBootOption::flags(device, firmware, Endurance::NextBoot))
    }
}
