//! Hardware as designed against hardware as built.

use slipway::{
    api::{
        baremetal_node::AddressMode,
        hardware_expectation::{CpuExpectation, DiskType},
    },
    model::{
        AttachmentDesign, Cable, DeviceSelector, ExpectedDisk, ExpectedNic, HardwareDesign, InterfaceDesign, Inventory,
        InventoryDisk, InventoryNic, Neighbour, NetworkServices, NodeDesign, Reason, Step,
    },
    plan::mismatches,
};

use crate::plan_scene::Scene;

fn built() -> Inventory {
    let nic = |name: &str, switch: &str| InventoryNic {
        name: name.into(),
        vendor: Some("Mellanox Technologies".into()),
        speed_mbps: Some(25_000),
        neighbour: Some(Neighbour { switch: switch.into(), port: "Ethernet1".into(), vlans: vec![20, 41] }),
        ..InventoryNic::default()
    };
    let disk = |name: &str, kind| InventoryDisk {
        name: name.into(),
        size_bytes: 480_000_000_000,
        kind: Some(kind),
        ..InventoryDisk::default()
    };
    Inventory {
        vendor: Some("Dell Inc.".into()),
        product: Some("PowerEdge R750".into()),
        bios_version: Some("1.2.3".into()),
        architecture: Some("amd64".into()),
        cpu_model: Some("Intel(R) Xeon(R) Gold 6326".into()),
        sockets: Some(2),
        cores: Some(32),
        cpus: 64,
        memory_mib: 262_144,
        nics: vec![nic("ens1f0", "leaf-a"), nic("ens1f1", "leaf-b")],
        disks: vec![disk("sda", DiskType::Ssd), disk("sdb", DiskType::Hdd)],
        ..Inventory::default()
    }
}

fn interface(name: &str, devices: &[&str]) -> InterfaceDesign {
    InterfaceDesign {
        name: name.into(),
        link: name.into(),
        devices: devices.iter().map(|device| DeviceSelector::Name((*device).into())).collect(),
        bond: None,
        mtu: 1500,
        managed: true,
        bridges: Vec::new(),
        networks: Vec::new(),
    }
}

fn attachment(network: &str, vlan: Option<u32>) -> AttachmentDesign {
    AttachmentDesign {
        network: network.into(),
        vlan,
        cidr: "10.0.0.0/24".parse().unwrap(),
        mtu: 1500,
        mode: AddressMode::LinkUp,
        address: None,
        default_gateway: false,
        services: NetworkServices::default(),
    }
}

fn of(change: impl FnOnce(&mut HardwareDesign)) -> Vec<String> {
    let mut design = NodeDesign::named("n1");
    change(&mut design.hardware);
    mismatches(&design, &built()).unwrap()
}

#[test]
fn what_is_not_expected_is_not_compared() {
    assert_eq!(mismatches(&NodeDesign::named("n1"), &built()), None);
}

#[test]
fn a_machine_that_has_all_and_more_is_as_designed() {
    let found = of(|hardware| {
        hardware.vendor = Some("DELL".into());
        hardware.model = Some("R750".into());
        hardware.bios_version = Some("1.2.3".into());
        hardware.min_memory = Some(128 << 30);
        hardware.cpus = CpuExpectation {
            sockets: Some(2),
            cores: Some(16),
            threads: Some(64),
            model: Some("gold 6326".into()),
            architecture: Some("amd64".into()),
        };
        hardware.disks =
            vec![ExpectedDisk { name: "any".into(), device: None, count: 2, min_bytes: 400_000_000_000, kind: None }];
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn each_difference_says_what_is_designed_and_what_is_there() {
    let table: Vec<(Vec<String>, &str)> = vec![
        (of(|h| h.vendor = Some("HPE".into())), "vendor: HPE is designed, Dell Inc. is built in"),
        (of(|h| h.bios_version = Some("1.2".into())), "BIOS version: 1.2 is designed, 1.2.3 is built in"),
        (of(|h| h.min_memory = Some(1 << 40)), "memory: 1048576 MiB at least are designed, 262144 MiB are built in"),
        (of(|h| h.cpus.sockets = Some(4)), "CPUs: 4 sockets at least are designed, 2 are built in"),
        (
            of(|h| {
                h.disks = vec![ExpectedDisk {
                    name: "data".into(),
                    device: None,
                    count: 2,
                    min_bytes: 1,
                    kind: Some(DiskType::Ssd),
                }];
            }),
            "disks data: 2 SSD of 1 bytes at least are designed, 1 are built in",
        ),
        (
            of(|h| {
                h.disks = vec![ExpectedDisk {
                    name: "boot".into(),
                    device: Some(DeviceSelector::Name("sdb".into())),
                    count: 1,
                    min_bytes: 1,
                    kind: Some(DiskType::Ssd),
                }];
            }),
            "disk boot: one SSD of 1 bytes at least is designed, sdb is HDD of 480000000000 bytes",
        ),
        (
            of(|h| {
                h.nics = vec![ExpectedNic {
                    name: "up".into(),
                    device: None,
                    min_mbps: 100_000,
                    vendor: Some("Intel".into()),
                }];
            }),
            "network card up: one by Intel of 100000 Mbit/s at least is designed, none is built in",
        ),
        (
            of(|h| {
                h.cables = vec![Cable {
                    device: DeviceSelector::Name("ens1f0".into()),
                    switch: "leaf-b".into(),
                    port: Some("Ethernet1".into()),
                }];
            }),
            "cable of ens1f0: Ethernet1 of leaf-b is designed, Ethernet1 of leaf-a is there",
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found, [expected]);
    }
}

#[test]
fn cables_of_designed_interfaces_end_at_the_racks_switches_on_ports_with_their_networks() {
    let mut design = NodeDesign::named("n1");
    design.hardware.switches = vec!["leaf-a".into(), "leaf-c".into()];
    let mut bond = interface("bond0", &["ens1f0", "ens1f1"]);
    bond.networks = vec![attachment("oam", Some(41)), attachment("x", Some(42))];
    design.interfaces = vec![bond];
    assert_eq!(
        mismatches(&design, &built()).unwrap(),
        [
            "port Ethernet1 of leaf-a, at ens1f0: link bond0 needs VLAN 42, and the switch does not announce it",
            "cable of ens1f1: leaf-a or leaf-c is designed, leaf-b is there",
            "port Ethernet1 of leaf-b, at ens1f1: link bond0 needs VLAN 42, and the switch does not announce it",
        ]
    );
    design.interfaces[0].managed = false;
    assert_eq!(
        mismatches(&design, &built()).unwrap(),
        Vec::<String>::new(),
        "what is not managed is not ours to judge"
    );
}

#[test]
fn a_mismatch_holds_a_deployment_back_only_where_the_profile_says_so() {
    let mut scene = Scene::new(slipway::model::MachineStatus::Ready);
    scene.machine().inventory = Some(built());
    scene.design.hardware.vendor = Some("HPE".into());
    assert!(matches!(scene.decide().step, Step::Act(_)));
    scene.design.hardware.blocks = true;
    let Step::Blocked(blocked) = scene.decide().step else { panic!("not blocked") };
    assert_eq!(blocked.reason, Reason::HardwareMismatch);
    assert!(blocked.message.contains("vendor: HPE is designed, Dell Inc. is built in"), "{}", blocked.message);
}
