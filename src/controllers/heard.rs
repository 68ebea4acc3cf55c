//! What the sweep has heard of each BMC. In memory alone: whoever leads next hears it anew.
//!
//! One poll without an answer is nothing. A BMC that has missed [`SILENT`] polls in a row is silent, which its node says. Where
//! most BMCs of a site are silent at once, the network is, not the machines: then none of them is judged, and the Site says so.

use super::cache::Key;
use crate::model::Power;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Polls in a row without an answer after which a BMC is silent.
const SILENT: u32 = 3;
/// BMCs of a site below which nothing is said of its network.
const FEW: usize = 3;

/// Why a BMC did not tell what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The error's class, as a reason.
    pub reason: &'static str,
    /// What happened, the first time in a row.
    pub message: String,
    /// Whether it may be the network's.
    pub is_silence: bool,
}

/// How a node's BMC stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody knows, or nobody judges: what was said before still is.
    Unknown,
    /// It answers.
    Answers,
    /// It does not, or refuses.
    Fails(Trouble),
}

/// What a poll has changed, and so who is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// The node has something else to say.
    pub node: bool,
    /// The Site has, and with it all its nodes may.
    pub site: bool,
}

/// What has been heard of all BMCs.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<HashMap<String, OfSite>>);

#[derive(Debug, Default)]
struct OfSite {
    bmcs: HashMap<String, OfBmc>,
    /// How many have been polled at all, and how many of them did not answer when they were polled last.
    polled: usize,
    missing: usize,
}

#[derive(Debug, Default)]
struct OfBmc {
    power: Option<Power>,
    /// The power that the provisioner was asked to look for itself.
    told: Option<Power>,
    polled: bool,
    missed: u32,
    trouble: Option<Trouble>,
    health_due: Option<Instant>,
}

impl OfSite {
    fn is_out(&self) -> bool {
        self.polled >= FEW && self.missing * 2 > self.polled
    }
}

impl OfBmc {
    fn is_missing(&self) -> bool {
        self.trouble.as_ref().is_some_and(|trouble| trouble.is_silence)
    }

    fn standing(&self) -> Standing {
        match &self.trouble {
            Some(trouble) if !trouble.is_silence || self.missed >= SILENT => Standing::Fails(trouble.clone()),
            None if self.polled => Standing::Answers,
            Some(_) | None => Standing::Unknown,
        }
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, OfSite>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<T: Default>(&self, key: &Key, look: impl FnOnce(&OfBmc) -> T) -> T {
        self.lock().get(&key.namespace).and_then(|site| site.bmcs.get(&key.name)).map(look).unwrap_or_default()
    }

    /// A node is there: whether it is new here, and so is to be polled from now on.
    pub fn enrol(&self, key: &Key) -> bool {
        let mut sites = self.lock();
        let site = sites.entry(key.namespace.clone()).or_default();
        if site.bmcs.contains_key(&key.name) {
            return false;
        }
        site.bmcs.insert(key.name.clone(), OfBmc::default());
        true
    }

    /// A node is gone, or nobody polls its BMC any more.
    pub fn forget(&self, key: &Key) {
        let mut sites = self.lock();
        let Some(site) = sites.get_mut(&key.namespace) else { return };
        if let Some(bmc) = site.bmcs.remove(&key.name) {
            site.polled -= usize::from(bmc.polled);
            site.missing -= usize::from(bmc.is_missing());
        }
        if site.bmcs.is_empty() {
            sites.remove(&key.namespace);
        }
    }

    /// It has told its power.
    pub fn answered(&self, key: &Key, power: Power) -> Changed {
        self.note(key, |bmc| {
            let other = bmc.power != Some(power);
            (bmc.power, bmc.missed, bmc.trouble) = (Some(power), 0, None);
            if other {
                bmc.told = None;
            }
            other
        })
    }

    /// It has not.
    pub fn failed(&self, key: &Key, trouble: Trouble) -> Changed {
        self.note(key, |bmc| {
            bmc.missed = bmc.missed.saturating_add(1);
            // What it says the first time stands: later ones only say how often it has been asked.
            if bmc.trouble.as_ref().is_none_or(|known| known.reason != trouble.reason) {
                bmc.trouble = Some(trouble);
            }
            false
        })
    }

    fn note(&self, key: &Key, change: impl FnOnce(&mut OfBmc) -> bool) -> Changed {
        let mut sites = self.lock();
        let site = sites.entry(key.namespace.clone()).or_default();
        let was_out = site.is_out();
        let bmc = site.bmcs.entry(key.name.clone()).or_default();
        let (standing, polled, missing) = (bmc.standing(), bmc.polled, bmc.is_missing());
        let other = change(bmc);
        bmc.polled = true;
        let node = other || bmc.standing() != standing;
        let is_missing = bmc.is_missing();
        site.polled += usize::from(!polled);
        site.missing = site.missing + usize::from(is_missing) - usize::from(missing);
        Changed { node, site: site.is_out() != was_out }
    }

    /// How a node's BMC stands.
    pub fn standing(&self, key: &Key) -> Standing {
        let sites = self.lock();
        let Some(site) = sites.get(&key.namespace) else { return Standing::Unknown };
        match site.bmcs.get(&key.name).map(OfBmc::standing) {
            Some(Standing::Fails(trouble)) if trouble.is_silence && site.is_out() => Standing::Unknown,
            Some(standing) => standing,
            None => Standing::Unknown,
        }
    }

    /// Whether the BMCs of a site can be reached, as far as anybody has tried.
    pub fn is_reachable(&self, namespace: &str) -> Option<bool> {
        self.lock().get(namespace).filter(|site| site.polled > 0).map(|site| !site.is_out())
    }

    /// The power as the BMC told it last.
    pub fn power(&self, key: &Key) -> Option<Power> {
        self.of(key, |bmc| bmc.power)
    }

    /// Whether the provisioner is to look at the power itself, since it shows another. It is asked once for each change that
    /// the BMC tells: some cannot look.
    pub fn should_tell(&self, key: &Key, shown: Power) -> bool {
        let mut sites = self.lock();
        let Some(bmc) = sites.get_mut(&key.namespace).and_then(|site| site.bmcs.get_mut(&key.name)) else {
            return false;
        };
        let tells = bmc.power.is_some_and(|power| power != Power::Unknown && power != shown) && bmc.told != bmc.power;
        if tells {
            bmc.told = bmc.power;
        }
        tells
    }

    /// Whether it is time to look at a machine's health; where none was set, in `first`.
    pub fn is_health_due(&self, key: &Key, first: Duration, now: Instant) -> bool {
        let mut sites = self.lock();
        let Some(bmc) = sites.get_mut(&key.namespace).and_then(|site| site.bmcs.get_mut(&key.name)) else {
            return false;
        };
        *bmc.health_due.get_or_insert(now + first) <= now
    }

    /// Its health was looked at, and is next time after a pause.
    pub fn looked_at_health(&self, key: &Key, next: Instant) {
        if let Some(bmc) = self.lock().get_mut(&key.namespace).and_then(|site| site.bmcs.get_mut(&key.name)) {
            bmc.health_due = Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Changed = Changed { node: false, site: false };
    const NODE: Changed = Changed { node: true, site: false };

    fn key(name: &str) -> Key {
        Key::new("harbour", name)
    }

    fn silence(message: &str) -> Trouble {
        Trouble { reason: "Unreachable", message: message.into(), is_silence: true }
    }

    #[test]
    fn one_miss_is_nothing_three_are_told_once_and_an_answer_ends_it() {
        let heard = Heard::default();
        assert!(heard.enrol(&key("a")) && !heard.enrol(&key("a")));
        assert_eq!(heard.standing(&key("a")), Standing::Unknown);
        assert_eq!(heard.answered(&key("a"), Power::On), NODE);
        assert_eq!(heard.answered(&key("a"), Power::On), QUIET, "nothing has changed");
        // Two others answer, so the network does.
        heard.answered(&key("b"), Power::On);
        heard.answered(&key("c"), Power::On);
        heard.failed(&key("a"), silence("first"));
        assert_eq!(heard.standing(&key("a")), Standing::Unknown, "a packet may be lost");
        assert_eq!(heard.failed(&key("a"), silence("second")), QUIET);
        assert_eq!(heard.failed(&key("a"), silence("third")), NODE);
        assert_eq!(heard.standing(&key("a")), Standing::Fails(silence("first")));
        assert_eq!(heard.failed(&key("a"), silence("fourth")), QUIET);
        assert_eq!(heard.answered(&key("a"), Power::On), NODE);
        assert_eq!(heard.standing(&key("a")), Standing::Answers);
    }

    #[test]
    fn a_network_that_is_out_judges_no_machine() {
        let heard = Heard::default();
        for name in ["a", "b", "c", "d"] {
            heard.answered(&key(name), Power::On);
        }
        assert_eq!(heard.is_reachable("harbour"), Some(true));
        for _ in 0..SILENT {
            heard.failed(&key("a"), silence("gone"));
            heard.failed(&key("b"), silence("gone"));
        }
        assert_eq!(heard.standing(&key("a")), Standing::Fails(silence("gone")), "half of them is not most");
        assert!(heard.failed(&key("c"), silence("gone")).site);
        assert_eq!(heard.is_reachable("harbour"), Some(false));
        assert_eq!(heard.standing(&key("a")), Standing::Unknown);
        assert!(heard.answered(&key("b"), Power::On).site, "it is back, and who is still silent is judged");
        assert_eq!(heard.standing(&key("a")), Standing::Fails(silence("gone")));
        assert_eq!(heard.is_reachable("elsewhere"), None);
    }

    #[test]
    fn a_refusal_is_told_at_once_whatever_the_network() {
        let heard = Heard::default();
        let refusal = Trouble { reason: "Unauthorized", message: "refused".into(), is_silence: false };
        assert_eq!(heard.failed(&key("a"), refusal.clone()), NODE);
        assert_eq!(heard.standing(&key("a")), Standing::Fails(refusal));
    }

    #[test]
    fn a_provisioner_is_asked_to_look_once_for_each_change() {
        let heard = Heard::default();
        heard.answered(&key("a"), Power::Off);
        assert!(!heard.should_tell(&key("a"), Power::Off));
        assert!(heard.should_tell(&key("a"), Power::On));
        assert!(!heard.should_tell(&key("a"), Power::On), "it was asked");
        heard.answered(&key("a"), Power::On);
        heard.answered(&key("a"), Power::Off);
        assert!(heard.should_tell(&key("a"), Power::On));
    }

    #[test]
    fn what_is_forgotten_counts_no_more() {
        let heard = Heard::default();
        for name in ["a", "b", "c"] {
            heard.failed(&key(name), silence("gone"));
        }
        assert_eq!(heard.is_reachable("harbour"), Some(false));
        for name in ["a", "b", "c"] {
            heard.forget(&key(name));
        }
        assert_eq!(heard.is_reachable("harbour"), None);
        assert!(heard.lock().is_empty());
    }

    #[test]
    fn health_is_due_after_its_first_pause_and_then_when_it_was_said() {
        let (heard, now) = (Heard::default(), Instant::now());
        let minutes = |count: u64| now + Duration::from_mins(count);
        heard.enrol(&key("a"));
        let first = Duration::from_mins(20);
        assert!(!heard.is_health_due(&key("a"), first, now));
        assert!(heard.is_health_due(&key("a"), first, minutes(20)));
        heard.looked_at_health(&key("a"), minutes(80));
        assert!(!heard.is_health_due(&key("a"), first, minutes(79)));
        assert!(heard.is_health_due(&key("a"), first, minutes(80)));
    }
}
