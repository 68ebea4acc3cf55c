//! A device belongs to one interface.

use super::{ClassView, Report, Rule, draft::listed, inherited};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1029",
    name: "device-twice",
    title: "A device belongs to one interface",
    why: "A card can be in one bond only: the second interface would not come up.",
    fix: "Take the device out of all interfaces but one, with `unset` where it is inherited.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for interface in &view.host().interfaces {
        for device in &interface.devices {
            users.entry(device).or_default().push(&interface.name);
        }
    }
    for (device, interfaces) in users.into_iter().filter(|(_, interfaces)| interfaces.len() > 1) {
        report.error(
            inherited("/interfaces"),
            format!("device `{device}` is used by several interfaces: {}", listed(&interfaces)),
            "a device belongs to one interface",
        );
    }
}
