//! Interfaces carry what their link allows, and a network runs on one link.

use super::{Report, Rule, at, inherited, listed, nodes_on_link};
use crate::design::context::Context;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1010",
    title: "An interface carries networks that its link allows, and a network is allowed on one link",
    drydock: Some("DD1007"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    let mut links: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, link) in &context.manifests.links {
        for network in &link.spec.allowed_networks {
            links.entry(network).or_default().push(name.clone());
        }
    }
    for (network, links) in links.iter().filter(|(_, links)| links.len() > 1) {
        for link in links {
            report.error(
                at("NetworkLink", link, "spec.allowedNetworks"),
                format!("network `{network}` is allowed on several links: {}", listed(links)),
                "allow a network on one link only",
                nodes_on_link(context, link),
            );
        }
    }
    for (node, effective) in &context.hosts {
        for interface in &effective.host.interfaces {
            let Some(name) = &interface.link else {
                report.error(
                    inherited(context, node, &format!("/interfaces/{}", interface.name)),
                    format!("interface `{}` has no link", interface.name),
                    "name the NetworkLink that it is attached to",
                    vec![node.clone()],
                );
                continue;
            };
            let Some(link) = context.manifests.links.get(name) else { continue };
            for network in interface.networks.iter().filter(|n| !link.spec.allowed_networks.contains(n)) {
                report.error(
                    inherited(context, node, &format!("/interfaces/{}/networks", interface.name)),
                    format!(
                        "network `{network}` is not allowed on link `{name}` ({})",
                        listed(&link.spec.allowed_networks)
                    ),
                    format!("add it to spec.allowedNetworks of NetworkLink `{name}`, or take it off the interface"),
                    vec![node.clone()],
                );
            }
        }
    }
}
