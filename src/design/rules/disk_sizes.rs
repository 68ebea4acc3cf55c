//! What is put on a disk fits on it, where the machine as built is known.

use super::{NodeView, Report, Rule, inherited, place::segment};
use crate::{
    api::{HardwareProfile, hardware_inventory::InventoryDisk, storage::Disk, values::StorageSize},
    design::node::device,
    model::DeviceSelector,
};

pub(super) const RULE: Rule = Rule {
    id: "SLW1034",
    name: "disk-too-small",
    title: "The partitions of a disk fit on it, where the machine as built is known",
    why: "The provisioner refuses the layout after the machine was allocated, and the roll-out stops there.",
    fix: "Make the partitions smaller, or put them on another disk; a size such as `50%` or `>30G` follows the disk.",
    node: Some(check),
    ..Rule::BLANK
};

/// What a partition table and alignment take of a disk, in bytes (MAAS: 4 MiB at each partition's beginning).
const ALIGNMENT: u64 = 4 * 1024 * 1024;

fn check(view: &NodeView<'_>, report: &mut Report<'_>) {
    let (Some(class), Some(inventory)) = (view.class, view.inventory.and_then(|found| found.status.as_ref())) else {
        return;
    };
    let hardware = view.shared.hardware(class.host().hardware_profile.as_deref());
    for disk in class.host().storage.iter().flat_map(|storage| &storage.disks) {
        let Some(found) = built(&disk.name, hardware, &inventory.disks) else { continue };
        let (needed, has) = (needed(disk), u64::try_from(found.size_bytes).unwrap_or_default());
        if needed > has {
            report.error(
                inherited(format!("/storage/disks/{}", segment(&disk.name))),
                format!(
                    "its partitions take {} GB, and the disk of `{}` ({}) has {} GB",
                    needed.div_ceil(1_000_000_000),
                    view.own.name,
                    found.name,
                    has / 1_000_000_000
                ),
                "make them smaller, or put them on another disk",
            );
        }
    }
}

/// The disk that a design calls by this name.
fn built<'a>(name: &str, hardware: Option<&HardwareProfile>, disks: &'a [InventoryDisk]) -> Option<&'a InventoryDisk> {
    disks.iter().find(|disk| match device(name, hardware) {
        DeviceSelector::Pci { address, .. } => disk.pci_address.as_deref() == Some(&address.to_string()),
        DeviceSelector::Scsi { address, .. } => disk.scsi_address.as_deref() == Some(&address.to_string()),
        // Which disk it is, only the driver finds out.
        DeviceSelector::Rule { .. } => false,
        DeviceSelector::Name(name) => disk.name == name.trim_start_matches("/dev/"),
    })
}

/// The bytes that a disk needs at least; a share of it always fits.
fn needed(disk: &Disk) -> u64 {
    let sizes = disk.partitions.iter().filter_map(|partition| match &partition.size {
        Some(StorageSize::Bytes(size) | StorageSize::AtLeast(size)) => Some(size.bytes.saturating_add(ALIGNMENT)),
        _ => None,
    });
    sizes.fold(0, u64::saturating_add)
}
