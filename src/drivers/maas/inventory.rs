//! A machine's hardware. What the machine itself does not tell (addresses on a bus, CPUs in sockets, cables) takes two more
//! requests, which are made once per commissioning.

use super::{Error, client::Client, details::Details, wire};
use crate::{
    api::hardware_expectation::DiskType,
    model::{Inventory, InventoryDisk, InventoryNic},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// What commissioning found beyond the machine itself, by machine and commissioning.
#[derive(Debug, Default)]
pub struct Findings {
    known: Mutex<HashMap<String, (u64, Arc<Found>)>>,
}

/// What one commissioning found beyond the machine itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    nics: BTreeMap<u64, String>,
    disks: BTreeMap<u64, String>,
    /// Vendors of disks that are PCI devices themselves; MAAS tells them of no others.
    vendors: BTreeMap<u64, String>,
    details: Details,
}

impl Findings {
    /// What was found of a commissioned machine; asked for when it was commissioned anew.
    pub async fn of(&self, machine: &wire::Machine, client: &Client) -> Result<Arc<Found>, Error> {
        let run = machine.current_commissioning_result_id.unwrap_or_default();
        let id = &machine.system_id;
        if let Some((known, found)) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(id)
            && *known == run
        {
            return Ok(Arc::clone(found));
        }
        let (devices_path, machine_path) = (format!("nodes/{id}/devices/"), format!("machines/{id}/"));
        let devices = client.get::<Vec<wire::NodeDevice>>(&devices_path, &[("bus", "pcie")]);
        let details = client.get_bytes(&machine_path, &[("op", "details")]);
        let (devices, details) = tokio::join!(devices, details);
        let mut found = Found { details: Details::read(&details?), ..Found::default() };
        // MAAS 2.9 has no such list: aliases by PCI address stay unbound there.
        let devices = match devices {
            Err(Error::Refused { status: 404, .. }) => Vec::new(),
            other => other?,
        };
        for device in devices {
            if let Some(id) = device.physical_interface.and_then(|nic| nic.id) {
                found.nics.insert(id, device.pci_address);
            } else if let Some(id) = device.physical_blockdevice.and_then(|disk| disk.id) {
                found.disks.insert(id, device.pci_address);
                found.vendors.insert(id, device.vendor_name);
            }
        }
        let found = Arc::new(found);
        let entry = (run, Arc::clone(&found));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), entry);
        Ok(found)
    }
}

/// The inventory of a commissioned machine.
pub fn inventory(machine: &wire::Machine, found: &Found) -> Inventory {
    let info = |key: &str| {
        let value = machine.hardware_info.get(key).cloned().flatten();
        value.filter(|value| !value.is_empty() && value != "Unknown")
    };
    let nics = machine.interface_set.iter().filter(|interface| interface.kind == "physical");
    let processors = &found.details.processors;
    let count = |number: usize| u32::try_from(number).ok().filter(|number| *number > 0);
    Inventory {
        vendor: info("system_vendor"),
        product: info("system_product"),
        serial: info("system_serial"),
        bios_version: info("mainboard_firmware_version"),
        architecture: machine.architecture.split('/').next().filter(|name| !name.is_empty()).map(str::to_owned),
        cpu_model: info("cpu_model").or_else(|| processors.iter().find_map(|cpu| cpu.model.clone())),
        sockets: count(processors.len()),
        cores: processors.iter().map(|cpu| cpu.cores).sum::<Option<u32>>().filter(|cores| *cores > 0),
        cpus: machine.cpu_count,
        memory_mib: machine.memory,
        nics: nics.map(|nic| card(nic, found)).collect(),
        disks: machine.physicalblockdevice_set.iter().map(|device| disk(device, found)).collect(),
    }
}

fn card(nic: &wire::Interface, found: &Found) -> InventoryNic {
    InventoryNic {
        name: nic.name.clone(),
        mac: nic.mac_address.clone(),
        pci_address: found.nics.get(&nic.id).cloned(),
        speed_mbps: Some(nic.interface_speed).filter(|speed| *speed > 0),
        vendor: nic.vendor.clone(),
        model: nic.product.clone(),
        firmware_version: told(nic.firmware_version.as_ref()),
        connected: nic.link_connected,
        neighbour: found.details.neighbours.get(&nic.name).cloned(),
    }
}

fn disk(device: &wire::BlockDevice, found: &Found) -> InventoryDisk {
    InventoryDisk {
        name: device.name.clone(),
        size_bytes: device.size,
        kind: kind(device),
        vendor: found.vendors.get(&device.id).filter(|vendor| !vendor.is_empty()).cloned(),
        model: device.model.clone(),
        serial: device.serial.clone(),
        firmware_version: told(device.firmware_version.as_ref()),
        scsi_address: found.details.scsi_address(device).map(str::to_owned),
        pci_address: found.disks.get(&device.id).cloned(),
    }
}

fn told(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// By the tags that commissioning gives, and by the kernel's name for NVMe namespaces.
fn kind(device: &wire::BlockDevice) -> Option<DiskType> {
    let tagged = |tag: &str| device.tags.iter().any(|known| known == tag);
    if device.name.starts_with("nvme") || tagged("nvme") {
        Some(DiskType::Nvme)
    } else if tagged("ssd") {
        Some(DiskType::Ssd)
    } else if tagged("rotary") {
        Some(DiskType::Hdd)
    } else {
        None
    }
}
