//! A SiteTask: begun when its turn has come, watched and recorded. It authorises; what it authorises, the site and node
//! controllers do.

use super::{
    cache::Key,
    conditions::told,
    context::Context,
    designs::Snapshot,
    node::earlier,
    node_verify,
    site_verify::verify,
    task_nodes,
    task_prepare::prepare,
    task_record::{Progress, Verdict, finish, finish_with, record},
    task_relabel,
    workers::Turn,
};
use crate::{
    api::{
        Site, SiteTask,
        site_task::{TaskAction, TaskNode},
    },
    design::{SiteDesign, SiteNode},
    model::NodeDesign,
    plan::{self, NoScope, TaskScope, task_scope},
};
use futures::{StreamExt, TryStreamExt, stream};
use kube::{Api, ResourceExt, api::DeleteParams};
use std::{sync::Arc, time::Duration};

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
        record(&context, &task, &Progress::pending("Waiting for a Site in this namespace")).await?;
        return Ok(Turn::settled());
    };
    if task.spec.cancel.unwrap_or_default() {
        finish(&context, &task, Verdict::Cancelled, "Cancelled; steps in flight are watched to their end").await?;
        return Ok(Turn::settled());
    }
    let earlier = earlier(&context, &task);
    let scope = match task_scope(&task, earlier.as_deref()) {
        Ok(scope) => scope,
        Err(NoScope::Refused(why)) => {
            finish(&context, &task, Verdict::Failure, &why).await?;
            return Ok(Turn::settled());
        }
        Err(NoScope::Waits(why)) => {
            record(&context, &task, &Progress::pending(&why)).await?;
            return Ok(Turn::settled());
        }
    };
    let left = plan::time_left(&task, context.clock.now(), |d| context.clock.scale(d));
    if left.is_zero() && task.spec.action == TaskAction::RelabelNodes {
        task_relabel::run_out(&context, &task).await?;
        return Ok(Turn::settled());
    }
    if left.is_zero() {
        finish(&context, &task, Verdict::Failure, "The task's deadline has passed").await?;
        return Ok(Turn::settled());
    }
    let Some(snapshot) = context.designs.get(&key.namespace) else {
        return Ok(Turn::again(left.min(Duration::from_secs(1))));
    };
    if let Some(unsettled) = snapshot.unsettled(super::design::settle(&site)) {
        record(&context, &task, &Progress::pending("Waiting for the design to be quiet")).await?;
        return Ok(Turn::again(unsettled));
    }
    let pause = super::site::poll(&context, &site).min(left);
    if !task.spec.action.is_for_site() && !task.has_begun() {
        let progress = match queued(&context, &task, &snapshot.design) {
            Some(why) => Progress::queued(&why),
            None => Progress::running("Begun"),
        };
        record(&context, &task, &progress).await?;
        return Ok(Turn::again(pause));
    }
    match task.spec.action {
        TaskAction::ValidateDesign => validate(&context, &task, &snapshot.design).await?,
        TaskAction::VerifySite => verify_site(&context, &task, &site, &snapshot).await?,
        TaskAction::PrepareSite => prepare(&context, &task, &site, snapshot).await?,
        TaskAction::VerifyNodes => verify_nodes(&context, &task, scope, &site, &snapshot.design).await?,
        TaskAction::PrepareNodes | TaskAction::DeployNodes | TaskAction::DestroyNodes => {
            let (nodes, plans) = task_nodes::follow(&context, &task, scope, &snapshot.design);
            record(&context, &task, &Progress::of(nodes).with_plans(plans)).await?;
        }
        TaskAction::RelabelNodes => task_relabel::relabel(&context, &task, scope, &site, &snapshot.design).await?,
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

/// Why a task has to wait for its turn; nothing where it may begin.
fn queued(context: &Context, task: &SiteTask, design: &SiteDesign) -> Option<String> {
    let namespace = task.metadata.namespace.clone().unwrap_or_default();
    let mut others = context.caches.tasks.readable(&namespace);
    others.retain(|other| other.is_unfinished());
    let nodes = |task: &SiteTask| {
        let earlier = earlier(context, task);
        let scope = task_scope(task, earlier.as_deref()).ok();
        let covered = |node: &&SiteNode| scope.is_some_and(|scope| scope.covers(node.candidate(), &design.racks));
        design.nodes.iter().filter(covered).map(|node| node.name().to_owned()).collect()
    };
    let (other, shared) = plan::queued_behind(task, &others, nodes)?;
    Some(format!("Queued behind task {}, which has the same nodes: {}", other.name_any(), told(shared.iter())))
}

async fn verify_nodes(
    context: &Context,
    task: &SiteTask,
    scope: TaskScope<'_>,
    site: &Site,
    design: &SiteDesign,
) -> Result<(), kube::Error> {
    let covered = |node: &&SiteNode| scope.covers(node.candidate(), &design.racks);
    let covered: Vec<NodeDesign> = design.nodes.iter().filter(covered).map(SiteNode::design).collect();
    let asked = stream::iter(covered).map(|node| async move { node_verify::verify(context, site, &node).await });
    let mut nodes: Vec<TaskNode> = asked.buffer_unordered(BMCS_AT_ONCE).try_collect().await?;
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    record(context, task, &Progress::of(nodes)).await
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
