//! A node has an address on each network it is attached to.

use super::{Report, Rule, at};
use crate::design::context::Context;

pub(super) const RULE: Rule =
    Rule { id: "SLW1003", title: "A node has an address on each network that it is attached to", drydock: None, check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, effective) in &context.hosts {
        let Some(object) = context.manifests.nodes.get(node) else { continue };
        for interface in &effective.host.interfaces {
            for network in &interface.networks {
                if !object.spec.addresses.iter().any(|a| a.network == *network) {
                    report.error(
                        at("BaremetalNode", node, format!("spec.addresses[{network}]")),
                        format!("interface `{}` is attached to network `{network}`, but there is no address on it", interface.name),
                        format!("add an entry for `{network}` to spec.addresses; mode LinkUp brings it up without an address"),
                        vec![node.clone()],
                    );
                }
            }
        }
    }
}
