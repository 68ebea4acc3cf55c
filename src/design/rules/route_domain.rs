//! A route to a route domain leads somewhere.

use super::{Report, Rule, SiteView, at};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1051",
    name: "route-domain",
    title: "A route domain that a route names has another network in it",
    why: "The route becomes one to each network of the domain: to none, where the name is misspelt.",
    fix: "Set `routeDomain` on the networks that are meant, or correct the name.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for domain in view.networks().filter_map(|(_, network)| network.spec.route_domain.as_deref()) {
        *members.entry(domain).or_default() += 1;
    }
    for (name, network) in view.networks() {
        for (index, route) in network.spec.routes.iter().enumerate() {
            let Some(domain) = route.route_domain.as_deref() else { continue };
            let itself = usize::from(network.spec.route_domain.as_deref() == Some(domain));
            if members.get(domain).is_none_or(|count| *count <= itself) {
                report.warning(
                    at("Network", name, format!("spec.routes[{index}].routeDomain")),
                    format!("no other network belongs to route domain `{domain}`"),
                    "set routeDomain on the networks that are meant, or correct the name",
                );
            }
        }
    }
}
