//! A bond has something to bond.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1057",
    name: "bond-devices",
    title: "An interface on a bonded link has two devices or more",
    why: "A bond of one device works, and does not live on when a cable is pulled, which is what it was meant for.",
    fix: "Name the second device, or attach the interface to a link without `bonding`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for interface in &view.host().interfaces {
        let Some((link, spec)) = interface.link.as_ref().and_then(|name| view.catalog().links.get_key_value(name))
        else {
            continue;
        };
        if let ([only], Some(_)) = (interface.devices.as_slice(), &spec.spec.bonding) {
            report.warning(
                inherited(format!("/interfaces/{}/devices", interface.name)),
                format!("interface `{}` is on bonded link `{link}`, and `{only}` is its only device", interface.name),
                "name the second device, or attach it to a link without bonding",
            );
        }
    }
}
