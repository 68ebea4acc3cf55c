//! A CIDR names a network, not an address in it.

use super::{Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1039",
    name: "cidr-host-bits",
    title: "The CIDR of a network or of a route's destination has no host bits",
    why: "`10.0.1.7/24` may have been meant as `10.0.1.0/24` or as `10.0.1.7/32`: MAAS and hosts would guess.",
    fix: "Write the network's own address, as the hint gives it.",
    drydock: Some("DD2006"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let destinations = network.spec.routes.iter().enumerate().filter_map(|(index, route)| {
            route.destination.map(|cidr| (cidr.0, format!("spec.routes[{index}].destination")))
        });
        let cidrs = [(network.spec.cidr.0, "spec.cidr".to_owned())].into_iter().chain(destinations);
        for (cidr, field) in cidrs.filter(|(cidr, _)| *cidr != cidr.trunc()) {
            report.error_on(
                view.on_network(name),
                at("Network", name, field),
                format!("{cidr} has host bits: it is an address in {}", cidr.trunc()),
                format!("write {}", cidr.trunc()),
            );
        }
    }
}
