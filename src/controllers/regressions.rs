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

/// Whether so many forgotten nodes, of so many in all, point to the provisioner rather than to machines.
fn is_many(forgotten: usize, total: usize) -> bool {
    forgotten >= MANY || (forgotten > 0 && forgotten * ONE_IN >= total)
}

/// Whether the provisioner has forgotten a node.
fn is_forgotten(node: &BaremetalNode) -> bool {
    let stalled = node.status.as_ref().and_then(|status| find(&status.conditions, STALLED));
    stalled.is_some_and(|condition| condition.reason == Reason::ProviderRegressed.name())
}

/// What is said of a site of which the provisioner has forgotten many nodes.
pub(super) fn forgotten(nodes: &[&BaremetalNode]) -> Option<String> {
    let (count, total) = (nodes.iter().filter(|node| is_forgotten(node)).count(), nodes.len());
    is_many(count, total).then(|| {
        format!(
            "The provisioner has forgotten {count} of {total} nodes that Slipway deployed: it may have been restored from an \
             old snapshot, or replaced. Nothing is done to the site or to any machine; restore it, or approve node by node"
        )
    })
}

/// The forgotten nodes, by namespace.
#[derive(Debug, Default)]
pub(super) struct Regressions(Mutex<HashMap<String, HashSet<String>>>);

impl Regressions {
    /// Notes how a node stands; `None`: it is gone, or cannot be read.
    pub fn note(&self, key: &Key, node: Option<&BaremetalNode>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if node.is_some_and(is_forgotten) {
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
        if is_many(count, total) {
            return Err(format!(
                "The site is held: the provisioner has forgotten {count} of {total} nodes; each waits for approval"
            ));
        }
        Ok(())
    }
}
