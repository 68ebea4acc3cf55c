//! Conditions: kstatus' three, and those of our own.

use crate::api::status::condition::{READY, RECONCILING, STALLED};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// Builds the conditions of a status. A condition whose status is unchanged keeps its transition time.
pub(super) struct Conditions<'a> {
    before: &'a [Condition],
    generation: i64,
    now: Timestamp,
    conditions: Vec<Condition>,
}

impl<'a> Conditions<'a> {
    /// Starts from the conditions that stand.
    pub fn new(before: &'a [Condition], generation: i64, now: Timestamp) -> Self {
        Self { before, generation, now, conditions: Vec::new() }
    }

    /// Sets a condition; `None` is Unknown.
    pub fn set(&mut self, type_: &str, status: Option<bool>, reason: &str, message: &str) {
        let status = match status {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        };
        let known = self.before.iter().find(|c| c.type_ == type_ && c.status == status);
        self.conditions.push(Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            observed_generation: Some(self.generation),
            last_transition_time: known.map_or(Time(self.now), |c| c.last_transition_time.clone()),
        });
    }

    /// Keeps a condition as it stands.
    pub fn keep(&mut self, type_: &str) {
        self.conditions.extend(self.before.iter().filter(|c| c.type_ == type_).cloned());
    }

    /// `Ready`.
    pub fn ready(&mut self, reason: &str, message: &str) {
        self.set(READY, Some(true), reason, message);
    }

    /// Work goes on: `Reconciling`, not `Ready`.
    pub fn reconciling(&mut self, reason: &str, message: &str) {
        self.set(READY, Some(false), reason, message);
        self.set(RECONCILING, Some(true), reason, message);
    }

    /// A person is needed: `Stalled`, not `Ready`.
    pub fn stalled(&mut self, reason: &str, message: &str) {
        self.set(READY, Some(false), reason, message);
        self.set(STALLED, Some(true), reason, message);
    }

    /// The conditions, in a stable order.
    pub fn finish(mut self) -> Vec<Condition> {
        self.conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
        self.conditions
    }
}

/// Sentences that a message holds at most.
const MAX_TOLD: usize = 8;

/// The first few of many, for a message, and how many there are beyond them.
pub(super) fn told<'a>(all: impl Iterator<Item = &'a String> + Clone) -> String {
    let shown = all.clone().take(MAX_TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
    match all.skip(MAX_TOLD).count() {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// The status of a condition.
pub(super) fn is_true(conditions: &[Condition], type_: &str) -> bool {
    conditions.iter().any(|c| c.type_ == type_ && c.status == "True")
}

/// A condition by its type.
pub(super) fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.type_ == type_)
}
