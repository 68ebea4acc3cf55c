//! Watches: one a kind, feeding its cache and the queues.

use super::{
    cache::{Cache, Change, Key},
    context::Context,
};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Resource, ResourceExt,
    core::{DeserializeGuard, NamespaceResourceScope, PartialObjectMeta},
    runtime::{WatchStreamExt, watcher},
};
use serde::de::DeserializeOwned;
use std::{fmt::Debug, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long news of nodes is gathered before it is summed up on their Site and tasks. Real time, whatever the clock's
/// speed: it spares the API server.
const SUMMARY: Duration = Duration::from_secs(1);

/// Starts every watch.
pub(super) fn spawn(tasks: &mut JoinSet<&'static str>, context: &Arc<Context>, stop: &CancellationToken) {
    let mut watch = Watches { tasks, context, stop };
    watch.kind(|c| &c.caches.racks, design);
    watch.kind(|c| &c.caches.links, design);
    watch.kind(|c| &c.caches.networks, design);
    watch.kind(|c| &c.caches.hardware_profiles, design);
    watch.kind(|c| &c.caches.host_profiles, design);
    watch.kind(|c| &c.caches.boot_actions, design);
    watch.kind(
        |c| &c.caches.sites,
        |c, change| {
            design(c, change);
            c.queues.sites.add(change.key.clone());
        },
    );
    watch.kind(
        |c| &c.caches.nodes,
        |c, change| {
            let key = &change.key;
            if change.of_spec {
                design(c, change);
            }
            c.queues.nodes.add(key.clone());
            if let Some(site) = c.site_of(&key.namespace) {
                c.queues.sites.add_after(Key::of(&*site), SUMMARY);
            }
            c.wake_tasks_after(&key.namespace, SUMMARY);
        },
    );
    watch.kind(
        |c| &c.caches.tasks,
        |c, change| {
            let key = &change.key;
            c.queues.tasks.add(key.clone());
            if change.of_spec {
                c.wake_nodes(&key.namespace);
            }
            if let Some(site) = c.site_of(&key.namespace) {
                c.queues.sites.add(Key::of(&*site));
            }
        },
    );
    watch.kind(|c| &c.caches.inventories, |_, _| {});
    watch.secrets();
}

/// An object of the design has changed: nothing is acted on before it has been resolved, and quiet for a while.
fn design(context: &Context, change: &Change) {
    if change.of_spec {
        context.designs.outdate(&change.key.namespace);
        context.queues.designs.add(change.key.namespace.clone());
    }
}

struct Watches<'a> {
    tasks: &'a mut JoinSet<&'static str>,
    context: &'a Arc<Context>,
    stop: &'a CancellationToken,
}

impl Watches<'_> {
    fn kind<K>(&mut self, cache: fn(&Context) -> &Cache<K>, changed: fn(&Context, &Change))
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + Sync
            + 'static,
    {
        let api: Api<DeserializeGuard<K>> = Api::all(self.context.client.clone());
        let (context, stop) = (Arc::clone(self.context), self.stop.clone());
        self.tasks.spawn(async move {
            let config = watcher::Config::default().any_semantic().streaming_lists();
            let mut events = std::pin::pin!(watcher(api, config).default_backoff().take_until(stop.cancelled()));
            while let Some(event) = events.next().await {
                match event {
                    Ok(event) => {
                        for change in cache(&context).apply(event) {
                            changed(&context, &change);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(kind = %K::kind(&()), error = &error as &dyn std::error::Error, "watch");
                    }
                }
            }
            "watch"
        });
    }

    /// Secrets are watched by their metadata alone; content is read when it is needed.
    fn secrets(&mut self) {
        let api: Api<PartialObjectMeta<Secret>> = Api::all(self.context.client.clone());
        let (context, stop) = (Arc::clone(self.context), self.stop.clone());
        self.tasks.spawn(async move {
            let events = watcher(api, watcher::Config::default().any_semantic()).default_backoff().touched_objects();
            let mut events = std::pin::pin!(events.take_until(stop.cancelled()).into_stream());
            while let Some(event) = events.next().await {
                match event {
                    Ok(secret) => {
                        let key = Key::new(secret.namespace().unwrap_or_default(), secret.name_any());
                        context.secrets.forget(&key);
                        if let Some(site) = context.site_of(&key.namespace) {
                            context.queues.sites.add(Key::of(&*site));
                            context.wake_nodes(&key.namespace);
                        }
                    }
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "watch of Secrets"),
                }
            }
            "watch"
        });
    }
}
