//! Events: the story of an object, in order, for `kubectl describe`.

use super::write::MANAGER;
use crate::runtime::Metrics;
use kube::{
    Client, Resource,
    runtime::events::{Event, EventType, Recorder, Reporter},
};
use sha2::{Digest, Sha256};

/// Tells notes apart.
fn fingerprint(note: &str) -> u32 {
    let digest = Sha256::digest(note.as_bytes());
    digest.iter().take(4).fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// Publishes events. A lost event is no failure: status says the same.
#[derive(Clone)]
pub(super) struct Events {
    recorder: Recorder,
    metrics: Metrics,
}

impl Events {
    pub fn new(client: Client, instance: &str, metrics: Metrics) -> Self {
        let reporter = Reporter { controller: MANAGER.into(), instance: Some(instance.to_owned()) };
        Self { recorder: Recorder::new(client, reporter), metrics }
    }

    /// Something happened as it should.
    pub async fn normal<K: Resource<DynamicType = ()>>(&self, object: &K, reason: &str, note: &str) {
        self.publish(object, EventType::Normal, reason, note).await;
    }

    /// Something needs a look.
    pub async fn warning<K: Resource<DynamicType = ()>>(&self, object: &K, reason: &str, note: &str) {
        self.publish(object, EventType::Warning, reason, note).await;
    }

    async fn publish<K: Resource<DynamicType = ()>>(&self, object: &K, type_: EventType, reason: &str, note: &str) {
        // Events of one action are shown as one, repeated, with the note of the first: another note is another action.
        let action = format!("{reason}-{:08x}", fingerprint(note));
        let note = Some(note.chars().take(1000).collect());
        let event = Event { type_, reason: reason.to_owned(), note, action, secondary: None };
        let outcome = self.recorder.publish(&event, &object.object_ref(&())).await;
        self.metrics.wrote("Event", if outcome.is_ok() { "written" } else { "error" });
        if let Err(error) = outcome {
            tracing::debug!(error = &error as &dyn std::error::Error, reason, "event not published");
        }
    }
}
