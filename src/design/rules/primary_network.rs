//! The primary network leads out.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1054",
    name: "primary-network",
    title: "The primary network is carried by an interface of the node, and has a default route",
    why: "The host leaves by the gateway of its primary network: without an interface on it, or without a gateway, it has \
          no way out.",
    fix: "Name a network that one of the interfaces carries, and give it a route to `0.0.0.0/0` or `::/0`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let host = view.host();
    let networks = &view.catalog().networks;
    let Some((name, network)) = host.primary_network.as_ref().and_then(|name| networks.get_key_value(name)) else {
        return;
    };
    let carried = || host.interfaces.iter().flat_map(|interface| &interface.networks);
    if !carried().any(|carried| carried == name) {
        // It may be the one that is misspelt on the interface, which a rule of its own says.
        if carried().all(|carried| networks.contains_key(carried)) {
            report.error(
                inherited("/primaryNetwork"),
                format!("no interface carries the primary network `{name}`"),
                "add it to networks of an interface, or name one that an interface carries",
            );
        }
    } else if network.spec.default_gateway().is_none() {
        report.warning(
            inherited("/primaryNetwork"),
            format!("the primary network `{name}` has no default route"),
            format!("add a route to 0.0.0.0/0 (or ::/0) to Network `{name}`, or name another network"),
        );
    }
}
