//! Nobody is given the gateway's address.

use super::{Report, Rule, SiteView, at, range_outside::sound};
use crate::api::network::RangeType;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1043",
    name: "gateway-in-range",
    title: "A gateway lies in no range of addresses that hosts are given",
    why: "The host that is given it answers in the router's place, and the whole network loses its way out.",
    fix: "Shorten the range, or put the gateway into one of type `Reserved`.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let mut seen = BTreeSet::new();
        for (index, route) in network.spec.routes.iter().enumerate() {
            let gateway = route.gateway;
            let holder = sound(&network.spec)
                .map(|(_, range)| range)
                .find(|range| range.purpose != RangeType::Reserved && (range.start..=range.end).contains(&gateway));
            let Some(range) = holder.filter(|_| seen.insert(gateway)) else { continue };
            let place = at("Network", name, format!("spec.routes[{index}].gateway"));
            let hint = "shorten the range, or put the gateway into one of type Reserved";
            let message =
                |what: &str| format!("gateway {gateway} lies in the {what} range {}-{}", range.start, range.end);
            match range.purpose {
                RangeType::Dhcp => report.error_on(view.on_network(name), place, message("DHCP"), hint),
                // Nobody has it yet: a node that were given it would be an error of its own.
                RangeType::Static | RangeType::Reserved => report.warning(place, message("static"), hint),
            }
        }
    }
}
