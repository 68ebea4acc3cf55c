//! The root and boot file systems are big enough.

use super::{
    ClassView, Report, Rule,
    holders::{Holder, holders},
    inherited,
};
use crate::api::values::StorageSize;

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
    let host = view.host();
    let Some(storage) = host.storage.as_ref().filter(|storage| !storage.disks.is_empty()) else { return };
    // What runs from memory has its root there.
    if host.platform.as_ref().is_some_and(|platform| platform.ephemeral.unwrap_or_default()) {
        return;
    }
    let all = holders(storage);
    let mounted = |path: &str| all.iter().find(|holder| holder.mount_point() == Some(path));
    if mounted("/").is_none() {
        report.error(
            inherited("/storage"),
            "the storage is designed, but no file system is mounted at /",
            "mount a partition or logical volume of at least 20 GB at /, or leave storage out altogether",
        );
    }
    for (path, least) in [("/", ROOT_BYTES), ("/boot", BOOT_BYTES)] {
        // A share of a disk is not known before the machine's inventory is.
        if let Some(Holder { here, size: Some(StorageSize::Bytes(size) | StorageSize::AtLeast(size)), .. }) =
            mounted(path)
            && size.bytes < least
        {
            report.error(
                inherited(format!("{here}/size")),
                format!("{size} is too small for {path}: it needs at least {} GB", least / 1_000_000_000),
                format!("make it {}G or more", least / 1_000_000_000),
            );
        }
    }
}
