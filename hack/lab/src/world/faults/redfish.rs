//! Faults of Redfish services: which applies to a request.

use serde::{Deserialize, Serialize};

use super::{Fault, Faults};

/// How an answer is spoilt.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) enum Garbage {
    /// It ends half-way.
    Truncated,
    /// Its properties are of other types.
    WrongTypes,
    /// It is 8 MiB.
    Huge,
    /// It is a page for people.
    Html,
    /// There is nothing in it.
    Empty,
}

/// What to do with a request before it is carried out.
#[derive(Debug)]
pub(crate) enum RedfishVerdict {
    Proceed,
    Reset { done: bool },
    Status { status: u16, done: bool, retry_after: Option<u64>, message: String },
}

fn is(wanted: Option<&str>, name: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == name)
}

/// Whether a fault is about this request: paths are prefixes, methods words.
fn about(path: Option<&str>, method: Option<&str>, (of, at): (&str, &str)) -> bool {
    path.is_none_or(|path| at.starts_with(path)) && method.is_none_or(|method| method.eq_ignore_ascii_case(of))
}

impl Faults {
    /// The first fault that applies to this request to a machine's service.
    pub(crate) fn redfish(&mut self, name: &str, verb: &str, at: &str) -> RedfishVerdict {
        for active in &mut self.active {
            let (Fault::RedfishStatus { machine, count, path, method, .. }
            | Fault::RedfishReset { machine, count, path, method, .. }) = &active.fault
            else {
                continue;
            };
            let applies = is(machine.as_deref(), name) && about(path.as_deref(), method.as_deref(), (verb, at));
            if !applies || count.is_some_and(|count| active.hits >= count) {
                continue;
            }
            let verdict = match &active.fault {
                Fault::RedfishStatus { status, done, retry_after, message, .. } => RedfishVerdict::Status {
                    status: *status,
                    done: *done,
                    retry_after: *retry_after,
                    message: message.clone().unwrap_or_else(|| "Base.1.8.GeneralError".to_owned()),
                },
                Fault::RedfishReset { done, .. } => RedfishVerdict::Reset { done: *done },
                _ => continue,
            };
            active.hit();
            return verdict;
        }
        RedfishVerdict::Proceed
    }

    /// How long a machine's service thinks before it begins.
    pub(crate) fn redfish_latency_ms(&mut self, name: &str, verb: &str, at: &str) -> u64 {
        let mut total = 0;
        for active in &mut self.active {
            if let Fault::RedfishLatency { ms, machine, path, method } = &active.fault
                && is(machine.as_deref(), name)
                && about(path.as_deref(), method.as_deref(), (verb, at))
            {
                total += *ms;
                active.hit();
            }
        }
        total
    }

    /// How an answer of a machine's service is spoilt.
    pub(crate) fn redfish_garbage(&mut self, name: &str, verb: &str, at: &str) -> Option<Garbage> {
        for active in &mut self.active {
            if let Fault::RedfishGarbage { how, machine, count, path, method } = &active.fault
                && is(machine.as_deref(), name)
                && about(path.as_deref(), method.as_deref(), (verb, at))
                && count.is_none_or(|count| active.hits < count)
            {
                let how = *how;
                active.hit();
                return Some(how);
            }
        }
        None
    }

    /// How many seconds a client is told to wait for the end of the self test.
    pub(crate) fn redfish_post_busy(&mut self, name: &str) -> Option<u64> {
        self.find(|fault| match fault {
            Fault::RedfishPostBusy { machine, retry_after } if is(machine.as_deref(), name) => Some(*retry_after),
            _ => None,
        })
    }

    pub(crate) fn redfish_sessions_are_taken(&mut self, name: &str) -> bool {
        self.hit_counted(|fault| match fault {
            Fault::RedfishSessionsTaken { machine, count } => Some((is(machine.as_deref(), name), *count)),
            _ => None,
        })
    }

    pub(crate) fn redfish_has_no_sessions(&mut self, name: &str) -> bool {
        self.hit(|fault| matches!(fault, Fault::RedfishNoSessions { machine } if is(machine.as_deref(), name)))
    }

    pub(crate) fn redfish_continuous_only(&mut self, name: &str) -> bool {
        self.hit(|fault| matches!(fault, Fault::RedfishContinuousOnly { machine } if is(machine.as_deref(), name)))
    }

    pub(crate) fn redfish_refuses_reset(&mut self, name: &str, kind: &str) -> bool {
        self.hit(|fault| match fault {
            Fault::RedfishRefusesReset { types, machine } => {
                is(machine.as_deref(), name) && types.iter().any(|refused| refused == kind)
            }
            _ => false,
        })
    }

    /// How long an action takes as a task, and whether it fails.
    pub(crate) fn redfish_tasks(&mut self, name: &str) -> Option<(u64, bool)> {
        self.find(|fault| match fault {
            Fault::RedfishTasks { ms, machine, fails } if is(machine.as_deref(), name) => Some((*ms, *fails)),
            _ => None,
        })
    }

    fn find<T>(&mut self, find: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let active = self.active.iter_mut().find(|active| find(&active.fault).is_some())?;
        active.hit();
        find(&active.fault)
    }
}
