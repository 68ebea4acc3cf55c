//! *Bind*: what a design calls a device by, to the kernel's name of it on this machine. Pure, and late: only a
//! commissioned machine has an inventory.

use crate::model::{DeviceSelector, Inventory, InventoryDisk, InventoryNic};

/// The NIC that a selector means, or what is known instead.
pub fn nic<'a>(selector: &DeviceSelector, inventory: &'a Inventory) -> Result<&'a InventoryNic, String> {
    let found = inventory.nics.iter().find(|nic| match selector {
        DeviceSelector::Pci { address, .. } => is(nic.pci_address.as_deref(), &address.to_string()),
        DeviceSelector::Scsi { .. } => false,
        DeviceSelector::Name(name) => nic.name == *name,
    });
    found.ok_or_else(|| {
        let known = inventory.nics.iter().map(|nic| known(&nic.name, nic.pci_address.as_deref(), None));
        missing("network card", selector, &known.collect::<Vec<_>>())
    })
}

/// The disk that a selector means, or what is known instead.
pub fn disk<'a>(selector: &DeviceSelector, inventory: &'a Inventory) -> Result<&'a InventoryDisk, String> {
    let found = inventory.disks.iter().find(|disk| match selector {
        DeviceSelector::Pci { address, .. } => is(disk.pci_address.as_deref(), &address.to_string()),
        DeviceSelector::Scsi { address, .. } => is(disk.scsi_address.as_deref(), &address.to_string()),
        DeviceSelector::Name(name) => disk.name == *name,
    });
    found.ok_or_else(|| {
        let known = inventory
            .disks
            .iter()
            .map(|disk| known(&disk.name, disk.pci_address.as_deref(), disk.scsi_address.as_deref()));
        missing("disk", selector, &known.collect::<Vec<_>>())
    })
}

fn is(found: Option<&str>, wanted: &str) -> bool {
    found.is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}

fn known(name: &str, pci: Option<&str>, scsi: Option<&str>) -> String {
    let at: Vec<String> =
        [("PCI", pci), ("SCSI", scsi)].iter().filter_map(|(bus, at)| at.map(|at| format!("{bus} {at}"))).collect();
    if at.is_empty() { name.to_owned() } else { format!("{name} ({})", at.join(", ")) }
}

fn missing(what: &str, selector: &DeviceSelector, known: &[String]) -> String {
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!("no {what} is {selector}; the machine has: {known}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory() -> Inventory {
        Inventory {
            nics: vec![InventoryNic {
                name: "ens1f0".into(),
                pci_address: Some("0000:3B:00.0".into()),
                ..InventoryNic::default()
            }],
            disks: vec![InventoryDisk {
                name: "sda".into(),
                scsi_address: Some("0:2.0.0".into()),
                ..InventoryDisk::default()
            }],
            ..Inventory::default()
        }
    }

    #[test]
    fn selectors_bind_by_address_or_name() {
        let pci = |address: &str| DeviceSelector::Pci { alias: "nic1".into(), address: address.parse().unwrap() };
        assert_eq!(nic(&pci("0000:3b:00.0"), &inventory()).unwrap().name, "ens1f0");
        assert_eq!(nic(&DeviceSelector::Name("ens1f0".into()), &inventory()).unwrap().name, "ens1f0");
        let scsi = DeviceSelector::Scsi { alias: "boot".into(), address: "0:2.0.0".parse().unwrap() };
        assert_eq!(disk(&scsi, &inventory()).unwrap().name, "sda");
        assert_eq!(
            nic(&pci("0000:05:00.0"), &inventory()).unwrap_err(),
            "no network card is nic1 (PCI 0000:05:00.0); the machine has: ens1f0 (PCI 0000:3B:00.0)"
        );
        assert!(disk(&DeviceSelector::Name("sdb".into()), &inventory()).unwrap_err().contains("sda (SCSI 0:2.0.0)"));
    }
}
