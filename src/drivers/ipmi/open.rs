//! An open session at work: one request at a time, its answer matched, its privilege raised when a command needs it, and
//! its end. No I/O.

use super::{
    actor::{Out, is_busy, is_repeatable, lacks_privilege},
    config::{IpmiConfig, Privilege},
    error::{IpmiError, Operation},
    job::{Job, Request, Sending},
    resend::{Resend, Tick},
    session::Session,
    suite::CipherSuite,
    wire::{self, Reply, Skip},
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Sendings of Close Session. A BMC that closed already cannot answer again.
const CLOSE_TRIES: u32 = 3;
/// Sendings on a session that was kept: the BMC may have forgotten it, and says so by silence.
const KEPT_TRIES: u32 = 2;
const SET_PRIVILEGE: u8 = 0x3b;
const CLOSE: u8 = 0x3c;
const APP: u8 = 0x06;
const NO_PRIVILEGE: u8 = 0xd4;
const NO_COMMAND: u8 = 0xc1;

/// What has come of a step.
pub(super) enum Event {
    /// Nothing that anybody need know.
    Nothing,
    /// The BMC has answered the job.
    Done(Job, Result<Vec<u8>, IpmiError>),
    /// No answer, on a session that was kept or has answered before: it is gone, and the job may be done on another one.
    Stale(Job),
    /// No answer.
    Silent(Job, IpmiError),
    /// Nobody waits for the answer any more.
    Cancelled,
    /// A kept session has been idle for long enough.
    Idle,
    /// The session is closed, as far as can be told.
    Closed,
}

/// An open session.
pub(super) struct Open {
    session: Session,
    config: Arc<IpmiConfig>,
    raised: Privilege,
    work: Work,
    /// It has been used before, by another holder of the line, and was idle since.
    kept: bool,
    /// The BMC has answered in it.
    answered: bool,
}

enum Work {
    /// Its holder will ask for more.
    Held,
    /// Kept until then.
    Kept(Instant),
    /// A request waits for its answer; without a job the session is being closed.
    Asking(Box<Asking>),
}

struct Asking {
    job: Option<Job>,
    request: Request,
    sequence: u8,
    message: Vec<u8>,
    pace: Pace,
    busy: Duration,
}

enum Pace {
    Waiting(Resend),
    /// The BMC is busy: asked again then, until the deadline.
    Pausing {
        until: Instant,
        deadline: Instant,
    },
}

impl Open {
    pub(super) fn new(session: Session, config: Arc<IpmiConfig>) -> Self {
        Self { session, config, raised: Privilege::User, work: Work::Held, kept: false, answered: false }
    }

    pub(super) fn suite(&self) -> CipherSuite {
        self.session.suite()
    }

    pub(super) fn config(&self) -> &IpmiConfig {
        &self.config
    }

    pub(super) fn serves(&self, config: &Arc<IpmiConfig>) -> bool {
        Arc::ptr_eq(&self.config, config) || self.config.same_account(config)
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self.work, Work::Held)
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self.work, Work::Asking(_))
    }

    pub(super) fn counts(&self) -> bool {
        matches!(&self.work, Work::Asking(asking) if matches!(&asking.pace, Pace::Waiting(resend) if resend.counts()))
    }

    pub(super) fn next(&self) -> Option<Instant> {
        match &self.work {
            Work::Held => None,
            Work::Kept(until) => Some(*until),
            Work::Asking(asking) => Some(match &asking.pace {
                Pace::Waiting(resend) => resend.next(),
                Pace::Pausing { until, .. } => *until,
            }),
        }
    }

    /// The holder goes on in a moment.
    pub(super) fn hold(&mut self, _now: Instant) {
        self.work = Work::Held;
        self.kept = false;
    }

    /// Nobody holds it; it is kept until then.
    pub(super) fn keep(&mut self, until: Instant) {
        self.work = Work::Kept(until);
        self.kept = true;
    }

    /// Forgets what is under way, unless that is its own end.
    pub(super) fn abandon(&mut self) {
        if matches!(&self.work, Work::Asking(asking) if asking.job.is_some()) {
            self.work = Work::Held;
        }
    }

    /// Does a job: its command, or what has to go before it.
    pub(super) fn command(&mut self, job: Job, now: Instant, out: &mut Out) -> Event {
        self.config = Arc::clone(&job.config);
        // What is sent once must not be sent into a session that may be gone: something harmless goes first.
        let probe = self.kept && job.sending == Sending::Once;
        if probe || lacks_privilege(&job, self.raised) {
            self.raise(job, now, out)
        } else {
            self.execute(job, now, out)
        }
    }

    fn raise(&mut self, job: Job, now: Instant, out: &mut Out) -> Event {
        let data = vec![job.config.privilege as u8];
        self.ask(Some(job), Request { netfn: APP, lun: 0, number: SET_PRIVILEGE, data }, now, out)
    }

    fn execute(&mut self, job: Job, now: Instant, out: &mut Out) -> Event {
        if let Some(Err(lost)) = job.permit.as_ref().map(crate::model::Permit::check) {
            return Event::Done(job, Err(lost.into()));
        }
        let request = job.request.clone();
        self.ask(Some(job), request, now, out)
    }

    /// Closes the session.
    pub(super) fn close(&mut self, now: Instant, out: &mut Out) -> Event {
        if matches!(&self.work, Work::Asking(asking) if asking.job.is_none()) {
            return Event::Nothing;
        }
        // A session whose numbers are used up cannot be closed either; its idle time will end it.
        self.ask(None, closing(&self.session), now, out)
    }

    /// The packet that ends the session, for when nobody waits for an answer.
    pub(super) fn farewell(&mut self) -> Option<Vec<u8>> {
        close_packet(&mut self.session)
    }

    fn ask(&mut self, job: Option<Job>, request: Request, now: Instant, out: &mut Out) -> Event {
        let sequence = self.session.next_request();
        let message = wire::encode_request(sequence, request.netfn, request.lun, request.number, &request.data);
        let Some(packet) = self.session.seal(&message, rand::random()) else {
            return job.map_or(Event::Closed, |job| Event::Silent(job, IpmiError::Exhausted));
        };
        out.packets.push(packet);
        let timing = &self.config.timing;
        let is_command = job.as_ref().is_some_and(|job| job.request == request);
        let once = is_command && job.as_ref().is_some_and(|job| job.sending == Sending::Once);
        let resend = if once {
            Resend::only(timing, now, out.hold)
        } else {
            let tries = match &job {
                None => CLOSE_TRIES,
                Some(_) if self.kept => KEPT_TRIES,
                Some(_) => timing.tries,
            };
            Resend::first(timing, tries.min(timing.tries), now, out.hold)
        };
        let busy = timing.busy;
        self.work =
            Work::Asking(Box::new(Asking { job, request, sequence, message, pace: Pace::Waiting(resend), busy }));
        Event::Nothing
    }

    pub(super) fn receive(&mut self, datagram: &[u8], now: Instant, out: &mut Out) -> Event {
        let Work::Asking(asking) = &mut self.work else { return Event::Nothing };
        let Pace::Waiting(resend) = &asking.pace else { return Event::Nothing };
        let message = match self.session.open(datagram) {
            Ok(message) => message,
            Err(skip) => return skipped(&self.config, skip),
        };
        let reply = match Reply::parse(&message, !self.config.quirks.wrong_checksums) {
            Ok(reply) => reply,
            Err(skip) => return skipped(&self.config, skip),
        };
        let answers = Operation::Command { netfn: reply.netfn & !1, number: reply.command };
        if reply.netfn & 1 == 0 || answers != asking.request.operation() || reply.sequence != asking.sequence {
            return skipped(&self.config, Skip::Request);
        }
        out.round_trip = resend.round_trip(now);
        let deadline = resend.deadline();
        if is_busy(reply.completion) && asking.job.is_some() && now + asking.busy < deadline {
            asking.pace = Pace::Pausing { until: now + asking.busy, deadline };
            asking.busy *= 2;
            return Event::Nothing;
        }
        let (completion, data) = (reply.completion, reply.data.to_vec());
        let Work::Asking(asking) = std::mem::replace(&mut self.work, Work::Held) else { return Event::Nothing };
        match asking.job {
            None => Event::Closed,
            Some(job) => self.answered(job, &asking.request, completion, data, now, out),
        }
    }

    fn answered(
        &mut self,
        job: Job,
        request: &Request,
        completion: u8,
        data: Vec<u8>,
        now: Instant,
        out: &mut Out,
    ) -> Event {
        // An answer: the session lives.
        self.kept = false;
        self.answered = true;
        let raising = *request != job.request;
        match completion {
            // A BMC without the command has no lower level either.
            0 | NO_COMMAND if raising => {
                self.raised = job.config.privilege;
                self.execute(job, now, out)
            }
            0 => Event::Done(job, Ok(data)),
            // Some BMCs want more for a command than IPMI 2.0 says.
            NO_PRIVILEGE if !raising && self.raised < job.config.privilege => self.raise(job, now, out),
            code => Event::Done(job, Err(IpmiError::Completion { operation: request.operation(), code })),
        }
    }

    /// Time has passed. `in_demand`: somebody waits for the end of this session, to begin another one.
    pub(super) fn wake(&mut self, in_demand: bool, now: Instant, out: &mut Out) -> Event {
        match &mut self.work {
            Work::Held => Event::Nothing,
            Work::Kept(until) => {
                if now >= *until {
                    Event::Idle
                } else {
                    Event::Nothing
                }
            }
            Work::Asking(asking) => {
                if asking.job.as_ref().is_some_and(Job::is_cancelled) {
                    self.work = Work::Held;
                    return Event::Cancelled;
                }
                let tick = match &mut asking.pace {
                    Pace::Waiting(resend) => resend.tick(now),
                    Pace::Pausing { until, .. } if now < *until => Tick::Nothing,
                    Pace::Pausing { deadline, .. } => {
                        // A new number: a BMC that remembers its answers must not give the old one again.
                        let deadline = *deadline;
                        return self.ask_anew(deadline, now, out);
                    }
                };
                match tick {
                    Tick::Nothing => Event::Nothing,
                    Tick::Again => {
                        // The same request under a new session sequence number: what is no replay is not dropped.
                        match self.session.seal(&asking.message, rand::random()) {
                            Some(packet) => {
                                out.packets.push(packet);
                                // A BMC that has closed the session cannot say so again: whoever waits need not.
                                if in_demand && asking.job.is_none() { Event::Closed } else { Event::Nothing }
                            }
                            None => self.unanswered(),
                        }
                    }
                    Tick::Over => self.unanswered(),
                }
            }
        }
    }

    fn ask_anew(&mut self, deadline: Instant, now: Instant, out: &mut Out) -> Event {
        let Work::Asking(asking) = std::mem::replace(&mut self.work, Work::Held) else { return Event::Nothing };
        let busy = asking.busy;
        let event = self.ask(asking.job, asking.request, now, out);
        if let Work::Asking(asking) = &mut self.work {
            asking.busy = busy;
            if let Pace::Waiting(resend) = &mut asking.pace {
                resend.end_by(deadline);
            }
        }
        event
    }

    fn unanswered(&mut self) -> Event {
        let Work::Asking(asking) = std::mem::replace(&mut self.work, Work::Held) else { return Event::Nothing };
        // What comes before a command is harmless; a command may be one that is sent once.
        let harmless = |job: &Job| is_repeatable(job) || asking.request != job.request;
        match asking.job {
            None => Event::Closed,
            Some(job) if (self.kept || self.answered) && !job.is_retried && harmless(&job) => Event::Stale(job),
            Some(job) => Event::Silent(job, IpmiError::NoAnswer(asking.request.operation(), None)),
        }
    }
}

fn skipped(config: &IpmiConfig, skip: Skip) -> Event {
    tracing::trace!(address = %config.address, %skip, "datagram skipped");
    Event::Nothing
}

/// Close Session (IPMI 2.0 §22.19), by the BMC's session ID.
fn closing(session: &Session) -> Request {
    Request { netfn: APP, lun: 0, number: CLOSE, data: session.bmc_id().to_le_bytes().to_vec() }
}

/// The packet that closes a session.
pub(super) fn close_packet(session: &mut Session) -> Option<Vec<u8>> {
    let request = closing(session);
    let sequence = session.next_request();
    let message = wire::encode_request(sequence, request.netfn, request.lun, request.number, &request.data);
    session.seal(&message, rand::random())
}
