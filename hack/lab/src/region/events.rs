//! The event log, and the status message that follows from it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::status::Status;
use super::{Region, times};

/// How grave an event is, with the numbers MAAS compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Audit = 0,
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
    Critical = 50,
}

impl Level {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Audit, Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];
        all.into_iter().find(|level| level.name() == name.to_uppercase())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Audit => "AUDIT",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) node: String,
    pub(crate) hostname: String,
    pub(crate) level: Level,
    pub(crate) username: Option<String>,
    created: Timestamp,
    kind: String,
    description: String,
}

impl Event {
    pub(crate) fn view(&self) -> Value {
        json!({
            "id": self.id, "node": self.node, "hostname": self.hostname, "username": self.username.as_deref().unwrap_or("unknown"),
            "level": self.level.name(), "type": self.kind, "description": self.description,
            "created": times::dotted(self.created),
        })
    }
}

impl Region {
    /// Records an event of a node; one of level INFO or above becomes its status message.
    pub(crate) fn event(&mut self, node: &str, level: Level, kind: &str, description: &str) {
        self.event_by(node, level, kind, description, None);
    }

    /// The same of what a user did.
    pub(crate) fn event_by(&mut self, node: &str, level: Level, kind: &str, description: &str, user: Option<&str>) {
        let Some(record) = self.nodes.get_mut(node) else { return };
        if level >= Level::Info {
            let text = if description.is_empty() { kind.to_owned() } else { format!("{kind} - {description}") };
            record.status_message = Some(text);
        }
        let event = Event {
            id: self.events.last().map_or(1, |event| event.id + 1),
            node: node.to_owned(),
            hostname: record.hostname.clone(),
            level,
            username: user.map(str::to_owned),
            created: Timestamp::now(),
            kind: kind.to_owned(),
            description: description.to_owned(),
        };
        self.events.push(event);
    }

    /// Moves a node to another status.
    pub(crate) fn set_status(&mut self, node: &str, status: Status) {
        let Some(record) = self.nodes.get_mut(node) else { return };
        if record.status == status {
            return;
        }
        let from = record.status;
        record.status = status;
        record.epoch += 1;
        record.status_action = Some(String::new());
        let description = format!("From '{}' to '{}'", from.name(), status.name());
        self.event(node, Level::Debug, "Node changed status", &description);
    }

    /// Marks a node as failed with MAAS's own words.
    pub(crate) fn mark_failed(&mut self, node: &str, status: Status, why: &str) {
        self.event(node, Level::Error, "Marking node failed", why);
        self.set_status(node, status);
        if let Some(record) = self.nodes.get_mut(node) {
            why.clone_into(&mut record.error_description);
            record.status_action = Some("mark_failed".to_owned());
        }
    }
}
