//! Events: the story of an object, in order, for `kubectl describe`.

use super::write::MANAGER;
use crate::runtime::Metrics;
use kube::{
    Client, Resource,
    runtime::events::{Event, EventType, Recorder, Reporter},
};

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
        let note = Some(note.chars().take(1000).collect());
        let event = Event { type_, reason: reason.to_owned(), note, action: reason.to_owned(), secondary: None };
        let outcome = self.recorder.publish(&event, &object.object_ref(&())).await;
        self.metrics.wrote("Event", if outcome.is_ok() { "written" } else { "error" });
        if let Err(error) = outcome {
            tracing::debug!(error = &error as &dyn std::error::Error, reason, "event not published");
        }
    }
}
