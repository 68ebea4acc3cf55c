//! What a BMC tells of its machine's hardware: kept in the inventory, and read back to be compared with the design, so that a
//! profile that is corrected is compared anew without asking the BMC.

use super::{
    inventory::{disk, nic},
    node_verify::short,
};
use crate::{
    api::hardware_inventory::{BmcHardware, BmcReport, InventoryDisk, InventoryNic},
    model::{self, Inventory},
};

/// What is kept of each kind, as its schema says.
const MOST: usize = 64;

/// What is kept of what was told; nothing, where that is only who made the machine.
pub(super) fn kept(told: &Inventory) -> Option<BmcHardware> {
    let number = |count: Option<u32>| count.and_then(|count| i32::try_from(count).ok());
    let text = |text: &Option<String>| text.as_deref().map(short);
    let known = |count: u32| Some(count).filter(|count| *count > 0);
    let hardware = BmcHardware {
        architecture: told.architecture.clone(),
        cpu_model: text(&told.cpu_model),
        sockets: number(told.sockets),
        cores: number(told.cores),
        cpus: number(known(told.cpus)),
        memory_mib: i64::try_from(told.memory_mib).ok().filter(|mib| *mib > 0),
        nics: told.nics.iter().take(MOST).map(nic).collect(),
        disks: told.disks.iter().take(MOST).map(disk).collect(),
        ..BmcHardware::default()
    };
    (hardware != BmcHardware::default()).then(|| BmcHardware {
        vendor: text(&told.vendor),
        product: text(&told.product),
        bios_version: text(&told.bios_version),
        ..hardware
    })
}

/// What was kept, as it was told.
pub(super) fn told(report: &BmcReport) -> Option<Inventory> {
    let kept = report.hardware.as_ref()?;
    let number = |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok());
    Some(Inventory {
        vendor: kept.vendor.clone(),
        product: kept.product.clone(),
        serial: report.serial.clone(),
        bios_version: kept.bios_version.clone(),
        architecture: kept.architecture.clone(),
        cpu_model: kept.cpu_model.clone(),
        sockets: number(kept.sockets),
        cores: number(kept.cores),
        cpus: number(kept.cpus).unwrap_or_default(),
        memory_mib: kept.memory_mib.and_then(|mib| u64::try_from(mib).ok()).unwrap_or_default(),
        nics: kept.nics.iter().map(told_nic).collect(),
        disks: kept.disks.iter().map(told_disk).collect(),
    })
}

fn told_nic(nic: &InventoryNic) -> model::InventoryNic {
    model::InventoryNic {
        name: nic.name.clone(),
        mac: nic.mac.clone(),
        pci_address: nic.pci_address.clone(),
        speed_mbps: nic.speed_mbps.and_then(|speed| u32::try_from(speed).ok()),
        vendor: nic.vendor.clone(),
        model: nic.model.clone(),
        firmware_version: nic.firmware_version.clone(),
        connected: nic.connected.unwrap_or_default(),
        // A BMC hears nobody.
        neighbour: None,
    }
}

fn told_disk(disk: &InventoryDisk) -> model::InventoryDisk {
    model::InventoryDisk {
        name: disk.name.clone(),
        size_bytes: u64::try_from(disk.size_bytes).unwrap_or_default(),
        kind: disk.kind,
        // It is not kept: a rule that asks for it is not held against what a BMC tells.
        vendor: None,
        model: disk.model.clone(),
        serial: disk.serial.clone(),
        firmware_version: disk.firmware_version.clone(),
        scsi_address: disk.scsi_address.clone(),
        pci_address: disk.pci_address.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_as_it_was_told() {
        let told_by_redfish = Inventory {
            vendor: Some("Dell Inc.".into()),
            cpus: 32,
            memory_mib: 65_536,
            nics: vec![model::InventoryNic { name: "NIC.1".into(), connected: true, ..model::InventoryNic::default() }],
            disks: vec![model::InventoryDisk {
                name: "Disk.0".into(),
                size_bytes: 480,
                ..model::InventoryDisk::default()
            }],
            ..Inventory::default()
        };
        let report = BmcReport { hardware: kept(&told_by_redfish), ..BmcReport::default() };
        assert_eq!(told(&report), Some(told_by_redfish));
        let told_by_ipmi = Inventory { vendor: Some("DELL".into()), ..Inventory::default() };
        assert_eq!(kept(&told_by_ipmi), None);
    }
}
