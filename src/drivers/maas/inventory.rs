//! A machine's hardware. What the machine itself does not tell (PCI and SCSI addresses) takes two more requests, which are
//! made once per commissioning.

use super::{Error, client::Client, lshw, wire};
use crate::model::{Inventory, InventoryDisk, InventoryNic};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// Bus addresses that were found, by machine and commissioning.
#[derive(Debug, Default)]
pub struct Addresses {
    known: Mutex<HashMap<String, (u64, Arc<Bus>)>>,
}

/// Where on a bus the devices of a machine are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bus {
    nics: BTreeMap<u64, String>,
    disks: BTreeMap<u64, String>,
    /// Vendors of disks that are PCI devices themselves; MAAS tells them of no others.
    vendors: BTreeMap<u64, String>,
    scsi: BTreeMap<String, String>,
}

impl Addresses {
    /// The bus addresses of a commissioned machine; fetched when it was commissioned anew.
    pub async fn of(&self, machine: &wire::Machine, client: &Client) -> Result<Arc<Bus>, Error> {
        let run = machine.current_commissioning_result_id.unwrap_or_default();
        let id = &machine.system_id;
        if let Some((known, bus)) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(id)
            && *known == run
        {
            return Ok(Arc::clone(bus));
        }
        let (devices_path, machine_path) = (format!("nodes/{id}/devices/"), format!("machines/{id}/"));
        let devices = client.get::<Vec<wire::NodeDevice>>(&devices_path, &[("bus", "pcie")]);
        let details = client.get_bytes(&machine_path, &[("op", "details")]);
        let (devices, details) = tokio::join!(devices, details);
        let mut bus = Bus { scsi: lshw::scsi_addresses(&details?), ..Bus::default() };
        // MAAS 2.9 has no such list: aliases by PCI address stay unbound there.
        let devices = match devices {
            Err(Error::Refused { status: 404, .. }) => Vec::new(),
            other => other?,
        };
        for device in devices {
            if let Some(id) = device.physical_interface.and_then(|nic| nic.id) {
                bus.nics.insert(id, device.pci_address);
            } else if let Some(id) = device.physical_blockdevice.and_then(|disk| disk.id) {
                bus.disks.insert(id, device.pci_address);
                bus.vendors.insert(id, device.vendor_name);
            }
        }
        let bus = Arc::new(bus);
        let entry = (run, Arc::clone(&bus));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), entry);
        Ok(bus)
    }
}

/// The inventory of a commissioned machine.
pub fn inventory(machine: &wire::Machine, bus: &Bus) -> Inventory {
    let info = |key: &str| {
        let value = machine.hardware_info.get(key).cloned().flatten();
        value.filter(|value| !value.is_empty() && value != "Unknown")
    };
    let nics = machine.interface_set.iter().filter(|interface| interface.kind == "physical");
    Inventory {
        vendor: info("system_vendor"),
        product: info("system_product"),
        serial: info("system_serial"),
        bios_version: info("mainboard_firmware_version"),
        cpus: machine.cpu_count,
        memory_mib: machine.memory,
        nics: nics
            .map(|nic| InventoryNic {
                name: nic.name.clone(),
                mac: nic.mac_address.clone(),
                pci_address: bus.nics.get(&nic.id).cloned(),
                speed_mbps: Some(nic.interface_speed).filter(|speed| *speed > 0),
                vendor: nic.vendor.clone(),
                model: nic.product.clone(),
            })
            .collect(),
        disks: machine
            .physicalblockdevice_set
            .iter()
            .map(|disk| InventoryDisk {
                name: disk.name.clone(),
                size_bytes: disk.size,
                vendor: bus.vendors.get(&disk.id).filter(|vendor| !vendor.is_empty()).cloned(),
                model: disk.model.clone(),
                serial: disk.serial.clone(),
                scsi_address: bus.scsi.get(&disk.name).cloned(),
                pci_address: bus.disks.get(&disk.id).cloned(),
            })
            .collect(),
    }
}
