//! No chain of profiles leads back to itself.

use super::{Report, Rule, at};
use crate::design::{context::Context, profiles::ChainProblem};

pub(super) const RULE: Rule =
    Rule { id: "SLW1002", title: "No chain of host profiles leads back to itself", drydock: None, check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, problem) in &context.broken {
        if let ChainProblem::Cycle(members) = problem {
            let Some(first) = members.first() else { continue };
            let circle = members.iter().chain([first]).map(String::as_str).collect::<Vec<_>>().join(" -> ");
            report.error(
                at("HostProfile", first, "spec.hostProfile"),
                format!("the chain of profiles leads back to itself: {circle}"),
                "take hostProfile out of one of them",
                vec![node.clone()],
            );
        }
    }
}
