//! Power: commands from a BMC session or from MAAS, and what they do to a machine.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::machine::{BootDevice, PowerAction};
use super::{Step, World};
use crate::region::events::Level;
use crate::region::status::Status;
use crate::spec::{Firmware, Quirk};

/// Why MAAS cannot use a BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BmcTrouble {
    /// No power type, or one without a BMC: MAAS cannot know.
    Manual,
    /// Nobody answers, or nobody lets MAAS in.
    Unreachable,
}

impl World {
    /// A chassis control command was accepted; it takes effect after a moment.
    pub(crate) fn power(&mut self, machine: usize, action: PowerAction) {
        let Some(target) = self.machines.get_mut(machine) else { return };
        if action == PowerAction::SoftOff {
            let deaf = target.spec.bmc.quirks.contains(&Quirk::IgnoresSoftOff);
            if deaf || self.faults.bmc_quirk(&target.spec.name, Quirk::IgnoresSoftOff) {
                return;
            }
        }
        target.pending = Some(action);
        let purpose = format!("{}/power", target.spec.name);
        // A clean shutdown takes the operating system a while.
        let seconds = if action == PowerAction::SoftOff { self.times.power * 5.0 } else { self.times.power };
        self.plan(seconds, &purpose, Step::Power { machine, action });
    }

    pub(super) fn power_happens(&mut self, machine: usize, action: PowerAction) {
        let Some(target) = self.machines.get_mut(machine) else { return };
        target.pending = None;
        match action {
            PowerAction::Off | PowerAction::SoftOff => self.goes_off(machine),
            PowerAction::On if !target.on => self.comes_on(machine, "PowerOn"),
            PowerAction::On => {}
            PowerAction::Cycle | PowerAction::Reset => {
                target.counts.power_cycles += 1;
                self.comes_on(machine, "PowerCycle");
            }
        }
    }

    pub(super) fn goes_off(&mut self, machine: usize) {
        let Some(target) = self.machines.get_mut(machine) else { return };
        if target.on {
            target.on = false;
            target.redfish.posting = false;
            target.redfish.record("OK", "The system was powered off.");
            target.epoch += 1;
            target.counts.power_offs += 1;
            self.note(machine, "PowerOff", "");
        }
    }

    pub(super) fn comes_on(&mut self, machine: usize, kind: &'static str) {
        let Some(target) = self.machines.get_mut(machine) else { return };
        target.on = true;
        target.epoch += 1;
        if kind == "PowerOn" {
            target.counts.power_ons += 1;
        }
        target.boots_from = target.flags.take();
        target.redfish.boots();
        let (epoch, name, device) = (target.epoch, target.spec.name.clone(), target.boots_from);
        let from = match device {
            BootDevice::FirmwareOrder => "firmware order",
            BootDevice::Network => "boot flag: network",
            BootDevice::Disk => "boot flag: disk",
            BootDevice::Cd => "boot flag: CD",
            BootDevice::Setup => "boot flag: setup",
        };
        self.note(machine, kind, from);
        if !self.faults.never_boots(&name) {
            self.plan(self.times.post, &format!("{name}/post"), Step::Posted { machine, epoch });
        }
    }

    /// The machine MAAS reaches with a record's power parameters.
    pub(crate) fn bmc_of(&mut self, node: &str) -> Result<usize, BmcTrouble> {
        let record = self.region.nodes.get(node).ok_or(BmcTrouble::Manual)?;
        if !record.power_params.contains_key("power_address") {
            return Err(BmcTrouble::Manual);
        }
        let text = |key: &str| record.power_params.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let address: Ipv4Addr = text("power_address").parse().map_err(|_| BmcTrouble::Unreachable)?;
        let (user, password) = (text("power_user"), text("power_pass"));
        let machine = self.by_bmc(address).ok_or(BmcTrouble::Unreachable)?;
        let name = self.machines[machine].spec.name.clone();
        if self.faults.rack_down() || self.faults.bmc_dead(&name) {
            return Err(BmcTrouble::Unreachable);
        }
        let open = self.machines[machine].spec.bmc.open || record_is_redfish(&self.region, node);
        if !open && !self.machines[machine].accounts.iter().any(|(u, p)| *u == user && *p == password) {
            return Err(BmcTrouble::Unreachable);
        }
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.bmc_seen = true;
        }
        Ok(machine)
    }

    /// What the BMC says about power, which MAAS remembers.
    pub(crate) fn query_power(&mut self, node: &str) -> Result<&'static str, BmcTrouble> {
        let machine = self.bmc_of(node);
        let machine = machine?;
        let state = if self.machines[machine].on { "on" } else { "off" };
        self.saw_power(node, state);
        Ok(state)
    }

    /// MAAS will move power once its answer is given.
    pub(crate) fn maas_power(&mut self, node: &str, action: PowerAction) {
        let Some(record) = self.region.nodes.get(node) else { return };
        let step = Step::MaasPower { node: node.to_owned(), epoch: record.epoch, action };
        self.plan(self.times.power, &format!("{node}/maas"), step);
    }

    /// MAAS moves power now. Before a machine comes on it is told to boot from the network, as MAAS always does.
    pub(super) fn maas_power_now(&mut self, node: &str, action: PowerAction) {
        let machine = match self.bmc_of(node) {
            Ok(machine) => machine,
            Err(BmcTrouble::Manual) => return,
            Err(BmcTrouble::Unreachable) => return self.bmc_failed(node),
        };
        match action {
            PowerAction::Off | PowerAction::SoftOff => self.goes_off(machine),
            PowerAction::On | PowerAction::Cycle | PowerAction::Reset => {
                let efi = self.machines[machine].spec.firmware == Firmware::Uefi;
                self.machines[machine].flags.network_once(efi);
                let running = self.machines[machine].on;
                if !running {
                    self.comes_on(machine, "PowerOn");
                } else if action != PowerAction::On {
                    self.machines[machine].counts.power_cycles += 1;
                    self.comes_on(machine, "PowerCycle");
                }
            }
        }
        let state = if self.machines[machine].on { "on" } else { "off" };
        self.saw_power(node, state);
        if state == "off" {
            self.after_power_off(node);
        }
    }

    /// Power is off now; a machine that leaves rescue mode for good has left it.
    fn after_power_off(&mut self, node: &str) {
        let leaving = self.region.nodes.get(node).is_some_and(|record| record.status == Status::ExitingRescueMode);
        if leaving {
            self.left_rescue(node);
        }
    }

    fn bmc_failed(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get_mut(node) else { return };
        record.power_state = "error";
        let (status, previous) = (record.status, record.previous);
        let text = "Unable to power control the node. Please check power credentials.";
        match status {
            Status::Commissioning => {
                let doing =
                    format!("(admin) - Aborting COMMISSIONING and reverting to {}", previous.name().to_uppercase());
                self.region.event(node, Level::Error, "Failed to query node's BMC", &format!("{doing}. {text}"));
                self.region.set_status(node, previous);
            }
            Status::Deploying => {
                self.region.event(node, Level::Error, "Failed to power on node", text);
                self.region.mark_failed(node, Status::FailedDeployment, text);
            }
            Status::DiskErasing => self.region.mark_failed(node, Status::FailedDiskErasing, text),
            Status::Releasing => self.region.mark_failed(node, Status::ReleasingFailed, text),
            _ => self.region.event(node, Level::Error, "Failed to query node's BMC", text),
        }
    }
}

/// Redfish has accounts of its own, which the lab's BMCs do not keep.
fn record_is_redfish(region: &crate::region::Region, node: &str) -> bool {
    region.nodes.get(node).is_some_and(|record| record.power_type == "redfish")
}
