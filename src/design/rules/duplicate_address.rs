//! No static address is given twice.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use crate::design::uses::Use;

pub(super) const RULE: Rule = Rule {
    id: "SLW1004",
    name: "duplicate-address",
    title: "No static address is given twice",
    why: "Two machines with one address take each other off the network, at times that nobody can foresee.",
    fix: "Give each node an address of its own.",
    drydock: Some("DD2005"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (what, uses) in view.uses.several() {
        let Use::Address(address) = what else { continue };
        let mut nodes: Vec<String> = uses.iter().map(ToString::to_string).collect();
        nodes.dedup();
        let holders = || nodes.iter().filter_map(|node| Some((node, view.node(node)?)));
        let entries = holders().flat_map(|(node, own)| own.addresses.iter().map(move |entry| (node, entry)));
        let given: Vec<_> = entries.filter(|(_, entry)| entry.address == Some(*address)).collect();
        if given.iter().all(|(node, entry)| view.is_bmc(node, &entry.network)) {
            // Two BMCs with one address are a rule of their own.
            continue;
        }
        for (node, entry) in given {
            report.error_on(
                Affected::Nodes(vec![node.clone()]),
                at("BaremetalNode", node, format!("spec.addresses[{}].address", entry.network)),
                format!("{address} is given {} times: to {}", uses.len(), listed(&nodes)),
                "give each node an address of its own",
            );
        }
    }
}
