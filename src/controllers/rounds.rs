//! How often in a row the same thing was done to a machine that is done only where it differs.
//!
//! A provisioner that takes every call and still shows a difference would otherwise be written to for ever.

use super::cache::Key;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Rounds that are enough for anything: storage that is rebuilt takes two or three.
const ENOUGH: u32 = 8;

/// The steps that nodes are at, and how often each was done in a row.
#[derive(Debug, Default)]
pub(super) struct Rounds(Mutex<HashMap<Key, (&'static str, u32)>>);

impl Rounds {
    /// A step was done once more. Says whether that was too often.
    pub fn again(&self, key: &Key, step: &'static str) -> bool {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, times) = rounds.entry(key.clone()).or_insert((step, 0));
        *times = if *last == step { times.saturating_add(1) } else { 1 };
        *last = step;
        *times > ENOUGH
    }

    /// Nothing is left to do, or something else is.
    pub fn over(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_over_and_over_is_noticed() {
        let (rounds, key) = (Rounds::default(), Key::new("site", "r01-u10"));
        let many = |step, times| (0..times).map(|_| rounds.again(&key, step)).collect::<Vec<_>>();
        assert_eq!(many("Networking", ENOUGH), vec![false; ENOUGH as usize]);
        assert!(rounds.again(&key, "Networking"));
        assert!(rounds.again(&key, "Networking"), "it is not forgotten while it goes on");
        assert!(!rounds.again(&key, "Storage"));
        assert!(!rounds.again(&key, "Networking"));
        rounds.over(&key);
        assert_eq!(many("Networking", ENOUGH), vec![false; ENOUGH as usize]);
    }
}
