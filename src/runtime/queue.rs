//! A work queue: each key once, at its due time, never twice at the same time.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
    sync::Mutex,
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// Keys and when they are due. An earlier time wins; a key that comes up while it is worked on waits until that is done.
#[derive(Debug)]
pub struct Queue<K> {
    state: Mutex<State<K>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<K> {
    due: HashMap<K, Instant>,
    order: BTreeSet<(Instant, K)>,
    running: HashSet<K>,
    again: HashMap<K, Instant>,
}

impl<K: Clone + Eq + Hash + Ord> Default for Queue<K> {
    fn default() -> Self {
        let state =
            State { due: HashMap::new(), order: BTreeSet::new(), running: HashSet::new(), again: HashMap::new() };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord> Queue<K> {
    /// The key is due now.
    pub fn add(&self, key: K) {
        self.add_at(key, Instant::now());
    }

    /// The key is due after `delay`, if not earlier.
    pub fn add_after(&self, key: K, delay: Duration) {
        self.add_at(key, Instant::now() + delay);
    }

    fn add_at(&self, key: K, at: Instant) {
        let mut state = self.lock();
        if state.running.contains(&key) {
            let again = state.again.entry(key).or_insert(at);
            *again = at.min(*again);
        } else {
            state.insert(key, at);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// The next key, once it is due. Call [`done`](Self::done) when it was worked on.
    pub async fn next(&self) -> K {
        loop {
            let changed = self.changed.notified();
            let until = {
                let mut state = self.lock();
                match state.order.first().cloned() {
                    Some((at, key)) if at <= Instant::now() => {
                        state.order.remove(&(at, key.clone()));
                        state.due.remove(&key);
                        state.running.insert(key.clone());
                        // One call of `notify_one` wakes one worker; pass it on where more is due.
                        self.changed.notify_one();
                        return key;
                    }
                    Some((at, _)) => Some(at),
                    None => None,
                }
            };
            match until {
                Some(at) => tokio::select! { () = changed => {}, () = tokio::time::sleep_until(at) => {} },
                None => changed.await,
            }
        }
    }

    /// The key is not worked on any more, and due again after `delay` if one is given.
    pub fn done(&self, key: &K, delay: Option<Duration>) {
        let mut state = self.lock();
        state.running.remove(key);
        let again = state.again.remove(key);
        let delayed = delay.map(|delay| Instant::now() + delay);
        if let Some(at) = [again, delayed].into_iter().flatten().min() {
            state.insert(key.clone(), at);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// How many keys wait.
    pub fn len(&self) -> usize {
        self.lock().due.len()
    }

    /// Whether no key waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash + Ord> State<K> {
    fn insert(&mut self, key: K, at: Instant) {
        if let Some(known) = self.due.get(&key).copied() {
            if known <= at {
                return;
            }
            self.order.remove(&(known, key.clone()));
        }
        self.due.insert(key.clone(), at);
        self.order.insert((at, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_earliest_time_wins_and_a_running_key_waits() {
        let queue = Queue::default();
        queue.add_after("late", Duration::from_mins(1));
        queue.add_after("soon", Duration::from_secs(10));
        queue.add_after("late", Duration::from_secs(5));
        assert_eq!(queue.next().await, "late");
        queue.add("late");
        assert_eq!(queue.next().await, "soon", "a key is never worked on twice at once");
        queue.done(&"late", None);
        assert_eq!(queue.next().await, "late");
        queue.done(&"late", Some(Duration::from_secs(30)));
        queue.done(&"soon", None);
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.next().await, "late");
    }
}
