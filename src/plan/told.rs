//! The hardware as designed against what a BMC tells of it. A BMC tells less than commissioning finds, and by other names:
//! what it does not tell is no difference.

use super::hardware::parts;
use crate::{
    api::hardware_expectation::{CpuExpectation, DiskType},
    model::{
        DeviceSelector, DeviceTraits, ExpectedDisk, ExpectedNic, HardwareDesign, Inventory, InventoryDisk,
        InventoryNic, NodeDesign, bind,
    },
};

/// Everything in which a machine is, by its BMC's word, not built as designed; absent, where nothing that is expected of it is
/// told.
pub fn told_mismatches(design: &NodeDesign, told: &Inventory) -> Option<Vec<String>> {
    let expected = tellable(&design.hardware, told);
    let is_address = |device: &&DeviceSelector| matches!(device, DeviceSelector::Pci { .. });
    // One that is expected by itself is looked at there.
    let cards = design.interfaces.iter().flat_map(|interface| &interface.devices).filter(is_address);
    let cards: Vec<&DeviceSelector> = cards
        .filter(|device| {
            is_nic_told(device, told) && !expected.nics.iter().any(|nic| nic.device.as_ref() == Some(device))
        })
        .collect();
    let disks = design.storage.disks.iter().map(|disk| &disk.device).filter(is_address);
    let disks: Vec<&DeviceSelector> = disks
        .filter(|device| {
            is_disk_told(device, told) && !expected.disks.iter().any(|disk| disk.device.as_ref() == Some(device))
        })
        .collect();
    if expected == HardwareDesign::default() && cards.is_empty() && disks.is_empty() {
        return None;
    }
    let mut found = parts(&expected, told);
    found.extend(cards.into_iter().filter_map(|device| bind::nic(device, told).err()));
    found.extend(disks.into_iter().filter_map(|device| bind::disk(device, told).err()));
    Some(found)
}

/// What of an expectation can be held against what is told.
fn tellable(expected: &HardwareDesign, told: &Inventory) -> HardwareDesign {
    // Who tells of processors and memory tells of the system; a board's inventory of parts has the board's names.
    let is_system = told.memory_mib > 0 || told.sockets.is_some() || told.cpus > 0;
    let named = |wanted: &Option<String>, is: &Option<String>| wanted.clone().filter(|_| is_system && is.is_some());
    HardwareDesign {
        vendor: named(&expected.vendor, &told.vendor),
        model: named(&expected.model, &told.product),
        bios_version: named(&expected.bios_version, &told.bios_version),
        cpus: CpuExpectation {
            sockets: expected.cpus.sockets.filter(|_| told.sockets.is_some()),
            cores: expected.cpus.cores.filter(|_| told.cores.is_some()),
            threads: expected.cpus.threads.filter(|_| told.cpus > 0),
            model: expected.cpus.model.clone().filter(|_| told.cpu_model.is_some()),
            architecture: expected.cpus.architecture.clone().filter(|_| told.architecture.is_some()),
        },
        min_memory: expected.min_memory.filter(|_| told.memory_mib > 0),
        disks: expected.disks.iter().filter_map(|disk| tellable_disk(disk, told)).collect(),
        nics: expected.nics.iter().filter_map(|nic| tellable_nic(nic, told)).collect(),
        ..HardwareDesign::default()
    }
}

fn tellable_disk(expected: &ExpectedDisk, told: &Inventory) -> Option<ExpectedDisk> {
    let is_told = match &expected.device {
        Some(device) => is_disk_told(device, told),
        None => all(&told.disks, |disk| disk.size_bytes > 0),
    };
    let found = expected.device.as_ref().and_then(|device| bind::disk(device, told).ok());
    let sized = found.is_none_or(|disk| disk.size_bytes > 0);
    let kind_told = found.map_or_else(|| all(&told.disks, |disk| disk.kind.is_some()), |disk| disk.kind.is_some());
    (is_told || found.is_some()).then(|| ExpectedDisk {
        min_bytes: if sized { expected.min_bytes } else { 0 },
        kind: expected.kind.filter(|_| kind_told),
        ..expected.clone()
    })
}

fn tellable_nic(expected: &ExpectedNic, told: &Inventory) -> Option<ExpectedNic> {
    let is_told = match &expected.device {
        Some(device) => is_nic_told(device, told),
        None => !told.nics.is_empty(),
    };
    let found = expected.device.as_ref().and_then(|device| bind::nic(device, told).ok());
    let tells = |what: fn(&InventoryNic) -> bool| found.map_or_else(|| all(&told.nics, what), what);
    (is_told || found.is_some()).then(|| ExpectedNic {
        // A BMC tells the speed of the link, and a link that is down has none.
        min_mbps: if tells(|nic| nic.connected && nic.speed_mbps.is_some()) { expected.min_mbps } else { 0 },
        vendor: expected.vendor.clone().filter(|_| tells(|nic| nic.vendor.is_some())),
        ..expected.clone()
    })
}

/// Whether the BMC tells of its network cards what would show this one, were it there.
fn is_nic_told(device: &DeviceSelector, told: &Inventory) -> bool {
    match device {
        DeviceSelector::Name(_) | DeviceSelector::Scsi { .. } => false,
        DeviceSelector::Pci { .. } => all(&told.nics, |nic| nic.pci_address.is_some()),
        DeviceSelector::Rule { traits, .. } => all(&told.nics, |nic| has_nic_traits(nic, traits)),
    }
}

/// The same of a disk.
fn is_disk_told(device: &DeviceSelector, told: &Inventory) -> bool {
    match device {
        // What the kernel calls it, and its place on a bus of the kernel's, no BMC knows.
        DeviceSelector::Name(_) | DeviceSelector::Scsi { .. } => false,
        // Only what stands on PCI by itself has an address there.
        DeviceSelector::Pci { .. } => {
            let mut of_its_own = told.disks.iter().filter(|disk| disk.kind == Some(DiskType::Nvme)).peekable();
            of_its_own.peek().is_some() && of_its_own.all(|disk| disk.pci_address.is_some())
        }
        DeviceSelector::Rule { traits, .. } => all(&told.disks, |disk| has_disk_traits(disk, traits)),
    }
}

fn has_nic_traits(nic: &InventoryNic, asked: &DeviceTraits) -> bool {
    (asked.vendor.is_none() || nic.vendor.is_some())
        && (asked.model.is_none() || nic.model.is_some())
        && (asked.min_mbps.is_none() || nic.connected && nic.speed_mbps.is_some())
        && (asked.pattern.is_none() || nic.pci_address.is_some())
}

fn has_disk_traits(disk: &InventoryDisk, asked: &DeviceTraits) -> bool {
    (asked.vendor.is_none() || disk.vendor.is_some())
        && (asked.model.is_none() || disk.model.is_some())
        && (asked.min_bytes.is_none() || disk.size_bytes > 0)
        && (asked.pattern.is_none() || disk.pci_address.is_some())
}

/// Whether it holds for each of them, and there are any.
fn all<T>(parts: &[T], holds: impl Fn(&T) -> bool) -> bool {
    !parts.is_empty() && parts.iter().all(holds)
}
