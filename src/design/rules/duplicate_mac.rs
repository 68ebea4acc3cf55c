//! No MAC address is given twice.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use crate::design::uses::Use;

pub(super) const RULE: Rule = Rule {
    id: "SLW1023",
    name: "duplicate-mac",
    title: "No MAC address is given to two nodes",
    why: "The provisioner knows a machine by the MAC that it boots from: two nodes would be taken for one machine.",
    fix: "Correct `spec.bootMac` of the node that has the wrong one.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (what, uses) in view.uses.several() {
        let Use::BootMac(mac) = what else { continue };
        let nodes: Vec<String> = uses.iter().map(ToString::to_string).collect();
        for node in &nodes {
            report.error_on(
                Affected::Nodes(vec![node.clone()]),
                at("BaremetalNode", node, "spec.bootMac"),
                format!("{mac} is given to {}", listed(&nodes)),
                "give each node the MAC of its own interface",
            );
        }
    }
}
