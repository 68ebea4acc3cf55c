//! How a record moves on: what MAAS does when something on the machine has ended, or has taken too long.

use serde_json::Value;

use super::machine::PowerAction;
use super::{Step, World};
use crate::region::events::Level;
use crate::region::status::Status;

const COMMISSIONING_FAILED: &str = "Failed commissioning";
const INSTALLATION_FAILED: &str = "Installation failed (refer to the installation log for more information).";

impl World {
    pub(super) fn commissioned(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        self.machines[machine].counts.commissionings += 1;
        if self.faults.commission_fails(&name) {
            self.note(machine, "CommissionFailed", node);
            if let Some(record) = self.region.nodes.get_mut(node) {
                record.commissioning_status = 3;
            }
            self.region.event(node, Level::Info, COMMISSIONING_FAILED, "");
            self.region.set_status(node, Status::FailedCommissioning);
            return;
        }
        self.take_inventory(machine, node);
        self.note(machine, "Commissioned", node);
        let Some(record) = self.region.nodes.get_mut(node) else { return };
        record.commissioning_status = 2;
        let enlisting = std::mem::take(&mut record.enlisting);
        if enlisting {
            self.region.event(node, Level::Info, "New", "");
            self.region.set_status(node, Status::New);
            self.rests(machine, node);
            return;
        }
        let tests = record.run_tests;
        self.configure(node);
        if tests {
            if let Some(record) = self.region.nodes.get_mut(node) {
                record.testing_status = 0;
            }
            self.region.event(node, Level::Info, "Testing", "");
            self.region.set_status(node, Status::Testing);
            self.watch(node);
            self.saw_power(node, "on");
            let epoch = self.machines[machine].epoch;
            let run = super::Run::Test { node: node.to_owned() };
            self.plan(self.times.test, &format!("{name}/test"), Step::Ran { machine, epoch, run });
        } else {
            self.becomes_ready(machine, node);
        }
    }

    pub(super) fn tested(&mut self, machine: usize, node: &str) {
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.testing_status = 2;
        }
        let previous = self.region.nodes.get(node).map_or(Status::Ready, |record| record.previous);
        if previous == Status::Deployed {
            self.region.set_status(node, Status::Deployed);
        } else {
            self.becomes_ready(machine, node);
        }
    }

    fn becomes_ready(&mut self, machine: usize, node: &str) {
        self.own(node, None);
        self.region.event(node, Level::Info, "Ready", "");
        self.region.set_status(node, Status::Ready);
        self.rests(machine, node);
    }

    /// The ephemeral system powers the machine off, unless it was asked to stay.
    fn rests(&mut self, machine: usize, node: &str) {
        if self.region.nodes.get(node).is_some_and(|record| record.keep_on) {
            return self.saw_power(node, "on");
        }
        self.goes_off(machine);
        let known = self.region.nodes.get(node).is_some_and(|record| !record.power_type.is_empty());
        self.saw_power(node, if known { "off" } else { "unknown" });
    }

    pub(super) fn installed(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        if self.faults.deploy_fails(&name) {
            self.note(machine, "DeployFailed", node);
            self.region.event(node, Level::Error, "Node installation failure", "'curtin' curtin command install");
            return self.region.mark_failed(node, Status::FailedDeployment, INSTALLATION_FAILED);
        }
        self.machines[machine].os_on_disk = true;
        self.note(machine, "Installed", node);
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.netboot = false;
            let (osystem, series) = (record.osystem.clone(), record.distro_series.clone());
            let what = format!("deployed {osystem}/{series}/amd64/generic");
            self.region.event(node, Level::Info, "Image Deployed", &what);
        }
        self.region.event(node, Level::Info, "Rebooting", "");
        self.comes_on(machine, "Reboot");
    }

    pub(super) fn deployed(&mut self, machine: usize, node: &str) {
        self.machines[machine].counts.deployments += 1;
        self.note(machine, "Deployed", node);
        self.saw_power(node, "on");
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.netboot = record.ephemeral;
        }
        self.region.event(node, Level::Info, "Deployed", "");
        self.region.set_status(node, Status::Deployed);
    }

    pub(super) fn erased(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        if self.faults.erase_fails(&name) {
            self.note(machine, "EraseFailed", node);
            return self.region.mark_failed(node, Status::FailedDiskErasing, "Failed to erase disks.");
        }
        self.machines[machine].os_on_disk = false;
        self.note(machine, "Erased", node);
        self.region.event(node, Level::Info, "Disks erased", "");
        self.region.set_status(node, Status::Releasing);
        self.goes_off(machine);
        self.saw_power(node, "off");
        self.release_soon(node);
    }

    /// A machine in Releasing is Ready a little later.
    pub(crate) fn release_soon(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get(node) else { return };
        let step = Step::Released { node: node.to_owned(), epoch: record.epoch };
        self.plan(self.times.release, &format!("{node}/release"), step);
    }

    pub(crate) fn release_ends(&mut self, node: &str) {
        if let Some(machine) = self.region.nodes.get(node).and_then(|record| record.machine) {
            // MAAS calls a machine Ready only once it is off.
            self.goes_off(machine);
            self.machines[machine].counts.releases += 1;
            self.machines[machine].user_data = None;
            self.note(machine, "Released", node);
        }
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.owner = None;
            record.owner_data.clear();
            record.locked = false;
            record.ephemeral = false;
        }
        self.region.event(node, Level::Info, "Released", "");
        self.region.set_status(node, Status::Ready);
    }

    /// MAAS waits so long for a machine to report, then gives up.
    pub(crate) fn watch(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get(node) else { return };
        let minutes = self.region.config.get("node_timeout").and_then(Value::as_f64).unwrap_or(30.0);
        let step = Step::Timeout { node: node.to_owned(), epoch: record.epoch };
        // Even a lab without delays gives a machine that never boots the time to be seen waiting.
        self.plan_exact(minutes * 60.0, step);
    }

    pub(super) fn times_out(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get(node) else { return };
        let failed = match record.status {
            Status::Commissioning => Status::FailedCommissioning,
            Status::Testing => Status::FailedTesting,
            Status::Deploying => Status::FailedDeployment,
            Status::Releasing => Status::ReleasingFailed,
            _ => return,
        };
        let minutes = self.region.config.get("node_timeout").and_then(Value::as_u64).unwrap_or(30);
        let why = format!("Node operation '{}' timed out after {minutes} minutes.", record.status.name());
        self.region.mark_failed(node, failed, &why);
    }

    /// Moves a record to a state in which a network boot has something to do, and its machine into that boot.
    pub(crate) fn work(&mut self, node: &str, status: Status, event: &str) {
        let Some(record) = self.region.nodes.get_mut(node) else { return };
        record.previous = record.status;
        self.region.event(node, Level::Info, event, "");
        self.region.set_status(node, status);
        self.watch(node);
        self.maas_power(node, PowerAction::Cycle);
    }
}
