//! What a design states, and nothing checks yet.

use super::super::{Report, SiteView, at};

pub(super) fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut warn = |kind: &'static str, name: &str, field: &str, message: &str, hint: &str| {
        report.warning(at(kind, name, format!("spec.{field}")), message, hint);
    };
    for (name, profile) in &view.catalog().hardware_profiles {
        let spec = &profile.spec;
        for (is_given, field) in [
            (spec.cpus.is_some(), "cpus"),
            (spec.memory.is_some(), "memory"),
            (!spec.disks.is_empty(), "disks"),
            (!spec.nics.is_empty(), "nics"),
            (!spec.firmware.is_empty(), "firmware"),
        ] {
            if is_given {
                let message = format!("the expectation of {field} is not checked against the machines by this release");
                let hint = "compare it with their HardwareInventory by hand";
                warn("HardwareProfile", name, field, &message, hint);
            }
        }
    }
    for (name, action) in &view.catalog().boot_actions {
        if action.spec.signaling == Some(true) {
            let message = "nodes do not report back in this release: a node counts as done once it is deployed";
            warn("BootAction", name, "signaling", message, "set it to false, or look at the node by hand");
        }
    }
}
