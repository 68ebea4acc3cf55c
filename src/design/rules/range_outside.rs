//! Ranges of addresses lie in their network.

use super::{Report, Rule, SiteView, at};
use crate::api::network::{AddressRange, NetworkSpec};

pub(super) const RULE: Rule = Rule {
    id: "SLW1040",
    name: "range-outside",
    title: "A range of addresses lies in its network, and ends where it begins or after",
    why: "MAAS refuses it, and with it everything that is to be written after.",
    fix: "Give addresses of the network's CIDR, the lower one as `start`.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        for (index, range) in network.spec.ranges.iter().enumerate() {
            let Some(message) = fault(&network.spec, range) else { continue };
            report.error_on(
                view.on_network(name),
                at("Network", name, format!("spec.ranges[{index}]")),
                message,
                format!("give two addresses of {}, the lower one as start", network.spec.cidr.0.trunc()),
            );
        }
    }
}

/// What is wrong with a range by itself.
fn fault(network: &NetworkSpec, range: &AddressRange) -> Option<String> {
    let (start, end, cidr) = (range.start.0, range.end.0, network.cidr.0.trunc());
    let outside = [start, end].into_iter().find(|address| !cidr.contains(address));
    match outside {
        Some(address) => Some(format!("{address} of range {start}-{end} lies outside {cidr}")),
        None if start > end => Some(format!("range {start}-{end} ends before it begins")),
        None => None,
    }
}

/// The ranges of a network in which nothing is wrong by itself, with their places in the list.
pub(super) fn sound(network: &NetworkSpec) -> impl Iterator<Item = (usize, &AddressRange)> {
    network.ranges.iter().enumerate().filter(|(_, range)| fault(network, range).is_none())
}
