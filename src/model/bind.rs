//! *Bind*: what a design calls a device by, to the kernel's name of it on this machine. Pure, and late: only a
//! commissioned machine has an inventory.

use super::{DeviceSelector, DeviceTraits, Inventory, InventoryDisk, InventoryNic, device_pattern};
use regex::Regex;

/// The NIC that a selector means, or what is known instead.
pub fn nic<'a>(selector: &DeviceSelector, inventory: &'a Inventory) -> Result<&'a InventoryNic, String> {
    let matcher = Matcher::new(selector)?;
    let is_meant = |nic: &&InventoryNic| match selector {
        DeviceSelector::Pci { address, .. } => is(nic.pci_address.as_deref(), &address.to_string()),
        DeviceSelector::Scsi { .. } => false,
        DeviceSelector::Name(name) => nic.name == *name,
        DeviceSelector::Rule { traits, .. } => {
            traits.min_bytes.is_none()
                && traits.min_mbps.is_none_or(|least| nic.speed_mbps.is_some_and(|speed| u64::from(speed) >= least))
                && matcher.fits(traits, nic.vendor.as_deref(), nic.model.as_deref(), &[nic.pci_address.as_deref()])
        }
    };
    let known = |nic: &InventoryNic| known(&nic.name, nic.pci_address.as_deref(), None);
    the_only("network card", selector, &inventory.nics, is_meant, known)
}

/// The disk that a selector means, or what is known instead.
pub fn disk<'a>(selector: &DeviceSelector, inventory: &'a Inventory) -> Result<&'a InventoryDisk, String> {
    let matcher = Matcher::new(selector)?;
    let is_meant = |disk: &&InventoryDisk| match selector {
        DeviceSelector::Pci { address, .. } => is(disk.pci_address.as_deref(), &address.to_string()),
        DeviceSelector::Scsi { address, .. } => is(disk.scsi_address.as_deref(), &address.to_string()),
        DeviceSelector::Name(name) => disk.name == *name,
        DeviceSelector::Rule { traits, .. } => {
            let addresses = [disk.scsi_address.as_deref(), disk.pci_address.as_deref()];
            traits.min_mbps.is_none()
                && traits.min_bytes.is_none_or(|least| disk.size_bytes >= least)
                && matcher.fits(traits, disk.vendor.as_deref(), disk.model.as_deref(), &addresses)
        }
    };
    let known = |disk: &InventoryDisk| known(&disk.name, disk.pci_address.as_deref(), disk.scsi_address.as_deref());
    the_only("disk", selector, &inventory.disks, is_meant, known)
}

/// The regular expression of a rule, compiled once for all devices of a machine.
struct Matcher(Option<Regex>);

impl Matcher {
    fn new(selector: &DeviceSelector) -> Result<Self, String> {
        let DeviceSelector::Rule { alias, traits: DeviceTraits { pattern: Some(pattern), .. } } = selector else {
            return Ok(Self(None));
        };
        device_pattern(pattern)
            .map(|regex| Self(Some(regex)))
            .map_err(|error| format!("the pattern of alias {alias} is none: {error}"))
    }

    fn fits(&self, traits: &DeviceTraits, vendor: Option<&str>, model: Option<&str>, at: &[Option<&str>]) -> bool {
        let names = |wanted: Option<&String>, found: Option<&str>| {
            let wanted = wanted.map(|wanted| wanted.to_lowercase());
            wanted.is_none_or(|wanted| found.is_some_and(|found| found.to_lowercase().contains(&wanted)))
        };
        names(traits.vendor.as_ref(), vendor)
            && names(traits.model.as_ref(), model)
            && self.0.as_ref().is_none_or(|regex| at.iter().flatten().any(|address| regex.is_match(address)))
    }
}

/// The one device that is meant. An address or a name means one; a rule that fits several means none.
fn the_only<'a, D>(
    what: &str,
    selector: &DeviceSelector,
    devices: &'a [D],
    is_meant: impl Fn(&&'a D) -> bool,
    known: impl Fn(&D) -> String,
) -> Result<&'a D, String> {
    let meant: Vec<&D> = devices.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [first, ..] if !matches!(selector, DeviceSelector::Rule { .. }) => Ok(first),
        [] => Err(missing(what, selector, &devices.iter().map(known).collect::<Vec<_>>())),
        several => {
            let several = several.iter().map(|device| known(device)).collect::<Vec<_>>().join(", ");
            Err(format!("several {what}s are {selector}: {several}; narrow the rule down"))
        }
    }
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

    fn by_rule(traits: DeviceTraits) -> DeviceSelector {
        DeviceSelector::Rule { alias: "x".into(), traits }
    }

    #[test]
    fn a_rule_means_the_one_device_of_which_all_holds() {
        let of = |name: &str, vendor: &str, speed: u32, at: &str| InventoryNic {
            name: name.into(),
            vendor: Some(vendor.into()),
            model: Some("X710".into()),
            speed_mbps: Some(speed),
            pci_address: Some(at.into()),
            ..InventoryNic::default()
        };
        let nics = vec![
            of("eno1", "Broadcom Inc.", 1000, "0000:04:00.0"),
            of("ens1f0", "Intel Corporation", 25000, "0000:3b:00.0"),
            of("ens1f1", "Intel Corporation", 25000, "0000:3b:00.1"),
        ];
        let disk_of =
            |name: &str, bytes: u64| InventoryDisk { name: name.into(), size_bytes: bytes, ..InventoryDisk::default() };
        let disks = vec![disk_of("sda", 480_000_000_000), disk_of("sdb", 1_600_000_000_000)];
        let inventory = Inventory { nics, disks, ..Inventory::default() };
        let text = |text: &str| Some(text.to_owned());
        let bound = |traits: DeviceTraits| nic(&by_rule(traits), &inventory).map(|nic| nic.name.clone());
        let vendor = DeviceTraits { vendor: text("broadcom"), ..DeviceTraits::default() };
        assert_eq!(bound(vendor).unwrap(), "eno1");
        let slow = DeviceTraits { vendor: text("broadcom"), min_mbps: Some(1001), ..DeviceTraits::default() };
        assert!(bound(slow).unwrap_err().starts_with("no network card is x (vendor broadcom, 1001 Mbit/s at least);"));
        let port = DeviceTraits { min_mbps: Some(25000), pattern: text(r"0000:3b:00\.1"), ..DeviceTraits::default() };
        assert_eq!(bound(port).unwrap(), "ens1f1");
        let whole = DeviceTraits { pattern: text("0000:3b:00"), ..DeviceTraits::default() };
        assert!(bound(whole).is_err(), "a part of an address is not the address");
        let both = DeviceTraits { model: text("x710"), min_mbps: Some(25000), ..DeviceTraits::default() };
        assert!(bound(both).unwrap_err().contains("ens1f0 (PCI 0000:3b:00.0), ens1f1"), "a choice is nobody's");
        let broken = DeviceTraits { pattern: text("("), ..DeviceTraits::default() };
        assert!(bound(broken).unwrap_err().contains("pattern of alias x"));
        let large = DeviceTraits { min_bytes: Some(1_000_000_000_000), ..DeviceTraits::default() };
        assert_eq!(disk(&by_rule(large), &inventory).unwrap().name, "sdb");
    }
}
