//! News of provisioners: asked for at each Site's pace, and brought to the nodes that it is about.

use super::{cache::Key, context::Context, site::poll};
use crate::api::Site;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Asks every Site's provisioner for news, each at its own pace, and wakes the nodes that it is about. A region that does
/// not answer holds up no other.
pub(super) async fn follow(context: Arc<Context>, stop: CancellationToken) {
    let mut leadership = context.leadership.clone();
    let mut asked: HashMap<Key, Instant> = HashMap::new();
    let mut asking: HashMap<Key, tokio::task::JoinHandle<()>> = HashMap::new();
    let tick = context.clock.scale(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = async { leadership.held().await; tokio::time::sleep(tick).await } => {}
        }
        asking.retain(|_, task| !task.is_finished());
        for key in context.caches.sites.keys() {
            let Some(site) = context.caches.sites.get(&key) else { continue };
            let due = asked.get(&key).is_none_or(|at| at.elapsed() >= poll(&context, &site));
            if due && !asking.contains_key(&key) {
                asked.insert(key.clone(), Instant::now());
                asking.insert(key, tokio::spawn(ask_for_news(Arc::clone(&context), site)));
            }
        }
        asked.retain(|key, _| context.caches.sites.get(key).is_some());
    }
}

async fn ask_for_news(context: Arc<Context>, site: Arc<Site>) {
    let Ok(provisioner) = context.provisioners.get(&context, &site).await else { return };
    match provisioner.news().await {
        Ok(ids) if ids.is_empty() => {}
        Ok(ids) => wake(&context, site.metadata.namespace.as_deref().unwrap_or_default(), &ids),
        Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "news"),
    }
}

/// Wakes the nodes with these machines, and those that have none yet: news of a stranger may be about them.
fn wake(context: &Context, namespace: &str, ids: &BTreeSet<String>) {
    for node in context.caches.nodes.readable(namespace) {
        let id = node.status.as_ref().and_then(|s| s.provider_id.as_ref());
        if id.is_none_or(|id| ids.contains(id)) {
            context.queues.nodes.add(Key::of(&*node));
        }
    }
}
