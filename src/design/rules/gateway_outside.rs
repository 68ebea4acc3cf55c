//! The gateway of a route is a neighbour.

use super::{Report, Rule, SiteView, at};
use crate::api::network::{NetworkSpec, Route};
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "SLW1042",
    name: "gateway-outside",
    title: "The gateway of a route lies in the network that has the route, and both are of one family",
    why: "A host sends to its gateway directly: one that is elsewhere is never reached, and MAAS refuses it.",
    fix: "Give the address that the router has on this network.",
    drydock: Some("DD2002"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let cidr = network.spec.cidr.0.trunc();
        for (index, route) in network.spec.routes.iter().enumerate() {
            if !is_neighbour(&network.spec, route) {
                report.error_on(
                    view.on_network(name),
                    at("Network", name, format!("spec.routes[{index}].gateway")),
                    format!("gateway {} lies outside network `{name}` ({cidr})", route.gateway),
                    format!("give the router's address in {cidr}"),
                );
            } else if let Some(destination) = route.destination.filter(|to| to.0.addr().is_ipv4() != is_v4(route)) {
                report.error_on(
                    view.on_network(name),
                    at("Network", name, format!("spec.routes[{index}].destination")),
                    format!("{destination} is of another family than gateway {}", route.gateway),
                    "put the route on a network of the destination's family",
                );
            }
        }
    }
}

fn is_v4(route: &Route) -> bool {
    route.gateway.0.is_ipv4()
}

/// Whether hosts on a network reach the gateway directly. Routers of IPv6 go by their link-local addresses, too: MAAS
/// takes these for a default gateway.
pub(super) fn is_neighbour(network: &NetworkSpec, route: &Route) -> bool {
    let (cidr, gateway) = (network.cidr.0, route.gateway.0);
    let is_default = route.destination.is_some_and(|destination| destination.0.prefix_len() == 0);
    cidr.contains(&gateway)
        || matches!(gateway, IpAddr::V6(gateway) if cidr.addr().is_ipv6() && is_default && gateway.is_unicast_link_local())
}
