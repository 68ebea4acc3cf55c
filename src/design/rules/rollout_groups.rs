//! The groups of a roll-out can be put in an order.

use super::{Affected, Report, Rule, SiteView, at};
use crate::api::rollout::RolloutGroup;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    id: "SLW1068",
    name: "rollout-groups",
    title: "The groups on which a group of the roll-out depends are there, and none depends on itself",
    why: "A group waits for those on which it depends: for one that is not there, or for itself, it waits for ever.",
    fix: "Correct the names in `dependsOn`, and take one group of a circle out of it.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let Some(rollout) = &site.spec.rollout else { return };
    let name = site.metadata.name.as_deref().unwrap_or_default();
    let mut error = |group: &str, message: String, hint: &str| {
        let place = at("Site", name, format!("spec.rollout.groups[{group}].dependsOn"));
        report.error_on(Affected::Site, place, message, hint);
    };
    let names: BTreeSet<&str> = rollout.groups.iter().map(|group| group.name.as_str()).collect();
    for group in &rollout.groups {
        for other in &group.depends_on {
            if *other == group.name {
                error(&group.name, format!("group `{other}` depends on itself"), "take it out");
            } else if !names.contains(other.as_str()) {
                let hint = "add a group of this name, or correct it";
                error(&group.name, format!("there is no group `{other}`"), hint);
            }
        }
    }
    for circle in circles(&rollout.groups) {
        let Some(first) = circle.first() else { continue };
        let path = circle.iter().chain([first]).copied().collect::<Vec<_>>().join(" -> ");
        error(first, format!("groups depend on one another: {path}"), "take one of them out of dependsOn");
    }
}

/// The circles that remain when groups are taken away that wait for nobody; those that share a group count as one.
fn circles(groups: &[RolloutGroup]) -> Vec<Vec<&str>> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for group in groups {
        let others = group.depends_on.iter().map(String::as_str).filter(|other| *other != group.name);
        waiting.entry(&group.name).or_default().extend(others);
    }
    let mut circles = Vec::new();
    loop {
        // Who waits for nobody that is left begins.
        loop {
            let left: BTreeSet<&str> = waiting.keys().copied().collect();
            let before = waiting.len();
            waiting.retain(|_, others| others.iter().any(|other| left.contains(other)));
            if waiting.len() == before {
                break;
            }
        }
        let Some(mut at) = waiting.keys().next().copied() else { return circles };
        let mut path: Vec<&str> = Vec::new();
        // Each that is left waits for one that is left, so that the way comes back.
        while !path.contains(&at) {
            path.push(at);
            let next = waiting.get(at).and_then(|others| others.iter().find(|other| waiting.contains_key(*other)));
            let Some(next) = next else { break };
            at = next;
        }
        let circle: Vec<&str> = path.iter().skip_while(|group| **group != at).copied().collect();
        for group in &circle {
            waiting.remove(group);
        }
        circles.push(circle);
    }
}
