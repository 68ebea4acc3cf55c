//! Storage as designed.

use super::node::device;
use crate::{
    api::{
        HardwareProfile,
        storage::{Disk, Filesystem, Storage},
    },
    model::{
        CacheDesign, DiskContent, DiskDesign, FilesystemDesign, LogicalVolumeDesign, PartitionDesign, RaidDesign,
        RaidMember, StorageDesign, VolumeGroupDesign,
    },
};

/// File system of a partition that names none.
const DEFAULT_FILESYSTEM: &str = "ext4";
/// Mount options where none are named.
const DEFAULT_MOUNT_OPTIONS: &str = "defaults";

/// The storage; partitions and volumes without a size are left out, a rule speaks of them.
pub(super) fn design(storage: Option<&Storage>, hardware: Option<&HardwareProfile>) -> StorageDesign {
    let Some(storage) = storage else { return StorageDesign::default() };
    let labelled = storage.disks.iter().any(Disk::is_boot_drive);
    let disks = storage.disks.iter().map(|disk| DiskDesign {
        device: device(&disk.name, hardware),
        boot: if labelled { disk.is_boot_drive() } else { holds_boot(disk) },
        content: content(disk),
    });
    let groups = storage.volume_groups.iter().map(|group| VolumeGroupDesign {
        name: group.name.clone(),
        uuid: group.uuid.clone(),
        logical_volumes: group
            .logical_volumes
            .iter()
            .filter_map(|volume| {
                Some(LogicalVolumeDesign {
                    name: volume.name.clone(),
                    size: volume.size.clone()?,
                    uuid: volume.uuid.clone(),
                    filesystem: volume.filesystem.as_ref().map(filesystem),
                })
            })
            .collect(),
    });
    let raids = storage.software_raids.iter().map(|raid| RaidDesign {
        name: raid.name.clone(),
        level: raid.level.unwrap_or_default(),
        volume_group: raid.volume_group.clone(),
        filesystem: raid.filesystem.as_ref().map(filesystem),
    });
    // One that names no set is left out, a rule speaks of it.
    let caches = storage.caches.iter().filter_map(|cache| {
        Some(CacheDesign {
            name: cache.name.clone(),
            cache_set: cache.cache_set.clone()?,
            mode: cache.mode.unwrap_or_default(),
            volume_group: cache.volume_group.clone(),
            filesystem: cache.filesystem.as_ref().map(filesystem),
        })
    });
    StorageDesign {
        disks: disks.collect(),
        volume_groups: groups.collect(),
        raids: raids.collect(),
        caches: caches.collect(),
    }
}

fn holds_boot(disk: &Disk) -> bool {
    let mounts = |path| disk.partitions.iter().any(|p| mount_point(p.filesystem.as_ref()) == Some(path));
    mounts("/boot") || mounts("/boot/efi") || mounts("/")
}

fn mount_point(filesystem: Option<&Filesystem>) -> Option<&str> {
    filesystem.and_then(|f| f.mount_point.as_deref())
}

fn content(disk: &Disk) -> DiskContent {
    if let Some(group) = disk.volume_group.as_ref().filter(|_| disk.partitions.is_empty()) {
        return DiskContent::VolumeGroup(group.clone());
    }
    if let Some(array) = disk.software_raid.as_ref().filter(|_| disk.partitions.is_empty()) {
        return DiskContent::Raid(RaidMember { array: array.clone(), spare: disk.spare.unwrap_or_default() });
    }
    if let Some(set) = disk.cache_set.as_ref().filter(|_| disk.partitions.is_empty()) {
        return DiskContent::CacheSet(set.clone());
    }
    if let Some(cache) = disk.backs.as_ref().filter(|_| disk.partitions.is_empty()) {
        return DiskContent::Backs(cache.clone());
    }
    let partitions = disk.partitions.iter().filter_map(|partition| {
        Some(PartitionDesign {
            name: partition.name.clone(),
            size: partition.size.clone()?,
            uuid: partition.part_uuid.clone(),
            bootable: partition.bootable.unwrap_or_default(),
            volume_group: partition.volume_group.clone(),
            raid: partition
                .software_raid
                .as_ref()
                .map(|array| RaidMember { array: array.clone(), spare: partition.spare.unwrap_or_default() }),
            cache_set: partition.cache_set.clone(),
            backs: partition.backs.clone(),
            filesystem: partition.filesystem.as_ref().map(filesystem),
        })
    });
    DiskContent::Partitions(partitions.collect())
}

fn filesystem(filesystem: &Filesystem) -> FilesystemDesign {
    FilesystemDesign {
        fs_type: filesystem.fs_type.clone().unwrap_or_else(|| DEFAULT_FILESYSTEM.into()),
        mount_point: filesystem.mount_point.clone(),
        mount_options: filesystem.mount_options.clone().unwrap_or_else(|| DEFAULT_MOUNT_OPTIONS.into()),
        uuid: filesystem.uuid.clone(),
        label: filesystem.label.clone(),
    }
}
