//! Static addresses are those that the network sets aside for nodes.

use super::{NodeView, Report, Rule, address_outside::is_refused, own, range_outside::sound};
use crate::api::network::{NetworkSpec, RangeType};
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "SLW1048",
    name: "static-outside-range",
    title: "A static address is in one of the network's static ranges, where it has any",
    why: "An address outside of what was set aside for nodes may be somebody else's: a switch's, or another site's.",
    fix: "Give an address of a range of type `Static`, or widen the range.",
    node: Some(check),
    ..Rule::BLANK
};

fn check(view: &NodeView<'_>, report: &mut Report<'_>) {
    for entry in &view.own.addresses {
        let Some(network) = view.catalog().networks.get(&entry.network) else { continue };
        let Some(address) = entry.address.map(|address| address.0) else { continue };
        if !is_set_aside(&network.spec, address) && !is_refused(&network.spec, address) {
            report.warning(
                own(format!("spec.addresses[{}].address", entry.network)),
                format!("{address} is in none of the static ranges of network `{}`", entry.network),
                "give an address of a range of type Static, or widen the range",
            );
        }
    }
}

/// Whether a network gives this address to nodes, as far as it says to whom it gives which.
fn is_set_aside(network: &NetworkSpec, address: IpAddr) -> bool {
    let mut ranges =
        sound(network).map(|(_, range)| range).filter(|range| range.purpose == RangeType::Static).peekable();
    ranges.peek().is_none() || ranges.any(|range| range.start.0 <= address && address <= range.end.0)
}
