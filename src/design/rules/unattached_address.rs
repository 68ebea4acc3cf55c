//! Every address is on something.

use super::{NodeView, Report, Rule, own};

pub(super) const RULE: Rule = Rule {
    id: "SLW1052",
    name: "unattached-address",
    title: "Every address of a node is on a network that one of its interfaces carries, or on that of its BMC",
    why: "It is set nowhere: who counts on it meets nobody, and most often the interface was meant to carry the network.",
    fix: "Add the network to `networks` of an interface, or take the address out.",
    node: Some(check),
    ..Rule::BLANK
};

fn check(view: &NodeView<'_>, report: &mut Report<'_>) {
    let Some(class) = view.class else { return };
    let host = class.host();
    // A BMC without a network, and the name of one that is not there, are rules of their own: it may be the one that is
    // meant by the address.
    let Some(oob) = host.oob.as_ref().and_then(|oob| oob.network.as_ref()) else { return };
    let carried = || host.interfaces.iter().flat_map(|interface| &interface.networks);
    if carried().chain([oob]).any(|network| !view.catalog().networks.contains_key(network)) {
        return;
    }
    for entry in view.own.addresses.iter().filter(|entry| entry.network != *oob) {
        let mut carried = carried();
        // A network that is not there is a rule of its own.
        if !carried.any(|network| *network == entry.network) && view.catalog().networks.contains_key(&entry.network) {
            report.warning(
                own(format!("spec.addresses[{}]", entry.network)),
                format!(
                    "no interface of `{}` carries network `{}`, and its BMC is not on it",
                    view.own.name, entry.network
                ),
                "add the network to an interface, or take the address out",
            );
        }
    }
}
