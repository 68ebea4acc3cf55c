//! How a task goes for each of its nodes: what it wants of one, whether that is there, and how long each state took.

use super::{
    conditions::{find, is_true},
    context::Context,
};
use crate::{
    api::{
        BaremetalNode, SiteTask,
        baremetal_node::BaremetalNodeStatus,
        site_task::{EraseMode, TaskAction, TaskNode},
        status::condition::{DEPLOYED, PREPARED, STALLED},
    },
    design::{SiteDesign, SiteNode},
    model::Reason,
    plan::{TaskScope, Together, together},
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::{collections::HashMap, sync::Arc};

/// Looks at the nodes that a task covers: how it goes for each, and what waits for an approval.
pub(super) fn follow(
    context: &Context,
    task: &SiteTask,
    scope: TaskScope<'_>,
    design: &SiteDesign,
) -> (Vec<TaskNode>, Option<Together>) {
    let namespace = task.metadata.namespace.clone().unwrap_or_default();
    let selected = |node: &&Arc<BaremetalNode>| {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        match design.nodes.get(name) {
            Some(node) => scope.covers(node.candidate(), &design.racks),
            // A node whose design cannot be resolved is covered by a task for all nodes, and fails it.
            None => scope.covers_unresolved(name),
        }
    };
    let nodes = context.caches.nodes.readable(&namespace);
    let now = context.clock.now();
    let known: HashMap<&str, &TaskNode> =
        task.status.iter().flat_map(|status| &status.nodes).map(|node| (node.name.as_str(), node)).collect();
    let look = |node: &Arc<BaremetalNode>| {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        let hash = design.nodes.get(name).map(SiteNode::hash);
        match known.get(name).copied() {
            // What it was for has been reached.
            Some(known) if known.state == "Success" => known.clone(),
            known => progress(task, node, hash.as_deref(), known.cloned().unwrap_or_default(), now),
        }
    };
    let nodes: Vec<_> = nodes.iter().filter(selected).collect();
    let asked = nodes.iter().map(|node| &***node).filter(|node| has_heard(node, task));
    (nodes.iter().map(|node| look(node)).collect(), together(asked))
}

/// Whether the node controller has decided with this task before its eyes.
fn has_heard(node: &BaremetalNode, task: &SiteTask) -> bool {
    let uid = task.metadata.uid.as_deref().unwrap_or_default();
    let memory = node.status.as_ref().and_then(|status| status.memory.as_ref());
    memory.is_some_and(|memory| memory.budget_for.ends_with(uid))
}

/// How it goes for one node, given how it went before.
fn progress(task: &SiteTask, node: &BaremetalNode, hash: Option<&str>, before: TaskNode, now: Timestamp) -> TaskNode {
    let status = node.status.clone().unwrap_or_default();
    // Nothing else that it said counts.
    let heard = has_heard(node, task);
    let stalled = find(&status.conditions, STALLED).filter(|c| c.status == "True");
    let invalid = stalled.is_some_and(|c| c.reason == Reason::DesignInvalid.name());
    let waits_for_person = stalled
        .is_some_and(|c| [Reason::ApprovalRequired, Reason::PersonNeeded].into_iter().any(|r| c.reason == r.name()));
    let (state, message) = match stalled {
        _ if heard && status.design_hash.as_deref() == hash && has_reached(task, &status) => ("Success", None),
        Some(condition) if (heard || invalid) && !waits_for_person => ("Failure", Some(condition.message.clone())),
        Some(condition) => ("Pending", Some(condition.message.clone())),
        None if heard => ("Running", None),
        None => ("Pending", None),
    };
    let skipped = (state == "Success" && was_there(task, &status)).then_some(true);
    let name = node.metadata.name.clone().unwrap_or_default();
    let message = message.map(|message| message.chars().take(1000).collect());
    let mut after = TaskNode { name, state: state.to_owned(), message, skipped, ..before };
    if skipped == Some(true) {
        (after.step, after.since) = (None, None);
        after.seconds.clear();
    } else {
        move_on(&mut after, &status, state == "Running", now);
    }
    after
}

/// Whether a node stands where the task takes it.
fn has_reached(task: &SiteTask, status: &BaremetalNodeStatus) -> bool {
    let memory = status.memory.as_ref();
    let is_deployed = || {
        let deployed_as = memory.and_then(|memory| memory.deployed.as_ref()).map(|deployed| &deployed.design_hash);
        is_true(&status.conditions, DEPLOYED) && deployed_as == status.design_hash.as_ref()
    };
    match task.spec.action {
        TaskAction::DeployNodes => is_deployed(),
        TaskAction::PrepareNodes => is_true(&status.conditions, PREPARED),
        TaskAction::DestroyNodes => {
            let needs_erase = task.spec.erase.unwrap_or_default() != EraseMode::None;
            let released = memory.and_then(|memory| memory.released.as_ref());
            let is_released = released.is_some_and(|released| !needs_erase || released.erased);
            let is_gone = status.provider_id.is_none();
            if task.spec.redeploy == Some(true) {
                let anew = memory.is_some_and(|memory| memory.released_for == task.metadata.uid);
                anew && is_deployed()
            } else {
                is_gone || (is_released && task.spec.forget != Some(true))
            }
        }
        _ => false,
    }
}

/// Whether it had been there before the task began.
fn was_there(task: &SiteTask, status: &BaremetalNodeStatus) -> bool {
    if [task.spec.forget, task.spec.redeploy].contains(&Some(true)) {
        return false;
    }
    let proof = match task.spec.action {
        TaskAction::DeployNodes => find(&status.conditions, DEPLOYED),
        TaskAction::PrepareNodes => find(&status.conditions, PREPARED),
        TaskAction::DestroyNodes => find(&status.conditions, DEPLOYED).filter(|deployed| deployed.status == "False"),
        _ => None,
    };
    let began = task.status.as_ref().and_then(|status| status.started_at.as_ref());
    began.zip(proof).is_some_and(|(began, proof)| proof.last_transition_time.0 < began.0)
}

/// Counts how long it was in the state that it has left.
fn move_on(node: &mut TaskNode, status: &BaremetalNodeStatus, at_work: bool, now: Timestamp) {
    let step = status.state.clone().filter(|_| at_work);
    if node.step != step {
        if let (Some(left), Some(since)) = (node.step.take(), node.since.take()) {
            *node.seconds.entry(left).or_default() += now.duration_since(since.0).as_secs().max(0);
        }
        node.since = step.is_some().then_some(Time(now));
        node.step = step;
    }
    for (step, times) in status.memory.iter().flat_map(|memory| &memory.attempts).filter(|(_, times)| **times > 1) {
        let known = node.attempts.entry(step.clone()).or_default();
        *known = (*known).max(*times);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task(action: &str) -> SiteTask {
        serde_json::from_value(json!({
            "metadata": {"name": "t", "uid": "u1"}, "spec": {"action": action},
            "status": {"startedAt": "2026-03-01T10:00:00Z"},
        }))
        .unwrap()
    }

    fn node(state: &str, conditions: &serde_json::Value, memory: &serde_json::Value) -> BaremetalNode {
        let mut memory = memory.clone();
        memory["budgetFor"] = json!("/u1");
        memory["version"] = json!(1);
        serde_json::from_value(json!({
            "metadata": {"name": "n1"}, "spec": {},
            "status": {"state": state, "designHash": "h", "conditions": conditions, "memory": memory},
        }))
        .unwrap()
    }

    fn condition(type_: &str, status: &str, at: &str, message: &str) -> serde_json::Value {
        json!({"type": type_, "status": status, "reason": "R", "message": message, "lastTransitionTime": at})
    }

    fn at(minute: i64) -> Timestamp {
        let start: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        start + jiff::SignedDuration::from_mins(minute)
    }

    #[test]
    fn time_is_counted_by_state_and_repeated_steps_are_too() {
        let task = task("DeployNodes");
        let working =
            |state: &str, attempts: serde_json::Value| node(state, &json!([]), &json!({"attempts": attempts}));
        let mut seen = TaskNode::default();
        for (minute, state, attempts) in [
            (1, "Commissioning", json!({"Commission": 1})),
            (4, "Deploying", json!({"Deploy": 2})),
            (9, "Deploying", json!({})),
        ] {
            seen = progress(&task, &working(state, attempts), Some("h"), seen, at(minute));
            assert_eq!(seen.state, "Running");
        }
        assert_eq!((seen.step.as_deref(), seen.since.clone()), (Some("Deploying"), Some(Time(at(4)))));
        let deployed = condition("Deployed", "True", "2026-03-01T10:12:00Z", "");
        let done = node("Deployed", &json!([deployed]), &json!({"deployed": {"designHash": "h", "generation": 1}}));
        let seen = progress(&task, &done, Some("h"), seen, at(12));
        assert_eq!((seen.state.as_str(), seen.step, seen.skipped), ("Success", None, None));
        assert_eq!(
            seen.seconds.into_iter().collect::<Vec<_>>(),
            [("Commissioning".into(), 180), ("Deploying".into(), 480)]
        );
        assert_eq!(seen.attempts.into_iter().collect::<Vec<_>>(), [("Deploy".into(), 2)]);
    }

    #[test]
    fn a_node_that_was_there_before_the_task_began_is_skipped() {
        let deployed = condition("Deployed", "True", "2026-03-01T09:00:00Z", "");
        let done = node("Deployed", &json!([deployed]), &json!({"deployed": {"designHash": "h", "generation": 1}}));
        let seen = progress(&task("DeployNodes"), &done, Some("h"), TaskNode::default(), at(1));
        assert_eq!((seen.state.as_str(), seen.skipped), ("Success", Some(true)));
        assert!(seen.seconds.is_empty());
    }

    #[test]
    fn what_the_node_has_not_said_with_the_task_before_its_eyes_does_not_count() {
        let stalled = condition("Stalled", "True", "2026-03-01T09:00:00Z", "of another task");
        let mut node = node("CommissioningFailed", &json!([stalled]), &json!({}));
        let seen = progress(&task("DeployNodes"), &node, Some("h"), TaskNode::default(), at(1));
        assert_eq!((seen.state.as_str(), seen.message.as_deref()), ("Failure", Some("of another task")));
        node.status.as_mut().unwrap().memory.as_mut().unwrap().budget_for = "/another".into();
        let seen = progress(&task("DeployNodes"), &node, Some("h"), TaskNode::default(), at(1));
        assert_eq!((seen.state.as_str(), seen.step), ("Pending", None));
    }
}
