//! Everything of a described storage that may hold a file system.

use super::place::segment;
use crate::api::{
    storage::{Disk, Filesystem, Partition, Storage},
    values::StorageSize,
};

/// Something that may hold a file system.
pub(super) struct Holder<'a> {
    /// Its place in the description, as a JSON Pointer.
    pub here: String,
    /// Its file system.
    pub filesystem: Option<&'a Filesystem>,
    /// Its size, where it has one of its own.
    pub size: Option<&'a StorageSize>,
}

impl<'a> Holder<'a> {
    /// Where its file system is mounted.
    pub fn mount_point(&self) -> Option<&'a str> {
        self.filesystem.and_then(|filesystem| filesystem.mount_point.as_deref())
    }
}

/// Partitions, logical volumes, software RAIDs and caches.
pub(super) fn holders(storage: &Storage) -> Vec<Holder<'_>> {
    let mut all = Vec::new();
    let mut add = |here, filesystem, size| all.push(Holder { here, filesystem, size });
    for disk in &storage.disks {
        for partition in &disk.partitions {
            add(of_partition(disk, partition), partition.filesystem.as_ref(), partition.size.as_ref());
        }
    }
    for group in &storage.volume_groups {
        for volume in &group.logical_volumes {
            let here =
                format!("/storage/volumeGroups/{}/logicalVolumes/{}", segment(&group.name), segment(&volume.name));
            add(here, volume.filesystem.as_ref(), volume.size.as_ref());
        }
    }
    for raid in &storage.software_raids {
        add(format!("/storage/softwareRaids/{}", segment(&raid.name)), raid.filesystem.as_ref(), None);
    }
    for cache in &storage.caches {
        add(format!("/storage/caches/{}", segment(&cache.name)), cache.filesystem.as_ref(), None);
    }
    all
}

/// The place of a partition.
pub(super) fn of_partition(disk: &Disk, partition: &Partition) -> String {
    format!("/storage/disks/{}/partitions/{}", segment(&disk.name), segment(&partition.name))
}
