//! Disks, volume groups and mount points fit together.

use super::{Report, Rule, inherited};
use crate::{api::values::StorageSize, design::context::Context};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    id: "SLW1016",
    title: "Disks, partitions, volume groups and mount points fit together",
    drydock: Some("DD2002, DD2003 and DD2004 on storage"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, effective) in &context.hosts {
        let Some(storage) = &effective.host.storage else { continue };
        let mut error = |pointer: &str, message: String, hint: &str| {
            report.error(inherited(context, node, pointer), message, hint, vec![node.clone()]);
        };
        let mut fed: BTreeSet<&str> = BTreeSet::new();
        let mut mounts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut sizes: Vec<(String, Vec<Option<&StorageSize>>)> = Vec::new();
        for disk in &storage.disks {
            let here = format!("/storage/disks/{}", disk.name);
            match (&disk.volume_group, disk.partitions.is_empty()) {
                (Some(_), false) => {
                    let hint = "keep one of them; unset the other where it is inherited";
                    error(&here, format!("disk `{}` has both partitions and a volumeGroup", disk.name), hint);
                }
                (None, true) => {
                    let hint = "give it partitions or a volumeGroup, or leave the disk out";
                    error(&here, format!("disk `{}` has neither partitions nor a volumeGroup", disk.name), hint);
                }
                _ => {}
            }
            fed.extend(disk.volume_group.as_deref());
            sizes.push((here.clone(), disk.partitions.iter().map(|p| p.size.as_ref()).collect()));
            for partition in &disk.partitions {
                fed.extend(partition.volume_group.as_deref());
                if partition.volume_group.is_some() && partition.filesystem.is_some() {
                    let pointer = format!("{here}/partitions/{}", partition.name);
                    let message = format!("partition `{}` has both a filesystem and a volumeGroup", partition.name);
                    error(&pointer, message, "keep one of them");
                }
                if let Some(path) = partition.filesystem.as_ref().and_then(|f| f.mount_point.as_deref()) {
                    *mounts.entry(path).or_default() += 1;
                }
            }
        }
        for group in &storage.volume_groups {
            let here = format!("/storage/volumeGroups/{}", group.name);
            sizes.push((here.clone(), group.logical_volumes.iter().map(|v| v.size.as_ref()).collect()));
            if !fed.contains(group.name.as_str()) {
                let hint = "name it as volumeGroup of a disk or a partition";
                error(&here, format!("volume group `{}` has no physical volume", group.name), hint);
            }
            for volume in &group.logical_volumes {
                if let Some(path) = volume.filesystem.as_ref().and_then(|f| f.mount_point.as_deref()) {
                    *mounts.entry(path).or_default() += 1;
                }
            }
        }
        for group in fed.iter().filter(|name| !storage.volume_groups.iter().any(|g| g.name == **name)) {
            error(
                "/storage/disks",
                format!("volume group `{group}` is used but not described"),
                "add it to storage.volumeGroups",
            );
        }
        for (path, count) in mounts.into_iter().filter(|(_, count)| *count > 1) {
            error("/storage", format!("{count} file systems are mounted at {path}"), "mount one there");
        }
        for (pointer, sizes) in sizes {
            if sizes.iter().any(Option::is_none) {
                error(
                    &pointer,
                    "a partition or volume has no size".into(),
                    "give each one a size, such as 30G, 50% or >100G",
                );
            }
            let percent: u32 = sizes
                .iter()
                .filter_map(|s| if let Some(StorageSize::Percent(p)) = s { Some(u32::from(*p)) } else { None })
                .sum();
            if percent > 100 {
                error(&pointer, format!("shares add up to {percent} %"), "keep them at 100 % or less");
            }
            if sizes.iter().filter(|s| matches!(s, Some(StorageSize::AtLeast(_)))).count() > 1 {
                error(&pointer, "several sizes take all that is left".into(), "let one size begin with >");
            }
        }
    }
}
