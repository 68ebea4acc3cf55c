//! What is written in a way that has been replaced.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1028",
    name: "deprecated",
    title: "Nothing is written in a way that has been replaced by a better one",
    why: "It works still, and goes with a later version.",
    fix: "Write it as the hint says.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let params = view.host().platform.as_ref().map(|platform| &platform.kernel_params);
    if params.is_some_and(|params| params.contains_key("kernel_package")) {
        report.warning(
            inherited("/platform/kernelParams/kernel_package"),
            "`kernel_package` is no kernel parameter: the package is installed at first boot instead",
            "use platform.kernel, or a BootAction with a PackageList",
        );
    }
}
