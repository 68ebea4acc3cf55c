//! Disks as the BMC knows them: drives, and volumes in place of the drives that they are made of, since those are what
//! an operating system sees.

use super::{
    bmc::RedfishBmc,
    error::RedfishError,
    inventory::PARTS,
    json::{at, count, id, is_present, link, links, list, text, word},
    links::{last, local},
};
use crate::{api::hardware_expectation::DiskType, model::InventoryDisk};
use serde_json::Value;
use std::collections::BTreeSet;

impl RedfishBmc {
    pub(super) async fn disks(&self, system: &Value) -> Result<Vec<InventoryDisk>, RedfishError> {
        let mut drives: Vec<(String, InventoryDisk)> = Vec::new();
        let mut volumes: Vec<InventoryDisk> = Vec::new();
        let mut members: BTreeSet<String> = BTreeSet::new();
        for storage in self.client().each(link(system, "Storage"), PARTS).await? {
            for drive in list(&storage.body, "Drives").iter().take(PARTS) {
                let Some(drive) = self.client().whole(drive.clone()).await? else { continue };
                let Some(mut disk) = disk(&drive.body) else { continue };
                if disk.kind == Some(DiskType::Nvme) {
                    disk.pci_address = self.pci_address(&drive.body).await?;
                }
                drives.push((drive.path, disk));
            }
            for volume in self.client().each(link(&storage.body, "Volumes"), PARTS).await? {
                let of = links(at(&volume.body, &["Links"]), "Drives");
                // One that is a drive passed through is that drive.
                if is_passed_through(&volume.body) || of.is_empty() {
                    continue;
                }
                members.extend(of.iter().filter_map(|link| local(link, &self.client().http.own)));
                volumes.extend(self::volume(&volume.body));
            }
        }
        drives.retain(|(path, _)| !members.contains(path));
        let mut disks: Vec<InventoryDisk> = drives.into_iter().map(|(_, disk)| disk).chain(volumes).collect();
        if disks.is_empty() {
            disks = self.simple_disks(system).await?;
        }
        Ok(disks)
    }

    /// `SimpleStorage`, which older BMCs have instead.
    async fn simple_disks(&self, system: &Value) -> Result<Vec<InventoryDisk>, RedfishError> {
        let read = self.client().each(link(system, "SimpleStorage"), PARTS).await?;
        let devices = read.iter().flat_map(|storage| list(&storage.body, "Devices"));
        Ok(devices.filter_map(disk).take(PARTS).collect())
    }
}

/// A drive, or a device of `SimpleStorage`; an empty slot is none.
fn disk(drive: &Value) -> Option<InventoryDisk> {
    let size_bytes = count(drive, "CapacityBytes").filter(|size| *size > 0);
    if !is_present(drive) || size_bytes.is_none() && text(drive, "Model").is_none() {
        return None;
    }
    Some(InventoryDisk {
        name: name(drive),
        size_bytes: size_bytes.unwrap_or_default(),
        kind: kind(drive),
        vendor: text(drive, "Manufacturer"),
        model: text(drive, "Model"),
        serial: text(drive, "SerialNumber"),
        firmware_version: text(drive, "Revision").or_else(|| text(drive, "FirmwareVersion")),
        ..InventoryDisk::default()
    })
}

fn volume(volume: &Value) -> Option<InventoryDisk> {
    let size_bytes = count(volume, "CapacityBytes").filter(|size| *size > 0)?;
    let raid = text(volume, "RAIDType").or_else(|| text(volume, "VolumeType"));
    Some(InventoryDisk { name: name(volume), size_bytes, model: raid, ..InventoryDisk::default() })
}

fn name(value: &Value) -> String {
    let own = text(value, "Id").or_else(|| text(value, "Name"));
    own.or_else(|| id(value).map(|path| last(path).to_owned())).unwrap_or_default()
}

fn kind(drive: &Value) -> Option<DiskType> {
    match (word(drive, "Protocol"), word(drive, "MediaType")) {
        (Some("NVMe" | "PCIe"), _) => Some(DiskType::Nvme),
        (_, Some("HDD")) => Some(DiskType::Hdd),
        (_, Some("SSD")) => Some(DiskType::Ssd),
        _ => None,
    }
}

fn is_passed_through(volume: &Value) -> bool {
    matches!(word(volume, "RAIDType"), Some("None")) || word(volume, "VolumeType") == Some("RawDevice")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_empty_slot_is_no_disk() {
        assert_eq!(disk(&json!({"Id": "0", "Status": {"State": "Absent"}, "Model": "x"})), None);
        assert_eq!(disk(&json!({"Id": "0", "CapacityBytes": null})), None);
        let nvme = json!({"Id": "Disk.1", "CapacityBytes": "1600", "Protocol": "NVMe", "MediaType": "SSD"});
        let read = disk(&nvme).unwrap();
        assert_eq!((read.name.as_str(), read.size_bytes, read.kind), ("Disk.1", 1600, Some(DiskType::Nvme)));
    }
}
