//! Every boot action is for somebody.

use super::{Report, Rule, SiteView, actions::is_for, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1061",
    name: "boot-action-nobody",
    title: "Every boot action is for some node, and every filter asks for something",
    why: "What it brings reaches nobody: most often a tag or a name is misspelt. A filter without criteria means no node.",
    fix: "Correct the `nodeSelector`; leave it out for every node.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    // A library's actions may be for nodes of other sites.
    for (name, action) in view.catalog().boot_actions.iter().filter(|(name, _)| !view.is_borrowed("BootAction", name)) {
        let Some(selector) = &action.spec.node_selector else { continue };
        let mut is_empty = false;
        for (index, filter) in selector.filters.iter().enumerate() {
            let lists = [&filter.names, &filter.tags, &filter.racks];
            if lists.iter().all(|list| list.is_empty()) && filter.labels.is_empty() && filter.rack_labels.is_empty() {
                is_empty = true;
                report.warning(
                    at("BootAction", name, format!("spec.nodeSelector.filters[{index}]")),
                    "the filter has no criteria, and means no node",
                    "give it criteria, or take it out; leave nodeSelector out for every node",
                );
            }
        }
        let is_for_somebody = || view.classes.iter().any(|class| is_for(view.shared, class, name, action));
        // Of nodes without a design nobody can tell.
        if !is_empty && !view.classes.is_empty() && !is_for_somebody() && view.broken().next().is_none() {
            report.warning(
                at("BootAction", name, "spec.nodeSelector"),
                "no node of this site is meant",
                "correct the names, tags, labels or racks; leave nodeSelector out for every node",
            );
        }
    }
}
