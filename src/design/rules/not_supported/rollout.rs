//! How a Site shall be rolled out.

use super::{
    super::{Affected, Report, SiteView, at},
    refuse,
};
use crate::{api::rollout::RolloutGroup, design::selects, model::Candidate};

pub(super) fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let Some(rollout) = &site.spec.rollout else { return };
    let name = site.metadata.name.as_deref().unwrap_or_default();
    let place = |field: String| at("Site", name, format!("spec.rollout.{field}"));
    let nodes = |of: &dyn Fn(Candidate<'_>) -> bool| -> Vec<String> {
        let candidates = view.nodes().filter_map(|(own, class)| Some(class?.candidate(&own.name, &own.labels)));
        candidates.filter(|node| of(*node)).map(|node| node.name.to_owned()).collect()
    };
    let is_in = |group: &RolloutGroup, node: Candidate<'_>| {
        group.node_selector.as_ref().is_none_or(|selector| selects(selector, node, &view.catalog().racks))
    };
    for group in &rollout.groups {
        let what = format!("the order of groups is not kept by this release, and `{}` is one", group.name);
        let hint = "take it out, use mode OnTask, and make a SiteTask for each group when the one before has ended";
        refuse(report, place(format!("groups[{}]", group.name)), what, hint, nodes(&|node| is_in(group, node)));
    }
    if rollout.pause.is_some() {
        let hint = "take it out, use mode OnTask, and make a SiteTask for each group when it may begin";
        let what = "no pause between groups is kept by this release";
        let grouped = nodes(&|node| rollout.groups.iter().any(|group| is_in(group, node)));
        refuse(report, place("pause".into()), what, hint, grouped);
    }
    if rollout.max_in_flight_per_rack.is_some() {
        let what = "nodes in flight are not counted by rack in this release";
        let hint = "take it out, and bound the whole site by rollout.maxInFlight";
        refuse(report, place("maxInFlightPerRack".into()), what, hint, nodes(&|node| node.rack.is_some()));
    }
    for window in &rollout.windows {
        // Whatever is done outside a window is done at the wrong time: this is about every node, and the site itself.
        let what = format!("NotSupportedByDriver: windows are not kept by this release, and `{}` is one", window.name);
        let hint = "take it out, use mode OnTask, and make a SiteTask when work may begin";
        report.error_on(Affected::Site, place(format!("windows[{}]", window.name)), what, hint);
    }
}
