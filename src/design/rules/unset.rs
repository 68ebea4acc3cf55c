//! What is unset was there.

use super::{Report, Rule, at};
use crate::design::context::Context;

pub(super) const RULE: Rule =
    Rule { id: "SLW1011", title: "An entry of unset takes something away", drydock: None, check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    let profiles = context.useless_unsets.iter().map(|(name, pointers)| ("HostProfile", name, pointers));
    let nodes = context.hosts.iter().map(|(name, host)| ("BaremetalNode", name, &host.useless_unsets));
    for (kind, name, pointers) in profiles.chain(nodes) {
        for pointer in pointers {
            report.warning(
                at(kind, name, "spec.unset"),
                format!("`{pointer}` takes nothing away: nothing of that name was inherited"),
                "take it out, or correct the pointer; list entries go by name, as in /interfaces/bond0",
                Vec::new(),
            );
        }
    }
}
