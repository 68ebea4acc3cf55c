//! Interfaces have the devices that their link needs.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1017",
    name: "interface-devices",
    title: "An interface has one device, and several only if its link is bonded",
    why: "Two cards without a bond are two interfaces; a bond without a card carries nothing.",
    fix: "Name one device, or give the NetworkLink a `bonding`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for interface in &view.host().interfaces {
        let Some(link) = interface.link.as_ref().and_then(|link| view.catalog().links.get(link)) else { continue };
        let place = || inherited(format!("/interfaces/{}/devices", interface.name));
        let (name, count) = (&interface.name, interface.devices.len());
        match (count, &link.spec.bonding) {
            (0, _) => report.error(
                place(),
                format!("interface `{name}` has no device"),
                "name an alias of the hardware profile, or a kernel name",
            ),
            (2.., None) => report.error(
                place(),
                format!("interface `{name}` has {count} devices, but its link is not bonded"),
                "name one device, or give the link a bonding",
            ),
            _ => {}
        }
    }
}
