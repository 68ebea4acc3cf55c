//! Tasks: whether one can be carried out, which nodes it covers, and which of several comes first.
//!
//! Tasks whose nodes are disjoint run side by side. One that shares a node with an older one is queued whole: it authorises
//! nothing until that has ended, so that no node is asked for two things, and a task is never half begun.

use crate::{
    api::{
        Rack, SiteTask,
        site_task::{TaskAction, TaskResult},
    },
    design::selects,
    model::Candidate,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Why a task authorises nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoScope {
    /// It cannot be carried out: it ends, and touches nothing.
    Refused(String),
    /// Not yet.
    Waits(String),
}

/// What a task covers.
#[derive(Debug, Clone, Copy)]
pub struct TaskScope<'a> {
    task: &'a SiteTask,
    earlier: Option<&'a SiteTask>,
}

/// The scope of a task. `earlier` is the task of which `spec.retry` takes the results, if it is there.
pub fn task_scope<'a>(task: &'a SiteTask, earlier: Option<&'a SiteTask>) -> Result<TaskScope<'a>, NoScope> {
    let Some(retry) = &task.spec.retry else { return Ok(TaskScope { task, earlier: None }) };
    let name = &retry.task;
    match earlier {
        None => Err(NoScope::Refused(format!(
            "spec.retry.task: the task {name} is not in this namespace; name one that is, or the nodes in nodeSelector.filters.names"
        ))),
        Some(earlier) if earlier.status.as_ref().is_none_or(|status| status.finished_at.is_none()) => {
            Err(NoScope::Waits(format!("Waiting for task {name} to end, whose results it takes up")))
        }
        Some(earlier) => Ok(TaskScope { task, earlier: Some(earlier) }),
    }
}

impl TaskScope<'_> {
    /// Whether it covers a node.
    pub fn covers(&self, node: Candidate<'_>, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
        !self.task.spec.action.is_for_site()
            && self.task.spec.node_selector.as_ref().is_none_or(|selector| selects(selector, node, racks))
            && self.takes_up(node.name)
    }

    /// Whether it covers a node of which nothing but the name is known, since its design cannot be resolved.
    pub fn covers_unresolved(&self, name: &str) -> bool {
        !self.task.spec.action.is_for_site() && self.task.spec.node_selector.is_none() && self.takes_up(name)
    }

    /// Whether the earlier task ended for a node as this one wants it.
    fn takes_up(&self, name: &str) -> bool {
        let (Some(earlier), Some(retry)) = (self.earlier, &self.task.spec.retry) else { return true };
        let ended = earlier.status.iter().flat_map(|status| &status.nodes).find(|node| node.name == name);
        ended.is_some_and(|ended| match retry.results.unwrap_or_default() {
            TaskResult::Successes => ended.state == "Success",
            TaskResult::Failures => ended.state != "Success",
        })
    }
}

/// How long a task may take where it does not say.
const DEADLINE: Duration = Duration::from_hours(8);

/// How much is left of a task's deadline, which runs from its beginning. `scale` turns a designed duration into one of the
/// clock in force.
pub fn time_left(task: &SiteTask, now: Timestamp, scale: impl Fn(Duration) -> Duration) -> Duration {
    let deadline = scale(task.spec.deadline.map_or(DEADLINE, |deadline| deadline.0));
    let began = task.status.as_ref().and_then(|status| status.started_at.as_ref());
    let ran = began.and_then(|began| Duration::try_from(now.duration_since(began.0)).ok()).unwrap_or_default();
    deadline.saturating_sub(ran)
}

/// Whether tasks of this action take nodes somewhere, so that two of them cannot have the same node.
pub fn takes_nodes(action: TaskAction) -> bool {
    matches!(
        action,
        TaskAction::PrepareNodes | TaskAction::DeployNodes | TaskAction::DestroyNodes | TaskAction::RelabelNodes
    )
}

/// The task that prepares the site before this one, which has not begun: one that has begun, or was there first. `unfinished`
/// are the others.
pub fn prepares_first<'t>(task: &SiteTask, unfinished: &'t [Arc<SiteTask>]) -> Option<&'t SiteTask> {
    let prepares = |other: &&SiteTask| other.spec.action == TaskAction::PrepareSite;
    let others = unfinished.iter().map(|other| &**other).filter(prepares);
    others
        .filter(|other| other.has_begun() || age(other) < age(task))
        .min_by_key(|other| (!other.has_begun(), age(other)))
}

/// What tasks are ordered by: those come first that were there first.
pub fn age(task: &SiteTask) -> (Option<Timestamp>, String) {
    let created = task.metadata.creation_timestamp.as_ref().map(|created| created.0);
    (created, task.metadata.name.clone().unwrap_or_default())
}

/// The oldest task that a task which has not begun is queued behind, and the nodes that both want. `unfinished` are the others:
/// one that has begun goes on, whoever was there first by the API server's clock, which tells seconds alone; `nodes` says
/// which nodes one covers.
pub fn queued_behind<'t>(
    task: &SiteTask,
    unfinished: &'t [Arc<SiteTask>],
    nodes: impl Fn(&SiteTask) -> BTreeSet<String>,
) -> Option<(&'t SiteTask, Vec<String>)> {
    if !takes_nodes(task.spec.action) {
        return None;
    }
    let comes_first =
        |other: &&SiteTask| takes_nodes(other.spec.action) && (other.has_begun() || age(other) < age(task));
    let mut older: Vec<&SiteTask> = unfinished.iter().map(|other| &**other).filter(comes_first).collect();
    if older.is_empty() {
        return None;
    }
    older.sort_by_key(|other| age(other));
    let wanted = nodes(task);
    older.into_iter().find_map(|other| {
        let shared: Vec<String> = nodes(other).intersection(&wanted).cloned().collect();
        (!shared.is_empty()).then_some((other, shared))
    })
}
