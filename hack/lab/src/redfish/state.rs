//! What a BMC keeps for its Redfish service beside what the machine is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a session lives without a request, on the wall clock.
const SESSION_LIFETIME: Duration = Duration::from_mins(30);

/// A login.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) user: String,
    pub(crate) used: Instant,
}

/// Something that the BMC does in its own time.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) ends: Instant,
    pub(crate) fails: bool,
    /// It waits for the machine's next boot.
    pub(crate) at_boot: bool,
}

/// An entry of the log of events.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) at: jiff::Timestamp,
    pub(crate) severity: &'static str,
    pub(crate) message: String,
}

/// The state of one BMC's service.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) sessions: Vec<Session>,
    pub(crate) next_id: u64,
    /// `BootSourceOverrideTarget`, as it was written.
    pub(crate) target: String,
    /// `BootSourceOverrideMode`; absent: the one that the machine has.
    pub(crate) mode: Option<String>,
    /// The settings of the system firmware in force.
    pub(crate) bios: BTreeMap<String, Value>,
    /// Those that wait for the next boot.
    pub(crate) pending: BTreeMap<String, Value>,
    pub(crate) tasks: Vec<Task>,
    /// Images in virtual drives, by drive.
    pub(crate) media: BTreeMap<String, String>,
    pub(crate) light: bool,
    pub(crate) log: Vec<Entry>,
    /// Between power on and the choice of what to boot.
    pub(crate) posting: bool,
}

impl Default for State {
    fn default() -> Self {
        let bios = [
            ("ProcVirtualization", json!("Enabled")),
            ("LogicalProc", json!("Enabled")),
            ("BootMode", json!("Uefi")),
            ("NumLock", json!(true)),
            ("AcPwrRcvryDelay", json!(60)),
        ];
        Self {
            sessions: Vec::new(),
            next_id: 1,
            target: "None".to_owned(),
            mode: None,
            bios: bios.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            pending: BTreeMap::new(),
            tasks: Vec::new(),
            media: BTreeMap::new(),
            light: false,
            log: Vec::new(),
            posting: false,
        }
    }
}

impl State {
    pub(crate) fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Notes something in the log of events.
    pub(crate) fn record(&mut self, severity: &'static str, message: &str) {
        let id = self.log.last().map_or(1, |entry| entry.id + 1);
        self.log.push(Entry { id, at: jiff::Timestamp::now(), severity, message: message.to_owned() });
    }

    /// Forgets sessions that nobody has used for long.
    pub(crate) fn expire(&mut self) {
        self.sessions.retain(|session| session.used.elapsed() < SESSION_LIFETIME);
    }

    /// The machine comes on: what waited for that is in force.
    pub(crate) fn boots(&mut self) {
        self.bios.append(&mut self.pending);
        for task in &mut self.tasks {
            task.at_boot = false;
        }
        self.posting = true;
        self.record("OK", "The system was powered on or reset.");
    }
}
