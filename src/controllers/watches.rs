//! Watches: one a kind, feeding its cache and the queues.

use super::{
    cache::{Cache, Change, Key},
    context::Context,
    sweep,
};
use futures::StreamExt;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Resource, ResourceExt,
    core::{DeserializeGuard, NamespaceResourceScope, PartialObjectMeta},
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use serde::de::DeserializeOwned;
use std::{collections::HashSet, fmt::Debug, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long news of nodes is gathered before it is summed up on their Site and tasks. Real time, whatever the clock's
/// speed: it spares the API server.
const SUMMARY: Duration = Duration::from_secs(1);

/// How long news of a design is gathered before it is resolved. Real time, as above.
const GATHER: Duration = Duration::from_millis(50);

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
            let namespace = &change.key.namespace;
            if change.of_spec {
                sweep::reschedule(c, namespace);
            }
            let site = c.site_of(namespace);
            let images = site.as_ref().and_then(|site| site.status.as_ref()).map(|status| status.images.as_slice());
            if c.designs.has_images(namespace, images.unwrap_or_default()) {
                c.designs.has_found(namespace);
            }
            // The objects of a design speak when their Site has.
            c.queues.designs.add(namespace.clone());
        },
    );
    watch.kind(
        |c| &c.caches.nodes,
        |c, change| {
            let key = &change.key;
            design(c, change);
            c.regressions.note(key, c.caches.nodes.get(key).as_deref());
            c.queues.nodes.add(key.clone());
            sweep::enrol(c, key);
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
    watch.kind(
        |c| &c.caches.inventories,
        |c, change| {
            c.designs.has_found(&change.key.namespace);
            c.queues.designs.add_after(change.key.namespace.clone(), GATHER);
        },
    );
    watch.namespaces();
    watch.secrets();
}

/// An object of the design has changed: nothing is acted on before it has been resolved, and quiet for a while.
fn design(context: &Context, change: &Change) {
    if change.of_spec {
        let namespace = &change.key.namespace;
        outdate(context, namespace);
        context.borrowers(namespace).iter().for_each(|borrower| outdate(context, borrower));
    }
}

fn outdate(context: &Context, namespace: &str) {
    context.designs.outdate(namespace);
    context.queues.designs.add_after(namespace.to_owned(), GATHER);
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

    /// Namespaces are watched by their metadata: their annotation says to whom they lend.
    fn namespaces(&mut self) {
        let api: Api<PartialObjectMeta<Namespace>> = Api::all(self.context.client.clone());
        let (context, stop) = (Arc::clone(self.context), self.stop.clone());
        self.tasks.spawn(async move {
            let events = watcher(api, watcher::Config::default().any_semantic()).default_backoff();
            let mut events = std::pin::pin!(events.take_until(stop.cancelled()));
            while let Some(event) = events.next().await {
                match event {
                    Ok(event) => {
                        for namespace in context.lenders.apply(event) {
                            context.borrowers(&namespace).iter().for_each(|borrower| outdate(&context, borrower));
                        }
                    }
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "watch of Namespaces"),
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
            let events = watcher(api, watcher::Config::default().any_semantic()).default_backoff();
            let mut events = std::pin::pin!(events.take_until(stop.cancelled()));
            let key = |secret: &PartialObjectMeta<Secret>| {
                Key::new(secret.namespace().unwrap_or_default(), secret.name_any())
            };
            let mut listed = HashSet::new();
            while let Some(event) = events.next().await {
                match event {
                    Ok(Event::Init) => listed.clear(),
                    Ok(Event::InitApply(secret)) => {
                        context.secret_seen(&key(&secret), secret.resource_version().as_deref());
                        listed.insert(key(&secret));
                    }
                    Ok(Event::InitDone) => {
                        for key in context.secrets.missing(&listed) {
                            context.secret_seen(&key, None);
                        }
                        listed = HashSet::new();
                    }
                    Ok(Event::Apply(secret)) => {
                        context.secret_seen(&key(&secret), secret.resource_version().as_deref());
                    }
                    Ok(Event::Delete(secret)) => context.secret_seen(&key(&secret), None),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "watch of Secrets"),
                }
            }
            "watch"
        });
    }
}
