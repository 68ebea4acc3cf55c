//! A namespace's design: resolved when one of its objects changes, and reported on each of them.

use super::{
    cache::{Cache, Entry, Key},
    conditions::Conditions,
    context::Context,
    workers::Turn,
    write::{MANAGER, apply_status},
};
use crate::{
    api::{Site, status::DesignStatus},
    design::{Library, Manifests, SiteDesign},
    model::{Finding, ObjectKey, Severity},
};
use kube::{Resource, ResourceExt, core::NamespaceResourceScope};
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

/// How long a design must be quiet where its Site does not say.
const SETTLE: Duration = Duration::from_secs(15);
/// How soon it is looked again whether the Site shows a design, should nothing wake us.
const AFTER_SITE: Duration = Duration::from_secs(10);

/// How long a design must be quiet before it is acted on. It is real time, whatever the clock's speed: it waits for
/// whoever applies.
pub(super) fn settle(site: &Site) -> Duration {
    site.spec.settle.map_or(SETTLE, |settle| settle.0)
}

/// One namespace's turn.
pub(super) async fn turn(context: Arc<Context>, namespace: String) -> Result<Turn, kube::Error> {
    let site = context.site_of(&namespace);
    if context.designs.is_due(&namespace) && renew(&context, &namespace) {
        wake(&context, &namespace);
    }
    let Some(snapshot) = context.designs.get(&namespace) else { return Ok(Turn::settled()) };
    let unsettled = snapshot.unsettled(site.as_deref().map_or(SETTLE, settle));
    if let Some(left) = unsettled {
        // Nothing is said of a design while somebody is still applying it.
        return Ok(Turn::again(left));
    }
    if snapshot.changed.is_some() {
        // Settled by now: whoever waited for it goes on.
        context.designs.settled(&namespace);
        wake(&context, &namespace);
    }
    let shown = |site: &Site| site.status.as_ref().and_then(|s| s.design_hash.as_ref()) == Some(&snapshot.design.hash);
    if site.as_deref().is_some_and(|site| !shown(site)) {
        // The Site speaks first, and then its watch wakes us: an edited profile never looks finished before its nodes.
        return Ok(Turn::again(AFTER_SITE));
    }
    let reporter = Reporter { context: &context, namespace: &namespace, design: &snapshot.design };
    reporter.kind(&context.caches.racks, "Rack").await?;
    reporter.kind(&context.caches.links, "NetworkLink").await?;
    reporter.kind(&context.caches.networks, "Network").await?;
    reporter.kind(&context.caches.hardware_profiles, "HardwareProfile").await?;
    reporter.kind(&context.caches.host_profiles, "HostProfile").await?;
    reporter.kind(&context.caches.boot_actions, "BootAction").await?;
    Ok(Turn::settled())
}

/// Resolves anew. Gives back whether the design differs from the one before.
fn renew(context: &Context, namespace: &str) -> bool {
    let news = context.designs.news(namespace);
    let manifests = manifests(context, namespace);
    let known = manifests.site.as_ref().and_then(|s| s.status.as_ref()).and_then(|s| s.design_hash.clone());
    let design = context.designs.resolve(namespace, &manifests);
    context.designs.put(namespace, design, inputs(&manifests), news, known.as_deref())
}

/// A hash of what a design is resolved from: names and generations, which rise with each change of a spec.
fn inputs(manifests: &Manifests) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed_all(manifests, &mut hasher);
    hasher.finish()
}

fn feed_all(manifests: &Manifests, hasher: &mut DefaultHasher) {
    feed(&manifests.racks, hasher);
    feed(&manifests.links, hasher);
    feed(&manifests.networks, hasher);
    feed(&manifests.hardware_profiles, hasher);
    feed(&manifests.host_profiles, hasher);
    feed(&manifests.nodes, hasher);
    feed(&manifests.boot_actions, hasher);
    manifests.site.iter().for_each(|site| (site.uid(), site.metadata.generation).hash(hasher));
    manifests.unreadable.hash(hasher);
    for (name, library) in &manifests.libraries {
        (name, library.lends).hash(hasher);
        feed_all(&library.objects, hasher);
    }
}

fn feed<K: ResourceExt>(objects: &BTreeMap<String, Arc<K>>, hasher: &mut DefaultHasher) {
    for (name, object) in objects {
        (name, object.uid(), object.meta().generation, object.labels()).hash(hasher);
    }
    objects.len().hash(hasher);
}

fn wake(context: &Context, namespace: &str) {
    for name in context.caches.sites.in_namespace(namespace).into_keys() {
        context.queues.sites.add(Key::new(namespace, name));
    }
    context.wake_nodes(namespace);
    context.wake_tasks(namespace);
}

/// The objects of a namespace, as read.
pub(super) fn manifests(context: &Context, namespace: &str) -> Manifests {
    let site = context.site_of(namespace);
    let mut manifests = objects(context, namespace);
    let names = site.iter().flat_map(|site| &site.spec.libraries);
    for library in names.filter(|name| *name != namespace) {
        if let Some(lends) = context.lenders.lends(library, namespace) {
            let objects = Arc::new(objects(context, library));
            manifests.libraries.insert(library.clone(), Library { lends, objects });
        }
    }
    manifests.site = site;
    let nodes = readable(context.caches.nodes.in_namespace(namespace), "BaremetalNode", &mut manifests.unreadable);
    manifests.nodes = nodes;
    for inventory in context.caches.inventories.readable(namespace) {
        manifests.inventories.insert(inventory.name_any(), inventory);
    }
    // What is being deleted asks for nothing any more, but for nodes, whose machines may have to be released.
    manifests
}

/// What a namespace may lend to others.
fn objects(context: &Context, namespace: &str) -> Manifests {
    let caches = &context.caches;
    let mut manifests = Manifests::default();
    let unreadable = &mut manifests.unreadable;
    if let Some(Err(unread)) = context.first_site(namespace) {
        let name = unread.metadata.name.clone().unwrap_or_default();
        unreadable.push((ObjectKey::new("Site", name), unread.error));
    }
    manifests.racks = readable(caches.racks.in_namespace(namespace), "Rack", unreadable);
    manifests.links = readable(caches.links.in_namespace(namespace), "NetworkLink", unreadable);
    manifests.networks = readable(caches.networks.in_namespace(namespace), "Network", unreadable);
    manifests.hardware_profiles =
        readable(caches.hardware_profiles.in_namespace(namespace), "HardwareProfile", unreadable);
    manifests.host_profiles = readable(caches.host_profiles.in_namespace(namespace), "HostProfile", unreadable);
    manifests.boot_actions = readable(caches.boot_actions.in_namespace(namespace), "BootAction", unreadable);
    manifests
}

fn readable<K>(
    entries: BTreeMap<String, Entry<K>>,
    kind: &'static str,
    unreadable: &mut Vec<(ObjectKey, String)>,
) -> BTreeMap<String, Arc<K>> {
    let mut objects = BTreeMap::new();
    for (name, entry) in entries {
        match entry {
            Ok(object) => {
                objects.insert(name, object);
            }
            Err(unread) => unreadable.push((ObjectKey::new(kind, name), unread.error)),
        }
    }
    objects
}

/// Kinds whose status is that of a design object.
trait DesignObject: Resource<Scope = NamespaceResourceScope, DynamicType = ()> {
    fn design_status(&self) -> Option<&DesignStatus>;
}

macro_rules! design_objects {
    ($($kind:ident),*) => { $(
        impl DesignObject for crate::api::$kind {
            fn design_status(&self) -> Option<&DesignStatus> {
                self.status.as_ref()
            }
        }
    )* };
}
design_objects!(Rack, NetworkLink, Network, HardwareProfile, HostProfile, BootAction);

struct Reporter<'a> {
    context: &'a Context,
    namespace: &'a str,
    design: &'a SiteDesign,
}

impl Reporter<'_> {
    /// Reports on every object of a kind whose status is not as it should be.
    async fn kind<K>(&self, cache: &Cache<K>, kind: &'static str) -> Result<(), kube::Error>
    where
        K: DesignObject + DeserializeOwned + Clone + Debug,
    {
        for object in cache.readable(self.namespace) {
            let key = Key::of(&*object);
            if !self.context.designs.is_current(self.namespace) {
                // What is known now is older than what was just edited: the next turn speaks of it.
                return Ok(());
            }
            if object.meta().deletion_timestamp.is_some() || !cache.is_current(&key) {
                continue;
            }
            let before = object.design_status().cloned().unwrap_or_default();
            let status = self.status(&ObjectKey::new(kind, &key.name), object.meta().generation, &before);
            if status != before {
                let version = object.resource_version();
                match apply_status::<K, _>(self.context, &key, MANAGER, version.as_deref(), &status).await {
                    Ok(written) => cache.written(&written),
                    // Changed or gone meanwhile: the watch brings it back.
                    Err(error) if super::write::is_conflict(&error) || super::write::is_gone(&error) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    fn status(&self, key: &ObjectKey, generation: Option<i64>, before: &DesignStatus) -> DesignStatus {
        let generation = generation.unwrap_or_default();
        let mut conditions = Conditions::new(&before.conditions, generation, self.context.clock.now());
        // The worst come first.
        match self.design.findings.about(key).next() {
            Some(error) if error.severity == Severity::Error => conditions.stalled(error.rule, &sentence(error)),
            Some(warning) => conditions.ready("Valid", &format!("Valid, with a warning: {}", sentence(warning))),
            None => conditions.ready("Valid", "Valid"),
        }
        DesignStatus { observed_generation: generation, conditions: conditions.finish() }
    }
}

/// A finding in one line.
pub(super) fn sentence(finding: &Finding) -> String {
    format!("{}: {}; {}", finding.field, finding.message, finding.hint)
}
