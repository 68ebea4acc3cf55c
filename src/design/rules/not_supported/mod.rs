//! What is designed and not carried out: nothing in a design is silently ignored.
//!
//! An error where a machine or a roll-out would come out otherwise than designed, on the nodes for which it would; a
//! warning where a design states what nothing checks yet. What is documented as informational has no finding.

mod expectations;
mod hardware;
mod host;
mod rollout;
mod site;
mod uuids;

use super::{Report, Rule};
use crate::{design::context::Context, model::ObjectKey};

pub(super) const RULE: Rule = Rule {
    id: "SLW1015",
    title: "Everything designed can be carried out by the site's drivers (NotSupportedByDriver)",
    drydock: None,
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for look in [host::check, uuids::check, hardware::check, rollout::check, site::check, expectations::check] {
        look(context, report);
    }
}

/// An error on `nodes`. Where there are none it is a warning: an error about no node would stop the whole site.
fn refuse(
    report: &mut Report<'_>,
    at: (ObjectKey, String),
    what: impl std::fmt::Display,
    hint: &str,
    nodes: Vec<String>,
) {
    let message = format!("NotSupportedByDriver: {what}");
    if nodes.is_empty() {
        report.warning(at, message, hint, nodes);
    } else {
        report.error(at, message, hint, nodes);
    }
}
