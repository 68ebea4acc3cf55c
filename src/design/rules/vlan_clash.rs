//! The networks of a trunk are told apart by their VLANs.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use crate::{api::network_link::Trunking, design::network::native_network};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1025",
    name: "vlan-clash",
    title: "No two networks of one family have the same VLAN on a link (a fabric in MAAS)",
    why: "They would be one broadcast domain: hosts of both would get addresses and routes of either.",
    fix: "Give each network of a link a VLAN of its own; one may be untagged. An IPv4 and an IPv6 network may share one.",
    drydock: Some("DD2004"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, link) in view.links().filter(|(_, l)| l.spec.trunking.unwrap_or_default() == Trunking::Tagged) {
        let mut tags: BTreeMap<(Option<u32>, bool), Vec<&str>> = BTreeMap::new();
        for allowed in &link.spec.allowed_networks {
            let Some(network) = view.catalog().networks.get(allowed) else { continue };
            let is_native = native_network(&link.spec) == Some(allowed.as_str());
            let tag = network.spec.vlan.map(|vlan| vlan.0).filter(|_| !is_native);
            tags.entry((tag, network.spec.cidr.0.addr().is_ipv4())).or_default().push(allowed);
        }
        for ((tag, _), networks) in tags.into_iter().filter(|(_, networks)| networks.len() > 1) {
            let what = tag.map_or_else(|| "are untagged".to_owned(), |tag| format!("have VLAN {tag}"));
            report.error_on(
                Affected::OnLink(name.to_owned()),
                at("NetworkLink", name, "spec.allowedNetworks"),
                format!("{} {what} on the same link", listed(&networks)),
                "give each network of a link a VLAN of its own; one may be untagged",
            );
        }
    }
}
