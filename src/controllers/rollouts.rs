//! The roll-out of each Site: how its groups stand, computed at the Site's turn and looked up at each node's.

use super::{
    cache::Key,
    conditions::{find, is_true},
    context::Context,
    designs::Snapshot,
};
use crate::{
    api::{
        BaremetalNode, Site,
        baremetal_node::BaremetalNodeStatus,
        site::GroupStatus,
        status::condition::{DEPLOYED, PREPARED, STALLED},
    },
    design::SiteNode,
    model::{Milestone, Opening, Reason, opening},
    plan::{self, GroupOutcome, GroupState, Hold, Standing},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// How the groups of each namespace stood when its Site was looked at last.
#[derive(Debug, Default)]
pub(super) struct Rollouts(Mutex<HashMap<String, Arc<Groups>>>);

/// How the groups of a Site stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Groups {
    /// The design that they are judged by.
    design: String,
    /// By name, for those who are to be prepared.
    prepared: BTreeMap<String, GroupOutcome>,
    /// By name, for those who are to be deployed.
    deployed: BTreeMap<String, GroupOutcome>,
}

impl Groups {
    fn told(&self) -> Vec<GroupStatus> {
        let told = |(name, outcome): (&String, &GroupOutcome)| GroupStatus {
            name: name.clone(),
            state: match outcome.state {
                GroupState::Open => "Open",
                GroupState::Succeeded(_) => "Succeeded",
                GroupState::Failed(_) => "Failed",
            }
            .to_owned(),
            deployed: format!("{}/{}", outcome.reached, outcome.total),
            failed: i32::try_from(outcome.failed).unwrap_or(i32::MAX),
        };
        self.deployed.iter().map(told).collect()
    }

    fn states(&self) -> [Vec<&GroupState>; 2] {
        [&self.prepared, &self.deployed].map(|outcomes| outcomes.values().map(|outcome| &outcome.state).collect())
    }
}

impl Rollouts {
    fn get(&self, namespace: &str) -> Option<Arc<Groups>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(namespace).cloned()
    }

    /// How the groups of a Site stand now. Nodes are due if a group has ended, or has begun anew.
    pub fn look(&self, context: &Context, site: &Site, snapshot: &Snapshot) {
        let namespace = site.metadata.namespace.clone().unwrap_or_default();
        let groups = Arc::new(groups(context, site, snapshot));
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.clone(), groups.clone());
        let has_groups = !groups.deployed.is_empty();
        if has_groups
            && before.is_none_or(|before| before.design != groups.design || before.states() != groups.states())
        {
            context.wake_nodes(&namespace);
        }
    }

    /// The groups, as their Site tells them.
    pub fn told(&self, namespace: &str) -> Vec<GroupStatus> {
        self.get(namespace).map(|groups| groups.told()).unwrap_or_default()
    }

    /// A Site is gone.
    pub fn forget(&self, namespace: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(namespace);
    }

    /// What a node has to wait for before its machine is worked on. Groups count for what takes it to `goal`; without one, as
    /// for a reboot, only windows do.
    pub fn hold(
        &self,
        context: &Context,
        site: &Site,
        key: &Key,
        goal: Option<Milestone>,
        now: Timestamp,
    ) -> Option<Hold> {
        let rollout = site.spec.rollout.as_ref()?;
        if let Some(why) = closed(site, now) {
            return Some(Hold::Waits(why));
        }
        if rollout.groups.is_empty() || goal.is_none() {
            return None;
        }
        let snapshot = context.designs.get(&key.namespace)?;
        let node = snapshot.design.nodes.get(&key.name)?;
        let looked = self.get(&key.namespace).filter(|groups| groups.design == snapshot.design.hash);
        let Some(groups) = looked else {
            return Some(Hold::Waits("Waiting for the groups of the roll-out to be looked at".into()));
        };
        let outcomes = if goal == Some(Milestone::Deployed) { &groups.deployed } else { &groups.prepared };
        let pause = rollout.pause.map(|pause| context.clock.scale(pause.0)).unwrap_or_default();
        plan::hold(rollout, outcomes, node.candidate(), &snapshot.design.racks, pause, now)
    }
}

/// When a window opens that is closed now.
pub(super) fn opens(site: &Site, now: Timestamp) -> Option<Timestamp> {
    match opening(&site.spec.rollout.as_ref()?.windows, now) {
        Opening::Closed(opens) => opens,
        Opening::Open(_) => None,
    }
}

/// Why nothing may begin now, by the windows of the roll-out.
pub(super) fn closed(site: &Site, now: Timestamp) -> Option<String> {
    match opening(&site.spec.rollout.as_ref()?.windows, now) {
        Opening::Open(_) => None,
        Opening::Closed(Some(opens)) => Some(format!(
            "Waiting for a window of the roll-out, which opens at {}",
            opens.strftime("%Y-%m-%dT%H:%M:%SZ")
        )),
        Opening::Closed(None) => Some("No window of the roll-out opens any more".into()),
    }
}

fn groups(context: &Context, site: &Site, snapshot: &Snapshot) -> Groups {
    let design = &snapshot.design;
    let mut all = Groups { design: design.hash.clone(), ..Groups::default() };
    let Some(rollout) = site.spec.rollout.as_ref().filter(|rollout| !rollout.groups.is_empty()) else { return all };
    let nodes = context.caches.nodes.readable(site.metadata.namespace.as_deref().unwrap_or_default());
    let looked: Vec<_> = nodes
        .iter()
        .filter(|node| !node.is_set_aside())
        .filter_map(|node| {
            let of = design.nodes.get(node.metadata.name.as_deref()?)?;
            let hash = of.hash();
            let standing = |goal| standing(node, &hash, goal);
            Some((of, standing(Milestone::Prepared), standing(Milestone::Deployed)))
        })
        .collect();
    for group in &rollout.groups {
        let members: Vec<&(&SiteNode, Standing, Standing)> =
            looked.iter().filter(|(node, ..)| plan::is_of(group, node.candidate(), &design.racks)).collect();
        let outcome = |of: fn(&(&SiteNode, Standing, Standing)) -> Standing| {
            let standings: Vec<(&str, Standing)> = members.iter().map(|node| (node.0.name(), of(node))).collect();
            plan::group_outcome(group.success_criteria.as_ref(), &standings)
        };
        all.prepared.insert(group.name.clone(), outcome(|node| node.1));
        all.deployed.insert(group.name.clone(), outcome(|node| node.2));
    }
    all
}

/// How a node stands to a goal.
fn standing(node: &BaremetalNode, hash: &str, goal: Milestone) -> Standing {
    let Some(status) = &node.status else { return Standing::Open };
    if has_reached(status, hash, goal) {
        let type_ = if goal == Milestone::Deployed { DEPLOYED } else { PREPARED };
        return Standing::Reached(find(&status.conditions, type_).map(|condition| condition.last_transition_time.0));
    }
    let stalled = find(&status.conditions, STALLED).filter(|condition| condition.status == "True");
    // What only waits for somebody's word or hand, or for another group, has not failed.
    let waits = [Reason::ApprovalRequired, Reason::GroupFailed, Reason::PersonNeeded].map(Reason::name);
    match stalled {
        Some(condition) if !waits.contains(&condition.reason) => Standing::Failed,
        _ => Standing::Open,
    }
}

fn has_reached(status: &BaremetalNodeStatus, hash: &str, goal: Milestone) -> bool {
    let memory = status.memory.as_ref();
    let deployed_as = memory.and_then(|memory| memory.deployed.as_ref()).map(|deployed| deployed.design_hash.as_str());
    let in_service = !memory.and_then(|memory| memory.out_of_service).unwrap_or_default();
    let is_deployed = is_true(&status.conditions, DEPLOYED) && deployed_as == Some(hash) && in_service;
    is_deployed || (goal != Milestone::Deployed && is_true(&status.conditions, PREPARED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(deployed: bool, hash: &str, stalled: Option<&str>) -> BaremetalNode {
        let condition = |type_: &str, reason: &str| json!({"type": type_, "status": "True", "reason": reason, "message": "", "lastTransitionTime": "2026-03-01T10:00:00Z"});
        let mut conditions = vec![condition("Prepared", "R")];
        conditions.extend(deployed.then(|| condition("Deployed", "R")));
        conditions.extend(stalled.map(|reason| condition("Stalled", reason)));
        serde_json::from_value(json!({
            "metadata": {"name": "n1"}, "spec": {},
            "status": {"conditions": conditions,
                "memory": {"version": 1, "deployed": {"designHash": hash, "generation": 1}}},
        }))
        .unwrap()
    }

    #[test]
    fn a_node_stands_where_its_machine_does_by_the_present_design() {
        let since = Some("2026-03-01T10:00:00Z".parse().unwrap());
        let of =
            |node: &BaremetalNode| [Milestone::Prepared, Milestone::Deployed].map(|goal| standing(node, "new", goal));
        assert_eq!(of(&node(true, "new", None)), [Standing::Reached(since); 2]);
        assert_eq!(of(&node(true, "old", None)), [Standing::Reached(since), Standing::Open], "its design has changed");
        assert_eq!(of(&node(false, "new", None)), [Standing::Reached(since), Standing::Open]);
        let stalled = |reason: &str| standing(&node(false, "new", Some(reason)), "new", Milestone::Deployed);
        assert_eq!(stalled("DeploymentFailed"), Standing::Failed);
        assert_eq!([stalled("ApprovalRequired"), stalled("GroupFailed")], [Standing::Open; 2]);
    }
}
