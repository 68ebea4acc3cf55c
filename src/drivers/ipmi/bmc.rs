//! [`IpmiBmc`]: the out-of-band port over IPMI. Each call is one turn at the BMC: log in, do, close.

use super::{
    commands::GetChassisStatus,
    config::IpmiConfig,
    error::IpmiError,
    fleet::{Fleet, How, Lease, Line},
    power::Switch,
};
use crate::{
    drivers::{Bmc, DriverError, ErrorClass},
    model::{
        BmcEvent, BmcIdentity, BootDevice, FirmwareType, FirmwareVersion, Inventory, Permit, Power, PowerAction, Sensor,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// A BMC that speaks IPMI 2.0.
#[derive(Debug, Clone)]
pub struct IpmiBmc {
    config: Arc<IpmiConfig>,
    fleet: Fleet,
    line: Arc<Line>,
}

impl IpmiBmc {
    /// A driver for one BMC. Sends nothing; fails if name, password or key do not fit into the protocol. What is known of
    /// the BMC, as the cipher suite that it takes, is kept by the fleet: a driver may be made anew for each call.
    pub fn new(fleet: &Fleet, config: IpmiConfig) -> Result<Self, IpmiError> {
        config.check()?;
        let line = fleet.line(config.address)?;
        Ok(Self { config: Arc::new(config), fleet: fleet.clone(), line })
    }

    /// Waits until nobody else asks this BMC.
    pub(super) async fn lease(&self) -> Lease<'_> {
        Lease::take(&self.fleet, &self.line, &self.config).await
    }

    pub(super) fn config(&self) -> &IpmiConfig {
        &self.config
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    async fn try_power(&self) -> Result<Power, IpmiError> {
        self.lease().await.execute(GetChassisStatus, How::READ.last()).await
    }
}

impl IpmiBmc {
    /// An outcome as the port tells it.
    fn told<T>(&self, outcome: Result<T, IpmiError>, doing: &str) -> Result<T, DriverError> {
        outcome.map_err(|error| error.at(self.config.address, doing))
    }
}

#[async_trait]
impl Bmc for IpmiBmc {
    async fn power(&self) -> Result<Power, DriverError> {
        self.told(self.try_power().await, "read the power")
    }

    fn cipher_suite(&self) -> Option<i32> {
        self.line.suite().map(|suite| suite.id().into())
    }

    async fn set_power(&self, action: PowerAction, permit: &Permit) -> Result<(), DriverError> {
        let mut switch = Switch { bmc: self, lease: self.lease().await, permit, is_under_way: false };
        let outcome = self.told(switch.change(action).await, action.doing());
        outcome.map_err(|error| DriverError { not_begun: !switch.is_under_way, ..error })
    }

    async fn set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), DriverError> {
        self.told(self.try_set_next_boot(device, firmware, permit).await, "set the boot device")
    }

    async fn identity(&self) -> Result<BmcIdentity, DriverError> {
        self.told(self.try_identity().await, "ask who it is")
    }

    async fn sensors(&self) -> Result<Vec<Sensor>, DriverError> {
        self.told(self.try_sensors().await, "read the sensors")
    }

    async fn events(&self, limit: usize) -> Result<Vec<BmcEvent>, DriverError> {
        self.told(self.try_events(limit).await, "read the log")
    }

    async fn inventory(&self) -> Result<Inventory, DriverError> {
        let inventory = self.told(self.try_inventory().await, "read the inventory of parts")?;
        inventory.ok_or_else(|| {
            let address = self.config.address;
            DriverError::new(ErrorClass::Unsupported, format!("the BMC at {address} keeps no inventory of parts"))
        })
    }

    async fn firmware(&self) -> Result<Vec<FirmwareVersion>, DriverError> {
        self.told(self.try_firmware().await, "read the firmware's version")
    }

    async fn identify(&self, on: bool, permit: &Permit) -> Result<(), DriverError> {
        self.told(self.try_identify(on, permit).await, "switch the light")
    }
}
