//! Software RAIDs: what is made of what, in which order, and when they are as designed.

use super::*;
use crate::{
    api::hardware_profile::BootMode,
    drivers::maas::{
        lower::{Obstacle, fixtures::node},
        wire::{BlockDevice, Filesystem, Member},
    },
    model::{
        DeviceSelector, DiskContent, DiskDesign, Inventory, InventoryDisk, LogicalVolumeDesign, RaidDesign, RaidMember,
        StorageDesign, VolumeGroupDesign,
    },
};

const SIZE: u64 = 480_103_981_056;

fn disk(name: &str, spare: bool) -> DiskDesign {
    let content = DiskContent::Raid(RaidMember { array: "md0".into(), spare });
    DiskDesign { device: DeviceSelector::Name(name.into()), boot: false, content }
}

/// A mirror of two disks with a spare, all of it a volume group.
fn design() -> NodeDesign {
    let data = LogicalVolumeDesign { name: "data".into(), size: "50%".parse().unwrap(), uuid: None, filesystem: None };
    let storage = StorageDesign {
        disks: vec![disk("sda", false), disk("sdb", false), disk("sdc", true)],
        raids: vec![RaidDesign {
            name: "md0".into(),
            level: RaidLevel::Raid1,
            volume_group: Some("vg".into()),
            filesystem: None,
        }],
        volume_groups: vec![VolumeGroupDesign { name: "vg".into(), uuid: None, logical_volumes: vec![data] }],
        ..StorageDesign::default()
    };
    NodeDesign { boot_mode: BootMode::Bios, storage, ..node() }
}

fn device(id: u64, name: &str) -> BlockDevice {
    BlockDevice { id, name: name.into(), size: SIZE, ..BlockDevice::default() }
}

fn machine(virtual_devices: Vec<BlockDevice>) -> Machine {
    Machine {
        system_id: "abc".into(),
        physicalblockdevice_set: vec![device(4, "sda"), device(5, "sdb"), device(6, "sdc")],
        virtualblockdevice_set: virtual_devices,
        ..Machine::default()
    }
}

fn lowered(design: &NodeDesign, machine: &Machine, made: Made<'_>) -> Result<Vec<Call>, Obstacle> {
    let disks = machine.physicalblockdevice_set.iter();
    let disks = disks.map(|disk| InventoryDisk { name: disk.name.clone(), ..InventoryDisk::default() }).collect();
    let inventory = Inventory { disks, ..Inventory::default() };
    lower(design, Seen { machine, inventory: Some(&inventory) }, made)
}

#[test]
fn an_array_is_made_before_the_group_on_it() {
    let calls = lowered(&design(), &machine(Vec::new()), Made::default()).unwrap();
    let texts: Vec<String> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "blank the storage layout",
            "create software RAID md0, RAID1 of sda, sdb, spare sdc",
            "create volume group vg on md0",
            // Half of what the smaller disk gives.
            "create logical volume vg/data, 228924 MiB",
        ]
    );
    let form = format!("{:?}", calls[1].form);
    for part in ["raid-1", "block_devices", "Known(4)", "Known(5)", "spare_devices", "Known(6)"] {
        assert!(form.contains(part), "{form} without {part}");
    }
}

#[test]
fn an_array_with_a_file_system_is_formatted_and_mounted_by_its_own_device() {
    let mut design = design();
    design.storage.volume_groups.clear();
    design.storage.raids[0].volume_group = None;
    design.storage.raids[0].filesystem = Some(FilesystemDesign {
        fs_type: "xfs".into(),
        mount_point: Some("/srv".into()),
        mount_options: "noatime".into(),
        uuid: None,
        label: None,
    });
    let calls = lowered(&design, &machine(Vec::new()), Made::default()).unwrap();
    let texts: Vec<String> = calls[2..].iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["format md0 as xfs", "mount md0 at /srv"]);

    let filesystem = Filesystem {
        fstype: "xfs".into(),
        mount_point: Some("/srv".into()),
        mount_options: Some("noatime".into()),
        ..Filesystem::default()
    };
    let md = BlockDevice { filesystem: Some(filesystem), ..device(8, "md0") };
    let seen = |raid: wire::Raid| {
        let made = Made { raids: &[raid], ..Made::default() };
        lowered(&design, &machine(vec![md.clone()]), made).unwrap().is_empty()
    };
    let member = |id| Member { id, kind: "physical".into() };
    let as_designed = wire::Raid {
        name: "md0".into(),
        level: "raid-1".into(),
        devices: vec![member(4), member(5)],
        spare_devices: vec![member(6)],
        virtual_device: md.clone(),
    };
    assert!(seen(as_designed.clone()));
    assert!(!seen(wire::Raid { level: "raid-0".into(), ..as_designed.clone() }));
    assert!(!seen(wire::Raid { spare_devices: Vec::new(), ..as_designed.clone() }));
    let swapped = wire::Raid { devices: vec![member(4), member(6)], spare_devices: vec![member(5)], ..as_designed };
    assert!(!seen(swapped), "another disk stands by");
}

#[test]
fn an_array_without_its_members_is_an_obstacle() {
    let mut design = design();
    design.storage.disks.truncate(1);
    let error = lowered(&design, &machine(Vec::new()), Made::default()).unwrap_err();
    assert_eq!(error, Obstacle::Impossible("software RAID md0: RAID1 needs 2 members, 1 are there".into()));
}
