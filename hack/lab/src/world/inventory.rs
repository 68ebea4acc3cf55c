//! What commissioning finds: NICs under their kernel names, disks, PCI devices and the lshw document.

use std::fmt::Write;
use std::net::IpAddr;

use super::World;
use crate::region::node::{Interface, InterfaceKind, Inventory, Link, Node, PciDevice};
use crate::region::storage::Disk;
use crate::spec::{Firmware, MachineSpec};

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
        let mut pci = Vec::new();
        for nic in &spec.nics {
            if let Some(address) = &nic.pci {
                let (vendor, product) = (nic.vendor.clone(), nic.product.clone());
                let (id, key) = (self.region.fresh_id(), nic.mac.to_lowercase());
                pci.push(PciDevice { id, address: address.clone(), network: true, vendor, product, key });
            }
        }
        for disk in &spec.disks {
            if let Some(address) = &disk.pci {
                let (vendor, product) = ("Samsung Electronics".to_owned(), disk.model.clone());
                let (id, key) = (self.region.fresh_id(), disk.name.clone());
                pci.push(PciDevice { id, address: address.clone(), network: false, vendor, product, key });
            }
        }
        let guid = self.machines[machine].guid;
        node.inventory = Some(Inventory {
            cpus: spec.cpus,
            memory_mib: spec.memory_mib,
            vendor: spec.vendor.clone(),
            product: spec.product.clone(),
            bios_version: spec.bios_version.clone(),
            uuid: uuid_text(&guid),
            efi: spec.firmware == Firmware::Uefi,
            lshw: lshw(&spec, &node, &serial),
            serial,
            pci,
        });
        self.region.nodes.insert(id.to_owned(), node);
    }

    fn find_nics(&mut self, spec: &MachineSpec, node: &mut Node) {
        // What was built by hand does not survive a new commissioning.
        node.interfaces.retain(|interface| interface.kind == InterfaceKind::Physical);
        for nic in &spec.nics {
            let mac = nic.mac.to_lowercase();
            if !node.interfaces.iter().any(|interface| interface.mac == mac) {
                let id = self.region.fresh_id();
                node.interfaces.push(Interface::new(id, &nic.name, InterfaceKind::Physical, &mac));
            }
            let vlan = nic.segment.as_ref().and_then(|segment| self.region.vlan_of_segment(segment));
            let connected = nic.segment.is_some();
            let subnet = vlan.and_then(|vlan| {
                self.region.subnets.values().find(|subnet| subnet.vlan == vlan).map(|subnet| subnet.id)
            });
            let boot = node.boot_interface;
            let Some(interface) = node.interfaces.iter_mut().find(|interface| interface.mac == mac) else { continue };
            interface.name.clone_from(&nic.name);
            interface.connected = connected;
            interface.interface_speed = u64::from(nic.speed_mbps);
            interface.link_speed = if connected { interface.interface_speed } else { 0 };
            interface.vendor = Some(nic.vendor.clone());
            interface.product = Some(nic.product.clone());
            let is_boot = boot == Some(interface.id);
            let fresh = !std::mem::replace(&mut interface.inventoried, true);
            if !connected {
                interface.vlan = None;
                interface.links.clear();
            } else if is_boot && vlan.is_some() {
                interface.vlan = vlan;
                interface.discovered = subnet.and_then(|id| self.region.lease(id).map(|ip| (id, ip)));
            } else if fresh && interface.vlan.is_none() {
                let fabric = self.region.add_fabric(None, None);
                interface.vlan = self.region.untagged(fabric);
            }
        }
    }

    fn find_disks(&mut self, spec: &MachineSpec, node: &mut Node) {
        for disk in &spec.disks {
            if node.disks.iter().any(|known| known.name == disk.name && known.size == disk.size_bytes) {
                continue;
            }
            let id = self.region.next_disk;
            self.region.next_disk += 1;
            let purpose = format!("{}/{}/serial", spec.name, disk.name);
            let serial =
                if disk.serial.is_empty() { self.dice.word(&purpose, 12).to_uppercase() } else { disk.serial.clone() };
            let number = self.dice.draw(&purpose);
            let mut tags = vec![if disk.rotary { "rotary" } else { "ssd" }.to_owned()];
            let id_path = if disk.pci.is_some() {
                format!("/dev/disk/by-id/nvme-eui.{number:016x}")
            } else {
                tags.push("sata".to_owned());
                format!("/dev/disk/by-id/wwn-0x{number:016x}")
            };
            node.disks.push(Disk {
                id,
                name: disk.name.clone(),
                model: Some(disk.model.clone()),
                serial: Some(serial),
                id_path: Some(id_path),
                size: disk.size_bytes,
                block_size: 512,
                tags,
                uuid: None,
                group: None,
                partitions: Vec::new(),
                fs: None,
            });
        }
        node.boot_disk = node.boot_disk.or(node.disks.first().map(|disk| disk.id));
    }

    /// After a real commissioning: links for the connected NICs, and the default storage layout.
    pub(crate) fn configure(&mut self, id: &str) {
        let Some(mut node) = self.region.nodes.remove(id) else { return };
        if !node.skip_networking {
            self.initial_links(&mut node);
        }
        if !node.skip_storage {
            let layout = self.region.config.get("default_storage_layout").and_then(|value| value.as_str());
            let layout = layout.unwrap_or("flat").to_owned();
            self.region.apply_layout(&mut node, &layout, None);
        }
        self.region.nodes.insert(id.to_owned(), node);
    }

    /// The boot NIC gets an address at deploy, every other connected NIC is only brought up.
    pub(crate) fn initial_links(&mut self, node: &mut Node) {
        let boot = node.boot_interface;
        let first_subnet = |vlan: Option<u64>| {
            self.region.subnets.values().find(|subnet| Some(subnet.vlan) == vlan).map(|subnet| subnet.id)
        };
        let boot_vlan = boot.and_then(|id| node.interface(id)).and_then(|interface| interface.vlan);
        let boot_subnet = first_subnet(boot_vlan);
        for interface in &mut node.interfaces {
            interface.links.clear();
            if !interface.connected || interface.vlan.is_none() {
                continue;
            }
            let id = self.region.fresh_id();
            let subnet = interface.discovered.map(|(subnet, _)| subnet).or(boot_subnet);
            let subnet = subnet.filter(|_| boot == Some(interface.id));
            let mode = if subnet.is_some() { "auto" } else { "link_up" };
            interface.links.push(Link { id, mode, subnet, ip: None });
        }
    }
}

impl crate::region::Region {
    /// An address from the dynamic range, as DHCP gives it.
    fn lease(&self, subnet: u64) -> Option<IpAddr> {
        let taken: Vec<IpAddr> = self
            .nodes
            .values()
            .flat_map(|node| &node.interfaces)
            .filter_map(|interface| interface.discovered.map(|(_, ip)| ip))
            .collect();
        let range = self.ranges.values().find(|range| range.dynamic && range.subnet == subnet)?;
        let (IpAddr::V4(start), IpAddr::V4(end)) = (range.start, range.end) else { return None };
        let mut all = (u32::from(start)..=u32::from(end)).map(|number| IpAddr::V4(number.into()));
        all.find(|ip| !taken.contains(ip))
    }
}

fn uuid_text(guid: &[u8; 16]) -> String {
    let hex = guid.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The lshw document, where alone SCSI addresses stand.
fn lshw(spec: &MachineSpec, node: &Node, serial: &str) -> String {
    let mut text = String::from("<?xml version=\"1.0\" standalone=\"yes\" ?>\n<list>\n");
    let _ = write!(
        text,
        "<node id=\"{}\" claimed=\"true\" class=\"system\" handle=\"DMI:0100\">\n <description>Rack Mount Chassis\
         </description>\n <product>{}</product>\n <vendor>{}</vendor>\n <serial>{}</serial>\n <node id=\"core\" \
         claimed=\"true\" class=\"bus\" handle=\"DMI:0200\">\n  <node id=\"firmware\" claimed=\"true\" class=\"memory\">\
         <description>BIOS</description><vendor>{}</vendor><version>{}</version></node>\n",
        escape(&node.hostname),
        escape(&spec.product),
        escape(&spec.vendor),
        escape(serial),
        escape(&spec.vendor),
        escape(&spec.bios_version),
    );
    for (index, nic) in spec.nics.iter().enumerate() {
        let businfo = nic.pci.as_ref().map(|pci| format!("  <businfo>pci@{pci}</businfo>\n")).unwrap_or_default();
        let _ = write!(
            text,
            "  <node id=\"network:{index}\" claimed=\"true\" class=\"network\">\n  <description>Ethernet interface\
             </description>\n  <product>{}</product>\n  <vendor>{}</vendor>\n{businfo}  <logicalname>{}\
             </logicalname>\n  <serial>{}</serial>\n  </node>\n",
            escape(&nic.product),
            escape(&nic.vendor),
            escape(&nic.name),
            escape(&nic.mac.to_lowercase()),
        );
    }
    for (index, disk) in spec.disks.iter().enumerate() {
        let businfo = match (&disk.scsi, &disk.pci) {
            (Some(scsi), _) => format!("  <businfo>scsi@{}</businfo>\n", escape(scsi)),
            (None, Some(pci)) => format!("  <businfo>pci@{}</businfo>\n", escape(pci)),
            (None, None) => String::new(),
        };
        let known = node.disks.iter().find(|known| known.name == disk.name);
        let serial = known.and_then(|known| known.serial.as_deref()).unwrap_or_default();
        let _ = write!(
            text,
            "  <node id=\"disk:{index}\" claimed=\"true\" class=\"disk\">\n  <description>Disk</description>\n  \
             <product>{}</product>\n{businfo}  <logicalname>/dev/{}</logicalname>\n  <serial>{}</serial>\n  \
             <size units=\"bytes\">{}</size>\n  </node>\n",
            escape(&disk.model),
            escape(&disk.name),
            escape(serial),
            disk.size_bytes,
        );
    }
    text.push_str(" </node>\n</node>\n</list>\n");
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
