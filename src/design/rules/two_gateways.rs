//! There is one way out.

use super::{ClassView, Report, Rule, SiteView, at, draft::listed, inherited};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1044",
    name: "two-gateways",
    title: "A network has one default gateway, and a node with several says which network is its primary one",
    why: "Which of two gateways is taken is chance: answers leave another way than questions came, and firewalls drop them.",
    fix: "Keep one default route, or give the second a higher `metric`; set `primaryNetwork` where several of a node's \
          networks have a default route.",
    class: Some(of_hosts),
    site: Some(of_networks),
    ..Rule::BLANK
};

/// Metric of a route that names none.
const DEFAULT_METRIC: i32 = 100;

fn of_networks(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let mut gateways: BTreeMap<(bool, i32), Vec<String>> = BTreeMap::new();
        for route in &network.spec.routes {
            if let Some(destination) = route.destination.filter(|to| to.0.prefix_len() == 0) {
                let key = (destination.0.addr().is_ipv4(), route.metric.unwrap_or(DEFAULT_METRIC));
                let alike = gateways.entry(key).or_default();
                let gateway = route.gateway.to_string();
                if !alike.contains(&gateway) {
                    alike.push(gateway);
                }
            }
        }
        for ((_, metric), gateways) in gateways.into_iter().filter(|(_, gateways)| gateways.len() > 1) {
            report.error_on(
                view.on_network(name),
                at("Network", name, "spec.routes"),
                format!("{} default gateways of metric {metric}: {}", gateways.len(), listed(&gateways)),
                "keep one, or give the others a higher metric",
            );
        }
    }
}

fn of_hosts(view: &ClassView<'_>, report: &mut Report<'_>) {
    let host = view.host();
    if host.primary_network.is_some() {
        return;
    }
    let mut ways: [Vec<&str>; 2] = [Vec::new(), Vec::new()];
    let mut place = None;
    for interface in &host.interfaces {
        for name in &interface.networks {
            let gateway = view.catalog().networks.get(name).and_then(|network| network.spec.default_gateway());
            let Some(gateway) = gateway else { continue };
            let [v4, v6] = &mut ways;
            let alike = if gateway.0.is_ipv4() { v4 } else { v6 };
            if !alike.contains(&name.as_str()) {
                alike.push(name);
            }
            if alike.len() > 1 {
                place = place.or(Some(&interface.name));
            }
        }
    }
    let Some(place) = place else { return };
    for networks in ways.iter().filter(|networks| networks.len() > 1) {
        report.warning(
            inherited(format!("/interfaces/{place}/networks")),
            format!(
                "several of its networks have a default gateway, and none is the primary one: {}",
                listed(networks)
            ),
            "set spec.primaryNetwork to the one by whose gateway the node shall leave",
        );
    }
}
