//! Nodes that the provisioner has forgotten, counted as the watch shows them: several point to a provisioner that was lost
//! or restored, not to machines, and hold the whole site.

use super::{cache::Key, conditions::find};
use crate::{
    api::{BaremetalNode, status::condition::STALLED},
    model::Reason,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// So many forgotten nodes hold a site, whatever its size.
const MANY: usize = 3;
/// One forgotten node in so many holds a smaller one: 5 %.
const ONE_IN: usize = 20;

/// The forgotten nodes, by namespace.
#[derive(Debug, Default)]
pub(super) struct Regressions(Mutex<HashMap<String, HashSet<String>>>);

impl Regressions {
    /// Notes how a node stands; `None`: it is gone, or cannot be read.
    pub fn note(&self, key: &Key, node: Option<&BaremetalNode>) {
        let stalled = node.and_then(|node| find(&node.status.as_ref()?.conditions, STALLED));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stalled.is_some_and(|c| c.reason == Reason::ProviderRegressed.name()) {
            all.entry(key.namespace.clone()).or_default().insert(key.name.clone());
        } else if let Some(forgotten) = all.get_mut(&key.namespace) {
            forgotten.remove(&key.name);
            if forgotten.is_empty() {
                all.remove(&key.namespace);
            }
        }
    }

    /// Whether a node's site is held, of so many nodes; its own regression does not count.
    pub fn held(&self, key: &Key, total: impl FnOnce() -> usize) -> Result<(), String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(forgotten) = all.get(&key.namespace) else { return Ok(()) };
        let count = forgotten.iter().filter(|name| **name != key.name).count();
        drop(all);
        if count == 0 {
            return Ok(());
        }
        let total = total();
        if count >= MANY || count * ONE_IN >= total {
            return Err(format!(
                "The site is held: the provisioner has forgotten {count} of {total} nodes; each waits for approval"
            ));
        }
        Ok(())
    }
}
