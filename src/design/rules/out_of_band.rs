//! A node's BMC can be reached.

use super::{Report, Rule, at, inherited};
use crate::design::context::Context;

pub(super) const RULE: Rule = Rule {
    id: "SLW1012",
    title: "A node says how its BMC is reached: network, address, credentials",
    drydock: Some("DD4001"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, effective) in &context.hosts {
        let nodes = || vec![node.clone()];
        let Some(oob) = &effective.host.oob else {
            let hint = "set spec.oob in a HostProfile or on the node: type, network, credentialsRef";
            report.error(at("BaremetalNode", node, "spec.oob"), "no BMC is described".into(), hint, nodes());
            continue;
        };
        if oob.credentials_ref.is_none() {
            report.error(
                inherited(context, node, "/oob"),
                "the BMC has no credentialsRef".into(),
                "name a Secret with the keys username and password",
                nodes(),
            );
        }
        let Some(network) = &oob.network else {
            let hint = "name the Network on which the BMC has its address";
            report.error(inherited(context, node, "/oob"), "the BMC has no network".into(), hint, nodes());
            continue;
        };
        let object = context.manifests.nodes.get(node);
        let given =
            object.and_then(|o| o.spec.addresses.iter().find(|a| a.network == *network)).and_then(|a| a.address);
        if given.is_none() {
            report.error(
                at("BaremetalNode", node, format!("spec.addresses[{network}].address")),
                format!("the BMC is on network `{network}`, but the node has no static address on it"),
                format!("add the BMC's address on `{network}` to spec.addresses"),
                nodes(),
            );
        }
    }
}
