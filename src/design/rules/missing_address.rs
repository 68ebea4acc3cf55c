//! A node has an address on each network it is attached to.

use super::{NodeView, Report, Rule, own};

pub(super) const RULE: Rule = Rule {
    id: "SLW1003",
    name: "missing-address",
    title: "A node has an address on each network that it is attached to",
    why: "An interface without an entry would come up without an address, and nobody would know whether that was meant.",
    fix: "Add an entry for the network to `spec.addresses`: an `address`, mode `DHCP`, or mode `LinkUp` to bring it up \
          without one.",
    node: Some(check),
    ..Rule::BLANK
};

fn check(view: &NodeView<'_>, report: &mut Report<'_>) {
    let Some(class) = view.class else { return };
    let is_there = |network: &String| view.catalog().networks.contains_key(network);
    // The name of a network may be misspelt on the interface or at the address, which a rule of its own says.
    if !view.own.addresses.iter().all(|entry| is_there(&entry.network)) {
        return;
    }
    for interface in &class.host().interfaces {
        let carried = interface.networks.iter().filter(|network| is_there(network));
        for network in carried.filter(|network| view.own.address(network).is_none()) {
            report.error(
                own(format!("spec.addresses[{network}]")),
                format!(
                    "interface `{}` is attached to network `{network}`, but there is no address on it",
                    interface.name
                ),
                format!("add an entry for `{network}` to spec.addresses; mode LinkUp brings it up without an address"),
            );
        }
    }
}
