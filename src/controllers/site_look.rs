//! How each Site's provisioner was seen last, so that news of a node costs it no request.

use super::{cache::Key, site_report::Provisioning};
use crate::drivers::Provisioner;
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

/// The last look at each Site's provisioner.
#[derive(Default)]
pub(super) struct Looks(Mutex<HashMap<Key, Look>>);

struct Look {
    at: Instant,
    time: Timestamp,
    part_hash: String,
    through: Weak<dyn Provisioner>,
    came_to: Arc<Provisioning>,
}

impl Looks {
    /// What the last look came to, where it still holds: it was at the same part of the design, through the same
    /// settings and credentials, and is not too old.
    pub fn last(
        &self,
        key: &Key,
        part_hash: &str,
        through: &Arc<dyn Provisioner>,
        age: impl FnOnce(&Provisioning) -> Duration,
    ) -> Option<Arc<Provisioning>> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look = looks.get(key)?;
        let same = look.part_hash == part_hash && Weak::ptr_eq(&look.through, &Arc::downgrade(through));
        (same && look.at.elapsed() < age(&look.came_to)).then(|| Arc::clone(&look.came_to))
    }

    /// Remembers a look.
    pub fn put(
        &self,
        key: &Key,
        part_hash: &str,
        through: &Arc<dyn Provisioner>,
        came_to: &Arc<Provisioning>,
        time: Timestamp,
    ) {
        let look = Look {
            at: Instant::now(),
            time,
            part_hash: part_hash.to_owned(),
            through: Arc::downgrade(through),
            came_to: Arc::clone(came_to),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), look);
    }

    /// Whether a look at this part of the design, after `since`, has found all of it as designed.
    pub fn has_found_prepared(&self, key: &Key, part_hash: &str, since: Timestamp) -> bool {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(key).is_some_and(|look| {
            look.part_hash == part_hash && look.time >= since && matches!(*look.came_to, Provisioning::Prepared(_))
        })
    }

    /// Forgets a Site that is gone, or that is to be looked at anew.
    pub fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
