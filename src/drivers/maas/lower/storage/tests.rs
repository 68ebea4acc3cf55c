//! Storage: sizes, the EFI partition, and when a layout is as designed.

use super::*;
use crate::{
    api::hardware_profile::BootMode,
    drivers::maas::{
        lower::{Obstacle, fixtures::node},
        wire::{BlockDevice, Filesystem, Partition},
    },
    model::{DeviceSelector, DiskContent, DiskDesign, Inventory, InventoryDisk, PartitionDesign, StorageDesign},
};

const SIZE: u64 = 480_103_981_056;
const MIB: u64 = 1 << 20;

fn partition(name: &str, size: &str, mount_point: &str) -> PartitionDesign {
    let filesystem = FilesystemDesign {
        fs_type: "ext4".into(),
        mount_point: Some(mount_point.into()),
        mount_options: "defaults".into(),
        label: None,
    };
    PartitionDesign {
        name: name.into(),
        size: size.parse().unwrap(),
        bootable: false,
        volume_group: None,
        filesystem: Some(filesystem),
    }
}

fn design(boot_mode: BootMode, partitions: Vec<PartitionDesign>) -> NodeDesign {
    let content = DiskContent::Partitions(partitions);
    let disks = vec![DiskDesign { device: DeviceSelector::Name("sda".into()), boot: false, content }];
    NodeDesign { boot_mode, storage: StorageDesign { disks, volume_groups: Vec::new() }, ..node() }
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
        label: Some(String::new()),
        mount_point: Some(mount_point.into()),
        mount_options: Some("defaults".into()),
    };
    Partition { id: 1, size, bootable: false, filesystem: Some(filesystem) }
}

fn calls(design: &NodeDesign, machine: &Machine) -> Result<Vec<String>, Obstacle> {
    let disks = machine.physicalblockdevice_set.iter();
    let disks = disks.map(|disk| InventoryDisk { name: disk.name.clone(), ..InventoryDisk::default() }).collect();
    let inventory = Inventory { disks, ..Inventory::default() };
    let lowered = lower(design, Seen { machine, inventory: Some(&inventory) }, &[])?;
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
