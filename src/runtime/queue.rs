//! A work queue: each key once, at its due time, never twice at the same time, and no lane in another's way.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
    sync::Mutex,
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// A key that belongs to a lane. Lanes share nothing: one whose work hangs holds up its own keys alone.
pub trait InLane {
    /// The lane.
    fn lane(&self) -> &str;
}

/// A namespace by its name.
impl InLane for String {
    fn lane(&self) -> &str {
        self
    }
}

/// Keys and when they are due. An earlier time wins; a key that comes up while it is worked on waits until that is done.
#[derive(Debug)]
pub struct Queue<K> {
    state: Mutex<State<K>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<K> {
    due: HashMap<K, Instant>,
    lanes: HashMap<String, Lane<K>>,
    running: HashSet<K>,
    again: HashMap<K, Instant>,
}

#[derive(Debug)]
struct Lane<K> {
    order: BTreeSet<(Instant, K)>,
    running: usize,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        let state =
            State { due: HashMap::new(), lanes: HashMap::new(), running: HashSet::new(), again: HashMap::new() };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }
}

impl<K: InLane + Clone + Eq + Hash + Ord> Queue<K> {
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

    /// The next key, once it is due and fewer than `width` of its lane are worked on. Call [`done`](Self::done) when it
    /// was worked on. One caller at a time.
    pub async fn next(&self, width: usize) -> K {
        loop {
            let changed = self.changed.notified();
            let until = {
                let mut state = self.lock();
                match state.first(width) {
                    Some((at, key)) if at <= Instant::now() => {
                        state.take(at, &key);
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
        state.leave(key.lane());
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

impl<K: InLane + Clone + Eq + Hash + Ord> State<K> {
    fn insert(&mut self, key: K, at: Instant) {
        let lane = match self.lanes.get_mut(key.lane()) {
            Some(lane) => lane,
            None => {
                self.lanes.entry(key.lane().to_owned()).or_insert_with(|| Lane { order: BTreeSet::new(), running: 0 })
            }
        };
        if let Some(known) = self.due.get(&key).copied() {
            if known <= at {
                return;
            }
            lane.order.remove(&(known, key.clone()));
        }
        self.due.insert(key.clone(), at);
        lane.order.insert((at, key));
    }

    /// The key that is due first, of the lanes that have room.
    fn first(&self, width: usize) -> Option<(Instant, K)> {
        let open = self.lanes.values().filter(|lane| lane.running < width);
        open.filter_map(|lane| lane.order.first()).min().cloned()
    }

    fn take(&mut self, at: Instant, key: &K) {
        if let Some(lane) = self.lanes.get_mut(key.lane()) {
            lane.order.remove(&(at, key.clone()));
            lane.running += 1;
        }
        self.due.remove(key);
        self.running.insert(key.clone());
    }

    fn leave(&mut self, name: &str) {
        let Some(lane) = self.lanes.get_mut(name) else { return };
        lane.running = lane.running.saturating_sub(1);
        if lane.running == 0 && lane.order.is_empty() {
            self.lanes.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl InLane for &str {
        fn lane(&self) -> &str {
            self.split('/').next().unwrap_or_default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_time_wins_and_a_running_key_waits() {
        let queue = Queue::default();
        queue.add_after("late", Duration::from_mins(1));
        queue.add_after("soon", Duration::from_secs(10));
        queue.add_after("late", Duration::from_secs(5));
        assert_eq!(queue.next(4).await, "late");
        queue.add("late");
        assert_eq!(queue.next(4).await, "soon", "a key is never worked on twice at once");
        queue.done(&"late", None);
        assert_eq!(queue.next(4).await, "late");
        queue.done(&"late", Some(Duration::from_secs(30)));
        queue.done(&"soon", None);
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.next(4).await, "late");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_is_full_holds_up_no_other() {
        let queue = Queue::default();
        for key in ["east/1", "east/2", "east/3"] {
            queue.add(key);
        }
        queue.add_after("west/1", Duration::from_secs(1));
        let first = [queue.next(2).await, queue.next(2).await];
        assert_eq!(first, ["east/1", "east/2"]);
        assert_eq!(queue.next(2).await, "west/1", "east has no room for its third");
        queue.done(&"east/1", None);
        assert_eq!(queue.next(2).await, "east/3");
        for key in ["east/2", "east/3", "west/1"] {
            queue.done(&key, None);
        }
        assert!(queue.lock().lanes.is_empty(), "a lane without keys is forgotten");
    }
}
