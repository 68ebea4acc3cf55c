//! Interfaces carry what their link allows.

use super::{ClassView, Report, Rule, draft::listed, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1010",
    name: "network-not-allowed",
    title: "An interface carries only networks that its link allows",
    why: "The switch port behind the link does not carry the network: the host would have an address that nobody answers.",
    fix: "Add the network to `allowedNetworks` of the NetworkLink (and to the switch), or take it off the interface.",
    drydock: Some("DD1007"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for interface in &view.host().interfaces {
        let Some((name, link)) = interface.link.as_ref().and_then(|name| view.catalog().links.get_key_value(name))
        else {
            continue;
        };
        let is_there = |network: &String| view.catalog().networks.contains_key(network);
        // The name of a network may be misspelt on the link or on the interface, which a rule of its own says.
        if !link.spec.allowed_networks.iter().all(is_there) {
            continue;
        }
        let carried = interface.networks.iter().filter(|network| is_there(network));
        for network in carried.filter(|network| !link.spec.allowed_networks.contains(network)) {
            let allowed = listed(&link.spec.allowed_networks);
            report.error(
                inherited(format!("/interfaces/{}/networks", interface.name)),
                format!("network `{network}` is not allowed on link `{name}` ({allowed})"),
                format!("add it to spec.allowedNetworks of NetworkLink `{name}`, or take it off the interface"),
            );
        }
    }
}
