//! [`IpmiBmc`]: the out-of-band port over IPMI. One session for each call: log in, do, close.

use super::{
    commands::{BOOT_FLAGS, ChassisControl, GetBootOption, GetChassisStatus, SetBootOption},
    config::IpmiConfig,
    error::IpmiError,
    transport::{Connection, Sending},
};
use crate::{
    drivers::{Bmc, DriverError, ErrorClass},
    model::{BmcIdentity, BootDevice, FirmwareType, Permit, Power, PowerAction},
};
use async_trait::async_trait;
use ipmi_rs_core::app::GetDeviceId;
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A BMC that speaks IPMI 2.0.
#[derive(Debug, Clone)]
pub struct IpmiBmc {
    config: IpmiConfig,
    /// Id of the cipher suite that the BMC took last; 0 stands for none yet.
    taken: Arc<AtomicU8>,
}

impl IpmiBmc {
    /// A driver for one BMC. Sends nothing; fails if name, password or key do not fit into the protocol.
    pub fn new(config: IpmiConfig) -> Result<Self, IpmiError> {
        config.check()?;
        Ok(Self { config, taken: Arc::default() })
    }

    async fn try_power(&self) -> Result<Power, IpmiError> {
        let mut connection = Connection::open(&self.config).await?;
        self.taken.store(connection.suite().id(), Ordering::Relaxed);
        let power = connection.execute(GetChassisStatus, Sending::Repeat).await;
        connection.close().await;
        power
    }

    async fn try_identity(&self) -> Result<BmcIdentity, IpmiError> {
        let mut connection = Connection::open(&self.config).await?;
        let device = connection.execute(GetDeviceId, Sending::Repeat).await;
        connection.close().await;
        device.map(|device| BmcIdentity {
            vendor: Some(format!("IANA {}", device.manufacturer_id)),
            product: Some(device.product_id.to_string()),
            firmware: Some(format!("{}.{:02}", device.major_fw_revision, device.minor_fw_revision)),
            ..BmcIdentity::default()
        })
    }

    async fn try_set_power(&self, action: PowerAction, permit: &Permit) -> Result<(), IpmiError> {
        let mut connection = Connection::open(&self.config).await?;
        let outcome = self.change_power(&mut connection, action, permit).await;
        connection.close().await;
        outcome
    }

    /// A cycle is built from its parts: BMCs refuse their own one when off (0xD5), or accept it without effect.
    async fn change_power(
        &self,
        connection: &mut Connection,
        action: PowerAction,
        permit: &Permit,
    ) -> Result<(), IpmiError> {
        let before = connection.execute(GetChassisStatus, Sending::Repeat).await?;
        if before != Power::Off {
            match action {
                PowerAction::On => {}
                PowerAction::Off | PowerAction::Cycle => self.switch_off(connection, permit).await?,
                PowerAction::SoftOff => self.shut_down(connection, permit).await?,
            }
        }
        let on_is_due = match action {
            PowerAction::On => before != Power::On,
            PowerAction::Off | PowerAction::SoftOff => false,
            PowerAction::Cycle => true,
        };
        if on_is_due {
            self.switch_on(connection, permit).await?;
        }
        Ok(())
    }

    /// Sends the command, once, and reads until it has had its effect: what follows needs a machine that is off.
    async fn switch_off(&self, connection: &mut Connection, permit: &Permit) -> Result<(), IpmiError> {
        permit.check()?;
        let unknown = match connection.execute(ChassisControl::PowerDown, Sending::Once).await {
            Ok(()) => None,
            Err(error @ IpmiError::NoAnswer(..)) => Some(error),
            Err(error) => return Err(error),
        };
        let outcome = self.await_power(connection, Power::Off, self.config.timing.settle).await;
        match (outcome, unknown) {
            // Nothing happened and nobody said it would: the command may never have arrived.
            (Err(IpmiError::NotReached { .. }), Some(unanswered)) => Err(unanswered),
            (outcome, _) => outcome,
        }
    }

    /// Sends the command, once, and does not wait: what the machine does next shows whether it runs, and it may be off
    /// again before anybody looks. Only where nothing answered, the power is read.
    async fn switch_on(&self, connection: &mut Connection, permit: &Permit) -> Result<(), IpmiError> {
        permit.check()?;
        let unanswered = match connection.execute(ChassisControl::PowerUp, Sending::Once).await {
            Err(error @ IpmiError::NoAnswer(..)) => error,
            outcome => return outcome,
        };
        match connection.execute(GetChassisStatus, Sending::Repeat).await {
            Ok(Power::On) => Ok(()),
            _ => Err(unanswered),
        }
    }

    /// Asks the operating system first. Systems that do not listen are common, and so are BMCs that cannot ask.
    async fn shut_down(&self, connection: &mut Connection, permit: &Permit) -> Result<(), IpmiError> {
        permit.check()?;
        let asked = connection.execute(ChassisControl::SoftShutdown, Sending::Once).await;
        let waited = match asked {
            Ok(()) | Err(IpmiError::NoAnswer(..)) => {
                self.await_power(connection, Power::Off, self.config.timing.shutdown).await
            }
            Err(error @ IpmiError::Completion { .. }) => Err(error),
            Err(error) => return Err(error),
        };
        match waited {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::info!(address = %self.config.address, %error, "not shut down, so powered down");
                self.switch_off(connection, permit).await
            }
        }
    }

    /// BMCs answer before the power has changed, and some are deaf for a while after.
    async fn await_power(&self, connection: &mut Connection, wanted: Power, within: Duration) -> Result<(), IpmiError> {
        let timing = self.config.timing;
        let deadline = Instant::now() + within;
        loop {
            let failure = match connection.execute(GetChassisStatus, Sending::Repeat).await {
                Ok(power) if power == wanted => return Ok(()),
                Ok(_) => IpmiError::NotReached { wanted, waited: within },
                Err(error) if error.class() == ErrorClass::Unreachable => error,
                Err(error) => return Err(error),
            };
            let next = Instant::now() + timing.poll;
            if next >= deadline {
                return Err(failure);
            }
            sleep_until(next).await;
        }
    }

    async fn try_set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), IpmiError> {
        let mut connection = Connection::open(&self.config).await?;
        let outcome = self.set_boot_flags(&mut connection, device, firmware, permit).await;
        connection.close().await;
        outcome
    }

    async fn set_boot_flags(
        &self,
        connection: &mut Connection,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), IpmiError> {
        permit.check()?;
        match connection.execute(SetBootOption::keep_without_reset(), Sending::Repeat).await {
            // OpenBMC and others have no such parameter; their flags simply last 60 s, long enough for us.
            Ok(()) | Err(IpmiError::Completion { code: 0x80 | 0xc9 | 0xcc, .. }) => {}
            Err(error) => return Err(error),
        }
        permit.check()?;
        connection.execute(SetBootOption::flags(device, firmware), Sending::Repeat).await?;
        let address = self.config.address;
        match connection.execute(GetBootOption(BOOT_FLAGS), Sending::Repeat).await {
            Ok(read) if read.names(device) => {}
            // Some BMCs take the flags and keep them elsewhere than where they are read from.
            Ok(read) => tracing::info!(%address, flags = ?read.data, ?device, "boot flags read back differently"),
            Err(error) => tracing::info!(%address, %error, "boot flags cannot be read back"),
        }
        Ok(())
    }
}

#[async_trait]
impl Bmc for IpmiBmc {
    async fn power(&self) -> Result<Power, DriverError> {
        self.try_power().await.map_err(|error| error.at(self.config.address, "read the power"))
    }

    fn cipher_suite(&self) -> Option<i32> {
        Some(self.taken.load(Ordering::Relaxed)).filter(|id| *id != 0).map(i32::from)
    }

    async fn set_power(&self, action: PowerAction, permit: &Permit) -> Result<(), DriverError> {
        let doing = match action {
            PowerAction::On => "power on",
            PowerAction::Off => "power off",
            PowerAction::SoftOff => "shut down",
            PowerAction::Cycle => "power cycle",
        };
        self.try_set_power(action, permit).await.map_err(|error| error.at(self.config.address, doing))
    }

    async fn set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), DriverError> {
        let outcome = self.try_set_next_boot(device, firmware, permit).await;
        outcome.map_err(|error| error.at(self.config.address, "set the boot device"))
    }

    async fn identity(&self) -> Result<BmcIdentity, DriverError> {
        self.try_identity().await.map_err(|error| error.at(self.config.address, "read the device ID"))
    }
}
