//! `storage`: disks, partitions, volume groups.

use super::part::Part;
use crate::api::storage::{Disk, Filesystem, LogicalVolume, Partition, Storage, VolumeGroup};

/// The storage of a description.
pub(super) fn storage(whole: &mut Part<'_>) -> Option<Storage> {
    let mut part = whole.part("storage", "storage")?;
    let disks = part.named("physical_devices", "disks").into_iter().map(|(name, part)| disk(name, part)).collect();
    let groups = part.named("volume_groups", "volumeGroups");
    let volume_groups = groups.into_iter().map(|(name, part)| group(name, part)).collect();
    let storage = Storage { disks, volume_groups, ..Storage::default() };
    (storage != Storage::default()).then_some(storage)
}

fn disk(name: String, mut part: Part<'_>) -> Disk {
    let labels = part.text_map("labels", "labels");
    let volume_group = part.text("volume_group", "volumeGroup");
    if volume_group.is_some() && part.fields.take("partitions").is_some() {
        part.at("partitions")
            .warn("the disk belongs to a volume group, so its partitions mean nothing; not carried over");
    }
    let partitions = part.listed("partitions", "partitions").into_iter().map(|(n, p)| partition(n, p)).collect();
    Disk { name, labels, volume_group, partitions, ..Disk::default() }
}

fn partition(name: String, mut part: Part<'_>) -> Partition {
    Partition {
        name,
        size: part.parse("size", "size"),
        part_uuid: part.text("part_uuid", "partUuid"),
        volume_group: part.text("volume_group", "volumeGroup"),
        bootable: part.flag("bootable", "bootable"),
        labels: part.text_map("labels", "labels"),
        filesystem: filesystem(&mut part),
        ..Partition::default()
    }
}

fn group(name: String, mut part: Part<'_>) -> VolumeGroup {
    let uuid = part.text("vg_uuid", "uuid");
    let volumes = part.listed("logical_volumes", "logicalVolumes");
    VolumeGroup { name, uuid, logical_volumes: volumes.into_iter().map(|(n, p)| volume(n, p)).collect() }
}

fn volume(name: String, mut part: Part<'_>) -> LogicalVolume {
    LogicalVolume {
        name,
        size: part.parse("size", "size"),
        uuid: part.text("lv_uuid", "uuid"),
        filesystem: filesystem(&mut part),
    }
}

fn filesystem(part: &mut Part<'_>) -> Option<Filesystem> {
    let mut part = part.part("filesystem", "filesystem")?;
    let filesystem = Filesystem {
        mount_point: part.text("mountpoint", "mountPoint"),
        fs_type: part.text("fstype", "type"),
        mount_options: part.text("mount_options", "mountOptions"),
        uuid: part.text("fs_uuid", "uuid"),
        label: part.text("fs_label", "label"),
    };
    (filesystem != Filesystem::default()).then_some(filesystem)
}
