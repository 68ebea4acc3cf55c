//! Volume groups have disks, and disks name volume groups that are there.

use super::{ClassView, Report, Rule, inherited, place::segment};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1030",
    name: "volume-groups",
    title: "Every volume group has a physical volume, and every one that is named is described",
    why: "A group without a disk cannot be made, and its file systems would be missing.",
    fix: "Name the group as `volumeGroup` of a disk, a partition or a software RAID, and describe it in `storage.volumeGroups`.",
    drydock: Some("DD2002"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    let mut fed: BTreeSet<&str> = BTreeSet::new();
    for disk in &storage.disks {
        fed.extend(disk.volume_group.as_deref());
        fed.extend(disk.partitions.iter().filter_map(|partition| partition.volume_group.as_deref()));
    }
    fed.extend(storage.software_raids.iter().filter_map(|raid| raid.volume_group.as_deref()));
    fed.extend(storage.caches.iter().filter_map(|cache| cache.volume_group.as_deref()));
    for group in storage.volume_groups.iter().filter(|group| !fed.contains(group.name.as_str())) {
        report.error(
            inherited(format!("/storage/volumeGroups/{}", segment(&group.name))),
            format!("volume group `{}` has no physical volume", group.name),
            "name it as volumeGroup of a disk, a partition, a software RAID or a cache",
        );
    }
    for group in fed.iter().filter(|name| !storage.volume_groups.iter().any(|group| group.name == **name)) {
        report.error(
            inherited("/storage/disks"),
            format!("volume group `{group}` is used but not described"),
            "add it to storage.volumeGroups",
        );
    }
}
