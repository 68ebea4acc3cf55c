//! Software RAIDs have the members that their level needs.

use super::{ClassView, Report, Rule, inherited, place::segment};
use crate::api::{raid::RaidLevel, storage::Storage};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1077",
    name: "software-raids",
    title: "A software RAID has the members that its level needs, one use, and a description",
    why: "MAAS refuses the array when the disks are laid out, with the machine already commissioned.",
    fix: "Name the array as `softwareRaid` of 1 disk or partition at least for RAID0, 2 for RAID1, 3 for RAID5, 4 for RAID6 \
          and RAID10 (spares do not count), describe it in `storage.softwareRaids`, and give it a file system or a volume \
          group.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    let members = members(storage);
    for raid in &storage.software_raids {
        let here = format!("/storage/softwareRaids/{}", segment(&raid.name));
        let level = raid.level.unwrap_or_default();
        let count = |spare: bool| members.iter().filter(|member| **member == (raid.name.as_str(), spare)).count();
        let active = count(false);
        if active < level.least() {
            report.error(
                inherited(&here),
                format!("{} needs {} members or more, and `{}` has {active}", level.name(), level.least(), raid.name),
                "name it as softwareRaid of more disks or partitions (spares do not count), or choose another level",
            );
        }
        if level == RaidLevel::Raid0 && count(true) > 0 {
            let message = format!("RAID0 has no use for a spare, and `{}` has one", raid.name);
            report.error(inherited(&here), message, "take `spare` out");
        }
        if raid.volume_group.is_some() && raid.filesystem.is_some() {
            let message = format!("software RAID `{}` has both a filesystem and a volumeGroup", raid.name);
            report.error(inherited(&here), message, "keep one of them");
        }
    }
    let described = |name: &str| storage.software_raids.iter().any(|raid| raid.name == name);
    let named: BTreeSet<&str> = members.iter().map(|(name, _)| *name).collect();
    for name in named.into_iter().filter(|name| !described(name)) {
        report.error(
            inherited("/storage/disks"),
            format!("software RAID `{name}` is used but not described"),
            "add it to storage.softwareRaids",
        );
    }
}

/// The array of each member, and whether it is a spare.
fn members(storage: &Storage) -> Vec<(&str, bool)> {
    let of_disks = storage.disks.iter().map(|disk| (disk.software_raid.as_deref(), disk.spare));
    let partitions = storage.disks.iter().flat_map(|disk| &disk.partitions);
    let of_partitions = partitions.map(|partition| (partition.software_raid.as_deref(), partition.spare));
    of_disks.chain(of_partitions).filter_map(|(array, spare)| Some((array?, spare.unwrap_or_default()))).collect()
}
