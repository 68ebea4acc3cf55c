//! No two nodes have one BMC.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use crate::design::uses::Use;

pub(super) const RULE: Rule = Rule {
    id: "SLW1022",
    name: "duplicate-bmc",
    title: "No two nodes have one BMC",
    why: "Whoever is told to power on one machine would power on another, and in the end both nodes would claim, install \
          and erase the same disks.",
    fix: "Correct the address of the BMC in `spec.addresses` of the node that has the wrong one.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (what, uses) in view.uses.several() {
        let Use::Address(address) = what else { continue };
        let mut nodes: Vec<String> = uses.iter().map(ToString::to_string).collect();
        nodes.dedup();
        let network_of = |node: &str| {
            let own = view.node(node)?;
            own.addresses.iter().find(|entry| entry.address == Some(*address)).map(|entry| entry.network.clone())
        };
        let on: Vec<Option<String>> = nodes.iter().map(|node| network_of(node)).collect();
        let bmcs = nodes.iter().zip(&on).all(|(node, on)| on.as_ref().is_some_and(|on| view.is_bmc(node, on)));
        if nodes.len() < 2 || !bmcs {
            continue;
        }
        for (node, network) in nodes.iter().zip(on).filter_map(|(node, on)| Some((node, on?))) {
            report.error_on(
                Affected::Nodes(vec![node.clone()]),
                at("BaremetalNode", node, format!("spec.addresses[{network}].address")),
                format!("{address} is the BMC of several nodes: {}", listed(&nodes)),
                "give each node the address of its own BMC",
            );
        }
    }
}
