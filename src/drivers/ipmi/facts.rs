//! Who a BMC is, and of what machine: identity, inventory, firmware, and the light on its front.

use super::{
    bmc::IpmiBmc,
    commands::{ChassisIdentify, GetPowerReading, GetSystemGuid, PowerReading, ResetController},
    error::IpmiError,
    fleet::{How, Lease},
    fru::Fru,
    stores, vendors,
};
use crate::model::{BmcIdentity, FirmwareVersion, Inventory, Permit};
use ipmi_rs_core::app::{DeviceId, GetDeviceId};

/// How long a light burns whose BMC knows no "for ever": as long as a byte of seconds lets it.
const LONGEST_LIGHT: u8 = 255;

impl IpmiBmc {
    pub(super) async fn try_identity(&self) -> Result<BmcIdentity, IpmiError> {
        let mut lease = self.lease().await;
        let device = self.device(&mut lease).await?;
        let fru = stores::inventory(&mut lease).await?.unwrap_or_default();
        // Refused by some, and no reason to know nothing.
        let guid = match lease.execute(GetSystemGuid, How::READ.last()).await {
            Ok(guid) => guid.ordered().map(|_| guid.to_string()),
            Err(IpmiError::Completion { .. } | IpmiError::Malformed(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(BmcIdentity {
            vendor: Some(vendors::name(device.manufacturer_id)),
            product: product(&fru).or_else(|| Some(device.product_id.to_string())),
            firmware: Some(firmware(&device)),
            system_id: guid,
            serial: serial(&fru),
        })
    }

    pub(super) async fn try_inventory(&self) -> Result<Option<Inventory>, IpmiError> {
        let fru = stores::inventory(&mut self.lease().await).await?;
        Ok(fru.map(|fru| Inventory {
            vendor: fru.product.manufacturer.clone().or_else(|| fru.board.manufacturer.clone()),
            product: product(&fru),
            serial: serial(&fru),
            ..Inventory::default()
        }))
    }

    pub(super) async fn try_firmware(&self) -> Result<Vec<FirmwareVersion>, IpmiError> {
        let mut lease = self.lease().await;
        let device = lease.execute(GetDeviceId, How::READ.last()).await?;
        Ok(vec![FirmwareVersion { component: "BMC".to_owned(), version: firmware(&device) }])
    }

    pub(super) async fn try_identify(&self, on: bool, permit: &Permit) -> Result<(), IpmiError> {
        let mut lease = self.lease().await;
        if !on {
            return lease.execute(ChassisIdentify::Off, How::write(permit).last()).await;
        }
        match lease.execute(ChassisIdentify::On, How::write(permit)).await {
            Err(IpmiError::Completion { code: 0xc7..=0xc9 | 0xcc, .. }) => {
                lease.execute(ChassisIdentify::For(LONGEST_LIGHT), How::write(permit).last()).await
            }
            outcome => outcome,
        }
    }

    /// What the machine takes from its supplies; `None` where the BMC does not measure it.
    pub async fn power_reading(&self) -> Result<Option<PowerReading>, IpmiError> {
        self.lease().await.execute(GetPowerReading, How::READ.last()).await
    }

    /// Resets the BMC; the machine runs on. Only at a person's wish. The BMC may be gone before it has answered, which is
    /// no error.
    pub async fn reset_controller(&self, reset: ResetController, permit: &Permit) -> Result<(), IpmiError> {
        match self.lease().await.execute(reset, How::once(permit).last()).await {
            Err(IpmiError::NoAnswer(operation, _)) if operation.is_reset() => Ok(()),
            outcome => outcome,
        }
    }

    /// The device ID, whose manufacturer is remembered.
    pub(super) async fn device(&self, lease: &mut Lease<'_>) -> Result<DeviceId, IpmiError> {
        let device = lease.execute(GetDeviceId, How::READ).await?;
        self.line().set_manufacturer(device.manufacturer_id);
        Ok(device)
    }
}

fn firmware(device: &DeviceId) -> String {
    format!("{}.{:02}", device.major_fw_revision, device.minor_fw_revision)
}

fn product(fru: &Fru) -> Option<String> {
    fru.product.name.clone().or_else(|| fru.board.product.clone())
}

/// The machine's serial number; its board's is another one.
fn serial(fru: &Fru) -> Option<String> {
    fru.product.serial.clone().or_else(|| fru.chassis.serial.clone())
}
