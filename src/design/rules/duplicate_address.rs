//! No static address is given twice.

use super::{Report, Rule, at, listed};
use crate::{api::values::IpAddress, design::context::Context};
use std::collections::BTreeMap;

pub(super) const RULE: Rule =
    Rule { id: "SLW1004", title: "No static address is given twice", drydock: Some("DD2005"), check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    let mut uses: BTreeMap<IpAddress, Vec<(&str, &str)>> = BTreeMap::new();
    for (node, object) in &context.manifests.nodes {
        for entry in &object.spec.addresses {
            if let Some(address) = entry.address {
                uses.entry(address).or_default().push((node, &entry.network));
            }
        }
    }
    for (address, uses) in uses.iter().filter(|(_, uses)| uses.len() > 1) {
        let mut nodes: Vec<String> = uses.iter().map(|(node, _)| (*node).to_owned()).collect();
        nodes.dedup();
        for (node, network) in uses {
            report.error(
                at("BaremetalNode", node, format!("spec.addresses[{network}].address")),
                format!("{address} is given {} times: to {}", uses.len(), listed(&nodes)),
                "give each node an address of its own",
                nodes.clone(),
            );
        }
    }
}
