//! What is unset was there.

use super::{ClassView, Report, Rule, SiteView, at, own};

pub(super) const RULE: Rule = Rule {
    id: "SLW1011",
    name: "useless-unset",
    title: "An entry of unset takes something away",
    why: "A pointer that removes nothing is most often misspelt, and what it was meant to remove is still there.",
    fix: "Take the entry out, or correct the pointer. It leads into what is inherited, and list entries go by name: \
          `/interfaces/bond0`, `/metadata/tags/spare`.",
    class: Some(of_nodes),
    site: Some(of_profiles),
    ..Rule::BLANK
};

const HINT: &str = "take it out, or correct the pointer; list entries go by name, as in /interfaces/bond0";

fn of_profiles(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (profile, pointer) in view.shared.profiles.useless_unsets() {
        report.warning(at("HostProfile", profile, "spec.unset"), message(pointer), HINT);
    }
}

fn of_nodes(view: &ClassView<'_>, report: &mut Report<'_>) {
    for pointer in &view.class.useless_unsets {
        report.warning(own("spec.unset"), message(pointer), HINT);
    }
}

fn message(pointer: &str) -> String {
    format!("`{pointer}` takes nothing away: nothing of that name was inherited")
}
