//! Interfaces have the devices that their link needs.

use super::{Report, Rule, inherited, listed};
use crate::design::context::Context;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1017",
    title: "An interface has one device, several only if its link is bonded, and no device twice",
    drydock: None,
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, effective) in &context.hosts {
        let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for interface in &effective.host.interfaces {
            for device in &interface.devices {
                users.entry(device).or_default().push(interface.name.clone());
            }
            let Some(link) = interface.link.as_ref().and_then(|l| context.manifests.links.get(l)) else { continue };
            let place = || inherited(context, node, &format!("/interfaces/{}/devices", interface.name));
            match (interface.devices.len(), &link.spec.bonding) {
                (0, _) => report.error(
                    place(),
                    format!("interface `{}` has no device", interface.name),
                    "name an alias of the hardware profile, or a kernel name",
                    vec![node.clone()],
                ),
                (2.., None) => report.error(
                    place(),
                    format!(
                        "interface `{}` has {} devices, but its link is not bonded",
                        interface.name,
                        interface.devices.len()
                    ),
                    "name one device, or give the link a bonding",
                    vec![node.clone()],
                ),
                _ => {}
            }
        }
        for (device, interfaces) in users.into_iter().filter(|(_, interfaces)| interfaces.len() > 1) {
            report.error(
                inherited(context, node, "/interfaces"),
                format!("device `{device}` is used by several interfaces: {}", listed(&interfaces)),
                "a device belongs to one interface",
                vec![node.clone()],
            );
        }
    }
}
