//! What a design states, and nothing checks yet.

use super::super::{Report, SiteView, at};

pub(super) fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut warn = |kind: &'static str, name: &str, field: &str, message: &str, hint: &str| {
        report.warning(at(kind, name, format!("spec.{field}")), message, hint);
    };
    for (name, action) in &view.catalog().boot_actions {
        if action.spec.signaling == Some(true) {
            let message = "nodes do not report back in this release: a node counts as done once it is deployed";
            warn("BootAction", name, "signaling", message, "set it to false, or look at the node by hand");
        }
    }
}
