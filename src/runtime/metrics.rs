//! Metrics, without node names in their labels: their number does not grow with the fleet.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::{sync::Arc, time::Duration};

/// What a sample is about.
#[derive(Clone, Hash, PartialEq, Eq, Debug, EncodeLabelSet)]
pub struct Labels {
    /// The kind or action.
    pub subject: String,
    /// The outcome or reason.
    pub outcome: String,
}

/// The operator's metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    reconciles: Family<Labels, Counter>,
    actions: Family<Labels, Counter>,
    writes: Family<Labels, Counter>,
    polls: Family<Labels, Counter>,
    duration: Histogram,
    leads: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("slipway");
        let (reconciles, actions) = (Family::default(), Family::default());
        let (writes, polls) = (Family::default(), Family::default());
        let duration = Histogram::new(exponential_buckets(0.001, 2.0, 16));
        let leads = Gauge::default();
        registry.register("reconciles", "Objects looked at, by kind and outcome", reconciles.clone());
        registry.register("actions", "Actions on machines and sites, by action and outcome", actions.clone());
        registry.register("api_writes", "Writes to the API server, by kind and outcome", writes.clone());
        registry.register("bmc_polls", "BMCs asked by the sweep, by protocol or `health`, and outcome", polls.clone());
        registry.register_with_unit("reconcile_duration", "Time for one object", Unit::Seconds, duration.clone());
        registry.register("leader", "1 while this process leads", leads.clone());
        Self { registry: Arc::new(registry), reconciles, actions, writes, polls, duration, leads }
    }
}

impl Metrics {
    /// An object was looked at.
    pub fn reconciled(&self, kind: &str, outcome: &str, took: Duration) {
        self.reconciles.get_or_create(&labels(kind, outcome)).inc();
        self.duration.observe(took.as_secs_f64());
    }

    /// An action was done, or not.
    pub fn acted(&self, action: &str, outcome: &str) {
        self.actions.get_or_create(&labels(action, outcome)).inc();
    }

    /// The API server was written to.
    pub fn wrote(&self, kind: &str, outcome: &str) {
        self.writes.get_or_create(&labels(kind, outcome)).inc();
    }

    /// A BMC was asked by the sweep.
    pub fn polled(&self, what: &str, outcome: &str) {
        self.polls.get_or_create(&labels(what, outcome)).inc();
    }

    /// Whether this process leads.
    pub fn set_leading(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }

    /// All samples, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail; a sample that cannot be encoded is better left out than fatal.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn labels(subject: &str, outcome: &str) -> Labels {
    Labels { subject: subject.to_owned(), outcome: outcome.to_owned() }
}
