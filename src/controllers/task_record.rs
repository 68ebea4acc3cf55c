//! The record of a task: its status, and the verdict it ends with.

use super::{
    cache::Key,
    conditions::Conditions,
    context::Context,
    write::{MANAGER, apply_status, is_conflict, is_gone},
};
use crate::api::{
    SiteTask,
    site_task::{CheckOutcome, SiteTaskStatus, TaskCheck, TaskNode},
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
    nodes: Vec<TaskNode>,
    checks: Vec<TaskCheck>,
    message: String,
    has_nodes: bool,
}

impl Progress {
    /// Nothing done yet, and why.
    pub fn waiting(message: &str) -> Self {
        Self { nodes: Vec::new(), checks: Vec::new(), message: message.to_owned(), has_nodes: false }
    }

    /// So many nodes done.
    pub fn of(nodes: Vec<TaskNode>, what: &str) -> Self {
        let done = nodes.iter().filter(|n| n.state != "Pending").count();
        let failed = nodes.iter().filter(|n| n.state == "Failure").count();
        let mut message = format!("{done} of {} {what}", nodes.len());
        if failed > 0 {
            let _ = write!(message, ", {failed} failed");
        }
        if nodes.is_empty() {
            "No nodes in scope, no work to do".clone_into(&mut message);
        }
        Self { nodes, checks: Vec::new(), message, has_nodes: true }
    }

    fn verdict(&self) -> Option<Verdict> {
        let failed = self.nodes.iter().filter(|n| n.state == "Failure").count();
        match self.nodes.iter().any(|n| n.state == "Pending") {
            _ if !self.has_nodes => None,
            true => None,
            false if failed == 0 => Some(Verdict::Success),
            false if failed < self.nodes.len() => Some(Verdict::PartialSuccess),
            false => Some(Verdict::Failure),
        }
    }
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
    let progress = Progress { nodes, checks, message: message.to_owned(), has_nodes: true };
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
        None => conditions.reconciling("Running", &progress.message),
        Some(Verdict::Success) => conditions.ready("Success", &progress.message),
        Some(verdict) => conditions.stalled(verdict.name(), &progress.message),
    }
    let done = progress.nodes.iter().filter(|n| n.state != "Pending").count();
    let status = SiteTaskStatus {
        observed_generation: generation,
        conditions: conditions.finish(),
        state: Some(verdict.map_or("Running", Verdict::name).to_owned()),
        summary: summary(progress, done),
        started_at: before.started_at.clone().or(Some(Time(now))),
        finished_at: verdict.map(|_| Time(now)),
        checks: progress.checks.clone(),
        nodes: progress.nodes.iter().take(MAX_NODES).cloned().collect(),
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
            if verdict.is_some() {
                // Its authority has ended.
                context.wake_nodes(&key.namespace);
            }
        }
        Err(error) if is_conflict(&error) => context.queues.tasks.add(key),
        Err(error) if is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// `done/total` of the nodes, or of what was looked at.
fn summary(progress: &Progress, done: usize) -> Option<String> {
    if !progress.nodes.is_empty() {
        return Some(format!("{done}/{}", progress.nodes.len()));
    }
    let looked_at: Vec<CheckOutcome> =
        progress.checks.iter().map(|check| check.outcome).filter(|outcome| *outcome != CheckOutcome::Skipped).collect();
    let fine = looked_at.iter().filter(|outcome| **outcome != CheckOutcome::Failed).count();
    (!looked_at.is_empty()).then(|| format!("{fine}/{}", looked_at.len()))
}
