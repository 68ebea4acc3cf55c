//! Bridges stand on networks of their interface.

use super::{ClassView, Report, Rule, inherited, place::segment};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1078",
    name: "bridges",
    title: "A bridge carries a network of its interface, which no other bridge carries, and no other device has its name",
    why: "The provisioner refuses a second device of one name, and a bridge over nothing joins nobody.",
    fix: "Set `network` of the bridge to one of the interface's networks; give each VLAN one bridge, and each device of the \
          host a name of its own.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let interfaces = &view.host().interfaces;
    let mut names: BTreeSet<&str> = interfaces.iter().map(|interface| interface.name.as_str()).collect();
    for interface in interfaces {
        let mut carried = BTreeSet::new();
        for bridge in &interface.bridges {
            let name = &bridge.name;
            let here = format!("/interfaces/{}/bridges/{}", segment(&interface.name), segment(name));
            match bridge.network.as_ref().filter(|network| interface.networks.contains(network)) {
                None => {
                    let found = bridge.network.as_deref().map_or("names no network".to_owned(), |network| {
                        format!("names network `{network}`, which interface `{}` does not carry", interface.name)
                    });
                    let hint = format!("set `network` to one of: {}", interface.networks.join(", "));
                    report.error(inherited(&here), format!("bridge `{name}` {found}"), hint);
                }
                Some(network) => {
                    let networks = &view.catalog().networks;
                    let vlan = networks.get(network).and_then(|network| network.spec.vlan.map(|vlan| vlan.0));
                    if !carried.insert(vlan) {
                        let message = format!("bridge `{name}` is the second on the VLAN of network `{network}`");
                        report.error(inherited(&here), message, "keep one of them: the others of a VLAN come with it");
                    }
                }
            }
            if !names.insert(name) {
                let message = format!("the host has another interface or bridge of the name `{name}`");
                report.error(inherited(&here), message, "give it a name of its own");
            }
        }
    }
}
