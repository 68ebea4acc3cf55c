//! A Site that is being deleted: it stays while machines of its nodes are to be released, and always gets away.

use super::{
    cache::{Entry, Key, metadata},
    context::Context,
    node_going::{deadline, has_finalizer, is_over, releases},
    write::{is_conflict, is_gone, set_finalizer},
};
use crate::api::{Site, annotation};

/// Keeps the finalizer `slipway.dev/in-use` where nodes may have to be released, and takes it away when none has to be
/// any more. Gives back whether it wrote.
pub(super) async fn keep_in_use(
    context: &Context,
    key: &Key,
    entry: &Entry<Site>,
    leads: bool,
) -> Result<bool, kube::Error> {
    let (metadata, site) = (metadata(entry), entry.as_deref().ok());
    let going = metadata.deletion_timestamp.is_some();
    let has = metadata.finalizers.iter().flatten().any(|f| f == annotation::IN_USE);
    let nodes = &context.caches.nodes;
    let wanted = match (going, leads, site) {
        (true, false, _) => false,
        (true, true, site) => {
            let releases = || nodes.any(&key.namespace, |node| releases(site, node));
            !is_over(context, deadline(site), metadata) && releases()
        }
        (false, true, Some(_)) => nodes.any(&key.namespace, has_finalizer),
        // Nobody knows what it wants, or it wants nothing.
        (false, ..) => has,
    };
    // Nothing can be added to what is going already.
    if wanted == has || (going && wanted) {
        return Ok(false);
    }
    match set_finalizer::<Site>(context, key, metadata, annotation::IN_USE, wanted).await {
        Ok(written) => context.caches.sites.written(&written),
        Err(error) if is_conflict(&error) || is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(true)
}
