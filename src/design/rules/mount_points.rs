//! A mount point is one file system's.

use super::{ClassView, Report, Rule, inherited};
use crate::api::storage::Filesystem;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1031",
    name: "mount-points",
    title: "No two file systems of a machine are mounted at one place",
    why: "The later one hides the earlier, and which is later is chance.",
    fix: "Give each file system a mount point of its own, or none.",
    drydock: Some("DD2004"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    let of_partitions = storage.disks.iter().flat_map(|disk| &disk.partitions).map(|p| p.filesystem.as_ref());
    let of_volumes =
        storage.volume_groups.iter().flat_map(|group| &group.logical_volumes).map(|v| v.filesystem.as_ref());
    let of_raids = storage.software_raids.iter().map(|raid| raid.filesystem.as_ref());
    let mut mounts: BTreeMap<&str, usize> = BTreeMap::new();
    let point = |filesystem: Option<&'_ Filesystem>| filesystem.and_then(|f| f.mount_point.clone());
    let points: Vec<String> = of_partitions.chain(of_volumes).chain(of_raids).filter_map(point).collect();
    for point in &points {
        *mounts.entry(point).or_default() += 1;
    }
    for (path, count) in mounts.into_iter().filter(|(_, count)| *count > 1) {
        report.error(inherited("/storage"), format!("{count} file systems are mounted at {path}"), "mount one there");
    }
}
