//! Addresses that are reserved for a MAC lie in their network, and outside what DHCP gives.

use super::{Report, Rule, SiteView, at};
use crate::api::network::{NetworkSpec, RangeType, ReservedAddress};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1072",
    name: "reserved-address",
    title: "An address that is reserved for a MAC lies in its network and in no DHCP range, and a MAC has one",
    why: "MAAS refuses it, and with it everything that is to be written after.",
    fix: "Name an address of the network outside its ranges of type `DHCP`, and each MAC once.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let mut seen = BTreeSet::new();
        for reserved in &network.spec.reserved_addresses {
            let twice = !seen.insert(reserved.mac);
            if let Some((message, hint)) = wrong(&network.spec, reserved, twice) {
                let place = at("Network", name, format!("spec.reservedAddresses[{}]", reserved.ip));
                report.error_on(view.on_network(name), place, message, hint);
            }
        }
    }
}

fn wrong(network: &NetworkSpec, reserved: &ReservedAddress, twice: bool) -> Option<(String, &'static str)> {
    let ip = reserved.ip;
    if !network.cidr.0.contains(&ip.0) {
        return Some((format!("{ip} does not lie in {}", network.cidr), "name an address of this network"));
    }
    let given = network.ranges.iter().filter(|range| range.purpose == RangeType::Dhcp);
    if let Some(range) = given.clone().find(|range| (range.start..=range.end).contains(&ip)) {
        let message = format!("{ip} lies in the DHCP range {}-{}", range.start, range.end);
        return Some((message, "shorten the range, or name another address"));
    }
    twice.then(|| (format!("{} has another address on this network already", reserved.mac), "name each MAC once"))
}
