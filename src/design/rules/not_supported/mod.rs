//! What is designed and not carried out: nothing in a design is silently ignored.
//!
//! An error where a machine or a roll-out would come out otherwise than designed, on the nodes for which it would; a
//! warning where a design states what nothing checks yet. What is documented as informational has no finding.

mod expectations;
mod hardware;
mod host;
mod uuids;

use super::{ClassView, Report, Rule, SiteView, place::Place};

pub(super) const RULE: Rule = Rule {
    id: "SLW1015",
    name: "not-supported-by-driver",
    title: "Everything designed can be carried out by the site's drivers (NotSupportedByDriver)",
    why: "A machine that comes out otherwise than designed is worse than one that is not installed: nobody knows of it.",
    fix: "Take the field out, or use what the hint names; the table in docs/operating.md says what is carried out.",
    drydock: Some("DD4002"),
    class: Some(of_class),
    site: Some(of_site),
    ..Rule::BLANK
};

fn of_class(view: &ClassView<'_>, report: &mut Report<'_>) {
    host::check(view, report);
    uuids::check(view, report);
}

fn of_site(view: &SiteView<'_>, report: &mut Report<'_>) {
    for look in [uuids::on_several_machines, hardware::check, expectations::check] {
        look(view, report);
    }
}

/// An error on `nodes`; a warning where there are none.
fn refuse(report: &mut Report<'_>, place: Place, what: impl std::fmt::Display, hint: &str, nodes: Vec<String>) {
    report.error_for(nodes, place, says(what), hint);
}

/// The reason by which tools know it, and what cannot be done.
fn says(what: impl std::fmt::Display) -> String {
    format!("NotSupportedByDriver: {what}")
}
