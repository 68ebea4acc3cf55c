//! The right to write to the world outside the cluster.
//!
//! Whoever holds the lease renews a [`PermitHolder`]; drivers get [`Permit`]s and check them on the monotonic clock
//! right before each external write. Without a permit there is no such call: the types ask for one.

use std::{
    sync::{Arc, RwLock},
    time::Instant,
};

/// The lease was lost or has expired: nothing may be written any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lease is not held any more")]
pub struct LeaseLost;

/// The writing half: kept by the lease alone.
#[derive(Debug, Clone, Default)]
pub struct PermitHolder {
    valid_until: Arc<RwLock<Option<Instant>>>,
}

impl PermitHolder {
    /// Permits are valid until `until` on the monotonic clock.
    pub fn extend(&self, until: Instant) {
        self.set(Some(until));
    }

    /// Every permit is void from now on.
    pub fn revoke(&self) {
        self.set(None);
    }

    /// A permit that follows this holder.
    pub fn permit(&self) -> Permit {
        Permit { valid_until: Arc::clone(&self.valid_until) }
    }

    fn set(&self, until: Option<Instant>) {
        *self.valid_until.write().unwrap_or_else(std::sync::PoisonError::into_inner) = until;
    }
}

/// Proof that this process holds the lease, to be checked just before each external write.
#[derive(Debug, Clone)]
pub struct Permit {
    valid_until: Arc<RwLock<Option<Instant>>>,
}

impl Permit {
    /// `Ok` while the lease is held; reads the monotonic clock, so a wall clock that jumps changes nothing.
    pub fn check(&self) -> Result<(), LeaseLost> {
        let until = *self.valid_until.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if until.is_some_and(|until| Instant::now() < until) { Ok(()) } else { Err(LeaseLost) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_permit_follows_its_holder() {
        let holder = PermitHolder::default();
        let permit = holder.permit();
        assert_eq!(permit.check(), Err(LeaseLost), "nothing is allowed before the first renewal");
        holder.extend(Instant::now() + Duration::from_mins(1));
        assert_eq!(permit.check(), Ok(()));
        holder.revoke();
        assert_eq!(permit.check(), Err(LeaseLost));
        if let Some(past) = Instant::now().checked_sub(Duration::from_secs(1)) {
            holder.extend(past);
            assert_eq!(permit.check(), Err(LeaseLost), "an expired lease allows nothing");
        }
    }
}
