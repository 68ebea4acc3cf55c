//! Sizes add up.

use super::{ClassView, Report, Rule, inherited, place::segment};
use crate::api::values::StorageSize;

pub(super) const RULE: Rule = Rule {
    id: "SLW1032",
    name: "storage-sizes",
    title: "Sizes on a disk or in a volume group are given, and fit together",
    why: "What does not fit is found only when the provisioner lays out the disks, with the machine already allocated.",
    fix: "Give every partition and volume a size, keep shares at 100 % together, let one size at most begin with `>`, and \
          give nothing beside shares of 100 %.",
    drydock: Some("DD2003"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    for disk in &storage.disks {
        let sizes: Vec<_> = disk.partitions.iter().map(|partition| partition.size.as_ref()).collect();
        judge(&format!("/storage/disks/{}", segment(&disk.name)), &sizes, report);
    }
    for group in &storage.volume_groups {
        let sizes: Vec<_> = group.logical_volumes.iter().map(|volume| volume.size.as_ref()).collect();
        judge(&format!("/storage/volumeGroups/{}", segment(&group.name)), &sizes, report);
    }
}

fn judge(pointer: &str, sizes: &[Option<&StorageSize>], report: &mut Report<'_>) {
    let mut error = |message: String, hint: &str| report.error(inherited(pointer), message, hint);
    if sizes.iter().any(Option::is_none) {
        error("a partition or volume has no size".into(), "give each one a size, such as 30G, 50% or >100G");
    }
    let shares = sizes.iter().filter_map(|size| match size {
        Some(StorageSize::Percent(percent)) => Some(u32::from(*percent)),
        _ => None,
    });
    let (count, percent) = (shares.clone().count(), shares.sum::<u32>());
    if percent > 100 {
        error(format!("shares add up to {percent} %"), "keep them at 100 % or less");
    } else if percent == 100 && count < sizes.len() {
        let hint = "lower a share, or write the last size as a minimum, such as >10G, in its place";
        error("shares add up to 100 %, and there is more beside them".into(), hint);
    }
    if sizes.iter().filter(|size| matches!(size, Some(StorageSize::AtLeast(_)))).count() > 1 {
        error("several sizes take all that is left".into(), "let one size begin with >");
    }
}
