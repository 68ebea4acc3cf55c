//! Who is being worked on: one table in the leader's memory, rebuilt from what nodes remember.

use super::cache::Key;
use crate::api::memory::NodeMemory;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// Nodes with a step in progress, and nodes that are out of service for one, by namespace.
#[derive(Debug, Default)]
pub(super) struct Slots {
    busy: Mutex<HashMap<String, HashSet<String>>>,
    unavailable: Mutex<HashMap<String, HashSet<String>>>,
    /// Namespaces whose nodes' memories are in the table.
    known: Mutex<HashSet<String>>,
}

impl Slots {
    /// Before the first slot of a namespace is given: what was under way before we led counts.
    pub fn know(&self, namespace: &str, memories: impl FnOnce() -> Vec<(Key, NodeMemory)>) {
        if !self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.to_owned()) {
            return;
        }
        for (key, memory) in memories() {
            if memory.begun.is_some() {
                self.at_work(&key);
            }
            if memory.out_of_service.unwrap_or_default() {
                insert(&self.unavailable, &key);
            }
        }
    }

    /// Somebody else has led: what we know is not true any more.
    pub fn forget(&self) {
        for table in [&self.busy, &self.unavailable] {
            table.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes a slot, or says why there is none. Who has one keeps it.
    pub fn take(&self, key: &Key, limit: Option<usize>) -> Result<(), String> {
        take(&self.busy, key, limit, "are being worked on (rollout.maxInFlight)")
    }

    /// Takes a deployed node out of service, or says why it must wait.
    pub fn take_out(&self, key: &Key, limit: usize) -> Result<(), String> {
        take(&self.unavailable, key, Some(limit), "are out of service (rollout.maxUnavailable)")
    }

    /// The node is seen at work: it counts, whatever the limit.
    pub fn at_work(&self, key: &Key) {
        insert(&self.busy, key);
    }

    /// The node's step is over; `in_service` says whether it is of use again, or wanted no more. Gives back whether that
    /// freed a slot.
    pub fn free(&self, key: &Key, in_service: bool) -> bool {
        let busy = free(&self.busy, key);
        (in_service && free(&self.unavailable, key)) || busy
    }
}

type Table = Mutex<HashMap<String, HashSet<String>>>;

fn insert(table: &Table, key: &Key) {
    let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
    table.entry(key.namespace.clone()).or_default().insert(key.name.clone());
}

fn take(table: &Table, key: &Key, limit: Option<usize>, what: &str) -> Result<(), String> {
    let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = table.entry(key.namespace.clone()).or_default();
    match limit {
        Some(limit) if taken.len() >= limit && !taken.contains(&key.name) => {
            Err(format!("Waiting for a slot: {} nodes {what}", taken.len()))
        }
        _ => {
            taken.insert(key.name.clone());
            Ok(())
        }
    }
}

fn free(table: &Table, key: &Key) -> bool {
    let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
    table.get_mut(&key.namespace).is_some_and(|taken| taken.remove(&key.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_bounded_and_kept() {
        let slots = Slots::default();
        let node = |name: &str| Key::new("site", name);
        assert!(slots.take(&node("a"), Some(1)).is_ok());
        assert!(slots.take(&node("a"), Some(1)).is_ok());
        assert!(slots.take(&node("b"), Some(1)).is_err());
        assert!(slots.free(&node("a"), true));
        assert!(slots.take(&node("b"), Some(1)).is_ok());
        assert!(!slots.free(&node("a"), true));
    }

    #[test]
    fn what_was_out_of_service_before_a_restart_counts() {
        let slots = Slots::default();
        let node = |name: &str| Key::new("site", name);
        let out = NodeMemory { out_of_service: Some(true), ..NodeMemory::default() };
        slots.know("site", || vec![(node("a"), out.clone()), (node("b"), NodeMemory::default())]);
        assert!(slots.take_out(&node("b"), 1).is_err());
        assert!(slots.take_out(&node("a"), 1).is_ok(), "who has a slot keeps it");
        assert!(slots.free(&node("a"), true));
        slots.know("site", || panic!("known already"));
        assert!(slots.take_out(&node("b"), 1).is_ok());
        slots.forget();
        slots.know("site", || vec![(node("a"), out)]);
        assert!(slots.take_out(&node("b"), 1).is_err());
    }
}
