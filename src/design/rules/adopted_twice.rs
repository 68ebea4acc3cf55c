//! No machine is adopted by two nodes.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use crate::api::baremetal_node::Adoption;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1082",
    name: "adopted-twice",
    title: "No two nodes adopt one machine: each names an id, a serial number or a MAC of its own",
    why: "Which of the two gets the machine would depend on who is approved first; the other one is held back for good, and \
          nobody looks for the machine that it should have named.",
    fix: "Correct `spec.adopt` of the node that names the wrong machine, or take it out.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut meant: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (own, _) in view.nodes() {
        if let Some(adopt) = own.adopt.as_ref().filter(|adopt| **adopt != Adoption::default()) {
            meant.entry(adopt.to_string()).or_default().push(&own.name);
        }
    }
    for (adopt, nodes) in meant.iter().filter(|(_, nodes)| nodes.len() > 1) {
        for node in nodes {
            report.error_on(
                Affected::Nodes(vec![(*node).to_owned()]),
                at("BaremetalNode", node, "spec.adopt"),
                format!("{adopt} is what {} adopt", listed(nodes)),
                "let each node adopt its own machine",
            );
        }
    }
}
