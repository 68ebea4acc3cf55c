//! A network runs on one link.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1026",
    name: "network-on-several-links",
    title: "A network is allowed on one link only",
    why: "A network is one VLAN of one fabric in the provisioner: on two links it would have to be two.",
    fix: "Allow the network on one NetworkLink, and attach every interface that carries it to that link.",
    drydock: Some("DD1007"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut links: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, link) in view.links() {
        for network in &link.spec.allowed_networks {
            links.entry(network).or_default().push(name);
        }
    }
    for (network, links) in links.iter().filter(|(_, links)| links.len() > 1) {
        for link in links {
            report.error_on(
                Affected::OnLink((*link).to_owned()),
                at("NetworkLink", link, "spec.allowedNetworks"),
                format!("network `{network}` is allowed on several links: {}", listed(links)),
                "allow a network on one link only",
            );
        }
    }
}
