//! Every node gets something at first boot, where some do.

use super::{ClassView, Report, Rule, actions::is_for, inherited};
use crate::model::ObjectKey;

pub(super) const RULE: Rule = Rule {
    id: "SLW1062",
    name: "no-boot-action",
    title: "In a site with boot actions every node has one",
    why: "A node that joins nothing at first boot is most often one whose tag is missing.",
    fix: "Give the node what a `nodeSelector` asks for, or add a BootAction for it.",
    drydock: Some("DD4001"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let catalog = view.catalog();
    let is_own = |name: &String| !catalog.borrowed.contains_key(&ObjectKey::new("BootAction", name));
    let has_own = catalog.boot_actions.keys().any(is_own);
    if has_own && !catalog.boot_actions.iter().any(|(name, action)| is_for(view.shared, view.class, name, action)) {
        report.warning(
            inherited("/metadata"),
            "no boot action is for nodes that are described so",
            "give them a tag or label that a nodeSelector asks for, or add a BootAction",
        );
    }
}
