//! No chain of profiles leads back to itself.

use super::{Affected, Report, Rule, SiteView, at};
use crate::design::profiles::{ChainProblem, LONGEST};

pub(super) const RULE: Rule = Rule {
    id: "SLW1002",
    name: "profile-cycle",
    title: "A chain of host profiles has an end, within 32 profiles",
    why: "What a profile inherits from itself is nothing that anybody could tell, so its nodes have no design.",
    fix: "Take `hostProfile` out of one profile of the circle: the one that is meant to be the root.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (node, problem) in view.broken() {
        let affected = Affected::Nodes(vec![node.to_owned()]);
        match problem {
            ChainProblem::Cycle(members) => {
                let Some(first) = members.first() else { continue };
                let circle = members.iter().chain([first]).map(String::as_str).collect::<Vec<_>>().join(" -> ");
                report.error_on(
                    affected,
                    at("HostProfile", first, "spec.hostProfile"),
                    format!("the chain of profiles leads back to itself: {circle}"),
                    "take hostProfile out of one of them",
                );
            }
            ChainProblem::TooLong => report.error_on(
                affected,
                at("BaremetalNode", node, "spec.hostProfile"),
                format!("the chain of profiles is longer than {LONGEST}"),
                "put what several of its profiles say into one",
            ),
            ChainProblem::Unreadable(error) => report.error_on(
                affected,
                at("BaremetalNode", node, "spec"),
                format!("what it inherits cannot be read together: {error}"),
                "this is a fault of Slipway's: please report it with the node's profiles",
            ),
            ChainProblem::Missing { .. } => {}
        }
    }
}
