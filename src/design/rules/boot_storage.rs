//! The root and boot file systems are big enough.

use super::{ClassView, Report, Rule, inherited, place::segment};
use crate::api::{storage::Filesystem, values::StorageSize};

pub(super) const RULE: Rule = Rule {
    id: "SLW1007",
    name: "boot-storage",
    title: "A storage design has a root file system of at least 20 GB, and a boot partition of at least 1 GB if any",
    why: "An operating system that fills its disk while it installs leaves a machine that does not boot.",
    fix: "Mount a partition or logical volume of at least 20 GB at `/`, give `/boot` at least 1 GB, or leave `storage` out \
          altogether: then the provisioner lays the disks out.",
    drydock: Some("DD1001"),
    class: Some(check),
    ..Rule::BLANK
};

/// The smallest root file system: 20 GB.
const ROOT_BYTES: u64 = 20_000_000_000;
/// The smallest boot partition: 1 GB.
const BOOT_BYTES: u64 = 1_000_000_000;

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = view.host().storage.as_ref().filter(|storage| !storage.disks.is_empty()) else { return };
    let mut volumes: Vec<(Option<&Filesystem>, Option<&StorageSize>, String)> = Vec::new();
    for disk in &storage.disks {
        for p in &disk.partitions {
            let pointer = format!("/storage/disks/{}/partitions/{}", segment(&disk.name), segment(&p.name));
            volumes.push((p.filesystem.as_ref(), p.size.as_ref(), pointer));
        }
    }
    for group in &storage.volume_groups {
        for v in &group.logical_volumes {
            let pointer = format!("/storage/volumeGroups/{}/logicalVolumes/{}", segment(&group.name), segment(&v.name));
            volumes.push((v.filesystem.as_ref(), v.size.as_ref(), pointer));
        }
    }
    for raid in &storage.software_raids {
        let pointer = format!("/storage/softwareRaids/{}", segment(&raid.name));
        volumes.push((raid.filesystem.as_ref(), None, pointer));
    }
    let mounted = |path: &str| volumes.iter().find(|(fs, ..)| fs.and_then(|f| f.mount_point.as_deref()) == Some(path));
    if mounted("/").is_none() {
        report.error(
            inherited("/storage"),
            "the storage is designed, but no file system is mounted at /",
            "mount a partition or logical volume of at least 20 GB at /, or leave storage out altogether",
        );
    }
    for (path, least) in [("/", ROOT_BYTES), ("/boot", BOOT_BYTES)] {
        // A share of a disk is not known before the machine's inventory is.
        if let Some((_, Some(StorageSize::Bytes(size) | StorageSize::AtLeast(size)), pointer)) = mounted(path)
            && size.bytes < least
        {
            report.error(
                inherited(format!("{pointer}/size")),
                format!("{size} is too small for {path}: it needs at least {} GB", least / 1_000_000_000),
                format!("make it {}G or more", least / 1_000_000_000),
            );
        }
    }
}
