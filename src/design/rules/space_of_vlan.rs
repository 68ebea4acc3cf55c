//! A VLAN is in one space.

use super::{Report, Rule, SiteView, at};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1073",
    name: "space-of-vlan",
    title: "Networks that share a VLAN name one space",
    why: "MAAS puts a VLAN into one space: the other network would be in a space that nobody gave it.",
    fix: "Name the same space on all networks of the VLAN, or on one of them.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut first: BTreeMap<(&str, Option<u32>), (&str, &str)> = BTreeMap::new();
    let networks = view.shared.networks();
    for (name, network) in view.networks().filter(|(name, _)| view.is_managed(name)) {
        let (Some(space), Some(link)) = (&network.spec.space, networks.link_of(name)) else { continue };
        let vlan = networks.link(link).and_then(|spec| networks.vlan(spec, name));
        let (other, known) = *first.entry((link, vlan)).or_insert((name, space.as_str()));
        if known != space {
            let message = format!("space `{space}`, and network `{other}` on the same VLAN is in space `{known}`");
            let hint = "name one space on both";
            report.error_on(view.on_network(name), at("Network", name, "spec.space"), message, hint);
        }
    }
}
