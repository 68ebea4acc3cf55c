//! An array has the disks that its level needs.

use super::{Report, Rule, SiteView, at, draft::listed};
use crate::api::raid::{RaidArray, RaidLevel};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    id: "SLW1066",
    name: "raid-level",
    title: "A RAID array has the disks that its level needs, and no disk is in two arrays",
    why: "The controller refuses the array, with the machine already out of service.",
    fix: "Name at least 1 disk for RAID0, 2 for RAID1, 3 for RAID5, 4 for RAID6, and an even number from 4 on for RAID10.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        let place = |field: String| at("HardwareProfile", name, field);
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for array in &profile.spec.raid {
            if let Some(message) = fault(array) {
                let here = place(format!("spec.raid[{}].disks", array.name));
                let hint = "name more disks (spares do not count), or choose another level";
                report.error_for(view.followers(name), here, message, hint);
            }
            for disk in array.disks.iter().chain(&array.spares) {
                users.entry(disk).or_default().push(&array.name);
            }
        }
        for (disk, arrays) in users.into_iter().filter(|(_, arrays)| arrays.len() > 1) {
            report.error_for(
                view.followers(name),
                place("spec.raid".into()),
                format!("disk `{disk}` is used several times: in {}", listed(&arrays)),
                "name each disk once, as a disk or a spare of one array",
            );
        }
    }
}

fn fault(array: &RaidArray) -> Option<String> {
    let disks = array.disks.iter().collect::<BTreeSet<_>>().len();
    let (level, least) = (array.level.name(), array.level.least());
    if disks < least {
        Some(format!("{level} needs {least} disks or more, and has {disks}"))
    } else if array.level == RaidLevel::Raid10 && disks % 2 == 1 {
        Some(format!("RAID10 needs an even number of disks, and has {disks}"))
    } else {
        None
    }
}
