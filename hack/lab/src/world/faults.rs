//! Faults on demand. A fault stays until it is cleared; those with a `count` are used up.

mod redfish;

use serde::{Deserialize, Serialize};

use crate::spec::Quirk;
pub(crate) use redfish::{Garbage, RedfishVerdict};

/// What goes wrong.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Fault {
    /// Write number `count` is the last one carried out; everything after it hangs.
    HoldAfterWrite {
        count: u64,
        #[serde(default)]
        answer: Answer,
    },
    /// MAAS answers with this status; whether it did what was asked is told by `done`. With `page` the answer is the
    /// page of a proxy in front of it.
    MaasStatus {
        status: u16,
        count: Option<u64>,
        path: Option<String>,
        method: Option<String>,
        #[serde(default)]
        done: bool,
        #[serde(default)]
        page: bool,
    },
    /// MAAS takes this long to begin.
    MaasLatency { ms: u64, path: Option<String>, method: Option<String> },
    /// Lists come slowly: a constant, and so much more for each object in it.
    SlowLists { ms: u64, ms_each: u64 },
    /// MAAS closes the connection; whether it did what was asked is told by `done`.
    MaasReset {
        count: Option<u64>,
        path: Option<String>,
        method: Option<String>,
        #[serde(default)]
        done: bool,
    },
    /// Reads answer from the state before the last so many writes.
    StaleReads { writes: usize, count: Option<u64>, path: Option<String> },
    /// MAAS answers as though it had done what was asked, and keeps nothing of it.
    MaasForgets { count: Option<u64>, path: Option<String>, method: Option<String> },
    /// MAAS answers 409 with its HTML conflict page and does nothing.
    MaasConflictHtml { count: Option<u64>, path: Option<String>, method: Option<String> },
    /// The BMC answers nothing, neither to us nor to MAAS.
    BmcDead { machine: String },
    /// The BMC answers no login any more, at once or after it was told what begins so; sessions that are open go on.
    BmcDeaf { machine: String, after: Option<String> },
    /// Packets to and from BMCs get lost.
    BmcLoss { percent: u64, machine: Option<String> },
    /// The BMC answers commands with 0xC0, node busy.
    BmcBusy { machine: Option<String>, count: Option<u64> },
    /// A BMC's Redfish service answers this status, with this message id; whether it did what was asked is told by
    /// `done`.
    RedfishStatus {
        status: u16,
        machine: Option<String>,
        count: Option<u64>,
        path: Option<String>,
        method: Option<String>,
        #[serde(default)]
        done: bool,
        retry_after: Option<u64>,
        message: Option<String>,
    },
    /// It closes the connection; whether it did what was asked is told by `done`.
    RedfishReset {
        machine: Option<String>,
        count: Option<u64>,
        path: Option<String>,
        method: Option<String>,
        #[serde(default)]
        done: bool,
    },
    /// It takes this long to begin.
    RedfishLatency { ms: u64, machine: Option<String>, path: Option<String>, method: Option<String> },
    /// Its answers are what no client should rely on.
    RedfishGarbage {
        how: Garbage,
        machine: Option<String>,
        count: Option<u64>,
        path: Option<String>,
        method: Option<String>,
    },
    /// It refuses changes of the system with 503 while that is in its power-on self test.
    RedfishPostBusy { machine: Option<String>, retry_after: u64 },
    /// All of its sessions are taken.
    RedfishSessionsTaken { machine: Option<String>, count: Option<u64> },
    /// It knows no sessions: 405.
    RedfishNoSessions { machine: Option<String> },
    /// It knows no boot override for one boot.
    RedfishContinuousOnly { machine: Option<String> },
    /// It refuses these values of `ResetType` with 400, though it offers them.
    RedfishRefusesReset { types: Vec<String>, machine: Option<String> },
    /// Its actions are tasks that take so long, and end well or not.
    RedfishTasks {
        ms: u64,
        machine: Option<String>,
        #[serde(default)]
        fails: bool,
    },
    /// The BMC takes so long for each reply, one after the other.
    BmcDelay { ms: u64, machine: Option<String> },
    /// A reply in a session comes so much later, while others overtake it.
    BmcLate { ms: u64, machine: Option<String>, count: Option<u64> },
    /// The BMC does something otherwise than IPMI 2.0 says.
    BmcQuirk { quirk: Quirk, machine: Option<String>, count: Option<u64> },
    /// Power on works, but nothing boots.
    NeverBoots { machine: String },
    /// Commissioning fails, in this script.
    CommissionFails { machine: Option<String>, script: Option<String>, count: Option<u64> },
    /// A hardware test fails.
    TestFails { machine: Option<String>, count: Option<u64> },
    /// The events feed passes over every so many events.
    LostEvents { every: u64 },
    /// Installation fails.
    DeployFails { machine: Option<String>, count: Option<u64> },
    /// Erasing fails.
    EraseFails { machine: Option<String>, count: Option<u64> },
    /// No image is synced.
    ImageMissing {},
    /// No rack controller serves DHCP or reaches BMCs, and its services are dead.
    RackDown {},
}

/// What becomes of the answer of the last write carried out.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It arrives.
    #[default]
    Delivered,
    /// It does not.
    Lost,
}

/// A fault that was added.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Active {
    pub(crate) id: u64,
    pub(crate) hits: u64,
    pub(crate) tripped: bool,
    #[serde(flatten)]
    pub(crate) fault: Fault,
}

/// All faults in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    next_id: u64,
    active: Vec<Active>,
}

/// What to do with a request to MAAS before it is carried out.
#[derive(Debug)]
pub(crate) enum Verdict {
    Proceed,
    Forget,
    Reset { done: bool },
    Status { status: u16, done: bool, page: bool },
    ConflictHtml,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.next_id += 1;
        self.active.push(Active { id: self.next_id, hits: 0, tripped: false, fault });
        self.next_id
    }

    pub(crate) fn list(&self) -> &[Active] {
        &self.active
    }

    pub(crate) fn clear(&mut self, id: Option<u64>) -> bool {
        let before = self.active.len();
        self.active.retain(|active| id.is_some_and(|id| active.id != id));
        self.active.len() < before
    }

    /// Everything hangs: a hold has tripped.
    pub(crate) fn held(&self) -> bool {
        self.active.iter().any(|active| active.tripped && matches!(active.fault, Fault::HoldAfterWrite { .. }))
    }

    /// Counts a write that was carried out; true means that its answer gets lost.
    pub(crate) fn wrote(&mut self) -> bool {
        let mut lost = false;
        for active in &mut self.active {
            if let Fault::HoldAfterWrite { count, answer } = active.fault {
                active.hits += 1;
                if active.hits == count {
                    active.tripped = true;
                    lost |= answer == Answer::Lost;
                }
            }
        }
        lost
    }

    /// The first fault that applies to this request to MAAS.
    pub(crate) fn maas(&mut self, method: &str, path: &str) -> Verdict {
        for active in &mut self.active {
            let (count, prefix, verb, verdict) = match &active.fault {
                Fault::MaasStatus { status, count, path, method, done, page } => {
                    let verdict = Verdict::Status { status: *status, done: *done, page: *page };
                    (count, path, method, verdict)
                }
                Fault::MaasReset { count, path, method, done } => (count, path, method, Verdict::Reset { done: *done }),
                Fault::MaasForgets { count, path, method } => (count, path, method, Verdict::Forget),
                Fault::MaasConflictHtml { count, path, method } => (count, path, method, Verdict::ConflictHtml),
                _ => continue,
            };
            let applies = prefix.as_deref().is_none_or(|prefix| path.starts_with(prefix))
                && verb.as_deref().is_none_or(|verb| verb.eq_ignore_ascii_case(method));
            if applies && count.is_none_or(|count| active.hits < count) {
                active.hit();
                return verdict;
            }
        }
        Verdict::Proceed
    }

    /// How long MAAS thinks before it begins.
    pub(crate) fn latency_ms(&mut self, verb: &str, path: &str) -> u64 {
        let mut total = 0;
        for active in &mut self.active {
            if let Fault::MaasLatency { ms, path: prefix, method } = &active.fault
                && prefix.as_deref().is_none_or(|prefix| path.starts_with(prefix))
                && method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(verb))
            {
                total += *ms;
                active.hit();
            }
        }
        total
    }

    /// How long an answer that is a list of so many objects takes.
    pub(crate) fn list_ms(&mut self, objects: u64) -> u64 {
        let mut total = 0;
        for active in &mut self.active {
            if let Fault::SlowLists { ms, ms_each } = active.fault {
                total += ms + ms_each * objects;
                active.hit();
            }
        }
        total
    }

    /// How many writes ago a read looks.
    pub(crate) fn stale(&mut self, path: &str) -> usize {
        for active in &mut self.active {
            if let Fault::StaleReads { writes, count, path: prefix } = &active.fault
                && prefix.as_deref().is_none_or(|prefix| path.starts_with(prefix))
                && count.is_none_or(|count| active.hits < count)
            {
                let writes = *writes;
                active.hit();
                return writes;
            }
        }
        0
    }

    /// The most writes that some fault may want undone.
    pub(crate) fn longest_memory(&self) -> usize {
        let memory = |active: &Active| match active.fault {
            Fault::StaleReads { writes, .. } => writes,
            _ => 0,
        };
        self.active.iter().map(memory).max().unwrap_or(0)
    }

    /// How likely a packet of this machine's BMC is lost, in percent.
    pub(crate) fn loss_percent(&self, machine: &str) -> u64 {
        let of = |active: &Active| match &active.fault {
            Fault::BmcLoss { percent, machine: name } if name.as_deref().is_none_or(|name| name == machine) => *percent,
            _ => 0,
        };
        self.active.iter().map(of).max().unwrap_or(0)
    }

    pub(crate) fn bmc_dead(&mut self, machine: &str) -> bool {
        self.hit(|fault| matches!(fault, Fault::BmcDead { machine: name } if name == machine))
    }

    /// Whether this machine's BMC answers no login.
    pub(crate) fn bmc_deaf(&self, machine: &str) -> bool {
        let of = |active: &Active| match &active.fault {
            Fault::BmcDeaf { machine: name, after } => name == machine && (after.is_none() || active.hits > 0),
            _ => false,
        };
        self.active.iter().any(of)
    }

    /// This machine's BMC was told something.
    pub(crate) fn bmc_told(&mut self, machine: &str, what: &str) {
        self.hit(|fault| match fault {
            Fault::BmcDeaf { machine: name, after: Some(after) } => name == machine && what.starts_with(after),
            _ => false,
        });
    }

    pub(crate) fn bmc_busy(&mut self, machine: &str) -> bool {
        self.hit_counted(|fault| match fault {
            Fault::BmcBusy { machine: name, count } => Some((name.as_deref().is_none_or(|n| n == machine), *count)),
            _ => None,
        })
    }

    /// How long this machine's BMC takes for a reply, in milliseconds.
    pub(crate) fn bmc_delay_ms(&self, machine: &str) -> u64 {
        let of = |active: &Active| match &active.fault {
            Fault::BmcDelay { ms, machine: name } if name.as_deref().is_none_or(|name| name == machine) => *ms,
            _ => 0,
        };
        self.active.iter().map(of).sum()
    }

    /// How much later than it should this reply comes, in milliseconds.
    pub(crate) fn bmc_late_ms(&mut self, machine: &str) -> Option<u64> {
        for active in &mut self.active {
            if let Fault::BmcLate { ms, machine: name, count } = &active.fault
                && name.as_deref().is_none_or(|name| name == machine)
                && count.is_none_or(|count| active.hits < count)
            {
                let ms = *ms;
                active.hit();
                return Some(ms);
            }
        }
        None
    }

    pub(crate) fn bmc_quirk(&mut self, machine: &str, wanted: Quirk) -> bool {
        self.hit_counted(|fault| match fault {
            Fault::BmcQuirk { quirk, machine: name, count } if *quirk == wanted => {
                Some((name.as_deref().is_none_or(|n| n == machine), *count))
            }
            _ => None,
        })
    }

    pub(crate) fn never_boots(&mut self, machine: &str) -> bool {
        self.hit(|fault| matches!(fault, Fault::NeverBoots { machine: name } if name == machine))
    }

    /// The script that fails in the commissioning of this machine.
    pub(crate) fn commission_fails(&mut self, machine: &str) -> Option<String> {
        let failing = self.active.iter().find_map(|active| match &active.fault {
            Fault::CommissionFails { machine: name, script, count } => {
                let applies = name.as_deref().is_none_or(|n| n == machine);
                let left = count.is_none_or(|count| active.hits < count);
                (applies && left).then(|| script.clone().unwrap_or_else(|| "50-maas-01-commissioning".to_owned()))
            }
            _ => None,
        });
        self.hit_counted(|fault| match fault {
            Fault::CommissionFails { machine: name, count, .. } => {
                Some((name.as_deref().is_none_or(|n| n == machine), *count))
            }
            _ => None,
        });
        failing
    }

    pub(crate) fn test_fails(&mut self, machine: &str) -> bool {
        self.hit_counted(|fault| match fault {
            Fault::TestFails { machine: name, count } => Some((name.as_deref().is_none_or(|n| n == machine), *count)),
            _ => None,
        })
    }

    /// The feed passes over this event.
    pub(crate) fn loses_event(&self, id: u64) -> bool {
        self.active
            .iter()
            .any(|active| matches!(active.fault, Fault::LostEvents { every } if every > 0 && id.is_multiple_of(every)))
    }

    pub(crate) fn deploy_fails(&mut self, machine: &str) -> bool {
        self.hit_counted(|fault| match fault {
            Fault::DeployFails { machine: name, count } => Some((name.as_deref().is_none_or(|n| n == machine), *count)),
            _ => None,
        })
    }

    pub(crate) fn erase_fails(&mut self, machine: &str) -> bool {
        self.hit_counted(|fault| match fault {
            Fault::EraseFails { machine: name, count } => Some((name.as_deref().is_none_or(|n| n == machine), *count)),
            _ => None,
        })
    }

    pub(crate) fn image_missing(&self) -> bool {
        self.active.iter().any(|active| matches!(active.fault, Fault::ImageMissing {}))
    }

    pub(crate) fn rack_down(&self) -> bool {
        self.active.iter().any(|active| matches!(active.fault, Fault::RackDown {}))
    }

    fn hit(&mut self, applies: impl Fn(&Fault) -> bool) -> bool {
        self.hit_counted(|fault| applies(fault).then_some((true, None)))
    }

    fn hit_counted(&mut self, applies: impl Fn(&Fault) -> Option<(bool, Option<u64>)>) -> bool {
        for active in &mut self.active {
            if let Some((true, count)) = applies(&active.fault)
                && count.is_none_or(|count| active.hits < count)
            {
                active.hit();
                return true;
            }
        }
        false
    }
}

impl Active {
    fn hit(&mut self) {
        self.hits += 1;
        self.tripped = true;
    }
}
