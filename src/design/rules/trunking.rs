//! Links with several networks are trunks.

use super::{Report, Rule, at, listed, nodes_on_link};
use crate::{
    api::network_link::Trunking,
    design::{context::Context, network::native_network},
};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1008",
    title: "A link with several networks is a trunk, and tells its networks apart",
    drydock: Some("DD2004"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (name, link) in &context.manifests.links {
        let link = &link.spec;
        let nodes = || nodes_on_link(context, name);
        let network = |n: &str| context.manifests.networks.get(n).map(|n| &n.spec);
        match (link.trunking.unwrap_or_default(), native_network(link)) {
            (Trunking::Disabled, _) if link.allowed_networks.len() > 1 => report.error(
                at("NetworkLink", name, "spec.trunking"),
                format!("{} networks are allowed, but trunking is Disabled", link.allowed_networks.len()),
                "set spec.trunking to 802.1q, or allow one network",
                nodes(),
            ),
            (Trunking::Disabled, Some(native)) if network(native).is_some_and(|n| n.vlan.is_some()) => report.error(
                at("Network", native, "spec.vlan"),
                format!("the network is tagged, but link `{name}`, on which it runs, has trunking Disabled"),
                format!("take the vlan out, or set spec.trunking of NetworkLink `{name}` to 802.1q"),
                nodes(),
            ),
            _ => {}
        }
        if let Some(native) = link.native_network.as_ref().filter(|n| !link.allowed_networks.contains(n)) {
            report.error(
                at("NetworkLink", name, "spec.nativeNetwork"),
                format!("`{native}` is not among the link's allowed networks ({})", listed(&link.allowed_networks)),
                "name one of spec.allowedNetworks",
                nodes(),
            );
        }
        if link.trunking.unwrap_or_default() == Trunking::Tagged {
            let mut tags: BTreeMap<Option<u32>, Vec<String>> = BTreeMap::new();
            for allowed in &link.allowed_networks {
                let Some(spec) = network(allowed) else { continue };
                let tag = spec.vlan.map(|v| v.0).filter(|_| native_network(link) != Some(allowed.as_str()));
                tags.entry(tag).or_default().push(allowed.clone());
            }
            for (tag, networks) in tags.into_iter().filter(|(_, networks)| networks.len() > 1) {
                // An IPv4 and an IPv6 network may share a VLAN.
                let v4 = networks.iter().filter(|n| network(n).is_some_and(|s| s.cidr.0.addr().is_ipv4())).count();
                if v4 <= 1 && networks.len() - v4 <= 1 {
                    continue;
                }
                let what = tag.map_or_else(|| "are untagged".to_owned(), |t| format!("have VLAN {t}"));
                report.error(
                    at("NetworkLink", name, "spec.allowedNetworks"),
                    format!("{} {what} on the same link", listed(&networks)),
                    "give each network of a link a VLAN of its own; one may be untagged",
                    nodes(),
                );
            }
        }
    }
}
