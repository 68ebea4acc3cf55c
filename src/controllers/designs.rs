//! The resolved designs, by namespace, and since when each has been quiet.

use super::lock::Lock;
use crate::{
    design::{Manifests, Resolver, SiteDesign},
    model::SitePart,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// One immutable snapshot of a namespace's design.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// The design.
    pub design: Arc<SiteDesign>,
    /// When its objects changed last; `None` where the Site's status already speaks of it, so that it is settled.
    pub changed: Option<Instant>,
    /// Who holds the site part, where a task does.
    pub lock: Option<Arc<Lock>>,
    /// Hash of what it was resolved from.
    inputs: u64,
    /// How much news of the namespace it holds.
    news: u64,
}

impl Snapshot {
    /// The same, with the site part that a task holds.
    pub fn locked(self, lock: Option<Arc<Lock>>) -> Self {
        Self { lock, ..self }
    }

    /// What the provisioner is brought to: what the task began with that holds it, or what is designed now.
    pub fn part(&self) -> &SitePart {
        self.lock.as_ref().map_or(&self.design.part, |lock| &lock.part)
    }

    /// Hash of it.
    pub fn part_hash(&self) -> &str {
        self.lock.as_ref().map_or(&self.design.part_hash, |lock| &lock.part_hash)
    }

    /// How long it must still be quiet before it is acted on; `None` once it is settled.
    pub fn unsettled(&self, settle: Duration) -> Option<Duration> {
        let quiet = self.changed?.elapsed();
        settle.checked_sub(quiet).filter(|left| !left.is_zero())
    }
}

/// All snapshots.
#[derive(Debug, Default)]
pub(super) struct Designs {
    snapshots: Mutex<HashMap<String, Snapshot>>,
    /// How much news the watches have brought, by namespace; more than a snapshot holds waits to be resolved.
    news: Mutex<HashMap<String, u64>>,
    /// What resolves each namespace, and knows what has not changed.
    resolvers: Mutex<HashMap<String, Arc<Mutex<Resolver>>>>,
    /// Namespaces of which something was found that a rule looks at, such as the disks of a machine.
    found: Mutex<HashSet<String>>,
    /// The images that each namespace's provisioner was seen to have.
    images: Mutex<HashMap<String, Vec<String>>>,
    /// Hash of the site part that the provisioner was seen to hold, by namespace.
    prepared: Mutex<HashMap<String, String>>,
}

impl Designs {
    /// The present snapshot of a namespace. While news waits to be resolved, it counts as changed just now.
    pub fn get(&self, namespace: &str) -> Option<Snapshot> {
        let news = self.news(namespace);
        let mut snapshot = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner).get(namespace).cloned()?;
        if snapshot.news != news {
            snapshot.changed = Some(Instant::now());
        }
        Some(snapshot)
    }

    /// Whether the snapshot of a namespace holds all the news there is.
    pub fn is_current(&self, namespace: &str) -> bool {
        let news = self.news(namespace);
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.get(namespace).is_some_and(|snapshot| snapshot.news == news)
    }

    /// Whether a namespace is to be resolved: there is news of its objects, or something was found.
    pub fn is_due(&self, namespace: &str) -> bool {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).remove(namespace);
        let news = self.news(namespace);
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        found || snapshots.get(namespace).is_none_or(|snapshot| snapshot.news != news)
    }

    /// Resolves a namespace, doing again only what has changed.
    pub fn resolve(&self, namespace: &str, manifests: &Manifests) -> SiteDesign {
        let mut resolvers = self.resolvers.lock().unwrap_or_else(PoisonError::into_inner);
        let resolver = Arc::clone(resolvers.entry(namespace.to_owned()).or_default());
        drop(resolvers);
        // Whoever panicked in the middle of it has left it half done.
        let mut resolver = resolver.lock().unwrap_or_else(|poisoned| {
            let mut resolver = poisoned.into_inner();
            *resolver = Resolver::default();
            resolver
        });
        resolver.resolve(manifests)
    }

    /// Notes which images the provisioner of a namespace has; gives back whether that is news.
    pub fn has_images(&self, namespace: &str, images: &[String]) -> bool {
        let mut known = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(namespace).is_some_and(|known| known == images) {
            return false;
        }
        known.insert(namespace.to_owned(), images.to_vec());
        true
    }

    /// Something was found that rules look at. It is no change of the design: nobody is applying anything.
    pub fn has_found(&self, namespace: &str) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.to_owned());
    }

    /// The watches have brought news of a namespace.
    pub fn outdate(&self, namespace: &str) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner).entry(namespace.to_owned()).or_default() += 1;
    }

    /// How much news there is of a namespace; to be read before its objects are.
    pub fn news(&self, namespace: &str) -> u64 {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).get(namespace).copied().unwrap_or_default()
    }

    /// A design has been quiet for long enough: from now on it is settled until it changes.
    pub fn settled(&self, namespace: &str) {
        if let Some(snapshot) = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner).get_mut(namespace) {
            snapshot.changed = None;
        }
    }

    /// Puts a design in place. Gives back whether it differs from the one before. `inputs` is a hash of what it was
    /// resolved from: whatever changes there, somebody is still applying. `news` is how much there was before. `known` is the hash that the Site's status
    /// speaks of.
    pub fn put(&self, namespace: &str, design: SiteDesign, inputs: u64, news: u64, known: Option<&str>) -> bool {
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let before = snapshots.get_mut(namespace);
        if let Some(before) = before {
            before.news = news;
            if before.inputs != inputs {
                before.inputs = inputs;
                before.changed = Some(Instant::now());
            }
            let differs = before.design.hash != design.hash || before.design.findings != design.findings;
            // What is no difference, such as labels that selectors look at, is to be seen all the same.
            before.design = Arc::new(design);
            return differs;
        }
        let settled = known == Some(design.hash.as_str());
        let changed = if settled { None } else { Some(Instant::now()) };
        snapshots
            .insert(namespace.to_owned(), Snapshot { design: Arc::new(design), changed, lock: None, inputs, news });
        true
    }

    /// Notes which site part the provisioner holds. Gives back whether that is news.
    pub fn set_prepared(&self, namespace: &str, part_hash: Option<String>) -> bool {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        match part_hash {
            Some(hash) => prepared.insert(namespace.to_owned(), hash.clone()) != Some(hash),
            None => prepared.remove(namespace).is_some(),
        }
    }

    /// The site part that the provisioner was seen to hold.
    pub fn prepared(&self, namespace: &str) -> Option<String> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(namespace).cloned()
    }
}
