//! The firmware finds what it boots from, and MAAS makes the file systems.

use super::{
    ClassView, Report, Rule,
    holders::{holders, of_partition},
    inherited,
    place::segment,
};
use crate::api::{
    hardware_profile::BootMode,
    storage::{Disk, Filesystem, Partition, Storage},
};

pub(super) const RULE: Rule = Rule {
    id: "SLW1056",
    name: "boot-layout",
    title: "The firmware finds what it boots from, and every file system is of a type that MAAS makes",
    why: "UEFI boots from a FAT file system on a partition at `/boot/efi`, which is made on the boot disk where none is \
          designed; a machine without one installs and does not come up.",
    fix: "Mark the boot disk by the label `bootdrive: \"true\"` and partition it; write `/boot/efi` as a partition with \
          `type: fat32` or leave it out; use a file system that MAAS makes.",
    class: Some(check),
    ..Rule::BLANK
};

/// Where UEFI looks for boot loaders.
const EFI: &str = "/boot/efi";
/// Types of file systems that MAAS makes.
const TYPES: [&str; 10] = ["btrfs", "ext2", "ext4", "fat32", "ramfs", "swap", "tmpfs", "vfat", "xfs", "zfsroot"];
/// Those of them that UEFI reads.
const FAT: [&str; 2] = ["fat32", "vfat"];
/// Those of them on which no system can be: they know no owners, or keep nothing.
const NO_ROOT: [&str; 5] = ["fat32", "ramfs", "swap", "tmpfs", "vfat"];

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    filesystems(storage, report);
    match view.class.design.boot_mode {
        BootMode::Uefi => uefi(storage, report),
        BootMode::Bios => {
            for (disk, partition) in efi_partitions(storage) {
                report.warning(
                    inherited(of_partition(disk, partition)),
                    format!("firmware that boots as BIOS has no use for {EFI}"),
                    "take the partition out, or set bootMode of the HardwareProfile to UEFI",
                );
            }
        }
    }
}

fn uefi(storage: &Storage, report: &mut Report<'_>) {
    let of_volumes = storage.volume_groups.iter().flat_map(|group| {
        group.logical_volumes.iter().map(move |volume| (group, volume, mount_point(volume.filesystem.as_ref())))
    });
    for (group, volume, _) in of_volumes.clone().filter(|(.., mounted)| *mounted == Some(EFI)) {
        report.error(
            inherited(format!(
                "/storage/volumeGroups/{}/logicalVolumes/{}",
                segment(&group.name),
                segment(&volume.name)
            )),
            format!("{EFI} is on a logical volume, where UEFI cannot read it"),
            "put it on a partition, or leave it out: then one is made on the boot disk",
        );
    }
    for (disk, partition) in efi_partitions(storage) {
        let here = of_partition(disk, partition);
        let kind = partition.filesystem.as_ref().map_or("", fs_type);
        if TYPES.contains(&kind) && !FAT.contains(&kind) {
            report.error(
                inherited(format!("{here}/filesystem")),
                format!("{EFI} is {kind}, and UEFI reads fat32 alone"),
                "set its type to fat32, or leave the partition out: then one is made on the boot disk",
            );
        }
        if partition.bootable != Some(true) {
            report.warning(inherited(here), format!("{EFI} is not marked as bootable"), "set bootable to true");
        }
    }
    if efi_partitions(storage).next().is_some() {
        return;
    }
    let boot = storage.disks.iter().find(|disk| disk.is_boot_drive());
    if let Some(disk) = boot {
        let group = disk.volume_group.as_ref().map(|name| ("volume group", name));
        let raid = disk.software_raid.as_ref().map(|name| ("software RAID", name));
        let set = disk.cache_set.as_ref().map(|name| ("cache set", name));
        let taker = group.or(raid).or(set).or_else(|| disk.backs.as_ref().map(|name| ("cache", name)));
        if let Some((what, name)) = taker.filter(|_| disk.partitions.is_empty()) {
            report.error(
                inherited(format!("/storage/disks/{}", segment(&disk.name))),
                format!("{what} `{name}` takes all of the boot disk, and UEFI needs a partition of it"),
                format!("give the {what} a partition of the disk instead"),
            );
        }
        return;
    }
    let on_partition = |path| {
        let mut partitions = storage.disks.iter().flat_map(|disk| &disk.partitions);
        partitions.any(|partition| mount_point(partition.filesystem.as_ref()) == Some(path))
    };
    let is_mounted = holders(storage).iter().any(|holder| holder.mount_point() == Some("/"));
    if !on_partition("/boot") && !on_partition("/") && is_mounted {
        report.error(
            inherited("/storage/disks"),
            "nothing says from which disk UEFI boots: neither / nor /boot is on a partition",
            "give the boot disk partitions and the label bootdrive: \"true\", or put /boot on a partition of it",
        );
    }
}

/// What MAAS would not make, and what nothing can be installed on.
fn filesystems(storage: &Storage, report: &mut Report<'_>) {
    let mut judge = |filesystem: Option<&Filesystem>, here: String| {
        let Some(filesystem) = filesystem else { return };
        let (kind, point) = (fs_type(filesystem), filesystem.mount_point.as_deref());
        if !TYPES.contains(&kind) {
            let message = format!("MAAS makes no file system `{kind}`; it makes {}", TYPES.join(", "));
            report.error(inherited(format!("{here}/filesystem/type")), message, "use ext4, xfs or btrfs");
        } else if point == Some("/") && NO_ROOT.contains(&kind) {
            let message = format!("no system can be installed on {kind}, and it is mounted at /");
            report.error(inherited(format!("{here}/filesystem/type")), message, "use ext4, xfs or btrfs");
        }
    };
    for holder in holders(storage) {
        judge(holder.filesystem, holder.here);
    }
}

fn efi_partitions(storage: &Storage) -> impl Iterator<Item = (&Disk, &Partition)> {
    let all = storage.disks.iter().flat_map(|disk| disk.partitions.iter().map(move |partition| (disk, partition)));
    all.filter(|(_, partition)| mount_point(partition.filesystem.as_ref()) == Some(EFI))
}

fn mount_point(filesystem: Option<&Filesystem>) -> Option<&str> {
    filesystem.and_then(|filesystem| filesystem.mount_point.as_deref())
}

fn fs_type(filesystem: &Filesystem) -> &str {
    filesystem.fs_type.as_deref().unwrap_or("ext4")
}
