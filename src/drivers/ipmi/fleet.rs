//! [`Fleet`]: the way to all BMCs. One for a whole program.
//!
//! A caller takes a BMC's line, and holds it for a few commands; others wait, so that a BMC is asked by one at a time and
//! has one session at most. What the line's holder asks goes to the engine, which logs in when the first command comes.

use super::{
    config::{IpmiConfig, Privilege},
    engine::{Ask, Engine},
    error::{IpmiError, Operation},
    job::{Job, Request, Sending},
    login::NUMBER_BITS,
    suite::CipherSuite,
};
use crate::model::{BootDevice, FirmwareType, Permit};
use ipmi_rs_core::connection::{IpmiCommand, Message};
use std::{
    collections::HashMap,
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
};
use tokio::{
    sync::{MutexGuard, mpsc},
    time::Instant,
};

/// How much a fleet does at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Exchanges under way at the same time, all BMCs taken together.
    pub in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 512 }
    }
}

/// All BMCs of a program. Clones are the same fleet; when the last one is gone, open sessions are closed.
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    asks: mpsc::UnboundedSender<Ask>,
    lines: Mutex<HashMap<SocketAddr, Arc<Line>>>,
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fleet")
    }
}

/// The way to one BMC.
#[derive(Debug)]
pub(super) struct Line {
    number: u32,
    address: SocketAddr,
    turn: tokio::sync::Mutex<()>,
    /// Id of the cipher suite of the last session, and one more; 0 stands for none yet.
    taken: AtomicU8,
    /// The BMC's manufacturer, once it was told; 0 before.
    manufacturer: AtomicU32,
    /// The boot device that was set last and has not been used yet.
    boot: Mutex<Option<BootOrder>>,
}

/// A boot device, as it was set.
#[derive(Debug, Clone, Copy)]
pub(super) struct BootOrder {
    pub(super) device: BootDevice,
    pub(super) firmware: FirmwareType,
    /// When the BMC took it.
    pub(super) at: Instant,
}

impl Line {
    /// The cipher suite of the last session.
    pub(super) fn suite(&self) -> Option<CipherSuite> {
        CipherSuite::from_id(self.taken.load(Ordering::Relaxed).checked_sub(1)?)
    }

    /// The manufacturer's IANA number, where the BMC has told it.
    pub(super) fn manufacturer(&self) -> Option<u32> {
        Some(self.manufacturer.load(Ordering::Relaxed)).filter(|number| *number != 0)
    }

    pub(super) fn set_manufacturer(&self, number: u32) {
        self.manufacturer.store(number, Ordering::Relaxed);
    }

    /// The boot device that waits for the machine's next start.
    pub(super) fn boot(&self) -> Option<BootOrder> {
        *self.boot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_boot(&self, order: Option<BootOrder>) {
        *self.boot.lock().unwrap_or_else(PoisonError::into_inner) = order;
    }
}

impl Fleet {
    /// Starts the task that speaks to BMCs, on the runtime of the caller.
    pub fn start(limits: Limits) -> Self {
        // It holds one ask a line: whoever asks holds the line, and waits for the answer. What tells that a line is free
        // again is sent from a `drop`, which cannot wait for room.
        let (asks, asked) = mpsc::unbounded_channel();
        tokio::spawn(Engine::new(limits.in_flight).run(asked));
        Self(Arc::new(Inner { asks, lines: Mutex::default() }))
    }

    /// The line to a BMC. The same for all who ask for that address.
    pub(super) fn line(&self, address: SocketAddr) -> Result<Arc<Line>, IpmiError> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&address) {
            return Ok(Arc::clone(line));
        }
        let number = u32::try_from(lines.len()).ok().filter(|number| number >> NUMBER_BITS == 0);
        let number = number.ok_or(IpmiError::TooManyBmcs)?;
        let line = Arc::new(Line {
            number,
            address,
            turn: tokio::sync::Mutex::default(),
            taken: AtomicU8::new(0),
            manufacturer: AtomicU32::new(0),
            boot: Mutex::default(),
        });
        lines.insert(address, Arc::clone(&line));
        Ok(line)
    }
}

/// How a command is to be carried out.
#[derive(Clone, Copy)]
pub(super) struct How<'p> {
    sending: Sending,
    needs: Privilege,
    permit: Option<&'p Permit>,
    lun: u8,
    last: bool,
}

impl<'p> How<'p> {
    /// A command that reads, as anybody may.
    pub(super) const READ: How<'static> =
        How { sending: Sending::Repeat, needs: Privilege::User, permit: None, lun: 0, last: false };

    /// A command that takes an operator.
    pub(super) const OPERATOR: How<'static> = How { needs: Privilege::Operator, ..How::READ };

    /// A command that changes something, and may be repeated.
    pub(super) fn write(permit: &'p Permit) -> Self {
        How { permit: Some(permit), ..How::OPERATOR }
    }

    /// A command that changes something and is sent once: without an answer its outcome is unknown.
    pub(super) fn once(permit: &'p Permit) -> Self {
        How { sending: Sending::Once, ..How::write(permit) }
    }

    /// The session's work is done with it.
    pub(super) fn last(self) -> Self {
        How { last: true, ..self }
    }

    /// At a logical unit of the BMC other than 0.
    pub(super) fn at_lun(self, lun: u8) -> Self {
        How { lun, ..self }
    }
}

/// A BMC's line, held. Dropped, it lets the session end or be kept, as the configuration says.
pub(super) struct Lease<'a> {
    fleet: &'a Fleet,
    line: &'a Line,
    config: &'a Arc<IpmiConfig>,
    /// The engine has been asked for something and not been told that it was the last.
    begun: bool,
    _turn: MutexGuard<'a, ()>,
}

impl<'a> Lease<'a> {
    /// Waits until nobody else holds the line.
    pub(super) async fn take(fleet: &'a Fleet, line: &'a Line, config: &'a Arc<IpmiConfig>) -> Self {
        let turn = line.turn.lock().await;
        Self { fleet, line, config, begun: false, _turn: turn }
    }

    /// Carries out a command, logging in first where there is no session.
    pub(super) async fn execute<C: IpmiCommand>(&mut self, command: C, how: How<'_>) -> Result<C::Output, IpmiError> {
        let message: Message = command.into();
        let operation = Operation::Command { netfn: message.netfn_raw(), number: message.cmd() };
        let data = self.send(message, how).await?;
        C::parse_success_response(&data).map_err(|_| IpmiError::Malformed(operation))
    }

    async fn send(&mut self, message: Message, how: How<'_>) -> Result<Vec<u8>, IpmiError> {
        let (netfn, number) = (message.netfn_raw(), message.cmd());
        let request = Request { netfn, lun: how.lun, number, data: message.data().to_vec() };
        let (mut job, answer) = Job::new(Arc::clone(self.config), request);
        job.sending = how.sending;
        job.needs = how.needs;
        job.permit = how.permit.cloned();
        job.last = how.last;
        self.begun = true;
        let ask = Ask::Do(self.line.number, self.line.address, Box::new(job));
        self.fleet.0.asks.send(ask).map_err(|_| IpmiError::Ended)?;
        let outcome = answer.await.map_err(|_| IpmiError::Ended)?;
        self.begun = !how.last;
        let answer = outcome?;
        self.line.taken.store(answer.suite.id() + 1, Ordering::Relaxed);
        Ok(answer.data)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.begun {
            // Without an engine there is no session either.
            let _ = self.fleet.0.asks.send(Ask::Release(self.line.number));
        }
    }
}
