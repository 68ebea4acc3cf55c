//! A Site that is being deleted: it stays while machines of its nodes are to be released, and always gets away.

use super::{
    cache::Key,
    context::Context,
    node_going::{deadline, has_finalizer, is_over, releases},
    write::{is_conflict, is_gone, set_finalizer},
};
use crate::api::{Site, annotation};
use kube::api::ObjectMeta;
use std::sync::Arc;

/// Keeps the finalizer `slipway.dev/in-use` where nodes may have to be released, and takes it away when none has to be
/// any more. Gives back whether it wrote.
pub(super) async fn keep_in_use(context: &Context, key: &Key, site: &Site) -> Result<bool, kube::Error> {
    let nodes = nodes(context, &key.namespace);
    let going = site.metadata.deletion_timestamp.is_some();
    let wanted = if going {
        nodes.iter().any(|node| releases(site, node)) && !is_over(context, deadline(site), &site.metadata)
    } else {
        nodes.iter().any(|node| has_finalizer(node))
    };
    let has = site.metadata.finalizers.iter().flatten().any(|f| f == annotation::IN_USE);
    // Nothing can be added to what is going already.
    if wanted == has || (going && wanted) {
        return Ok(false);
    }
    match set_finalizer::<Site>(context, key, &site.metadata, annotation::IN_USE, wanted).await {
        Ok(written) => context.caches.sites.written(&written),
        Err(error) if is_conflict(&error) || is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// The metadata of all nodes of a namespace, readable or not.
fn nodes(context: &Context, namespace: &str) -> Vec<Arc<ObjectMeta>> {
    let nodes = context.caches.nodes.in_namespace(namespace).into_values();
    nodes.map(|node| node.map_or_else(|unread| unread.metadata, |node| Arc::new(node.metadata.clone()))).collect()
}
