//! Records that are simply there: machines MAAS knows from the start, and states that a test asks for.

use super::World;
use crate::region::ADMIN;
use crate::region::events::Level;
use crate::region::node::NodeKind;
use crate::region::status::Status;
use crate::spec::{EnlistPower, ExistingSpec, Power, Preset, RackSpec};

impl World {
    /// The rack controller is one of the machines.
    pub(super) fn adopt_rack(&mut self, spec: &RackSpec) -> Result<(), String> {
        let Some(name) = &spec.machine else { return Ok(()) };
        let machine = self.machine_index(name).ok_or_else(|| format!("rackController: no machine {name}"))?;
        let rack = self.region.nodes.values().find(|node| node.kind == NodeKind::RegionRack);
        let Some(id) = rack.map(|node| node.system_id.clone()) else { return Ok(()) };
        let before = self.region.nodes.get(&id).map(|node| node.interfaces.clone()).unwrap_or_default();
        self.take_inventory(machine, &id);
        if let Some(node) = self.region.nodes.get_mut(&id) {
            // Its networks are its own, not those a machine is given.
            for (one, before) in node.interfaces.iter_mut().zip(&before) {
                (one.vlan, one.discovered, one.connected) = (before.vlan, None, true);
                one.link_speed = one.interface_speed;
                one.links.clone_from(&before.links);
            }
            node.machine = Some(machine);
        }
        self.machines[machine].os_on_disk = true;
        self.machines[machine].on = true;
        Ok(())
    }

    pub(super) fn add_existing(&mut self, existing: &ExistingSpec) -> Result<(), String> {
        let machine = self.machine_index(&existing.machine);
        let machine = machine.ok_or_else(|| format!("existing: no machine {}", existing.machine))?;
        if existing.controller {
            let id = self.create_record(machine);
            self.take_inventory(machine, &id);
            if let Some(record) = self.region.nodes.get_mut(&id) {
                record.kind = NodeKind::Rack;
                record.status = Status::Deployed;
                record.owner = Some("MAAS".to_owned());
                record.power_state = "unknown";
                if let Some(hostname) = &existing.preset.hostname {
                    record.hostname.clone_from(hostname);
                }
            }
            self.machines[machine].os_on_disk = true;
            return Ok(());
        }
        self.preset(machine, &existing.preset)
    }

    /// Puts a machine's record into a state at once, making the record when there is none.
    pub(crate) fn preset(&mut self, machine: usize, preset: &Preset) -> Result<(), String> {
        let status = match &preset.status {
            Some(name) => Some(Status::from_name(name).ok_or_else(|| format!("no status {name:?}"))?),
            None => None,
        };
        let id = match self.record_of(machine) {
            Some(id) => id,
            None => self.enlist_at_once(machine),
        };
        for tag in preset.tags.iter().flatten() {
            self.region.tag_mut(tag);
        }
        let Some(record) = self.region.nodes.get_mut(&id) else { return Ok(()) };
        if let Some(owner) = &preset.owner {
            record.owner = (!owner.is_empty()).then(|| owner.clone());
        }
        record.locked = preset.locked.unwrap_or(record.locked);
        if let Some(tags) = &preset.tags {
            record.tags = tags.iter().cloned().collect();
        }
        if let Some(hostname) = &preset.hostname {
            record.hostname.clone_from(hostname);
        }
        if let Some(data) = &preset.owner_data {
            record.owner_data.clone_from(data);
        }
        if let Some(osystem) = &preset.osystem {
            record.osystem.clone_from(osystem);
        }
        if let Some(series) = &preset.distro_series {
            record.distro_series.clone_from(series);
        }
        if let Some(status) = status {
            self.preset_status(machine, &id, status, preset);
        }
        Ok(())
    }

    fn preset_status(&mut self, machine: usize, id: &str, status: Status, preset: &Preset) {
        let Some(record) = self.region.nodes.get_mut(id) else { return };
        if status == Status::Deployed {
            record.netboot = false;
            record.acquired = true;
            record.owner.get_or_insert_with(|| ADMIN.to_owned());
            if preset.osystem.is_none() && record.osystem.is_empty() {
                "ubuntu".clone_into(&mut record.osystem);
            }
            if preset.distro_series.is_none() && record.distro_series.is_empty() {
                "noble".clone_into(&mut record.distro_series);
            }
            record.power_state = "on";
            self.machines[machine].os_on_disk = true;
            self.machines[machine].on = true;
            self.machines[machine].epoch += 1;
        } else {
            record.power_state = if self.machines[machine].on { "on" } else { "off" };
        }
        if let Some(record) = self.region.nodes.get_mut(id)
            && matches!(status, Status::New | Status::Ready)
            && preset.owner.is_none()
        {
            record.owner = None;
        }
        if !matches!(status, Status::New | Status::Commissioning)
            && self
                .region
                .nodes
                .get(id)
                .is_some_and(|record| record.disks.iter().all(|disk| disk.partitions.is_empty()))
        {
            self.configure(id);
        }
        self.region.event(id, Level::Info, status.name(), "");
        self.region.set_status(id, status);
    }

    fn enlist_at_once(&mut self, machine: usize) -> String {
        let id = self.create_record(machine);
        if self.machines[machine].spec.enlist_power == EnlistPower::Found {
            self.give_power_parameters(machine, &id);
        }
        self.take_inventory(machine, &id);
        if let Some(record) = self.region.nodes.get_mut(&id) {
            record.bmc_seen = true;
        }
        id
    }

    /// The machine record of a machine, by the link or by a MAC they share.
    pub(crate) fn record_of(&self, machine: usize) -> Option<String> {
        let target = self.machines.get(machine)?;
        let same = |node: &&crate::region::node::Node| {
            node.machine == Some(machine) || node.interfaces.iter().any(|one| target.has_mac(&one.mac))
        };
        self.region.nodes.values().find(same).map(|node| node.system_id.clone())
    }

    /// MAAS forgets a machine.
    pub(crate) fn forget(&mut self, machine: usize) -> bool {
        self.record_of(machine).is_some_and(|id| self.region.nodes.remove(&id).is_some())
    }

    /// The machine as it came from the factory: off, with empty disks, and unknown to MAAS.
    pub(crate) fn wipe(&mut self, machine: usize) {
        self.forget(machine);
        let target = &mut self.machines[machine];
        target.on = target.spec.power == Power::On;
        target.epoch += 1;
        target.os_on_disk = target.spec.boots_from_disk;
        target.flags = super::machine::BootFlags::default();
        target.redfish = crate::redfish::state::State::default();
        target.user_data = None;
        target.accounts.retain(|(user, _)| *user != "maas" || *user == target.spec.bmc.user);
    }
}
