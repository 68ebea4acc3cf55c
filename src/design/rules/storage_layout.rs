//! A disk is partitioned or given away, and a partition is one thing.

use super::{ClassView, Report, Rule, inherited, place::segment};

pub(super) const RULE: Rule = Rule {
    id: "SLW1016",
    name: "storage-layout",
    title: "A disk has partitions or a volume group, and a partition a file system or a volume group",
    why: "What is both cannot be made, and what is neither would be left as it was, with its old content.",
    fix: "Keep one of them; `unset` the other where it is inherited. Leave disks that are not to be touched out.",
    drydock: Some("DD2002"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for disk in view.host().storage.iter().flat_map(|storage| &storage.disks) {
        let here = format!("/storage/disks/{}", segment(&disk.name));
        match (&disk.volume_group, disk.partitions.is_empty()) {
            (Some(_), false) => report.error(
                inherited(&here),
                format!("disk `{}` has both partitions and a volumeGroup", disk.name),
                "keep one of them; unset the other where it is inherited",
            ),
            (None, true) => report.error(
                inherited(&here),
                format!("disk `{}` has neither partitions nor a volumeGroup", disk.name),
                "give it partitions or a volumeGroup, or leave the disk out",
            ),
            _ => {}
        }
        for partition in disk.partitions.iter().filter(|p| p.volume_group.is_some() && p.filesystem.is_some()) {
            report.error(
                inherited(format!("{here}/partitions/{}", segment(&partition.name))),
                format!("partition `{}` has both a filesystem and a volumeGroup", partition.name),
                "keep one of them",
            );
        }
    }
}
