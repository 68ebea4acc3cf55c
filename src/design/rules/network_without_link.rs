//! Every network runs on a link.

use super::{Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1046",
    name: "network-without-link",
    title: "Every network is allowed on a link, or is that of BMCs",
    why: "A network without a link is written nowhere: neither MAAS nor any host learns of it.",
    fix: "Add it to `allowedNetworks` of the NetworkLink on which it runs, or delete it.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    if view.classes.is_empty() {
        return;
    }
    let on_links = view.shared.networks();
    for (name, network) in view.networks().filter(|(name, _)| on_links.link_of(name).is_none()) {
        // A network of a route domain may stand for where its routes lead.
        let is_elsewhere = network.spec.route_domain.is_some() || view.is_borrowed("Network", name);
        if is_elsewhere || view.is_of_bmcs(name) || is_spoken_of(view, name) {
            continue;
        }
        report.warning(
            at("Network", name, "spec"),
            "no link allows this network",
            "add it to spec.allowedNetworks of the NetworkLink on which it runs, or delete it",
        );
    }
}

/// Whether another rule has named the mistake: an interface carries the network, a link or a BMC names one that is not
/// there, or a node has no design.
fn is_spoken_of(view: &SiteView<'_>, name: &str) -> bool {
    let mut carried = view.classes.iter().flat_map(|class| &class.host().interfaces).flat_map(|it| &it.networks);
    let mut allowed = view.links().flat_map(|(_, link)| &link.spec.allowed_networks);
    carried.any(|network| network == name)
        || allowed.any(|network| !view.catalog().networks.contains_key(network))
        || view.misses_network_of_bmcs()
        || view.broken().next().is_some()
}
