//! Links with several networks are trunks.

use super::{Affected, Report, Rule, SiteView, at, draft::listed};
use crate::{api::network_link::Trunking, design::network::native_network};

pub(super) const RULE: Rule = Rule {
    id: "SLW1008",
    name: "trunking",
    title: "A link with several networks is a trunk, and its native network is one of them",
    why: "A port without trunking carries one untagged network; frames of the others are dropped by the switch.",
    fix: "Set `trunking: 802.1q` on the NetworkLink and on the switch, or allow one untagged network only.",
    drydock: Some("DD2004"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, link) in view.links() {
        let link = &link.spec;
        let affected = || Affected::OnLink(name.to_owned());
        let is_tagged = |n: &str| view.catalog().networks.get(n).is_some_and(|n| n.spec.vlan.is_some());
        match (link.trunking.unwrap_or_default(), native_network(link)) {
            (Trunking::Disabled, _) if link.allowed_networks.len() > 1 => report.error_on(
                affected(),
                at("NetworkLink", name, "spec.trunking"),
                format!("{} networks are allowed, but trunking is Disabled", link.allowed_networks.len()),
                "set spec.trunking to 802.1q, or allow one network",
            ),
            (Trunking::Disabled, Some(native)) if is_tagged(native) => report.error_on(
                affected(),
                at("Network", native, "spec.vlan"),
                format!("the network is tagged, but link `{name}`, on which it runs, has trunking Disabled"),
                format!("take the vlan out, or set spec.trunking of NetworkLink `{name}` to 802.1q"),
            ),
            _ => {}
        }
        if let Some(native) = link.native_network.as_ref().filter(|n| !link.allowed_networks.contains(n)) {
            report.error_on(
                affected(),
                at("NetworkLink", name, "spec.nativeNetwork"),
                format!("`{native}` is not among the link's allowed networks ({})", listed(&link.allowed_networks)),
                "name one of spec.allowedNetworks",
            );
        }
    }
}
