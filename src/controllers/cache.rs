//! The objects of one kind, as the watch delivers them: by namespace and name, readable or not.
//!
//! An object that cannot be read is kept as such: it is not an absent one. Whoever writes an object notes the
//! resourceVersion, and does not decide on it again before the watch has delivered that write.

use crate::runtime::InLane;
use kube::{ResourceExt, api::ObjectMeta, core::DeserializeGuard, runtime::watcher::Event};
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;

/// Namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// The key of an object.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of an object as read.
    pub fn of<K: ResourceExt>(object: &K) -> Self {
        Self::new(object.namespace().unwrap_or_default(), object.name_any())
    }
}

impl InLane for Key {
    /// A namespace holds one Site, and Sites do not hold each other up.
    fn lane(&self) -> &str {
        &self.namespace
    }
}

/// An object that the watch has brought news of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which object.
    pub key: Key,
    /// Whether it came, went, or differs in what people write of it, rather than in its status alone.
    pub of_spec: bool,
}

/// An object, or what is known of one that cannot be read.
pub type Entry<K> = Result<Arc<K>, Unreadable>;

/// An object that cannot be read: it is there all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    /// Why it cannot be read.
    pub error: String,
    /// Its metadata, which can always be read.
    pub metadata: Arc<ObjectMeta>,
}

/// The metadata of an entry, readable or not.
pub fn metadata<K: ResourceExt>(entry: &Entry<K>) -> &ObjectMeta {
    match entry {
        Ok(object) => object.meta(),
        Err(unreadable) => &unreadable.metadata,
    }
}

/// The objects of one kind.
#[derive(Debug)]
pub struct Cache<K> {
    state: Mutex<State<K>>,
    /// What of an object it is looked up by, beside its name.
    claims: fn(&K) -> Vec<String>,
    listed: watch::Sender<bool>,
}

#[derive(Debug)]
struct State<K> {
    objects: BTreeMap<String, BTreeMap<String, Entry<K>>>,
    /// Keys seen since a new list began.
    relisted: Option<BTreeSet<Key>>,
    /// The resourceVersion that the cache has yet to show, by key.
    awaited: BTreeMap<Key, u64>,
    /// The readable objects by what they claim.
    claimants: HashMap<String, BTreeSet<Key>>,
}

impl<K> Default for Cache<K> {
    fn default() -> Self {
        Self::by(|_| Vec::new())
    }
}

impl<K> Cache<K> {
    /// A cache whose objects are looked up by what they claim as well.
    pub fn by(claims: fn(&K) -> Vec<String>) -> Self {
        let state =
            State { objects: BTreeMap::new(), relisted: None, awaited: BTreeMap::new(), claimants: HashMap::new() };
        Self { state: Mutex::new(state), claims, listed: watch::channel(false).0 }
    }
}

impl<K: ResourceExt + DeserializeOwned + Clone> Cache<K> {
    /// Takes in an event of the watch; gives back what changed.
    pub fn apply(&self, event: Event<DeserializeGuard<K>>) -> Vec<Change> {
        let mut state = self.lock();
        match event {
            Event::Init => {
                state.relisted = Some(BTreeSet::new());
                Vec::new()
            }
            Event::InitApply(object) | Event::Apply(object) => {
                let change = state.insert(object, self.claims);
                if let Some(seen) = state.relisted.as_mut() {
                    seen.insert(change.key.clone());
                }
                vec![change]
            }
            Event::InitDone => {
                let seen = state.relisted.take().unwrap_or_default();
                let gone: Vec<Key> = state.keys().into_iter().filter(|key| !seen.contains(key)).collect();
                for key in &gone {
                    state.remove(key, self.claims);
                }
                // What the list does not hold is not awaited any more.
                state.awaited.retain(|key, _| seen.contains(key));
                drop(state);
                self.listed.send_replace(true);
                gone.into_iter().map(|key| Change { key, of_spec: true }).collect()
            }
            Event::Delete(object) => {
                let key = key_of(&object);
                state.remove(&key, self.claims);
                vec![Change { key, of_spec: true }]
            }
        }
    }

    /// The object, if it is there and can be read.
    pub fn get(&self, key: &Key) -> Option<Arc<K>> {
        self.entry(key)?.ok()
    }

    /// The object, or why it cannot be read.
    pub fn entry(&self, key: &Key) -> Option<Entry<K>> {
        self.lock().objects.get(&key.namespace)?.get(&key.name).cloned()
    }

    /// All objects of a namespace, by name.
    pub fn in_namespace(&self, namespace: &str) -> BTreeMap<String, Entry<K>> {
        self.lock().objects.get(namespace).cloned().unwrap_or_default()
    }

    /// Keys of the readable objects that claim this.
    pub fn claimants(&self, claim: &str) -> Vec<Key> {
        self.lock().claimants.get(claim).into_iter().flatten().cloned().collect()
    }

    /// All readable objects.
    pub fn all(&self) -> Vec<Arc<K>> {
        let state = self.lock();
        state.objects.values().flat_map(BTreeMap::values).filter_map(|entry| entry.as_ref().ok().cloned()).collect()
    }

    /// All readable objects of a namespace.
    pub fn readable(&self, namespace: &str) -> Vec<Arc<K>> {
        let state = self.lock();
        let objects = state.objects.get(namespace).into_iter().flat_map(BTreeMap::values);
        objects.filter_map(|entry| entry.as_ref().ok().cloned()).collect()
    }

    /// Whether the metadata of any object of a namespace is so, readable or not.
    pub fn any(&self, namespace: &str, is: impl Fn(&ObjectMeta) -> bool) -> bool {
        let state = self.lock();
        state.objects.get(namespace).into_iter().flat_map(BTreeMap::values).any(|entry| is(metadata(entry)))
    }

    /// Keys of all objects.
    pub fn keys(&self) -> Vec<Key> {
        self.lock().keys()
    }

    /// Notes that the object was written: it is stale until the watch has delivered that version.
    pub fn written(&self, object: &impl ResourceExt) {
        if let Some(version) = object.resource_version().and_then(|v| v.parse().ok()) {
            self.lock().awaited.insert(Key::of(object), version);
        }
    }

    /// Whether the cache shows our last write of the object.
    pub fn is_current(&self, key: &Key) -> bool {
        let mut state = self.lock();
        let Some(awaited) = state.awaited.get(key).copied() else { return true };
        let shown = state.objects.get(&key.namespace).and_then(|objects| objects.get(&key.name));
        let current = match shown {
            Some(Ok(object)) => {
                object.resource_version().and_then(|v| v.parse().ok()).is_none_or(|v: u64| v >= awaited)
            }
            Some(Err(_)) => true,
            // Just created: not shown yet.
            None => false,
        };
        if current {
            state.awaited.remove(key);
        }
        current
    }

    /// Returns once the first list was delivered.
    pub async fn listed(&self) {
        // The sender lives as long as the cache.
        let _ = self.listed.subscribe().wait_for(|listed| *listed).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of<K: ResourceExt>(object: &DeserializeGuard<K>) -> Key
where
    DeserializeGuard<K>: ResourceExt,
{
    Key::new(object.namespace().unwrap_or_default(), object.name_any())
}

impl<K: ResourceExt> State<K> {
    fn insert(&mut self, object: DeserializeGuard<K>, claims: fn(&K) -> Vec<String>) -> Change
    where
        DeserializeGuard<K>: ResourceExt,
    {
        let key = key_of(&object);
        let entry = match object.0 {
            Ok(mut object) => {
                object.managed_fields_mut().clear();
                Ok(Arc::new(object))
            }
            Err(invalid) => Err(Unreadable { error: invalid.error, metadata: Arc::new(invalid.metadata) }),
        };
        let spec = |entry: &Entry<K>| {
            entry.as_ref().ok().map(|object| {
                let meta = object.meta();
                (meta.uid.clone(), meta.generation, meta.labels.clone(), meta.deletion_timestamp.is_some())
            })
        };
        let now = spec(&entry);
        let claimed = entry.as_ref().map(|object| claims(object)).unwrap_or_default();
        let before = self.objects.entry(key.namespace.clone()).or_default().insert(key.name.clone(), entry);
        let claimed_before = before.as_ref().and_then(|entry| entry.as_ref().ok()).map(|object| claims(object));
        self.reclaim(&key, claimed_before.unwrap_or_default(), claimed);
        let of_spec = now.is_none() || before.as_ref().and_then(spec) != now;
        Change { key, of_spec }
    }

    /// An object claims other things than it did.
    fn reclaim(&mut self, key: &Key, before: Vec<String>, now: Vec<String>) {
        for claim in before.into_iter().filter(|claim| !now.contains(claim)) {
            if let hash_map::Entry::Occupied(mut keys) = self.claimants.entry(claim) {
                keys.get_mut().remove(key);
                if keys.get().is_empty() {
                    keys.remove();
                }
            }
        }
        for claim in now {
            self.claimants.entry(claim).or_default().insert(key.clone());
        }
    }

    fn remove(&mut self, key: &Key, claims: fn(&K) -> Vec<String>) {
        if let Some(objects) = self.objects.get_mut(&key.namespace) {
            let gone = objects.remove(&key.name);
            if objects.is_empty() {
                self.objects.remove(&key.namespace);
            }
            let claimed = gone.as_ref().and_then(|entry| entry.as_ref().ok()).map(|object| claims(object));
            self.reclaim(key, claimed.unwrap_or_default(), Vec::new());
        }
        self.awaited.remove(key);
    }

    fn keys(&self) -> Vec<Key> {
        let all = self.objects.iter();
        all.flat_map(|(namespace, objects)| objects.keys().map(|name| Key::new(namespace.clone(), name.clone())))
            .collect()
    }
}
