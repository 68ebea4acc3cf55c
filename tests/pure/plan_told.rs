//! Hardware as designed against hardware as a BMC tells it: what is not told is no difference.

use slipway::{
    api::hardware_expectation::{CpuExpectation, DiskType},
    model::{
        DeviceSelector, DeviceTraits, ExpectedDisk, ExpectedNic, HardwareDesign, InterfaceDesign, Inventory,
        InventoryDisk, InventoryNic, NodeDesign,
    },
    plan::told_mismatches,
};

fn pci(alias: &str, address: &str) -> DeviceSelector {
    DeviceSelector::Pci { alias: alias.into(), address: address.parse().unwrap() }
}

fn told() -> Inventory {
    let nic = |name: &str, at: &str| InventoryNic {
        name: name.into(),
        pci_address: Some(at.into()),
        vendor: Some("Mellanox Technologies".into()),
        speed_mbps: Some(25_000),
        connected: true,
        ..InventoryNic::default()
    };
    let disk = |name: &str, bytes, kind| InventoryDisk {
        name: name.into(),
        size_bytes: bytes,
        kind: Some(kind),
        ..InventoryDisk::default()
    };
    Inventory {
        vendor: Some("Dell Inc.".into()),
        product: Some("PowerEdge R750".into()),
        sockets: Some(2),
        cores: Some(32),
        cpus: 64,
        memory_mib: 262_144,
        nics: vec![nic("NIC.Slot.1-1-1", "0000:31:00.0"), nic("NIC.Slot.1-2-1", "0000:31:00.1")],
        disks: vec![
            disk("Disk.Bay.0", 480_103_981_056, DiskType::Ssd),
            disk("Disk.Bay.1", 1_600_321_314_816, DiskType::Nvme),
        ],
        ..Inventory::default()
    }
}

fn design(hardware: HardwareDesign) -> NodeDesign {
    NodeDesign { hardware, ..NodeDesign::named("n1") }
}

fn found(hardware: HardwareDesign, told: &Inventory) -> Vec<String> {
    told_mismatches(&design(hardware), told).unwrap_or_else(|| vec!["not told".into()])
}

fn nic(device: Option<DeviceSelector>, min_mbps: u64) -> HardwareDesign {
    let nic = ExpectedNic { name: "data".into(), device, min_mbps, vendor: Some("mellanox".into()) };
    HardwareDesign { nics: vec![nic], ..HardwareDesign::default() }
}

fn disks(device: Option<DeviceSelector>, count: usize, kind: DiskType) -> HardwareDesign {
    let disk = ExpectedDisk { name: "os".into(), device, count, min_bytes: 400_000_000_000, kind: Some(kind) };
    HardwareDesign { disks: vec![disk], ..HardwareDesign::default() }
}

fn system() -> HardwareDesign {
    HardwareDesign {
        vendor: Some("dell".into()),
        model: Some("R750".into()),
        bios_version: Some("1.2.3".into()),
        cpus: CpuExpectation {
            sockets: Some(2),
            cores: Some(32),
            threads: Some(64),
            model: Some("Xeon".into()),
            architecture: Some("amd64".into()),
        },
        min_memory: Some(262_144 << 20),
        ..HardwareDesign::default()
    }
}

#[test]
fn right_hardware_has_no_differences() {
    assert_eq!(found(system(), &told()), [""; 0]);
    assert_eq!(found(nic(Some(pci("nic1", "0000:31:00.1")), 25_000), &told()), [""; 0]);
    assert_eq!(found(disks(None, 1, DiskType::Nvme), &told()), [""; 0]);
}

#[test]
fn wrong_hardware_is_told_in_the_words_of_what_commissioning_finds() {
    let mut poor = told();
    (poor.product, poor.memory_mib, poor.sockets) = (Some("PowerEdge R650".into()), 131_072, Some(1));
    assert_eq!(
        found(system(), &poor),
        [
            "model: R750 is designed, PowerEdge R650 is built in",
            "memory: 262144 MiB at least are designed, 131072 MiB are built in",
            "CPUs: 2 sockets at least are designed, 1 are built in",
        ]
    );
    let elsewhere = "network card data: no network card is nic1 (PCI 0000:04:00.0); the machine has: \
                     NIC.Slot.1-1-1 (PCI 0000:31:00.0), NIC.Slot.1-2-1 (PCI 0000:31:00.1)";
    assert_eq!(found(nic(Some(pci("nic1", "0000:04:00.0")), 0), &told()), [elsewhere]);
    let slow = found(nic(Some(pci("nic1", "0000:31:00.0")), 100_000), &told());
    assert!(
        slow[0].starts_with("network card data: one by mellanox of 100000 Mbit/s at least is designed"),
        "{slow:?}"
    );
    let few = found(disks(None, 2, DiskType::Nvme), &told());
    assert!(few[0].ends_with("are designed, 1 are built in"), "{few:?}");
}

#[test]
fn the_addresses_of_aliases_are_looked_for_where_the_bmc_tells_them() {
    let with = |address: &str| {
        let mut design = design(HardwareDesign::default());
        design.interfaces = vec![InterfaceDesign {
            name: "pxe".into(),
            link: "pxe".into(),
            devices: vec![pci("nic-pxe", address)],
            bond: None,
            mtu: 1500,
            managed: true,
            bridges: Vec::new(),
            networks: Vec::new(),
        }];
        design
    };
    assert_eq!(told_mismatches(&with("0000:31:00.0"), &told()), Some(Vec::new()));
    let missing = told_mismatches(&with("0000:04:00.0"), &told()).unwrap();
    assert!(missing[0].starts_with("no network card is nic-pxe (PCI 0000:04:00.0); the machine has: "), "{missing:?}");
    let mut partly = told();
    partly.nics[0].pci_address = None;
    assert_eq!(told_mismatches(&with("0000:04:00.0"), &partly), None, "it may be that one");
}

#[test]
fn what_a_bmc_does_not_tell_is_no_difference() {
    let nothing = Inventory { vendor: Some("DELL".into()), ..Inventory::default() };
    for expected in [system(), nic(None, 25_000), disks(None, 2, DiskType::Ssd)] {
        assert_eq!(told_mismatches(&design(expected), &nothing), None, "an inventory of parts tells of a board");
    }
    let by_kernel = [
        DeviceSelector::Name("sda".into()),
        DeviceSelector::Scsi { alias: "boot".into(), address: "0:2.0.0".parse().unwrap() },
    ];
    for device in by_kernel {
        assert_eq!(told_mismatches(&design(disks(Some(device), 1, DiskType::Ssd)), &told()), None);
    }
    let mut vague = told();
    for nic in &mut vague.nics {
        (nic.vendor, nic.speed_mbps, nic.connected) = (None, None, false);
    }
    for disk in &mut vague.disks {
        disk.kind = None;
    }
    assert_eq!(found(nic(Some(pci("nic1", "0000:31:00.0")), 100_000), &vague), [""; 0], "its link is down");
    assert_eq!(found(disks(None, 2, DiskType::Nvme), &vague), [""; 0], "of these sizes there are two");
    let by_model = DeviceTraits { model: Some("P5800X".into()), ..DeviceTraits::default() };
    let rule = DeviceSelector::Rule { alias: "fast".into(), traits: by_model };
    assert_eq!(told_mismatches(&design(disks(Some(rule), 1, DiskType::Nvme)), &vague), None, "no model is told");
}

#[test]
fn drives_have_addresses_where_they_stand_on_pci_by_themselves() {
    let by_address = |address: &str| disks(Some(pci("fast", address)), 1, DiskType::Nvme);
    assert_eq!(told_mismatches(&design(by_address("0000:65:00.0")), &told()), None, "no drive tells its address");
    let mut told = told();
    told.disks[1].pci_address = Some("0000:65:00.0".into());
    assert_eq!(found(by_address("0000:65:00.0"), &told), [""; 0]);
    let missing = found(by_address("0000:66:00.0"), &told);
    assert!(missing[0].starts_with("disk os: no disk is fast (PCI 0000:66:00.0); the machine has: "), "{missing:?}");
}
