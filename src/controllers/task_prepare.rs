//! `PrepareSite`: the site's objects are brought to the design as it is when the task begins, which is locked meanwhile.

use super::{
    cache::Key,
    conditions::find,
    context::Context,
    designs::Snapshot,
    lock::{Lock, LockError, keep},
    site::touches_site,
    task_record::{Progress, Verdict, finish, record},
};
use crate::{
    api::{Site, SiteTask, status::condition::STALLED},
    model::Severity,
    plan::prepares_first,
};
use jiff::Timestamp;
use kube::ResourceExt;

/// The task's turn, from its beginning to its end.
pub(super) async fn prepare(
    context: &Context,
    task: &SiteTask,
    site: &Site,
    present: Snapshot,
) -> Result<(), kube::Error> {
    let namespace = task.metadata.namespace.clone().unwrap_or_default();
    let began = task.status.as_ref().and_then(|status| status.started_at.as_ref());
    let Some(began) = began else { return begin(context, task, site, &present).await };
    match context.locks.of(context, &namespace).await {
        Ok(Some(lock)) if !lock.is_of(task) => {
            record(context, task, &Progress::running(&behind(&lock.task, Some(lock.since)))).await
        }
        Ok(lock) => follow(context, task, site, &present.locked(lock), began.0).await,
        Err(LockError::Api(error)) => Err(error),
        Err(error) => finish(context, task, Verdict::Failure, &error.to_string()).await,
    }
}

/// Begins, where no other task prepares the site: what is designed now is kept.
async fn begin(context: &Context, task: &SiteTask, site: &Site, present: &Snapshot) -> Result<(), kube::Error> {
    if let Some(error) = present.design.findings.iter().find(|f| f.severity == Severity::Error && touches_site(f)) {
        return finish(context, task, Verdict::Failure, &error.to_string()).await;
    }
    let mut others = context.caches.tasks.readable(task.metadata.namespace.as_deref().unwrap_or_default());
    others.retain(|other| other.is_unfinished() && other.metadata.uid != task.metadata.uid);
    if let Some(first) = prepares_first(task, &others) {
        let since = first.status.as_ref().and_then(|status| status.started_at.as_ref());
        return record(context, task, &Progress::queued(&behind(&first.name_any(), since.map(|since| since.0)))).await;
    }
    let snapshot = match keep(context, task, present).await {
        Ok(snapshot) => snapshot,
        Err(LockError::Api(error)) => return Err(error),
        Err(error) => return finish(context, task, Verdict::Failure, &error.to_string()).await,
    };
    context.looks.forget(&Key::of(site));
    record(context, task, &Progress::running(WAITS).with_snapshot(snapshot)).await
}

const WAITS: &str = "Waiting for the site's objects to be as designed";

/// Ends once a look at the site, made since the task began, has found all of it as designed then.
async fn follow(
    context: &Context,
    task: &SiteTask,
    site: &Site,
    held: &Snapshot,
    began: Timestamp,
) -> Result<(), kube::Error> {
    let is_edited = held.lock.as_ref().is_some_and(|lock: &std::sync::Arc<Lock>| lock.is_edited(held));
    if context.looks.has_found_prepared(&Key::of(site), held.part_hash(), began) {
        let edited = if is_edited { "; what was edited since is not among it: make another task for that" } else { "" };
        let message = format!("The site's objects in the provisioner are as designed{edited}");
        return finish(context, task, Verdict::Success, &message).await;
    }
    let stalled = site.status.as_ref().and_then(|status| find(&status.conditions, STALLED));
    let cause = stalled.filter(|condition| ["Conflict", "ApprovalRequired"].contains(&condition.reason.as_str()));
    let mut message = match cause {
        Some(condition) => format!("{WAITS}: {}", condition.message),
        None => WAITS.to_owned(),
    };
    if is_edited {
        message += "; the design was edited since, and this task goes on with the one that it began with";
    }
    record(context, task, &Progress::running(&message)).await
}

/// Why a task has to wait for another.
fn behind(task: &str, since: Option<Timestamp>) -> String {
    match since {
        Some(since) => format!(
            "Queued behind task {task}, which has held the site's design since {}",
            since.strftime("%Y-%m-%dT%H:%M:%SZ")
        ),
        None => format!("Queued behind task {task}, which prepares the site first"),
    }
}
