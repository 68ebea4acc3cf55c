//! What happened, in order: every write MAAS and the BMCs received, and what the machines did.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) machine: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Value>,
}

/// The journal, and the counters of requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    pub(crate) stats: Stats,
}

/// How many requests came in.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    pub(crate) maas_reads: u64,
    pub(crate) maas_writes: u64,
    pub(crate) bmc_logins: u64,
    pub(crate) bmc_reads: u64,
    pub(crate) bmc_writes: u64,
}

impl Journal {
    pub(crate) fn add(&mut self, machine: Option<&str>, kind: &'static str, detail: impl Into<String>) {
        self.push(machine, kind, detail.into(), None);
    }

    pub(crate) fn push(&mut self, machine: Option<&str>, kind: &'static str, detail: String, request: Option<Value>) {
        let seq = self.entries.len() as u64 + 1;
        tracing::debug!(seq, machine, kind, detail, "journal");
        let at = Timestamp::now().to_string();
        self.entries.push(Entry { seq, at, machine: machine.map(str::to_owned), kind, detail, request });
    }

    /// Entries after `since`, of one machine or of all.
    pub(crate) fn read(&self, since: u64, machine: Option<&str>) -> Vec<&Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.seq > since && machine.is_none_or(|name| entry.machine.as_deref() == Some(name)))
            .collect()
    }
}
