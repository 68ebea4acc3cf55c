//! Huge pages have a size and a number.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1027",
    name: "huge-pages",
    title: "Huge pages come with both their size and their number",
    why: "`hugepages` without `hugepagesz` allocates pages of the kernel's default size, 2 MiB on x86: hundreds of times \
          less than was meant.",
    fix: "Set both `hugepagesz` and `hugepages` in `platform.kernelParams`, or neither.",
    drydock: Some("DD1008"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(params) = view.host().platform.as_ref().map(|platform| &platform.kernel_params) else { return };
    for (has, lacks) in [("hugepages", "hugepagesz"), ("hugepagesz", "hugepages")] {
        if params.contains_key(has) && !params.contains_key(lacks) {
            report.error(
                inherited(format!("/platform/kernelParams/{has}")),
                format!("`{has}` is set without `{lacks}`"),
                format!("set both, or take `{has}` out"),
            );
        }
    }
}
