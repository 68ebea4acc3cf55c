//! Every object can be read.

use super::{Report, Rule};
use crate::design::context::Context;

pub(super) const RULE: Rule =
    Rule { id: "SLW1013", title: "Every object of the site can be read", drydock: Some("DD001"), check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (object, error) in &context.manifests.unreadable {
        // Nobody can tell what it would have said, so it stops the whole site rather than count as absent.
        report.error(
            (object.clone(), "spec".into()),
            format!("cannot be read: {error}"),
            "correct it; if it was written for a newer Slipway, upgrade Slipway or the CRDs first",
            Vec::new(),
        );
    }
}
