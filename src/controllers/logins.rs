//! Logins: credentials that a BMC refuses are tried twice and not again, since some lock the account.
//!
//! A node's turn, the sweep and `VerifyNodes` ask the same BMC, and have their tries in common. Until credentials were accepted
//! once they are tried by one at a time, so that nobody tries them while another is being refused.

use super::{
    bmc::{self, Reached},
    cache::Key,
    context::Context,
};
use crate::{
    api::{Site, memory::RefusedCredentials},
    drivers::{Bmc, DriverError, ErrorClass},
    model::OobDesign,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

/// How often refused credentials of one version are tried.
const TRIES: i32 = 2;

/// How the logins to each BMC have gone.
#[derive(Debug, Default)]
pub(super) struct Logins(Mutex<HashMap<Key, OfBmc>>);

#[derive(Debug, Default)]
struct OfBmc {
    /// `secret@version` of the credentials that the rest speaks of.
    credentials: String,
    accepted: bool,
    refusals: i32,
    turns: Arc<Turns<()>>,
}

impl Logins {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, OfBmc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<T>(&self, key: &Key, credentials: &str, use_it: impl FnOnce(&mut OfBmc) -> T) -> T {
        let mut bmcs = self.lock();
        let bmc = bmcs.entry(key.clone()).or_default();
        if bmc.credentials != credentials {
            (bmc.credentials, bmc.accepted, bmc.refusals) = (credentials.to_owned(), false, 0);
        }
        use_it(bmc)
    }

    /// A turn at credentials of which nobody knows yet whether they are accepted.
    async fn turn(&self, key: &Key, credentials: &str) -> Option<OwnedMutexGuard<()>> {
        let turns = self.of(key, credentials, |bmc| (!bmc.accepted).then(|| bmc.turns.clone()))?;
        Some(turns.lock_owned().await)
    }

    /// How often these were refused, by what is known here and what a node's memory tells.
    fn refusals(&self, key: &Key, credentials: &str, memory: Option<&RefusedCredentials>) -> i32 {
        let told = memory.filter(|refused| refused.secret == credentials).map_or(0, |refused| refused.tries);
        self.of(key, credentials, |bmc| {
            // What was accepted since counts; a node's memory is of before.
            if !bmc.accepted {
                bmc.refusals = bmc.refusals.max(told);
            }
            bmc.refusals
        })
    }

    fn judge<T>(&self, key: &Key, credentials: &str, outcome: &Result<T, DriverError>) {
        self.of(key, credentials, |bmc| match outcome {
            Ok(_) => (bmc.accepted, bmc.refusals) = (true, 0),
            Err(error) if error.class == ErrorClass::Unauthorized => {
                (bmc.accepted, bmc.refusals) = (false, bmc.refusals.saturating_add(1));
            }
            Err(_) => {}
        });
    }

    /// What a node's memory is to say of refusals.
    pub fn refused(&self, key: &Key) -> Option<RefusedCredentials> {
        let bmcs = self.lock();
        let bmc = bmcs.get(key).filter(|bmc| bmc.refusals > 0)?;
        Some(RefusedCredentials { secret: bmc.credentials.clone(), tries: bmc.refusals })
    }

    /// A node is gone.
    pub fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }
}

/// Whether a BMC was not even asked, since it has refused these credentials often enough.
pub(super) fn is_refused_before(error: &DriverError) -> bool {
    error.class == ErrorClass::Unauthorized && error.not_begun
}

/// A BMC that may be asked.
pub(super) struct Login<'a> {
    context: &'a Context,
    key: &'a Key,
    reached: Reached,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl<'a> Login<'a> {
    /// Gets at a node's BMC, unless it has refused these credentials before. `memory`: what the node's says of that.
    pub async fn new(
        context: &'a Context,
        key: &'a Key,
        site: &Site,
        oob: &OobDesign,
        memory: Option<&RefusedCredentials>,
    ) -> Result<Self, DriverError> {
        let reached = bmc::reach(context, site, oob).await?;
        let turn = context.logins.turn(key, &reached.credentials).await;
        if context.logins.refusals(key, &reached.credentials, memory) >= TRIES {
            let secret = &oob.credentials.name;
            let message = format!(
                "it refused the user or password of Secret {secret}; correct the Secret, and they are tried again"
            );
            return Err(DriverError::new(ErrorClass::Unauthorized, message).before_anything());
        }
        Ok(Self { context, key, reached, _turn: turn })
    }

    /// The BMC. What it answers first is to be judged.
    pub fn bmc(&self) -> &dyn Bmc {
        &*self.reached.bmc
    }

    /// Notes whether an answer shows that the credentials are accepted, or refused.
    pub fn judge<T>(&self, outcome: Result<T, DriverError>) -> Result<T, DriverError> {
        self.context.logins.judge(self.key, &self.reached.credentials, &outcome);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new("harbour", "r01-u10")
    }

    fn refusal() -> Result<(), DriverError> {
        Err(DriverError::new(ErrorClass::Unauthorized, "the password is wrong"))
    }

    #[test]
    fn whoever_tries_the_tries_are_counted_together_and_by_version() {
        let logins = Logins::default();
        let told = RefusedCredentials { secret: "bmc@1".into(), tries: 1 };
        assert_eq!(logins.refusals(&key(), "bmc@1", Some(&told)), 1, "the node's memory tells of one");
        logins.judge(&key(), "bmc@1", &refusal());
        assert_eq!(logins.refusals(&key(), "bmc@1", Some(&told)), 2);
        assert_eq!(logins.refused(&key()), Some(RefusedCredentials { secret: "bmc@1".into(), tries: 2 }));
        assert_eq!(logins.refusals(&key(), "bmc@2", Some(&told)), 0, "others are others");
        assert_eq!(logins.refused(&key()), None);
    }

    #[test]
    fn silence_says_nothing_of_a_password_and_an_answer_forgives() {
        let logins = Logins::default();
        logins.judge(&key(), "bmc@1", &refusal());
        logins.judge::<()>(&key(), "bmc@1", &Err(DriverError::new(ErrorClass::Unreachable, "no answer")));
        assert_eq!(logins.refusals(&key(), "bmc@1", None), 1);
        logins.judge(&key(), "bmc@1", &Ok(()));
        assert_eq!(logins.refusals(&key(), "bmc@1", None), 0);
        let told = RefusedCredentials { secret: "bmc@1".into(), tries: 1 };
        assert_eq!(logins.refusals(&key(), "bmc@1", Some(&told)), 0, "a memory of before brings nothing back");
        logins.forget(&key());
        assert!(logins.lock().is_empty());
    }

    #[tokio::test]
    async fn untried_credentials_are_tried_by_one_at_a_time_and_accepted_ones_by_all() {
        let logins = Logins::default();
        let first = logins.turn(&key(), "bmc@1").await;
        assert!(first.is_some());
        let turns = logins.of(&key(), "bmc@1", |bmc| bmc.turns.clone());
        assert!(turns.try_lock().is_err(), "the second waits");
        logins.judge(&key(), "bmc@1", &Ok(()));
        assert!(logins.turn(&key(), "bmc@1").await.is_none(), "they were accepted");
        assert!(logins.turn(&Key::new("harbour", "r01-u12"), "bmc@1").await.is_some(), "each BMC judges for itself");
    }
}
