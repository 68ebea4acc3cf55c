//! References of kernel parameters lead somewhere.

use super::{ClassView, Report, Rule, inherited, place::segment};

pub(super) const RULE: Rule = Rule {
    id: "SLW1014",
    name: "kernel-reference",
    title: "References of kernel parameters lead to the hardware profile",
    why: "The kernel would be given the reference itself, or nothing, in place of a CPU set or a number of pages.",
    fix: "Add the CPU set or the huge pages to the HardwareProfile, or correct the reference: \
          `hardwareprofile:cpuset.NAME`, `hardwareprofile:hugepages.NAME.size` or `hardwareprofile:hugepages.NAME.count`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    // A profile that is not there is a rule of its own.
    let hardware = view.host().hardware_profile.as_ref();
    if hardware.is_some_and(|name| !view.catalog().hardware_profiles.contains_key(name)) {
        return;
    }
    for (param, reference) in &view.class.unresolved_params {
        report.error(
            inherited(format!("/platform/kernelParams/{}", segment(param))),
            format!("`{reference}` leads to nothing in the hardware profile"),
            "write hardwareprofile:cpuset.NAME, hardwareprofile:hugepages.NAME.size or hardwareprofile:hugepages.NAME.count",
        );
    }
}
