//! Storage: sizes, the EFI partition, and when a layout is as designed.

use super::*;
use crate::{
    api::hardware_profile::BootMode,
    drivers::maas::{
        lower::{Obstacle, fixtures::node},
        wire::{BlockDevice, Filesystem, Partition},
    },
    model::{
        DeviceSelector, DiskContent, DiskDesign, Inventory, InventoryDisk, LogicalVolumeDesign, PartitionDesign,
        StorageDesign, VolumeGroupDesign,
    },
};

const SIZE: u64 = 480_103_981_056;
const MIB: u64 = 1 << 20;

fn partition(name: &str, size: &str, mount_point: &str) -> PartitionDesign {
    let filesystem = FilesystemDesign {
        fs_type: "ext4".into(),
        mount_point: Some(mount_point.into()),
        mount_options: "defaults".into(),
        uuid: None,
        label: None,
    };
    PartitionDesign {
        name: name.into(),
        size: size.parse().unwrap(),
        uuid: None,
        bootable: false,
        volume_group: None,
        raid: None,
        filesystem: Some(filesystem),
        cache_set: None,
        backs: None,
    }
}

fn design(boot_mode: BootMode, partitions: Vec<PartitionDesign>) -> NodeDesign {
    let content = DiskContent::Partitions(partitions);
    let disks = vec![DiskDesign { device: DeviceSelector::Name("sda".into()), boot: false, content }];
    NodeDesign { boot_mode, storage: StorageDesign { disks, ..StorageDesign::default() }, ..node() }
}

fn machine(partitions: Vec<Partition>) -> Machine {
    let disk = BlockDevice { id: 4, name: "sda".into(), size: SIZE, partitions, ..BlockDevice::default() };
    let other = BlockDevice { id: 5, name: "sdb".into(), size: SIZE, ..BlockDevice::default() };
    Machine {
        system_id: "abc".into(),
        boot_disk: Some(disk.clone()),
        physicalblockdevice_set: vec![disk, other],
        ..Machine::default()
    }
}

fn found(size: u64, mount_point: &str) -> Partition {
    let filesystem = Filesystem {
        fstype: "ext4".into(),
        uuid: Some("11111111-1111-4111-8111-111111111111".into()),
        label: Some(String::new()),
        mount_point: Some(mount_point.into()),
        mount_options: Some("defaults".into()),
    };
    Partition { id: 1, size, bootable: false, uuid: None, filesystem: Some(filesystem) }
}

fn inventory(machine: &Machine) -> Inventory {
    let disks = machine.physicalblockdevice_set.iter();
    let disks = disks.map(|disk| InventoryDisk { name: disk.name.clone(), ..InventoryDisk::default() }).collect();
    Inventory { disks, ..Inventory::default() }
}

fn calls(design: &NodeDesign, machine: &Machine) -> Result<Vec<String>, Obstacle> {
    let lowered = lower(design, Seen { machine, inventory: Some(&inventory(machine)) }, Made::default())?;
    Ok(lowered.iter().map(ToString::to_string).collect())
}

#[test]
fn an_empty_design_leaves_maas_its_layout() {
    assert_eq!(calls(&node(), &machine(vec![found(SIZE, "/")])), Ok(vec![]));
}

#[test]
fn a_uefi_boot_disk_gets_its_efi_partition_first() {
    let design = design(BootMode::Uefi, vec![partition("root", ">20g", "/")]);
    assert_eq!(
        calls(&design, &machine(Vec::new())).unwrap(),
        [
            "blank the storage layout",
            "boot from disk sda",
            "create partition efi on sda, 512 MiB",
            "format partition efi of sda as fat32",
            "mount partition efi of sda at /boot/efi",
            "create partition root on sda, all the rest",
            "format partition root of sda as ext4",
            "mount partition root of sda at /",
        ]
    );
}

#[test]
fn maas_rounds_down_and_that_is_as_designed() {
    let design = design(BootMode::Bios, vec![partition("root", "100g", "/"), partition("var", ">1g", "/var")]);
    let as_maas_makes_it = vec![found(99_996_401_664, "/"), found(380_100_411_392, "/var")];
    assert_eq!(calls(&design, &machine(as_maas_makes_it.clone())), Ok(vec![]));
    let mut smaller = as_maas_makes_it.clone();
    smaller[0].size -= 16 * MIB;
    assert!(!calls(&design, &machine(smaller)).unwrap().is_empty());
    let mut moved = machine(as_maas_makes_it.clone());
    moved.boot_disk = Some(BlockDevice { id: 5, ..BlockDevice::default() });
    assert!(!calls(&design, &moved).unwrap().is_empty(), "another boot disk");
    let mut second_root = machine(as_maas_makes_it);
    second_root.physicalblockdevice_set[1].partitions = vec![found(SIZE, "/")];
    assert!(!calls(&design, &second_root).unwrap().is_empty(), "an undesigned disk carries nothing");
}

#[test]
fn the_last_minimum_takes_the_rest_wherever_it_stands() {
    let design = design(BootMode::Bios, vec![partition("root", ">20g", "/"), partition("log", "50%", "/var/log")]);
    let calls = calls(&design, &machine(Vec::new())).unwrap();
    let sizes: Vec<&String> = calls.iter().filter(|call| call.starts_with("create partition")).collect();
    assert_eq!(sizes, ["create partition root on sda, 228928 MiB", "create partition log on sda, 228924 MiB"]);
}

#[test]
fn what_does_not_fit_is_impossible() {
    let design = design(BootMode::Bios, vec![partition("root", "1t", "/")]);
    let error = calls(&design, &machine(Vec::new())).unwrap_err();
    assert_eq!(error, Obstacle::Impossible("disk sda: 953672 MiB are asked for, 457852 MiB are there".into()));
}

const DESIGNED: &str = "8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846";

/// What the calls say that send the designed UUID.
fn sending(design: &NodeDesign, machine: &Machine) -> Vec<String> {
    let sends = |call: &&Call| {
        call.form.iter().any(|(name, value)| name == "uuid" && matches!(value, Value::Text(text) if text == DESIGNED))
    };
    let lowered = lower(design, Seen { machine, inventory: Some(&inventory(machine)) }, Made::default()).unwrap();
    lowered.iter().filter(sends).map(ToString::to_string).collect()
}

#[test]
fn a_designed_uuid_of_a_partition_is_sent_and_one_that_differs_is_rebuilt() {
    let mut root = partition("root", ">20g", "/");
    root.uuid = Some(DESIGNED.into());
    root.filesystem = root.filesystem.map(|filesystem| FilesystemDesign { uuid: Some(DESIGNED.into()), ..filesystem });
    let design = design(BootMode::Bios, vec![root]);
    assert_eq!(
        sending(&design, &machine(Vec::new())),
        ["create partition root on sda, all the rest", "format partition root of sda as ext4"]
    );
    let mut as_designed = found(480_095_764_480, "/");
    assert!(!calls(&design, &machine(vec![as_designed.clone()])).unwrap().is_empty(), "MAAS has made both");
    as_designed.uuid = Some(DESIGNED.to_uppercase());
    assert!(!calls(&design, &machine(vec![as_designed.clone()])).unwrap().is_empty(), "MAAS has made one");
    as_designed.filesystem.as_mut().unwrap().uuid = Some(DESIGNED.into());
    assert_eq!(calls(&design, &machine(vec![as_designed])), Ok(vec![]), "case means nothing");
}

#[test]
fn a_designed_uuid_of_a_volume_is_sent_and_one_that_differs_is_rebuilt() {
    let uuid = Some(DESIGNED.to_owned());
    let filesystem = partition("any", "1g", "/srv").filesystem;
    let volume =
        LogicalVolumeDesign { name: "srv".into(), size: ">1g".parse().unwrap(), uuid: uuid.clone(), filesystem };
    let group = VolumeGroupDesign { name: "vg".into(), uuid: uuid.clone(), logical_volumes: vec![volume] };
    let content = DiskContent::VolumeGroup("vg".into());
    let disks = vec![DiskDesign { device: DeviceSelector::Name("sdb".into()), boot: false, content }];
    let storage = StorageDesign { disks, volume_groups: vec![group], ..StorageDesign::default() };
    let design = NodeDesign { boot_mode: BootMode::Bios, storage, ..node() };
    let mut machine = machine(Vec::new());
    assert_eq!(
        sending(&design, &machine),
        ["create volume group vg on sdb", "create logical volume vg/srv, all the rest"]
    );

    let volume = BlockDevice {
        id: 9,
        name: "vg-srv".into(),
        size: 480_095_764_480,
        uuid: uuid.clone(),
        filesystem: found(SIZE, "/srv").filesystem,
        ..BlockDevice::default()
    };
    machine.virtualblockdevice_set = vec![volume.clone()];
    let mut as_designed: VolumeGroup =
        serde_json::from_value(serde_json::json!({"name": "vg", "devices": [{"id": 5, "type": "physical"}]})).unwrap();
    as_designed.uuid = uuid;
    as_designed.logical_volumes = vec![volume];
    let differs = |group: VolumeGroup| {
        let seen = Seen { machine: &machine, inventory: Some(&inventory(&machine)) };
        !lower(&design, seen, Made { groups: &[group], ..Made::default() }).unwrap().is_empty()
    };
    assert!(!differs(as_designed.clone()));
    assert!(differs(VolumeGroup { uuid: None, ..as_designed.clone() }));
    let mut other = as_designed;
    other.logical_volumes[0].uuid = Some("11111111-1111-4111-8111-111111111111".into());
    assert!(differs(other));
}
