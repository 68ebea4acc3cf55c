//! A mount point is one file system's.

use super::{
    ClassView, Report, Rule,
    holders::{Holder, holders},
    inherited,
};
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
    let mut mounts: BTreeMap<&str, usize> = BTreeMap::new();
    for point in holders(storage).iter().filter_map(Holder::mount_point) {
        *mounts.entry(point).or_default() += 1;
    }
    for (path, count) in mounts.into_iter().filter(|(_, count)| *count > 1) {
        report.error(inherited("/storage"), format!("{count} file systems are mounted at {path}"), "mount one there");
    }
}
