//! A login under way: suites in their order, handshakes begun anew, pauses while the BMC has no session to give. No I/O.

use super::{
    actor::Out,
    config::IpmiConfig,
    error::{IpmiError, Operation},
    handshake::{Handshake, Nonces, Progress},
    open::close_packet,
    resend::{Resend, Tick},
    session::Session,
    suite::CipherSuite,
    wire::{self, Skip},
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Handshakes begun anew because lost packets left both ends in different states.
const HANDSHAKES: u32 = 4;
/// Sendings of RAKP message 3 before the login begins anew: a BMC that has sent message 4 may ignore further ones.
const RAKP3_TRIES: u32 = 2;
/// Sendings to a BMC that was silent long enough to be left alone, and to one that fell silent in a session just now.
const PROBES: u32 = 2;
const PROBES_AFTER_SESSION: u32 = 4;

/// How much is known of the BMC that is logged in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing is against it.
    None,
    /// It fell silent in a session just now.
    SessionLost,
    /// It was silent so often that it was left alone.
    Rested,
}
/// Bits of a session ID that name the actor; the others are random.
pub(super) const NUMBER_BITS: u32 = 20;

/// What a step of the login has led to.
pub(super) enum Turn {
    /// It goes on.
    Goes,
    /// Logged in.
    Open(Session),
    /// It is over.
    Failed(IpmiError),
    /// Nobody wants it any more.
    Cancelled,
}

/// A login.
pub(super) struct Login {
    config: Arc<IpmiConfig>,
    number: u32,
    /// The suite at hand, then those that are left.
    suite: CipherSuite,
    left: Vec<CipherSuite>,
    handshake: Handshake,
    /// How often a handshake was begun.
    begun: u32,
    step: Step,
    /// A message of this handshake was sent more than once.
    resent: bool,
    /// The BMC was asked for its capabilities, and has not told them yet.
    has_knocked: bool,
    tries: u32,
    busy: Duration,
    deadline: Instant,
}

enum Step {
    Asking(Resend),
    /// The BMC is full; a handshake begins then.
    Pausing(Instant),
}

impl Login {
    /// A login that begins with the suite that was taken last, if it is still offered.
    pub(super) fn new(
        config: Arc<IpmiConfig>,
        number: u32,
        known: Option<CipherSuite>,
        doubt: Doubt,
        now: Instant,
    ) -> Self {
        let offered = config.cipher_suites.iter().copied();
        let known = known.filter(|suite| config.cipher_suites.contains(suite));
        let mut order: Vec<CipherSuite> =
            known.into_iter().chain(offered.filter(|suite| Some(*suite) != known)).collect();
        order.reverse();
        // An empty list is refused before anything is sent.
        let suite = order.pop().unwrap_or(CipherSuite::Seventeen);
        let tries = match doubt {
            Doubt::None => config.timing.tries,
            Doubt::SessionLost => config.timing.tries.min(PROBES_AFTER_SESSION),
            Doubt::Rested => config.timing.tries.min(PROBES),
        };
        Self {
            number,
            suite,
            left: order,
            handshake: Handshake::new(Arc::clone(&config), suite, nonces(number)),
            begun: 1,
            step: Step::Pausing(now),
            resent: false,
            has_knocked: false,
            tries,
            busy: config.timing.busy,
            deadline: now + config.timing.login,
            config,
        }
    }

    pub(super) fn config(&self) -> Arc<IpmiConfig> {
        Arc::clone(&self.config)
    }

    /// Sends the first message.
    pub(super) fn begin(&mut self, now: Instant, out: &mut Out) -> Turn {
        if self.config.cipher_suites.is_empty() {
            return Turn::Failed(IpmiError::NoCipherSuite(Vec::new()));
        }
        self.send(now, out)
    }

    pub(super) fn counts(&self) -> bool {
        matches!(&self.step, Step::Asking(resend) if resend.counts())
    }

    pub(super) fn next(&self) -> Instant {
        let next = match &self.step {
            Step::Asking(resend) => resend.next(),
            Step::Pausing(until) => *until,
        };
        next.min(self.deadline)
    }

    /// The packet that closes what the BMC may have opened, if it got the last message.
    pub(super) fn farewell(&self) -> Option<Vec<u8>> {
        self.handshake.half_open().and_then(|mut session| close_packet(&mut session))
    }

    pub(super) fn receive(&mut self, datagram: &[u8], now: Instant, out: &mut Out) -> Turn {
        let Step::Asking(resend) = &self.step else { return Turn::Goes };
        let round_trip = resend.round_trip(now);
        match self.handshake.receive(datagram) {
            // Not the answer, but somebody has woken up.
            Ok(Progress::Skipped(Skip::NotRmcpPlus)) if self.has_knocked => {
                self.has_knocked = false;
                out.packets.push(self.handshake.packet().to_vec());
                Turn::Goes
            }
            Ok(Progress::Skipped(skip)) => {
                tracing::trace!(address = %self.config.address, %skip, "datagram skipped");
                Turn::Goes
            }
            Ok(Progress::Next) => {
                self.has_knocked = false;
                out.round_trip = round_trip;
                self.send(now, out)
            }
            Ok(Progress::Open(session)) => {
                out.round_trip = round_trip;
                Turn::Open(session)
            }
            Err(error) => self.refused(error, now, out),
        }
    }

    pub(super) fn wake(&mut self, now: Instant, out: &mut Out) -> Turn {
        if now >= self.deadline {
            return Turn::Failed(IpmiError::LoginTooSlow(self.config.timing.login));
        }
        match &mut self.step {
            Step::Pausing(until) if now < *until => Turn::Goes,
            Step::Pausing(_) => self.begin_anew(now, out),
            Step::Asking(resend) => match resend.tick(now) {
                Tick::Nothing => Turn::Goes,
                Tick::Again => {
                    self.resent = true;
                    out.packets.push(self.handshake.packet().to_vec());
                    // pyghmi's BMCs, VirtualBMC's that is, take a port to be in its last session until they hear this.
                    self.has_knocked = self.handshake.operation() == Operation::OpenSession;
                    if self.has_knocked {
                        out.packets.push(wire::knock(self.config.privilege as u8));
                    }
                    Turn::Goes
                }
                Tick::Over => self.refused(IpmiError::NoAnswer(self.handshake.operation(), None), now, out),
            },
        }
    }

    fn send(&mut self, now: Instant, out: &mut Out) -> Turn {
        let last_message = self.handshake.operation() == Operation::Rakp3;
        let tries = if last_message && self.begun < HANDSHAKES { self.tries.min(RAKP3_TRIES) } else { self.tries };
        self.step = Step::Asking(Resend::first(&self.config.timing, tries, now, out.hold));
        out.packets.push(self.handshake.packet().to_vec());
        Turn::Goes
    }

    fn begin_anew(&mut self, now: Instant, out: &mut Out) -> Turn {
        self.handshake = Handshake::new(Arc::clone(&self.config), self.suite, nonces(self.number));
        self.resent = false;
        self.send(now, out)
    }

    /// What comes of a refusal, or of silence.
    fn refused(&mut self, error: IpmiError, now: Instant, out: &mut Out) -> Turn {
        let address = self.config.address;
        if error.wants_other_suite() {
            tracing::debug!(%address, suite = self.suite.id(), %error, "cipher suite refused");
            let Some(next) = self.left.pop() else {
                let all = self.config.cipher_suites.iter().map(|suite| suite.id()).collect();
                return Turn::Failed(IpmiError::NoCipherSuite(all));
            };
            self.suite = next;
            return self.begin_anew(now, out);
        }
        if error.is_full() && now + self.busy < self.deadline {
            tracing::debug!(%address, %error, "the BMC is full");
            self.step = Step::Pausing(now + self.busy);
            self.busy *= 2;
            return Turn::Goes;
        }
        if self.begun < HANDSHAKES && out_of_step(&error, self.resent) {
            tracing::debug!(%address, %error, begun = self.begun, "login begins anew");
            self.begun += 1;
            // The BMC may have opened a session of which we have not heard; it has few.
            out.packets.extend(self.farewell());
            return self.begin_anew(now, out);
        }
        Turn::Failed(error)
    }
}

/// Whether the failure is explained by lost packets alone. A resent RAKP 1 may make the BMC draw a new random number,
/// under which our RAKP 3 looks like a wrong password; a resent RAKP 3 may find its session active already. A BMC that falls
/// silent in the middle of a login is not dead.
fn out_of_step(error: &IpmiError, resent: bool) -> bool {
    match error {
        IpmiError::Refused { operation: Operation::Rakp1 | Operation::Rakp3, status: 0x02 | 0x08 }
        | IpmiError::NoAnswer(Operation::Rakp1 | Operation::Rakp3, _) => true,
        IpmiError::Refused { operation: Operation::Rakp3, .. } | IpmiError::WrongCode(Operation::Rakp3) => resent,
        _ => false,
    }
}

fn nonces(number: u32) -> Nonces {
    // Never 0: that would be no session.
    let drawn = rand::random::<u32>() << NUMBER_BITS | 1 << 31;
    Nonces { console_id: drawn | number, random: rand::random(), tag: rand::random() }
}

/// The actor that a session ID names.
pub(super) fn number_of(console_id: u32) -> u32 {
    console_id & ((1 << NUMBER_BITS) - 1)
}
