//! One BMC's side of the engine: at most one session, one request at a time, and what is remembered between sessions.
//! A state machine without I/O: packets to send go to an [`Out`], time is passed in.
//!
//! ```text
//! idle --job--> login --> open --command--> open --last--> closing --> idle
//!                 |         |  ^--next job-- kept --idle too long--^
//!                 +--refused or silent: the job fails--> idle
//! ```

use super::{
    breaker::Breaker,
    config::{IpmiConfig, LONGEST_IDLE, Privilege, SessionPolicy},
    error::{BUSY, IpmiError},
    job::{Answer, Job, Sending},
    login::{Doubt, Login, Turn},
    open::{Event, Open},
    suite::CipherSuite,
};
use jiff::Timestamp;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::time::Instant;

/// What a call of the actor wants done.
#[derive(Default)]
pub(super) struct Out {
    /// Packets to the BMC, in order.
    pub(super) packets: Vec<Vec<u8>>,
    /// How long an answer took, where that could be told.
    pub(super) round_trip: Option<Duration>,
    /// How long an unanswered packet counts as under way.
    pub(super) hold: Duration,
}

/// What an actor needs of the places that the engine has for exchanges under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// None.
    None,
    /// One, before it goes on.
    Wants,
    /// One, and it has a packet under way.
    Uses,
}

/// One BMC.
pub(super) struct Actor {
    /// Its number in the engine; part of the console's session IDs, by which answers find it.
    number: u32,
    address: SocketAddr,
    state: State,
    /// The next job: waits for a place, for a pause, or for the end of a session that is closed.
    due: Option<Job>,
    /// Before this nothing new is begun.
    rested: Instant,
    breaker: Breaker,
    /// Account and suite of the last login that succeeded.
    winner: Option<(Arc<IpmiConfig>, CipherSuite)>,
    cause: Option<io::Error>,
}

enum State {
    Idle,
    Login(Box<Login>, Job),
    Open(Box<Open>),
}

impl Actor {
    pub(super) fn new(number: u32, address: SocketAddr, now: Instant) -> Self {
        Self {
            number,
            address,
            state: State::Idle,
            due: None,
            rested: now,
            breaker: Breaker::default(),
            winner: None,
            cause: None,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether an answer from there may be this BMC's: its address. A BMC behind a port that was changed on the way
    /// answers from another port.
    pub(super) fn may_answer_from(&self, from: SocketAddr) -> bool {
        self.address.ip() == from.ip()
    }

    /// Takes a job. There is one at a time: callers hold the BMC's line.
    pub(super) fn take(&mut self, job: Job, now: Instant) {
        if let Some((times, until)) = self.breaker.resting(now) {
            let until = Timestamp::now().checked_add(until - now).unwrap_or(Timestamp::MAX);
            job.answer(Err(IpmiError::Resting { times, until }));
            return;
        }
        if let State::Open(open) = &mut self.state
            && open.is_held()
        {
            self.rested = now;
        }
        self.due = Some(job);
    }

    /// Nobody holds the BMC's line any more: what is under way for its last holder ends, the session too.
    pub(super) fn release(&mut self, now: Instant, out: &mut Out) {
        self.due = None;
        match &mut self.state {
            State::Open(open) => {
                open.abandon();
                self.part(now, out);
            }
            State::Login(..) => self.end(out),
            State::Idle => {}
        }
    }

    /// The engine ends: a session is closed without waiting for an answer.
    pub(super) fn shut_down(&mut self, out: &mut Out) {
        self.due = None;
        self.end(out);
    }

    /// Nothing is under way any more. What the BMC may have opened is closed, once and without waiting.
    fn end(&mut self, out: &mut Out) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {}
            State::Login(login, _) => out.packets.extend(login.farewell()),
            State::Open(mut open) => out.packets.extend(open.farewell()),
        }
    }

    /// What it needs of the engine's places now.
    pub(super) fn demand(&self, now: Instant) -> Demand {
        let counts = match &self.state {
            State::Idle => false,
            State::Login(login, _) => login.counts(),
            State::Open(open) => open.counts(),
        };
        if counts {
            Demand::Uses
        } else if self.may_begin(now) {
            Demand::Wants
        } else {
            Demand::None
        }
    }

    fn may_begin(&self, now: Instant) -> bool {
        let free = match &self.state {
            State::Idle => true,
            State::Login(..) => false,
            State::Open(open) => !open.is_busy(),
        };
        free && self.due.is_some() && self.rested <= now
    }

    /// When it wants to be woken.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let begins = self.due.as_ref().map(|_| self.rested);
        match &self.state {
            State::Idle => begins,
            State::Login(login, _) => Some(login.next()),
            State::Open(open) => match (open.next(), begins.filter(|_| !open.is_busy())) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        }
    }

    /// It has been given a place: the due job begins.
    pub(super) fn begin(&mut self, now: Instant, out: &mut Out) {
        if !self.may_begin(now) {
            return;
        }
        let Some(job) = self.due.take() else { return };
        if job.is_cancelled() {
            return;
        }
        match &mut self.state {
            State::Open(open) if open.serves(&job.config) => {
                let events = open.command(job, now, out);
                self.follow(events, now, out);
            }
            State::Open(open) => {
                // Another account: its session first has to go.
                let event = open.close(now, out);
                self.due = Some(job);
                self.follow(event, now, out);
            }
            State::Idle | State::Login(..) => self.log_in(job, now, out),
        }
    }

    fn log_in(&mut self, job: Job, now: Instant, out: &mut Out) {
        let known =
            self.winner.as_ref().filter(|(config, _)| config.same_account(&job.config)).map(|(_, suite)| *suite);
        let doubt = match (self.breaker.is_doubtful(), job.is_retried) {
            (true, _) => Doubt::Rested,
            (false, true) => Doubt::SessionLost,
            (false, false) => Doubt::None,
        };
        let mut login = Login::new(Arc::clone(&job.config), self.number, known, doubt, now);
        let turn = login.begin(now, out);
        self.state = State::Login(Box::new(login), job);
        self.turn(turn, now, out);
    }

    /// A datagram that may be for this BMC. Whatever does not answer what was asked is passed over.
    pub(super) fn receive(&mut self, datagram: &[u8], now: Instant, out: &mut Out) {
        match &mut self.state {
            State::Idle => {}
            State::Login(login, _) => {
                let turn = login.receive(datagram, now, out);
                self.turn(turn, now, out);
            }
            State::Open(open) => {
                let event = open.receive(datagram, now, out);
                self.follow(event, now, out);
            }
        }
    }

    /// Time has passed.
    pub(super) fn wake(&mut self, now: Instant, out: &mut Out) {
        match &mut self.state {
            State::Idle => {}
            State::Login(login, job) => {
                let turn = if job.is_cancelled() { Turn::Cancelled } else { login.wake(now, out) };
                self.turn(turn, now, out);
            }
            State::Open(open) => {
                let event = open.wake(self.due.is_some(), now, out);
                self.follow(event, now, out);
            }
        }
    }

    /// The system refused to send: perhaps the reason why no answer comes.
    pub(super) fn not_sent(&mut self, cause: io::Error) {
        self.cause = Some(cause);
    }

    fn turn(&mut self, turn: Turn, now: Instant, out: &mut Out) {
        let outcome = match turn {
            Turn::Goes => return,
            Turn::Cancelled => return self.end(out),
            Turn::Open(session) => Ok(session),
            Turn::Failed(error) => Err(error),
        };
        let State::Login(login, job) = std::mem::replace(&mut self.state, State::Idle) else { return };
        match outcome {
            Ok(session) => {
                self.breaker.answered();
                self.winner = Some((login.config(), session.suite()));
                let mut open = Box::new(Open::new(session, login.config()));
                let event = open.command(job, now, out);
                self.state = State::Open(open);
                self.follow(event, now, out);
            }
            Err(error) => {
                if matches!(error, IpmiError::NoCipherSuite(_)) {
                    self.winner = None;
                }
                self.fail(job, error, now);
                self.rested = now + login.config().timing.interval;
            }
        }
    }

    fn follow(&mut self, event: Event, now: Instant, out: &mut Out) {
        let State::Open(open) = &mut self.state else { return };
        match event {
            Event::Nothing => {}
            Event::Done(job, outcome) => {
                self.breaker.answered();
                let suite = open.suite();
                let last = job.last;
                job.answer(outcome.map(|data| Answer { suite, data }));
                if last {
                    self.part(now, out);
                } else {
                    open.hold(now);
                }
            }
            Event::Stale(mut job) => {
                // The BMC has forgotten the session.
                job.is_retried = true;
                out.packets.extend(open.farewell());
                self.state = State::Idle;
                self.log_in(job, now, out);
            }
            Event::Silent(job, error) => {
                out.packets.extend(open.farewell());
                self.rested = now + open.config().timing.interval;
                self.state = State::Idle;
                self.fail(job, error, now);
            }
            Event::Cancelled => self.part(now, out),
            Event::Idle => {
                let event = open.close(now, out);
                self.follow(event, now, out);
            }
            Event::Closed => {
                self.rested = now + open.config().timing.interval;
                self.state = State::Idle;
            }
        }
    }

    /// The session's work is done: it is closed or kept.
    fn part(&mut self, now: Instant, out: &mut Out) {
        let State::Open(open) = &mut self.state else { return };
        match open.config().sessions {
            SessionPolicy::Close => {
                let event = open.close(now, out);
                self.follow(event, now, out);
            }
            SessionPolicy::Keep(idle) => {
                self.rested = now + open.config().timing.interval;
                open.keep(now + idle.min(LONGEST_IDLE));
            }
        }
    }

    fn fail(&mut self, job: Job, error: IpmiError, now: Instant) {
        let error = match error {
            IpmiError::NoAnswer(operation, _) => IpmiError::NoAnswer(operation, self.cause.take()),
            other => other,
        };
        match &error {
            IpmiError::NoAnswer(..) | IpmiError::LoginTooSlow(_) => self.breaker.silent(now),
            _ => self.breaker.answered(),
        }
        job.answer(Err(error));
    }
}

/// Whether a completion code only means "later".
pub(super) fn is_busy(code: u8) -> bool {
    code == BUSY
}

/// Whether a job may be repeated on a new session after silence on an old one.
pub(super) fn is_repeatable(job: &Job) -> bool {
    job.sending == Sending::Repeat
}

/// The privilege that a job needs first, given what the session has.
pub(super) fn lacks_privilege(job: &Job, raised: Privilege) -> bool {
    job.needs.min(job.config.privilege) > raised
}
