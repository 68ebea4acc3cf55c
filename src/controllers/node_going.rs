//! A node that is being deleted: it always gets away.

use super::{
    cache::{Key, Unreadable},
    context::Context,
    node::{memory_of, tell},
    node_report::Told,
    node_slot,
    node_work::SOON,
    workers::Turn,
    write::{is_conflict, is_gone, set_finalizer},
};
use crate::api::{
    BaremetalNode, Site, annotation,
    site::{ApprovalPolicy, DeletionPolicy},
};
use crate::model::{Reason, Step};
use kube::api::ObjectMeta;
use std::{sync::Arc, time::Duration};

/// How long a deletion may wait for its release, where the Site does not say.
const DEADLINE: Duration = Duration::from_mins(30);
/// How often a node is looked at that is going and cannot be read.
const UNREADABLE: Duration = Duration::from_mins(1);

/// Keeps the finalizer where a deletion may have work to do. `None`: it was just written.
pub(super) async fn keep_finalizer(
    context: &Context,
    node: Arc<BaremetalNode>,
    site: &Site,
    key: &Key,
) -> Result<Option<Arc<BaremetalNode>>, kube::Error> {
    let policy = node.spec.deletion_policy.or(site.spec.deletion_policy).unwrap_or_default();
    let wanted = policy != DeletionPolicy::Retain;
    let has = has_finalizer(&node.metadata);
    if node.metadata.deletion_timestamp.is_some() || wanted == has {
        return Ok(Some(node));
    }
    match set_finalizer::<BaremetalNode>(context, key, &node.metadata, annotation::FINALIZER, wanted).await {
        Ok(written) => context.caches.nodes.written(&written),
        Err(error) if is_conflict(&error) || is_gone(&error) => context.queues.nodes.add(key.clone()),
        Err(error) => return Err(error),
    }
    Ok(None)
}

/// Whether a deletion has waited for its release long enough, or somebody wants it over.
pub(super) fn is_past_deadline(context: &Context, site: &Site, node: &BaremetalNode) -> bool {
    is_over(context, deadline(Some(site)), &node.metadata)
}

/// How long a deletion may wait for a release.
pub(super) fn deadline(site: Option<&Site>) -> Duration {
    site.and_then(|site| site.spec.deadlines.as_ref()?.deletion).map_or(DEADLINE, |d| d.0)
}

/// Whether an object has been going for so long, or somebody wants it gone at once.
pub(super) fn is_over(context: &Context, deadline: Duration, metadata: &ObjectMeta) -> bool {
    let annotations = metadata.annotations.as_ref();
    let forced = annotations.is_some_and(|a| a.contains_key(annotation::FORCE_DELETE));
    let since = metadata.deletion_timestamp.as_ref().map(|t| context.clock.now().duration_since(t.0));
    let waited = since.and_then(|since| Duration::try_from(since).ok()).unwrap_or_default();
    forced || waited >= context.clock.scale(deadline)
}

/// Whether the deletion of a node may release its machine: it carries our finalizer, and a person has confirmed it. A Site
/// that cannot be read does not say that nobody need be asked.
pub(super) fn releases(site: Option<&Site>, node: &ObjectMeta) -> bool {
    let confirmed = node.annotations.as_ref().and_then(|a| a.get(annotation::CONFIRM_DELETION));
    let never_asks = site.is_some_and(|site| site.spec.approval == Some(ApprovalPolicy::Never));
    has_finalizer(node) && (never_asks || (confirmed.is_some() && confirmed == node.name.as_ref()))
}

/// Whether a node carries our finalizer.
pub(super) fn has_finalizer(node: &ObjectMeta) -> bool {
    node.finalizers.iter().flatten().any(|f| f == annotation::FINALIZER)
}

/// Lets a deleted node go: takes the finalizer away, and says what becomes of the machine.
pub(super) async fn let_go(context: &Context, node: &BaremetalNode, what: &str) -> Result<Turn, kube::Error> {
    let key = Key::of(node);
    if context.slots.free(&key, true) {
        node_slot::wake(context, &key.namespace);
    }
    if !has_finalizer(&node.metadata) {
        return Ok(Turn::settled());
    }
    let id = node.status.as_ref().and_then(|s| s.provider_id.as_deref()).unwrap_or("none");
    // A namespace that is going takes no more events.
    tracing::info!(node = %key.name, namespace = %key.namespace, machine = id, what, "let go");
    context.events.normal(node, "LetGo", &format!("Let go: {what} (machine {id})")).await;
    remove_finalizer(context, &key, &node.metadata).await
}

/// Lets a deleted node go that cannot be read: at once, unless a release was confirmed. Then it waits, until its deadline,
/// for somebody to make it readable.
pub(super) async fn let_go_unreadable(
    context: &Context,
    key: &Key,
    unreadable: &Unreadable,
) -> Result<Turn, kube::Error> {
    let metadata = &*unreadable.metadata;
    if metadata.deletion_timestamp.is_none() || !has_finalizer(metadata) {
        return Ok(Turn::settled());
    }
    let site = context.site_of(&key.namespace);
    if is_awaited(context, site.as_deref(), metadata) {
        return Ok(Turn::again(context.clock.scale(UNREADABLE)));
    }
    tracing::warn!(node = %key.name, error = unreadable.error, "let go unread: the machine keeps running");
    remove_finalizer(context, key, metadata).await
}

/// A node whose Site cannot be read: nothing is done, and the node says why. Being deleted it waits, until its deadline, if
/// a release was confirmed.
pub(super) async fn behind_unreadable_site(
    context: &Context,
    node: &Arc<BaremetalNode>,
    site: &Unreadable,
) -> Result<Turn, kube::Error> {
    if node.metadata.deletion_timestamp.is_some() && !is_awaited(context, None, &node.metadata) {
        return let_go(context, node, "its Site cannot be read; the machine keeps running").await;
    }
    let name = site.metadata.name.as_deref().unwrap_or_default();
    let message = format!(
        "Site {name} cannot be read: {}; correct it. If it was written for a newer Slipway, upgrade Slipway first",
        site.error
    );
    let step = Step::blocked(Reason::DesignInvalid, message);
    tell(context, node, Told { step: &step, ..Told::nothing(&memory_of(node)) }).await?;
    Ok(Turn::again(context.clock.scale(UNREADABLE)))
}

/// Whether a confirmed release is waited for, although it cannot be done as things are.
fn is_awaited(context: &Context, site: Option<&Site>, node: &ObjectMeta) -> bool {
    releases(site, node) && !is_over(context, deadline(site), node)
}

async fn remove_finalizer(context: &Context, key: &Key, metadata: &ObjectMeta) -> Result<Turn, kube::Error> {
    match set_finalizer::<BaremetalNode>(context, key, metadata, annotation::FINALIZER, false).await {
        Ok(_) => Ok(Turn::settled()),
        Err(error) if is_gone(&error) => Ok(Turn::settled()),
        Err(error) if is_conflict(&error) => Ok(Turn::again(SOON)),
        Err(error) => Err(error),
    }
}
