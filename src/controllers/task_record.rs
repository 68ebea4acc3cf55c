//! The record of a task: its status, and the verdict it ends with.

use super::{
    cache::Key,
    conditions::Conditions,
    context::Context,
    write::{MANAGER, apply_status, is_conflict, is_gone},
};
use crate::{
    api::{
        SiteTask, annotation,
        site_task::{CheckOutcome, SiteTaskStatus, TaskCheck, TaskCounts, TaskNode, TaskSnapshot},
    },
    plan::{Together, approved_together, waits_for_approval},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use std::fmt::Write;

/// Nodes that a status lists at most.
const MAX_NODES: usize = 1000;

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Success,
    PartialSuccess,
    Failure,
    Cancelled,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::PartialSuccess => "PartialSuccess",
            Self::Failure => "Failure",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// How far a task has come.
pub(super) struct Progress {
    stage: Stage,
    nodes: Vec<TaskNode>,
    checks: Vec<TaskCheck>,
    message: String,
    has_nodes: bool,
    plans: Option<Together>,
    snapshot: Option<TaskSnapshot>,
}

/// Whether a task has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Queued,
    Running,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Queued => "Queued",
            Self::Running => "Running",
        }
    }
}

impl Progress {
    /// Not begun: something is not there yet.
    pub fn pending(message: &str) -> Self {
        Self::at(Stage::Pending, message)
    }

    /// Not begun: another task comes first.
    pub fn queued(message: &str) -> Self {
        Self::at(Stage::Queued, message)
    }

    /// Begun; nothing to show for it yet.
    pub fn running(message: &str) -> Self {
        Self::at(Stage::Running, message)
    }

    fn at(stage: Stage, message: &str) -> Self {
        Self {
            stage,
            nodes: Vec::new(),
            checks: Vec::new(),
            message: message.to_owned(),
            has_nodes: false,
            plans: None,
            snapshot: None,
        }
    }

    /// How it goes for each node.
    pub fn of(nodes: Vec<TaskNode>) -> Self {
        let counts = count(&nodes);
        let mut message = format!("{} of {} nodes done", nodes.iter().filter(|n| is_done(n)).count(), counts.total);
        if counts.skipped > 0 {
            let _ = write!(message, ", {} of them were already there", counts.skipped);
        }
        if counts.failed > 0 {
            let _ = write!(message, ", {} failed", counts.failed);
        }
        if nodes.is_empty() {
            "No nodes in scope, no work to do".clone_into(&mut message);
        }
        Self { nodes, has_nodes: true, ..Self::running(&message) }
    }

    /// With what waits for an approval.
    pub fn with_plans(mut self, plans: Option<Together>) -> Self {
        if let Some(plans) = &plans {
            let _ = write!(self.message, "; {}", waits_for_approval(&plans.shown));
        }
        Self { plans, ..self }
    }

    /// With the design that it works from.
    pub fn with_snapshot(self, snapshot: TaskSnapshot) -> Self {
        Self { snapshot: Some(snapshot), ..self }
    }

    /// The same, and what is waited for.
    pub fn waiting_for(mut self, what: Option<&str>) -> Self {
        if let Some(what) = what {
            let _ = write!(self.message, "; {what}");
        }
        self
    }

    fn verdict(&self) -> Option<Verdict> {
        let failed = self.nodes.iter().filter(|n| n.state == "Failure").count();
        match self.nodes.iter().all(is_done) {
            _ if !self.has_nodes => None,
            false => None,
            true if failed == 0 => Some(Verdict::Success),
            true if failed < self.nodes.len() => Some(Verdict::PartialSuccess),
            true => Some(Verdict::Failure),
        }
    }
}

fn is_done(node: &TaskNode) -> bool {
    matches!(node.state.as_str(), "Success" | "Failure")
}

fn count(nodes: &[TaskNode]) -> TaskCounts {
    let with = |is: &dyn Fn(&TaskNode) -> bool| {
        i32::try_from(nodes.iter().filter(|node| is(node)).count()).unwrap_or(i32::MAX)
    };
    TaskCounts {
        total: with(&|_| true),
        succeeded: with(&|node| node.state == "Success"),
        skipped: with(&|node| node.skipped == Some(true)),
        failed: with(&|node| node.state == "Failure"),
    }
}

/// What a status has room for: where there are too many, those that have not ended in success.
fn listed(mut nodes: Vec<TaskNode>) -> Vec<TaskNode> {
    if nodes.len() > MAX_NODES {
        nodes.sort_by_key(|node| node.state == "Success");
        nodes.truncate(MAX_NODES);
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    nodes
}

/// Writes how far a task has come; ends it when no node is pending.
pub(super) async fn record(context: &Context, task: &SiteTask, progress: &Progress) -> Result<(), kube::Error> {
    write(context, task, progress, progress.verdict()).await
}

/// Ends a task.
pub(super) async fn finish(
    context: &Context,
    task: &SiteTask,
    verdict: Verdict,
    message: &str,
) -> Result<(), kube::Error> {
    finish_with(context, task, verdict, message, Vec::new()).await
}

/// Ends a task that has looked at several things.
pub(super) async fn finish_with(
    context: &Context,
    task: &SiteTask,
    verdict: Verdict,
    message: &str,
    checks: Vec<TaskCheck>,
) -> Result<(), kube::Error> {
    let nodes = task.status.as_ref().map(|s| s.nodes.clone()).unwrap_or_default();
    let progress = Progress { nodes, checks, has_nodes: true, ..Progress::running(message) };
    write(context, task, &progress, Some(verdict)).await
}

async fn write(
    context: &Context,
    task: &SiteTask,
    progress: &Progress,
    verdict: Option<Verdict>,
) -> Result<(), kube::Error> {
    let before = task.status.clone().unwrap_or_default();
    let generation = task.metadata.generation.unwrap_or_default();
    let now = context.clock.now();
    let mut conditions = Conditions::new(&before.conditions, generation, now);
    match verdict {
        None => conditions.reconciling(progress.stage.name(), &progress.message),
        Some(Verdict::Success) => conditions.ready("Success", &progress.message),
        Some(verdict) => conditions.stalled(verdict.name(), &progress.message),
    }
    let begins = progress.stage == Stage::Running && before.started_at.is_none();
    let status = SiteTaskStatus {
        observed_generation: generation,
        conditions: conditions.finish(),
        state: Some(verdict.map_or(progress.stage.name(), Verdict::name).to_owned()),
        summary: summary(progress),
        started_at: before.started_at.clone().or(begins.then_some(Time(now))),
        snapshot: before.snapshot.clone().or_else(|| progress.snapshot.clone()),
        finished_at: verdict.map(|_| Time(now)),
        counts: (!progress.nodes.is_empty()).then(|| count(&progress.nodes)),
        node_plans: progress.plans.as_ref().map(|plans| plans.shown.clone()),
        approved: approved_together(
            task.annotations().get(annotation::APPROVE).map(String::as_str),
            before.approved.as_ref(),
            progress.plans.as_ref(),
        ),
        checks: progress.checks.clone(),
        nodes: listed(progress.nodes.clone()),
    };
    if status == before {
        return Ok(());
    }
    let key = Key::of(task);
    match apply_status::<SiteTask, _>(context, &key, MANAGER, task.resource_version().as_deref(), &status).await {
        Ok(written) => {
            context.caches.tasks.written(&written);
            match verdict {
                Some(Verdict::Success) => context.events.normal(task, "Success", &progress.message).await,
                Some(verdict) => context.events.warning(task, verdict.name(), &progress.message).await,
                None => {}
            }
            let approves = status.approved.is_some() && status.approved != before.approved;
            if begins || approves || verdict.is_some() {
                // Its authority has begun, grown, or ended.
                context.wake_nodes(&key.namespace);
                context.wake_site(&key.namespace);
            }
            if verdict.is_some() {
                // Another may have waited for it.
                context.wake_tasks(&key.namespace);
            }
        }
        Err(error) if is_conflict(&error) => context.queues.tasks.add(key),
        Err(error) if is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// `done/total` of the nodes, or of what was looked at.
fn summary(progress: &Progress) -> Option<String> {
    if !progress.nodes.is_empty() {
        let done = progress.nodes.iter().filter(|node| is_done(node)).count();
        return Some(format!("{done}/{}", progress.nodes.len()));
    }
    let looked_at: Vec<CheckOutcome> =
        progress.checks.iter().map(|check| check.outcome).filter(|outcome| *outcome != CheckOutcome::Skipped).collect();
    let fine = looked_at.iter().filter(|outcome| **outcome != CheckOutcome::Failed).count();
    (!looked_at.is_empty()).then(|| format!("{fine}/{}", looked_at.len()))
}
