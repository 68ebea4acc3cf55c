//! Kernel parameters can be rendered.

use super::{Report, Rule, inherited};
use crate::design::context::Context;

pub(super) const RULE: Rule = Rule {
    id: "SLW1014",
    title: "References of kernel parameters resolve, and huge pages come with their size",
    drydock: Some("DD1008"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, param, reference) in &context.unresolved_params {
        report.error(
            inherited(context, node, &format!("/platform/kernelParams/{param}")),
            format!("`{reference}` leads to nothing in the hardware profile"),
            "write hardwareprofile:cpuset.NAME, hardwareprofile:hugepages.NAME.size or hardwareprofile:hugepages.NAME.count",
            vec![node.clone()],
        );
    }
    for (node, effective) in &context.hosts {
        let Some(params) = effective.host.platform.as_ref().map(|p| &p.kernel_params) else { continue };
        for (has, lacks) in [("hugepages", "hugepagesz"), ("hugepagesz", "hugepages")] {
            if params.contains_key(has) && !params.contains_key(lacks) {
                report.error(
                    inherited(context, node, &format!("/platform/kernelParams/{has}")),
                    format!("`{has}` is set without `{lacks}`"),
                    format!("set both, or take `{has}` out"),
                    vec![node.clone()],
                );
            }
        }
        if params.contains_key("kernel_package") {
            report.warning(
                inherited(context, node, "/platform/kernelParams/kernel_package"),
                "`kernel_package` is no kernel parameter: the package is installed at first boot instead".into(),
                "use platform.kernel, or a BootAction with a PackageList",
                vec![node.clone()],
            );
        }
    }
}
