//! What commissioning finds: NICs under their kernel names, disks, PCI devices, and who is at the other end of the wires.

use std::collections::BTreeMap;

use super::World;
use super::documents;
use crate::region::layouts::Layout;
use crate::region::node::{Interface, InterfaceKind, Inventory, Link, Node, PciDevice};
use crate::region::storage::{Disk, DiskKind};
use crate::spec::{DiskSpec, Firmware, MachineSpec, NicSpec};

impl World {
    /// Commissioning reports what the machine is made of.
    pub(super) fn take_inventory(&mut self, machine: usize, id: &str) {
        let Some(mut node) = self.region.nodes.remove(id) else { return };
        let spec = self.machines[machine].spec.clone();
        let serial = self.machines[machine].serial.clone();
        if !node.skip_networking {
            self.find_nics(&spec, &mut node);
        }
        if !node.skip_storage {
            self.find_disks(&spec, &mut node);
        }
        let pci = self.find_pci(&spec, node.inventory.as_ref());
        let uuid = spec.uuid.clone().unwrap_or_else(|| documents::uuid_text(&self.machines[machine].guid));
        let mut info = BTreeMap::from([
            ("system_sku", format!("SKU=090E;ModelName={}", spec.product)),
            ("cpu_model", spec.cpu_model.clone()),
            ("mainboard_firmware_date", "11/14/2022".to_owned()),
            ("chassis_type", "Rack Mount Chassis".to_owned()),
        ])
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect::<BTreeMap<_, _>>();
        info.extend(spec.hardware_info.clone());
        node.inventory = Some(Inventory {
            cpus: spec.cpus,
            cpu_speed: spec.cpu_speed,
            memory_mib: spec.memory_mib,
            vendor: spec.vendor.clone(),
            product: spec.product.clone(),
            bios_version: spec.bios_version.clone(),
            uuid,
            efi: spec.firmware == Firmware::Uefi,
            lshw: documents::lshw(&spec, &node, &serial),
            lldp: spec.lldp.clone().unwrap_or_else(|| documents::lldp(&spec)),
            numa: numa(&spec),
            info,
            serial,
            pci,
        });
        self.region.nodes.insert(id.to_owned(), node);
    }

    fn find_nics(&mut self, spec: &MachineSpec, node: &mut Node) {
        // What was built by hand does not survive a new commissioning.
        node.interfaces.retain(|interface| interface.kind == InterfaceKind::Physical);
        let of_machine =
            |interface: &Interface| spec.nics.iter().any(|nic| nic.mac.eq_ignore_ascii_case(&interface.mac));
        node.interfaces.retain(of_machine);
        for nic in &spec.nics {
            let mac = nic.mac.to_lowercase();
            if !node.interfaces.iter().any(|interface| interface.mac == mac) {
                let id = self.region.ids.interface();
                node.interfaces.push(Interface::new(id, &nic.name, InterfaceKind::Physical, &mac));
            }
            node.boot_interface = node.boot_interface.or(node.interfaces.first().map(|one| one.id));
            self.find_nic(nic, &mac, node);
        }
    }

    fn find_nic(&mut self, nic: &NicSpec, mac: &str, node: &mut Node) {
        let vlan = nic.segment.as_ref().and_then(|segment| self.region.vlan_of_segment(segment));
        let connected = nic.segment.is_some();
        let subnet = vlan
            .and_then(|vlan| self.region.subnets.values().find(|subnet| subnet.vlan == vlan).map(|subnet| subnet.id));
        let boot = node.boot_interface;
        let Some(interface) = node.interfaces.iter_mut().find(|interface| interface.mac == mac) else { return };
        interface.name.clone_from(&nic.name);
        interface.connected = connected;
        interface.interface_speed = u64::from(nic.speed_mbps);
        interface.link_speed = if connected { interface.interface_speed } else { 0 };
        interface.vendor = Some(nic.vendor.clone());
        interface.product = Some(nic.product.clone());
        interface.firmware = Some(nic.firmware.clone());
        interface.numa_node = Some(nic.numa_node);
        interface.sriov_max_vf = nic.sriov_max_vf;
        if nic.sriov_max_vf > 0 && !interface.tags.iter().any(|tag| tag == "sriov") {
            interface.tags.push("sriov".to_owned());
        }
        let is_boot = boot == Some(interface.id);
        let fresh = !std::mem::replace(&mut interface.inventoried, true);
        if !connected {
            interface.vlan = None;
            interface.links.clear();
        } else if is_boot && vlan.is_some() {
            interface.vlan = vlan;
            let leased = |id| nic.lease.or_else(|| self.region.lease(id, mac)).map(|ip| (id, ip));
            interface.discovered = subnet.and_then(leased);
            if interface.discovered.is_some() && fresh {
                // The lease is an address of its own.
                interface.discovered_link = Some(self.region.ids.link());
            }
        } else if fresh && interface.vlan.is_none() {
            let fabric = self.region.add_fabric(None, None);
            interface.vlan = self.region.untagged(fabric);
        }
    }

    fn find_disks(&mut self, spec: &MachineSpec, node: &mut Node) {
        for disk in &spec.disks {
            if node.disks.iter().any(|known| known.name == disk.name && known.size == disk.size_bytes) {
                continue;
            }
            let made = self.disk_record(spec, disk);
            node.disks.push(made);
        }
        node.boot_disk = node.boot_disk.or(node.disks.first().map(|disk| disk.id));
    }

    fn disk_record(&mut self, spec: &MachineSpec, disk: &DiskSpec) -> Disk {
        let purpose = format!("{}/{}/serial", spec.name, disk.name);
        let drawn = self.dice.word(&purpose, 12).to_uppercase();
        let number = self.dice.draw(&purpose);
        let nvme = disk.pci.is_some();
        let mut tags = vec![if disk.rotary { "rotary" } else { "ssd" }.to_owned()];
        if !nvme {
            tags.push("sata".to_owned());
        }
        let id_path = disk.id_path.clone().unwrap_or_else(|| {
            if nvme {
                format!("/dev/disk/by-id/nvme-eui.{number:016x}")
            } else {
                format!("/dev/disk/by-id/wwn-0x{number:016x}")
            }
        });
        Disk {
            id: self.region.ids.disk(),
            kind: DiskKind::Physical,
            name: disk.name.clone(),
            model: Some(disk.model.clone()),
            serial: Some(if disk.serial.is_empty() { drawn } else { disk.serial.clone() }),
            id_path: Some(id_path),
            firmware: Some(disk.firmware.clone()),
            numa_node: disk.numa_node,
            size: disk.size_bytes,
            block_size: 512,
            tags,
            uuid: None,
            partitions: Vec::new(),
            fs: None,
        }
    }

    /// PCI devices: NICs, then what disks hang on. A controller shows the last of its disks.
    fn find_pci(&mut self, spec: &MachineSpec, known: Option<&Inventory>) -> Vec<PciDevice> {
        let mut found: Vec<PciDevice> = Vec::new();
        for nic in &spec.nics {
            let Some(address) = &nic.pci else { continue };
            found.push(PciDevice {
                id: 0,
                address: address.clone(),
                hardware_type: 4,
                vendor_id: nic.vendor_id.clone(),
                product_id: nic.product_id.clone(),
                vendor: nic.vendor.clone(),
                product: nic.product.clone(),
                driver: nic.driver.clone(),
                numa_node: nic.numa_node,
                key: nic.mac.to_lowercase(),
            });
        }
        let mut storage: Vec<PciDevice> = Vec::new();
        for disk in &spec.disks {
            let Some(address) = disk.pci.as_ref().or(disk.controller.as_ref()) else { continue };
            if let Some(controller) = storage.iter_mut().find(|one| one.address == *address) {
                controller.key.clone_from(&disk.name);
                continue;
            }
            storage.push(PciDevice {
                id: 0,
                address: address.clone(),
                hardware_type: 3,
                vendor_id: disk.vendor_id.clone(),
                product_id: disk.product_id.clone(),
                vendor: disk.pci_vendor.clone(),
                product: disk.pci_product.clone().unwrap_or_else(|| disk.model.clone()),
                driver: disk.driver.clone(),
                numa_node: disk.numa_node,
                key: disk.name.clone(),
            });
        }
        storage.sort_by(|a, b| a.address.cmp(&b.address));
        found.append(&mut storage);
        for device in &mut found {
            let same = |one: &&PciDevice| one.address == device.address;
            let old = known.and_then(|known| known.pci.iter().find(same));
            device.id = old.map_or_else(|| self.region.ids.device(), |one| one.id);
        }
        found
    }

    /// After a real commissioning: links for the connected NICs, and the default storage layout.
    pub(crate) fn configure(&mut self, id: &str) {
        let Some(mut node) = self.region.nodes.remove(id) else { return };
        if !node.skip_networking {
            self.initial_links(&mut node);
        }
        if !node.skip_storage {
            let layout = Layout::plain(self.region.config_text("default_storage_layout"));
            self.region.apply_layout(&mut node, &layout);
        }
        self.region.nodes.insert(id.to_owned(), node);
    }

    /// The network as commissioning found it.
    pub(crate) fn restore_networking(&mut self, node: &mut Node) {
        node.gateway_links.clear();
        match node.machine.and_then(|machine| self.machines.get(machine)).map(|machine| machine.spec.clone()) {
            Some(spec) => self.find_nics(&spec, node),
            None => node.interfaces.retain(|one| one.kind == InterfaceKind::Physical),
        }
        self.initial_links(node);
    }

    /// The boot NIC gets an address at deploy, every other connected NIC is only brought up.
    pub(crate) fn initial_links(&mut self, node: &mut Node) {
        let boot = node.boot_interface;
        let first_subnet = |vlan: Option<u64>| {
            self.region.subnets.values().find(|subnet| Some(subnet.vlan) == vlan).map(|subnet| subnet.id)
        };
        let boot_vlan = boot.and_then(|id| node.interface(id)).and_then(|interface| interface.vlan);
        let boot_subnet = first_subnet(boot_vlan);
        let wanted = match self.region.config_text("default_boot_interface_link_type") {
            "dhcp" => "dhcp",
            "link_up" => "link_up",
            "static" => "static",
            _ => "auto",
        };
        for interface in &mut node.interfaces {
            interface.links.clear();
            if !interface.connected || interface.vlan.is_none() {
                continue;
            }
            let id = self.region.ids.link();
            let subnet = interface.discovered.map(|(subnet, _)| subnet).or(boot_subnet);
            let subnet = subnet.filter(|_| boot == Some(interface.id));
            let mode = if subnet.is_some() { wanted } else { "link_up" };
            interface.links.push(Link { id, mode, subnet: subnet.filter(|_| mode != "link_up"), ip: None });
        }
    }
}

/// Memory and cores, shared out between the NUMA nodes.
fn numa(spec: &MachineSpec) -> Vec<(u64, Vec<u32>)> {
    let nodes = spec.numa_nodes.max(1);
    let cores = spec.cpus / nodes;
    (0..nodes).map(|node| (spec.memory_mib / u64::from(nodes), (node * cores..(node + 1) * cores).collect())).collect()
}
