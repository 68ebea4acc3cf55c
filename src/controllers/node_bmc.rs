//! What a node's turn asks of its BMC: its power before the provisioner knows the machine, and its first network boot.

use super::{heard::Changed, logins::Login, node_work::Work, site_report::with_cause, sweep};
use crate::{
    api::{baremetal_node::Enlistment, hardware_profile::BootMode, memory::NodeMemory},
    drivers::{DriverError, ErrorClass},
    model::{
        BootDevice, FirmwareType, MachineStatus, Observation, OobDesign, Power, PowerAction, Reason, Sighting, Step,
    },
};

impl Work<'_> {
    /// The BMC is asked only while the provisioner does not know the machine, or its power, and somebody wants it to.
    pub(super) fn needs_bmc(&self, seen: &Observation, memory: &NodeMemory) -> bool {
        let unknown = match &seen.sighting {
            Sighting::Missing => self.design.enlistment == Enlistment::Discover,
            // A fresh record knows nothing of its machine's power.
            Sighting::Found(machine) => {
                let fresh = matches!(machine.status, MachineStatus::New | MachineStatus::FailedCommissioning);
                fresh && machine.power == Power::Unknown && !memory.powered_on.unwrap_or_default()
            }
            _ => false,
        };
        unknown
            && !self.design.by_hand
            && self.orders.goal.is_some()
            && memory.deployed.is_none()
            && !self.orders.paused
            && self.orders.design_error.is_none()
    }

    /// Reads the power, or says what comes of it that it could not be read.
    pub(super) async fn read_bmc(&self, memory: &mut NodeMemory) -> Result<Power, Step> {
        let Some(oob) = &self.design.oob else {
            return Err(Step::blocked(Reason::DesignInvalid, "the node has no BMC, and no bootMac to create it by"));
        };
        match self.power_of(oob, memory).await {
            Ok(power) => {
                memory.refused = None;
                self.context.silences.over(self.key);
                // This turn tells the node's own part of it.
                let changed = Changed { node: false, ..self.context.heard.answered(self.key, power) };
                sweep::wake(self.context, self.key, changed);
                Ok(power)
            }
            Err(error) => {
                if let Some(refused) = self.context.logins.refused(self.key) {
                    memory.refused = Some(refused);
                }
                Err(self.bmc_trouble(&error))
            }
        }
    }

    async fn power_of(&self, oob: &OobDesign, memory: &mut NodeMemory) -> Result<Power, DriverError> {
        let login = Login::new(self.context, self.key, self.site, oob, memory.refused.as_ref()).await?;
        let power = login.judge(login.bmc().power().await)?;
        memory.cipher_suite = login.bmc().cipher_suite();
        Ok(power)
    }

    fn bmc_trouble(&self, error: &DriverError) -> Step {
        let address = self.design.oob.as_ref().map(|o| o.address.to_string()).unwrap_or_default();
        let text = with_cause(error);
        match error.class {
            ErrorClass::Unreachable | ErrorClass::Conflict => {
                Step::wait("Unregistered", format!("Waiting for the BMC at {address}: {text}"))
            }
            ErrorClass::Unauthorized => Step::blocked(Reason::BmcUnauthorized, format!("the BMC at {address}: {text}")),
            _ => Step::blocked(Reason::Unsupported, format!("the BMC at {address}: {text}")),
        }
    }

    /// Boots the machine from the network, once, so that it enlists.
    pub(super) async fn network_boot(&self, seen: &Observation) -> Result<(), DriverError> {
        let Some(oob) = &self.design.oob else {
            return Err(DriverError::new(ErrorClass::Unsupported, "the node has no BMC"));
        };
        let firmware = match self.design.boot_mode {
            BootMode::Uefi => FirmwareType::Uefi,
            BootMode::Bios => FirmwareType::Legacy,
        };
        // The machine is not switched yet, and a boot device may be set twice.
        let unswitched = DriverError::before_anything;
        let login = Login::new(self.context, self.key, self.site, oob, None).await.map_err(unswitched)?;
        let set = login.bmc().set_next_boot(BootDevice::Pxe, firmware, &self.context.permit).await;
        login.judge(set).map_err(unswitched)?;
        let power = if seen.bmc_power == Some(Power::On) { PowerAction::Cycle } else { PowerAction::On };
        login.bmc().set_power(power, &self.context.permit).await
    }
}
