//! How a record moves on: what MAAS does when something on the machine has ended, or has taken too long.

use super::machine::PowerAction;
use super::{Step, World};
use crate::region::events::Level;
use crate::region::results::{FAILED, PASSED, TIMED_OUT};
use crate::region::status::Status;

const INSTALLATION_FAILED: &str = "Installation failed (refer to the installation log for more information).";

impl World {
    pub(super) fn commissioned(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        self.machines[machine].counts.commissionings += 1;
        let fails = self.faults.commission_fails(&name);
        let enlisting = self.region.nodes.get_mut(node).is_some_and(|record| std::mem::take(&mut record.enlisting));
        self.take_inventory(machine, node);
        if !enlisting {
            self.configure(node);
        }
        self.scripts_end(machine, node, fails.as_deref());
        if fails.is_some() {
            self.note(machine, "CommissionFailed", node);
            self.region.abort_sets(node);
            self.region.event(node, Level::Info, "Failed commissioning", "");
            return self.region.set_status(node, Status::FailedCommissioning);
        }
        self.note(machine, "Commissioned", node);
        self.region.evaluate_tags(None, Some(node));
        if enlisting {
            self.region.event(node, Level::Info, "New", "");
            self.region.set_status(node, Status::New);
            return self.rests(machine, node);
        }
        self.region.spread_tests(node);
        let record = self.region.nodes.get(node);
        let waiting = record.is_some_and(|record| {
            let tests = record.set(record.testing_result);
            tests.is_some_and(|set| set.results.iter().any(|one| one.status == crate::region::results::PENDING))
        });
        if waiting {
            self.region.event(node, Level::Info, "Testing", "");
            let previous = self.region.nodes.get(node).map_or(Status::Ready, |record| record.previous);
            self.region.set_status(node, Status::Testing);
            if let Some(record) = self.region.nodes.get_mut(node) {
                record.previous = previous;
            }
            self.watch(node);
            self.saw_power(node, "on");
            let epoch = self.machines[machine].epoch;
            let run = super::Run::Test { node: node.to_owned() };
            self.plan(self.times.test, &format!("{name}/test"), Step::Ran { machine, epoch, run });
        } else {
            self.becomes_ready(machine, node);
        }
    }

    /// The scripts of a commissioning run one after another and tell how they went.
    fn scripts_end(&mut self, machine: usize, node: &str, failing: Option<&str>) {
        let outputs = self.machines[machine].spec.outputs.clone();
        let Some(record) = self.region.nodes.get(node) else { return };
        let current = record.commissioning_result;
        let skip_bmc = record.skip_bmc_config;
        let (lshw, lldp) =
            record.inventory.as_ref().map(|one| (one.lshw.clone(), one.lldp.clone())).unwrap_or_default();
        let Some(set) = record.set(current) else { return };
        let mut order: Vec<(String, u64)> = set.results.iter().map(|one| (one.name.clone(), one.id)).collect();
        order.sort();
        for (name, id) in order {
            let skipped = name == "30-maas-01-bmc-config" && skip_bmc;
            if skipped {
                continue;
            }
            let status = if failing == Some(name.as_str()) { FAILED } else { PASSED };
            let said = match name.as_str() {
                "maas-lshw" => lshw.clone(),
                "maas-capture-lldpd" => lldp.clone(),
                "20-maas-01-install-lldpd" | "maas-support-info" => "ok\n".to_owned(),
                "maas-serial-ports" => "{}\n".to_owned(),
                _ => String::new(),
            };
            let said = outputs.get(&name).cloned().unwrap_or(said);
            self.script_event(node, &name, "Pending", "Running");
            self.result_ends(node, current, id, status, said);
            self.script_event(node, &name, "Running", if status == PASSED { "Passed" } else { "Failed" });
        }
    }

    fn script_event(&mut self, node: &str, name: &str, from: &str, to: &str) {
        let text = format!("{name} changed status from '{from}' to '{to}'");
        self.region.event(node, Level::Debug, "Script result", &text);
    }

    fn result_ends(&mut self, node: &str, set: Option<u64>, id: u64, status: u8, stdout: String) {
        let script =
            self.region.nodes.get(node).and_then(|record| record.set(set)?.results.iter().find(|one| one.id == id));
        let revision = self.region.revision_of(script.and_then(|one| one.script));
        let Some(set) = self.region.nodes.get_mut(node).and_then(|record| record.set_mut(set)) else { return };
        set.last_ping = Some(jiff::Timestamp::now());
        if let Some(result) = set.results.iter_mut().find(|one| one.id == id) {
            result.stdout = stdout;
            result.ends(status, revision);
        }
    }

    pub(super) fn tested(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        let fails = self.faults.test_fails(&name);
        let Some(record) = self.region.nodes.get(node) else { return };
        let (current, previous) = (record.testing_result, record.previous);
        let tests = record.set(current).map(|set| set.results.clone()).unwrap_or_default();
        let first = tests.first().map(|one| one.id);
        for test in &tests {
            // A failing machine fails its first test.
            let failed = fails && Some(test.id) == first;
            self.script_event(node, &test.label(), "Pending", "Running");
            self.region.event(node, Level::Info, "Running test", &test.label());
            self.result_ends(node, current, test.id, if failed { FAILED } else { PASSED }, String::new());
            self.script_event(node, &test.label(), "Running", if failed { "Failed" } else { "Passed" });
        }
        if fails {
            self.note(machine, "TestFailed", node);
            self.region.event(node, Level::Info, "Failed testing", "");
            return self.region.set_status(node, Status::FailedTesting);
        }
        if matches!(previous, Status::Deployed | Status::Allocated | Status::Reserved | Status::RescueMode) {
            self.region.set_status(node, previous);
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
        let Some(record) = self.region.nodes.get(node) else { return };
        let known = !record.power_type.is_empty() && record.power_type != "manual";
        if record.keep_on || self.machines[machine].spec.stays_on {
            return self.saw_power(node, if known { "on" } else { "unknown" });
        }
        self.goes_off(machine);
        self.saw_power(node, if known { "off" } else { "unknown" });
    }

    /// The installer starts on the machine.
    pub(super) fn installing(&mut self, node: &str) {
        let installer = "'curtin' curtin command install";
        self.region.event(node, Level::Debug, "Node installation", installer);
        let current = self.region.nodes.get(node).and_then(|record| record.installation_result);
        if let Some(set) = self.region.nodes.get_mut(node).and_then(|record| record.set_mut(current)) {
            for result in &mut set.results {
                result.starts();
            }
        }
        self.script_event(node, "/tmp/install.log", "Pending", "Running");
        self.region.event(node, Level::Info, "Configuring storage", "");
        self.region.event(node, Level::Debug, "Node installation", "'curtin' configuring storage");
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.status_action = Some("cmd-install/stage-partitioning".to_owned());
        }
    }

    pub(super) fn installed(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        let current = self.region.nodes.get(node).and_then(|record| record.installation_result);
        let log = self.region.nodes.get(node).and_then(|record| Some(record.set(current)?.results.first()?.id));
        if self.faults.deploy_fails(&name) {
            self.note(machine, "DeployFailed", node);
            self.region.event(node, Level::Error, "Node installation failure", "'curtin' curtin command install");
            let text = "curtin: Installation started.\ncurtin: Installation failed with exception\n";
            if let Some(id) = log {
                self.result_ends(node, current, id, FAILED, text.to_owned());
            }
            self.region.event(node, Level::Info, "Script", "/tmp/install.log failed");
            return self.region.mark_failed(node, Status::FailedDeployment, INSTALLATION_FAILED);
        }
        self.machines[machine].os_on_disk = true;
        self.note(machine, "Installed", node);
        let text = "curtin: Installation started.\ncurtin: Installation finished. No error reported.\n";
        if let Some(id) = log {
            self.result_ends(node, current, id, PASSED, text.to_owned());
            // The log's set is told apart from scripts by never having pinged.
            if let Some(set) = self.region.nodes.get_mut(node).and_then(|record| record.set_mut(current)) {
                set.last_ping = None;
            }
        }
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.netboot = false;
        }
        self.comes_on(machine, "Reboot");
    }

    pub(super) fn deployed(&mut self, machine: usize, node: &str) {
        self.machines[machine].counts.deployments += 1;
        self.note(machine, "Deployed", node);
        self.saw_power(node, "on");
        let Some(record) = self.region.nodes.get_mut(node) else { return };
        record.netboot = record.ephemeral;
        record.status_action = Some(String::new());
        let what = format!("deployed {}/{}/amd64/generic", record.osystem, record.distro_series);
        let (release, ephemeral) = (format!("{}/{}", record.osystem, record.distro_series), record.ephemeral);
        let newer = self.region.version.since(3, 5);
        for one in self.region.boot_resources.values_mut().filter(|one| newer && one.release() == release) {
            one.last_deployed = Some(jiff::Timestamp::now());
        }
        if !ephemeral {
            self.region.event(node, Level::Info, "Rebooting", "");
        }
        self.region.event(node, Level::Info, "Image Deployed", &what);
        self.region.event(node, Level::Info, "Deployed", "");
        self.region.set_status(node, Status::Deployed);
    }

    pub(super) fn rescued(&mut self, machine: usize, node: &str) {
        self.note(machine, "RescueMode", node);
        let previous = self.region.nodes.get(node).map_or(Status::Ready, |record| record.previous);
        self.region.event(node, Level::Info, "Rescue mode", "");
        self.region.set_status(node, Status::RescueMode);
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.previous = previous;
        }
    }

    /// The machine is out of rescue mode: back in its own system, or off.
    pub(super) fn left_rescue(&mut self, node: &str) {
        let previous = self.region.nodes.get(node).map_or(Status::Ready, |record| record.previous);
        self.region.event(node, Level::Info, "Exited rescue mode", "");
        self.region.set_status(node, previous);
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
        self.region.event(node, Level::Info, "Releasing", "");
        self.region.set_status(node, Status::Releasing);
        self.goes_off(machine);
        self.saw_power(node, "off");
        self.release_soon(node);
    }

    /// The scripts of a release have run.
    pub(super) fn release_scripts_ran(&mut self, machine: usize, node: &str) {
        let name = self.machines[machine].spec.name.clone();
        let fails = self.faults.erase_fails(&name);
        let set = self.region.nodes.get(node).and_then(|record| record.sets.last().cloned());
        let Some(set) = set else { return };
        for result in &set.results {
            self.script_event(node, &result.name, "Pending", "Running");
            self.result_ends(node, Some(set.id), result.id, if fails { FAILED } else { PASSED }, String::new());
            self.script_event(node, &result.name, "Running", if fails { "Failed" } else { "Passed" });
        }
        if fails {
            return self.region.mark_failed(node, Status::ReleasingFailed, "Releasing failed");
        }
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
            if self.region.nodes.get(node).is_some_and(|record| record.power_type != "manual") {
                self.goes_off(machine);
            }
            self.machines[machine].counts.releases += 1;
            self.machines[machine].user_data = None;
            self.note(machine, "Released", node);
        }
        self.free_addresses(node);
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.owner = None;
            record.acquired = false;
            record.agent_name.clear();
            record.owner_data.clear();
            record.locked = false;
            record.token = None;
        }
        self.region.event(node, Level::Info, "Released", "");
        self.region.set_status(node, Status::Ready);
    }

    /// AUTO links give their addresses back.
    pub(super) fn free_addresses(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get_mut(node) else { return };
        for link in record.interfaces.iter_mut().flat_map(|interface| &mut interface.links) {
            if link.mode == "auto" {
                link.ip = None;
            }
        }
    }

    /// MAAS sees no way to ask the machine whether it is off, or knows that it is.
    pub(crate) fn is_off(&self, node: &str) -> bool {
        self.region
            .nodes
            .get(node)
            .is_none_or(|record| record.power_state == "off" || matches!(record.power_type.as_str(), "" | "manual"))
    }

    /// MAAS waits so long for a machine to report, then gives up.
    pub(crate) fn watch(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get(node) else { return };
        let step = Step::Timeout { node: node.to_owned(), epoch: record.epoch };
        // Even a lab without delays gives a machine that never boots the time to be seen waiting.
        self.plan_exact(f64::from(self.patience(record.status)) * 60.0, step);
    }

    /// How many minutes MAAS waits in a status.
    fn patience(&self, status: Status) -> u32 {
        match status {
            Status::Releasing | Status::ExitingRescueMode => 5,
            _ => u32::try_from(self.region.config_number("node_timeout")).unwrap_or(30),
        }
    }

    pub(super) fn times_out(&mut self, node: &str) {
        let Some(record) = self.region.nodes.get(node) else { return };
        let status = record.status;
        let failed = match status {
            Status::Commissioning => Status::FailedCommissioning,
            Status::Testing => Status::FailedTesting,
            Status::Deploying => Status::FailedDeployment,
            Status::Releasing => Status::ReleasingFailed,
            Status::EnteringRescueMode => Status::FailedToEnterRescueMode,
            Status::ExitingRescueMode => Status::FailedToExitRescueMode,
            _ => return,
        };
        let minutes = self.patience(status);
        if let Some(record) = self.region.nodes.get_mut(node) {
            for result in record.sets.iter_mut().flat_map(|set| &mut set.results) {
                if result.status < PASSED {
                    result.ends(TIMED_OUT, None);
                }
            }
        }
        let why = format!("Node operation '{}' timed out after {minutes} minutes.", status.name());
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
