//! A node that is being deleted: it always gets away.

use super::{
    cache::Key,
    context::Context,
    node_work::SOON,
    workers::Turn,
    write::{is_conflict, is_gone, set_finalizer},
};
use crate::api::{BaremetalNode, Site, annotation, site::DeletionPolicy};
use kube::ResourceExt;
use std::{sync::Arc, time::Duration};

/// Keeps the finalizer where a deletion may have work to do. `None`: it was just written.
pub(super) async fn keep_finalizer(
    context: &Context,
    node: Arc<BaremetalNode>,
    site: &Site,
    key: &Key,
) -> Result<Option<Arc<BaremetalNode>>, kube::Error> {
    let policy = node.spec.deletion_policy.or(site.spec.deletion_policy).unwrap_or_default();
    let wanted = policy != DeletionPolicy::Retain;
    let has = node.finalizers().iter().any(|f| f == annotation::FINALIZER);
    if node.metadata.deletion_timestamp.is_some() || wanted == has {
        return Ok(Some(node));
    }
    match set_finalizer(context, &*node, annotation::FINALIZER, wanted).await {
        Ok(written) => context.caches.nodes.written(&written),
        Err(error) if is_conflict(&error) || is_gone(&error) => context.queues.nodes.add(key.clone()),
        Err(error) => return Err(error),
    }
    Ok(None)
}

/// Whether a deletion has waited for its release long enough, or somebody wants it over.
pub(super) fn is_past_deadline(context: &Context, site: &Site, node: &BaremetalNode) -> bool {
    let forced = node.annotations().contains_key(annotation::FORCE_DELETE);
    let deadline = site.spec.deadlines.as_ref().and_then(|d| d.deletion).map_or(Duration::from_mins(30), |d| d.0);
    let since = node.metadata.deletion_timestamp.as_ref().map(|t| context.clock.now().duration_since(t.0));
    let waited = since.and_then(|since| Duration::try_from(since).ok()).unwrap_or_default();
    forced || waited >= context.clock.scale(deadline)
}

/// Lets a deleted node go: takes the finalizer away, and says what becomes of the machine.
pub(super) async fn let_go(context: &Context, node: &BaremetalNode, what: &str) -> Result<Turn, kube::Error> {
    context.slots.free(&Key::of(node), true);
    if !node.finalizers().iter().any(|f| f == annotation::FINALIZER) {
        return Ok(Turn::settled());
    }
    let id = node.status.as_ref().and_then(|s| s.provider_id.as_deref()).unwrap_or("none");
    context.events.normal(node, "LetGo", &format!("Let go: {what} (machine {id})")).await;
    match set_finalizer(context, node, annotation::FINALIZER, false).await {
        Ok(_) => Ok(Turn::settled()),
        Err(error) if is_gone(&error) => Ok(Turn::settled()),
        Err(error) if is_conflict(&error) => Ok(Turn::again(SOON)),
        Err(error) => Err(error),
    }
}
