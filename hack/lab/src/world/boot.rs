//! What a machine does after its firmware: boot from the network into whatever MAAS wants, or from disk.

use serde_json::{Value, json};

use super::machine::BootDevice;
use super::{Step, World};
use crate::maas::Params;
use crate::region::events::Level;
use crate::region::node::{Interface, InterfaceKind, Node, NodeKind};
use crate::region::results::SetKind;
use crate::region::scripts::ScriptKind;
use crate::region::status::Status;
use crate::spec::{EnlistPower, Firmware};

/// Something that runs on a machine for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// The enlistment image, booted through this NIC.
    Enlist {
        nic: usize,
    },
    Commission {
        node: String,
    },
    Test {
        node: String,
    },
    Install {
        node: String,
    },
    Erase {
        node: String,
    },
    /// Rescue mode.
    Rescue {
        node: String,
    },
    /// The scripts of a release.
    Release {
        node: String,
    },
    /// The first boot of the installed (or ephemeral) system.
    FirstBoot {
        node: String,
    },
    /// Any other boot from disk.
    Disk,
}

impl World {
    /// The firmware looks for something to boot.
    pub(super) fn boot(&mut self, machine: usize) {
        let first_boot = self.first_boot_of(machine);
        let Some(target) = self.machines.get_mut(machine) else { return };
        target.redfish.posting = false;
        match target.boots_from {
            BootDevice::Setup => return self.note(machine, "Setup", ""),
            // A live system runs, and nothing on the machine changes.
            BootDevice::Cd if let Some(image) = target.redfish.media.values().next().cloned() => {
                return self.note(machine, "CdBoot", image);
            }
            _ => {}
        }
        let network = match target.boots_from {
            BootDevice::Network => true,
            BootDevice::Disk | BootDevice::Cd | BootDevice::Setup => false,
            BootDevice::FirmwareOrder => target.spec.network_first && first_boot.is_none(),
        };
        if network {
            match self.network_boot(machine) {
                Some(true) => return,
                Some(false) => {}
                None => self.note(machine, "PxeNoAnswer", "no DHCP server or no image"),
            }
        }
        if !self.machines[machine].os_on_disk {
            self.note(machine, "NoBootDevice", "");
            return;
        }
        self.note(machine, "DiskBoot", "");
        let run = self.first_boot_of(machine).map_or(Run::Disk, |node| Run::FirstBoot { node });
        self.start(machine, self.times.boot, "boot", run);
    }

    /// The record that waits for this machine's installed system.
    fn first_boot_of(&self, machine: usize) -> Option<String> {
        let waits = |node: &&Node| {
            node.machine == Some(machine) && node.status == Status::Deploying && !node.netboot && !node.ephemeral
        };
        self.region.machines().find(waits).map(|node| node.system_id.clone())
    }

    fn start(&mut self, machine: usize, seconds: f64, what: &str, run: Run) {
        let (epoch, name) = (self.machines[machine].epoch, &self.machines[machine].spec.name);
        let purpose = format!("{name}/{what}");
        self.plan(seconds, &purpose, Step::Ran { machine, epoch, run });
    }

    /// Boots from the network. `None`: nobody answered. `Some(false)`: MAAS said to boot from disk.
    fn network_boot(&mut self, machine: usize) -> Option<bool> {
        if self.faults.rack_down() || self.faults.image_missing() || !self.region.has_images() {
            return None;
        }
        let nics = &self.machines[machine].spec.nics;
        let nic = nics.iter().position(|nic| nic.segment.as_ref().is_some_and(|wire| self.region.answers_on(wire)))?;
        let mac = nics[nic].mac.clone();
        self.note(machine, "PxeBoot", mac.clone());
        let Some(node) = self.region.node_by_mac(&mac).cloned() else {
            self.start(machine, self.times.enlist, "enlist", Run::Enlist { nic });
            return Some(true);
        };
        let id = node.system_id.clone();
        if let Some(record) = self.region.nodes.get_mut(&id) {
            record.machine = Some(machine);
        }
        match node.status {
            Status::Commissioning => {
                self.start(machine, self.times.commission, "commission", Run::Commission { node: id });
            }
            Status::Testing => self.start(machine, self.times.test, "test", Run::Test { node: id }),
            Status::DiskErasing => self.start(machine, self.times.erase, "erase", Run::Erase { node: id }),
            Status::EnteringRescueMode => self.start(machine, self.times.boot, "rescue", Run::Rescue { node: id }),
            Status::Releasing => self.start(machine, self.times.test, "release", Run::Release { node: id }),
            Status::Deploying if node.ephemeral => {
                self.start(machine, self.times.boot, "boot", Run::FirstBoot { node: id });
            }
            Status::Deploying if node.netboot => {
                self.installing(&id);
                self.start(machine, self.times.install, "install", Run::Install { node: id });
            }
            Status::Deploying | Status::Deployed | Status::ExitingRescueMode => return Some(false),
            _ if node.kind != NodeKind::Machine => return Some(false),
            // MAAS tells every other machine to power itself off.
            _ => self.goes_off(machine),
        }
        Some(true)
    }

    pub(super) fn ran(&mut self, machine: usize, run: Run) {
        let status = |world: &Self, node: &str| world.region.nodes.get(node).map(|node| node.status);
        match run {
            Run::Enlist { nic } => self.enlists(machine, nic),
            Run::Commission { node } if status(self, &node) == Some(Status::Commissioning) => {
                self.commissioned(machine, &node);
            }
            Run::Test { node } if status(self, &node) == Some(Status::Testing) => self.tested(machine, &node),
            Run::Install { node } if status(self, &node) == Some(Status::Deploying) => self.installed(machine, &node),
            Run::Erase { node } if status(self, &node) == Some(Status::DiskErasing) => self.erased(machine, &node),
            Run::FirstBoot { node } if status(self, &node) == Some(Status::Deploying) => self.deployed(machine, &node),
            Run::Rescue { node } if status(self, &node) == Some(Status::EnteringRescueMode) => {
                self.rescued(machine, &node);
            }
            Run::Release { node } if status(self, &node) == Some(Status::Releasing) => {
                self.release_scripts_ran(machine, &node);
            }
            Run::Disk => self.own_system(machine),
            _ => {}
        }
    }

    /// The machine is back in its own system.
    fn own_system(&mut self, machine: usize) {
        let leaving = |node: &&Node| node.machine == Some(machine) && node.status == Status::ExitingRescueMode;
        let id = self.region.machines().find(leaving).map(|node| node.system_id.clone());
        if let Some(id) = id {
            self.left_rescue(&id);
        }
    }

    /// The enlistment image reports to MAAS.
    fn enlists(&mut self, machine: usize, nic: usize) {
        let macs: Vec<String> = self.machines[machine].spec.nics.iter().map(|nic| nic.mac.to_lowercase()).collect();
        let held = macs.iter().find_map(|mac| self.region.node_by_mac(mac).map(|node| (mac, node.hostname.clone())));
        if let Some((mac, hostname)) = held {
            let detail = format!("MAC address {mac} already in use on {hostname}.");
            self.note(machine, "EnlistRefused", detail);
            return;
        }
        let id = self.create_record(machine);
        self.machines[machine].counts.enlistments += 1;
        self.note(machine, "Enlisted", id.clone());
        if self.machines[machine].spec.enlist_power == EnlistPower::Found {
            self.give_power_parameters(machine, &id);
        }
        let boot_mac = macs.get(nic).cloned().unwrap_or_default();
        let commission = self.region.config_on("enlist_commissioning");
        let Some(record) = self.region.nodes.get_mut(&id) else { return };
        record.power_state = "on";
        record.boot_interface = record.interfaces.iter().find(|one| one.mac == boot_mac).map(|one| one.id);
        if commission {
            record.enlisting = true;
            let scripts = self.region.scripts_of(ScriptKind::Commissioning);
            let scripts: Vec<u64> = scripts.iter().filter(|one| one.default).map(|one| one.id).collect();
            self.region.new_set(&id, SetKind::Commissioning, &scripts, &Params::default());
            self.region.event(&id, Level::Info, "Commissioning", "");
            self.region.set_status(&id, Status::Commissioning);
            self.watch(&id);
            self.start(machine, self.times.commission, "commission", Run::Commission { node: id });
        } else {
            self.region.event(&id, Level::Info, "New", "");
            self.goes_off(machine);
            self.saw_power(&id, "off");
        }
    }

    /// A new record with a made-up hostname and the machine's MACs.
    pub(super) fn create_record(&mut self, machine: usize) -> String {
        let id = self.region.new_system_id();
        let hostname = self.region.new_hostname();
        let mut node = Node::new(id.clone(), NodeKind::Machine, hostname);
        node.machine = Some(machine);
        node.domain = self.region.default_domain;
        for (index, nic) in self.machines[machine].spec.nics.iter().enumerate() {
            let interface_id = self.region.ids.interface();
            node.interfaces.push(Interface::new(
                interface_id,
                &format!("eth{index}"),
                InterfaceKind::Physical,
                &nic.mac,
            ));
        }
        node.boot_interface = node.interfaces.first().map(|interface| interface.id);
        self.region.nodes.insert(id.clone(), node);
        id
    }

    /// Enlistment makes itself a BMC account `maas` with a new password.
    pub(super) fn give_power_parameters(&mut self, machine: usize, node: &str) {
        let target = &mut self.machines[machine];
        let password = self.dice.word(&format!("{}/password", target.spec.name), 12);
        let efi = target.spec.firmware == Firmware::Uefi;
        target.accounts.retain(|(user, _)| user != "maas");
        target.accounts.push(("maas".to_owned(), password.clone()));
        let address = target.spec.bmc.address.to_string();
        let parameters = json!({
            "power_address": address, "power_user": "maas", "power_pass": password, "power_driver": "LAN_2_0",
            "power_boot_type": if efi { "efi" } else { "auto" }, "power_off_mode": "hard", "cipher_suite_id": "3",
            "privilege_level": "ADMIN", "workaround_flags": ["opensesspriv"], "k_g": "", "mac_address": "",
        });
        let Some(record) = self.region.nodes.get_mut(node) else { return };
        "ipmi".clone_into(&mut record.power_type);
        if let Value::Object(map) = parameters {
            record.power_params = map;
        }
    }

    pub(super) fn saw_power(&mut self, node: &str, state: &'static str) {
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.power_state = state;
        }
    }

    /// The owner MAAS gives a machine that an administrator works on.
    pub(crate) fn own(&mut self, node: &str, owner: Option<&str>) {
        if let Some(record) = self.region.nodes.get_mut(node) {
            record.owner = owner.map(str::to_owned);
        }
    }
}
