//! A SiteTask: watched and recorded. It authorises; what it authorises, the site and node controllers do.

use super::{
    cache::Key,
    conditions::{find, is_true},
    context::Context,
    designs::Snapshot,
    node_verify,
    site::touches_site,
    site_verify::verify,
    task_record::{Progress, Verdict, finish, finish_with, record},
    workers::Turn,
};
use crate::{
    api::{
        BaremetalNode, Site, SiteTask,
        site_task::{EraseMode, TaskAction, TaskNode},
        status::condition::{DEPLOYED, PREPARED, STALLED},
    },
    design::{SiteDesign, SiteNode},
    model::{NodeDesign, Reason, Severity},
    plan::{task_covers, task_refusal},
};
use futures::{StreamExt, TryStreamExt, stream};
use kube::{Api, api::DeleteParams};
use std::{sync::Arc, time::Duration};

/// How long a task may take where it does not say.
const DEADLINE: Duration = Duration::from_hours(8);
/// BMCs asked at once by `VerifyNodes`.
const BMCS_AT_ONCE: usize = 16;

/// One task's turn.
pub(super) async fn turn(context: Arc<Context>, key: Key) -> Result<Turn, kube::Error> {
    let Some(task) = context.caches.tasks.get(&key) else { return Ok(Turn::settled()) };
    if task.metadata.deletion_timestamp.is_some() {
        return Ok(Turn::settled());
    }
    if !context.caches.tasks.is_current(&key) {
        return Ok(Turn::again(Duration::from_millis(200)));
    }
    if task.status.as_ref().is_some_and(|s| s.finished_at.is_some()) {
        return collect(&context, &key, &task).await;
    }
    let Some(site) = context.site_of(&key.namespace) else {
        record(&context, &task, &Progress::waiting("Waiting for a Site in this namespace")).await?;
        return Ok(Turn::settled());
    };
    if task.spec.cancel.unwrap_or_default() {
        finish(&context, &task, Verdict::Cancelled, "Cancelled; steps in flight are watched to their end").await?;
        return Ok(Turn::settled());
    }
    if let Some(refusal) = task_refusal(&task) {
        finish(&context, &task, Verdict::Failure, refusal).await?;
        return Ok(Turn::settled());
    }
    let deadline = context.clock.scale(task.spec.deadline.map_or(DEADLINE, |d| d.0));
    let since = task.metadata.creation_timestamp.as_ref().map(|t| context.clock.now().duration_since(t.0));
    let waited = since.and_then(|s| Duration::try_from(s).ok()).unwrap_or_default();
    let Some(left) = deadline.checked_sub(waited).filter(|left| !left.is_zero()) else {
        finish(&context, &task, Verdict::Failure, "The task's deadline has passed").await?;
        return Ok(Turn::settled());
    };
    let Some(snapshot) = context.designs.get(&key.namespace) else {
        return Ok(Turn::again(left.min(Duration::from_secs(1))));
    };
    if let Some(unsettled) = snapshot.unsettled(super::design::settle(&site)) {
        record(&context, &task, &Progress::waiting("Waiting for the design to be quiet")).await?;
        return Ok(Turn::again(unsettled));
    }
    let pause = super::site::poll(&context, &site).min(left);
    match task.spec.action {
        TaskAction::ValidateDesign => validate(&context, &task, &snapshot.design).await?,
        TaskAction::VerifySite => verify_site(&context, &task, &site, &snapshot).await?,
        TaskAction::PrepareSite => prepare_site(&context, &task, &site, &snapshot).await?,
        TaskAction::VerifyNodes => verify_nodes(&context, &task, &site, &snapshot.design).await?,
        TaskAction::PrepareNodes | TaskAction::DeployNodes | TaskAction::DestroyNodes => {
            follow_nodes(&context, &task, &snapshot.design).await?;
        }
        // Refused above.
        TaskAction::RelabelNodes => {}
    }
    Ok(Turn::again(pause))
}

async fn validate(context: &Context, task: &SiteTask, design: &SiteDesign) -> Result<(), kube::Error> {
    let findings = &design.findings;
    match findings.first_error() {
        None => {
            let (nodes, warnings) = (design.nodes.len(), findings.warnings());
            let message = format!("The design of {nodes} nodes is valid, with {warnings} warnings");
            finish(context, task, Verdict::Success, &message).await
        }
        Some(first) => {
            finish(context, task, Verdict::Failure, &format!("{} errors, the first: {first}", findings.errors())).await
        }
    }
}

async fn verify_site(context: &Context, task: &SiteTask, site: &Site, snapshot: &Snapshot) -> Result<(), kube::Error> {
    let (checks, verdict, message) = verify(context, site, snapshot).await;
    finish_with(context, task, verdict, &message, checks).await
}

/// Ends once a look at the site, made since the task began, has found all of it as designed.
async fn prepare_site(context: &Context, task: &SiteTask, site: &Site, snapshot: &Snapshot) -> Result<(), kube::Error> {
    if let Some(error) = snapshot.design.findings.iter().find(|f| f.severity == Severity::Error && touches_site(f)) {
        return finish(context, task, Verdict::Failure, &error.to_string()).await;
    }
    let key = Key::of(site);
    match task.status.as_ref().and_then(|status| status.started_at.as_ref()) {
        Some(since) if context.looks.has_found_prepared(&key, &snapshot.design.part_hash, since.0) => {
            return finish(context, task, Verdict::Success, "The site's objects in the provisioner are as designed")
                .await;
        }
        Some(_) => {}
        None => {
            context.looks.forget(&key);
            context.queues.sites.add(key);
        }
    }
    let stalled = site.status.as_ref().and_then(|status| find(&status.conditions, STALLED));
    let message =
        match stalled.filter(|condition| ["Conflict", "ApprovalRequired"].contains(&condition.reason.as_str())) {
            Some(condition) => format!("Waiting for the site's objects to be as designed: {}", condition.message),
            None => "Waiting for the site's objects to be as designed".to_owned(),
        };
    record(context, task, &Progress::waiting(&message)).await
}

async fn verify_nodes(context: &Context, task: &SiteTask, site: &Site, design: &SiteDesign) -> Result<(), kube::Error> {
    let covered: Vec<NodeDesign> =
        design.nodes.iter().filter(|n| task_covers(task, n.candidate(), &design.racks)).map(SiteNode::design).collect();
    let asked = stream::iter(covered).map(|node| async move { node_verify::verify(context, site, &node).await });
    let mut nodes: Vec<TaskNode> = asked.buffer_unordered(BMCS_AT_ONCE).try_collect().await?;
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    record(context, task, &Progress::of(nodes, "BMCs answered")).await
}

/// Looks at the nodes that a task covers: what it wants of each, and whether it is there.
async fn follow_nodes(context: &Context, task: &SiteTask, design: &SiteDesign) -> Result<(), kube::Error> {
    let namespace = task.metadata.namespace.clone().unwrap_or_default();
    let selected = |node: &&Arc<BaremetalNode>| {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        match design.nodes.get(name) {
            Some(node) => task_covers(task, node.candidate(), &design.racks),
            // A node whose design cannot be resolved is covered by a task for all nodes, and fails it.
            None => task.spec.node_selector.is_none(),
        }
    };
    let nodes = context.caches.nodes.readable(&namespace);
    let nodes: Vec<TaskNode> = nodes.iter().filter(selected).map(|node| node_progress(task, node, design)).collect();
    record(context, task, &Progress::of(nodes, "nodes done")).await
}

fn node_progress(task: &SiteTask, node: &BaremetalNode, design: &SiteDesign) -> TaskNode {
    let name = node.metadata.name.clone().unwrap_or_default();
    let status = node.status.clone().unwrap_or_default();
    let uid = task.metadata.uid.as_deref().unwrap_or_default();
    // Only what the node controller said with this task before its eyes counts.
    let heard = status.memory.as_ref().is_some_and(|memory| memory.budget_for.ends_with(uid));
    let stalled = find(&status.conditions, STALLED).filter(|c| c.status == "True");
    let invalid = stalled.is_some_and(|c| c.reason == Reason::DesignInvalid.name());
    let current = status.design_hash == design.nodes.get(&name).map(SiteNode::hash);
    let deployed_as = status.memory.as_ref().and_then(|m| m.deployed.as_ref()).map(|d| &d.design_hash);
    let reached = heard
        && current
        && match task.spec.action {
            TaskAction::DeployNodes => {
                is_true(&status.conditions, DEPLOYED) && deployed_as == status.design_hash.as_ref()
            }
            TaskAction::PrepareNodes => is_true(&status.conditions, PREPARED),
            TaskAction::DestroyNodes => {
                status.memory.as_ref().is_some_and(|memory| {
                    let wiped = task.spec.erase.unwrap_or_default() == EraseMode::None;
                    memory.released.as_ref().is_some_and(|released| wiped || released.erased)
                }) || status.provider_id.is_none()
            }
            _ => false,
        };
    let waits_for_person = stalled
        .is_some_and(|c| [Reason::ApprovalRequired, Reason::PersonNeeded].into_iter().any(|r| c.reason == r.name()));
    let (state, message) = match stalled {
        _ if reached => ("Success", None),
        Some(condition) if (heard || invalid) && !waits_for_person => ("Failure", Some(condition.message.clone())),
        Some(condition) => ("Pending", Some(condition.message.clone())),
        None => ("Pending", status.state.clone()),
    };
    TaskNode { name, state: state.to_owned(), message: message.map(|m| m.chars().take(1000).collect()) }
}

/// Deletes a finished task after its time to live.
async fn collect(context: &Context, key: &Key, task: &SiteTask) -> Result<Turn, kube::Error> {
    let finished = task.status.as_ref().and_then(|s| s.finished_at.as_ref());
    let (Some(ttl), Some(finished)) = (task.spec.ttl_after_finished, finished) else { return Ok(Turn::settled()) };
    let age = Duration::try_from(context.clock.now().duration_since(finished.0)).unwrap_or_default();
    if let Some(left) = context.clock.scale(ttl.0).checked_sub(age).filter(|left| !left.is_zero()) {
        return Ok(Turn::again(left));
    }
    let api: Api<SiteTask> = Api::namespaced(context.client.clone(), &key.namespace);
    match api.delete(&key.name, &DeleteParams::default()).await {
        Ok(_) => Ok(Turn::settled()),
        Err(error) if super::write::is_gone(&error) => Ok(Turn::settled()),
        Err(error) => Err(error),
    }
}
