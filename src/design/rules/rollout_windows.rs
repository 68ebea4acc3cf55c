//! The windows of a roll-out open now and then.

use super::{Affected, Report, Rule, SiteView, at};
use crate::model::window_fault;

pub(super) const RULE: Rule = Rule {
    id: "SLW1080",
    name: "rollout-windows",
    title: "Each window of the roll-out has a schedule that can be read, in a time zone that is there, and lasts",
    why: "Outside of all windows nothing begins: with one that never opens, nothing ever does.",
    fix: "Write the schedule as cron does, in five fields, and the time zone by its IANA name.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let name = site.metadata.name.as_deref().unwrap_or_default();
    for window in site.spec.rollout.iter().flat_map(|rollout| &rollout.windows) {
        if let Some(fault) = window_fault(window) {
            let place = at("Site", name, format!("spec.rollout.windows[{}]", window.name));
            let message = format!("the window `{}` never opens: {fault}", window.name);
            report.error_on(Affected::Site, place, message, "correct its schedule, its duration or its time zone");
        }
    }
}
