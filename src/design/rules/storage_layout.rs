//! A disk is partitioned or given away, and a partition is one thing.

use super::{ClassView, Report, Rule, inherited, place::segment};

pub(super) const RULE: Rule = Rule {
    id: "SLW1016",
    name: "storage-layout",
    title: "A disk has partitions, or goes to a volume group, a software RAID or a cache; a partition has one use",
    why: "What is both cannot be made, and what is neither would be left as it was, with its old content.",
    fix: "Keep one of them; `unset` the other where it is inherited. Leave disks that are not to be touched out.",
    drydock: Some("DD2002"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for disk in view.host().storage.iter().flat_map(|storage| &storage.disks) {
        let here = format!("/storage/disks/{}", segment(&disk.name));
        let uses = [
            ("partitions", !disk.partitions.is_empty()),
            ("a volumeGroup", disk.volume_group.is_some()),
            ("a softwareRaid", disk.software_raid.is_some()),
            ("a cacheSet", disk.cache_set.is_some()),
            ("backs", disk.backs.is_some()),
        ];
        match given(uses).as_slice() {
            [] => report.error(
                inherited(&here),
                format!("disk `{}` has neither partitions nor a volumeGroup nor a softwareRaid nor a cache", disk.name),
                "give it one of them, or leave the disk out",
            ),
            [_] => {}
            several => report.error(
                inherited(&here),
                format!("disk `{}` has both {}", disk.name, several.join(" and ")),
                "keep one of them; unset the other where it is inherited",
            ),
        }
        for partition in &disk.partitions {
            let uses = [
                ("a filesystem", partition.filesystem.is_some()),
                ("a volumeGroup", partition.volume_group.is_some()),
                ("a softwareRaid", partition.software_raid.is_some()),
                ("a cacheSet", partition.cache_set.is_some()),
                ("backs", partition.backs.is_some()),
            ];
            if let several @ [_, _, ..] = given(uses).as_slice() {
                report.error(
                    inherited(format!("{here}/partitions/{}", segment(&partition.name))),
                    format!("partition `{}` has both {}", partition.name, several.join(" and ")),
                    "keep one of them",
                );
            }
        }
    }
}

/// Those that are given.
fn given<const N: usize>(uses: [(&str, bool); N]) -> Vec<&str> {
    uses.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
}
