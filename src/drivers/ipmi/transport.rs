//! The part that touches the network: one UDP socket per session, resends, deadlines.
//!
//! Lost packets are normal on management networks, and so are late, doubled and foreign ones. Whatever does not answer
//! the request at hand is skipped; whatever is missing is asked for again until the deadline.

use super::{
    commands::{CloseSession, SetSessionPrivilege},
    config::{IpmiConfig, Timing},
    error::{IpmiError, Operation},
    handshake::{Handshake, Nonces, Progress},
    session::Session,
    suite::CipherSuite,
    wire::{self, MAX_DATAGRAM, Reply, Skip},
};
use ipmi_rs_core::connection::{IpmiCommand, Message};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::UdpSocket,
    time::{Instant, sleep_until, timeout, timeout_at},
};

/// Logins begun anew because lost packets left both ends in different states.
const LOGINS: u32 = 3;
/// Resends of RAKP 3 before the login begins anew: a BMC that has sent RAKP 4 may ignore further ones.
const RAKP3_TRIES: u32 = 2;
/// Attempts to say good-bye. A BMC that closed already cannot answer again.
const CLOSE_TRIES: u32 = 2;
/// Pause after an ICMP error, so that a broken network costs no processor time.
const ERROR_PAUSE: Duration = Duration::from_millis(10);

/// How often a command may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// As often as needed: executing it twice does no harm.
    Repeat,
    /// Once, whatever happens: without an answer the outcome is unknown.
    Once,
}

/// A session with a BMC. Closed by [`Connection::close`]; dropped without it, one Close Session is sent all the same.
pub(super) struct Connection {
    socket: UdpSocket,
    timing: Timing,
    session: Session,
    suite: CipherSuite,
    open: bool,
}

impl Connection {
    /// Logs in and raises the privilege.
    pub(super) async fn open(config: &IpmiConfig) -> Result<Self, IpmiError> {
        config.check()?;
        let socket = connect(config.address).await.map_err(IpmiError::Socket)?;
        let timing = config.timing;
        let (session, suite) = timeout(timing.login, log_in(&socket, config))
            .await
            .map_err(|_| IpmiError::LoginTooSlow(timing.login))??;
        let mut connection = Self { socket, timing, session, suite, open: true };
        match connection.execute(SetSessionPrivilege(config.privilege), Sending::Repeat).await {
            Ok(()) => Ok(connection),
            Err(error) => {
                connection.close().await;
                Err(error)
            }
        }
    }

    /// The cipher suite that the BMC took.
    pub(super) fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// Sends a command and waits for its answer.
    pub(super) async fn execute<C>(&mut self, command: C, sending: Sending) -> Result<C::Output, IpmiError>
    where
        C: IpmiCommand + Send,
    {
        let message: Message = command.into();
        let operation = Operation::Command { netfn: message.netfn_raw(), number: message.cmd() };
        let patience = match sending {
            Sending::Repeat => Patience::usual(&self.timing),
            Sending::Once => Patience { tries: 1, wait: self.timing.retransmit * 3, ..Patience::usual(&self.timing) },
        };
        let (completion, data) = self.send(&message, operation, patience).await?;
        if completion != 0 {
            return Err(IpmiError::Completion { operation, code: completion });
        }
        C::parse_success_response(&data).map_err(|_| IpmiError::Malformed(operation))
    }

    /// Closes the session, best effort: its slot in the BMC becomes free.
    pub(super) async fn close(mut self) {
        let message: Message = CloseSession(self.session.bmc_id()).into();
        let operation = Operation::Command { netfn: message.netfn_raw(), number: message.cmd() };
        let patience = Patience { tries: CLOSE_TRIES, ..Patience::usual(&self.timing) };
        self.open = false;
        if let Err(error) = self.send(&message, operation, patience).await {
            tracing::debug!(%error, "the BMC did not confirm the end of the session");
        }
    }

    async fn send(
        &mut self,
        message: &Message,
        operation: Operation,
        patience: Patience,
    ) -> Result<(u8, Vec<u8>), IpmiError> {
        let sequence = self.session.next_request();
        let request = wire::encode_request(sequence, message.netfn_raw(), message.cmd(), message.data());
        let mut exchange = CommandExchange { session: &mut self.session, operation, sequence, request };
        converse(&self.socket, patience, &mut exchange).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        // A call that was cancelled cannot wait any more; one packet is the best that can be done for the BMC.
        let message: Message = CloseSession(self.session.bmc_id()).into();
        let sequence = self.session.next_request();
        let request = wire::encode_request(sequence, message.netfn_raw(), message.cmd(), message.data());
        if let Some(packet) = self.session.seal(&request, rand::random()) {
            let _ = self.socket.try_send(&packet);
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    // One family at a time: hosts booted without IPv6 refuse `[::]`.
    let any: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

/// Tries the suites in their order, each until the BMC says more than "not that one".
async fn log_in(socket: &UdpSocket, config: &IpmiConfig) -> Result<(Session, CipherSuite), IpmiError> {
    for suite in &config.cipher_suites {
        match log_in_with(socket, config, *suite).await {
            Err(error) if error.wants_other_suite() => {
                tracing::debug!(address = %config.address, suite = suite.id(), %error, "cipher suite refused");
            }
            outcome => return outcome.map(|session| (session, *suite)),
        }
    }
    Err(IpmiError::NoCipherSuite(config.cipher_suites.iter().map(|suite| suite.id()).collect()))
}

async fn log_in_with(socket: &UdpSocket, config: &IpmiConfig, suite: CipherSuite) -> Result<Session, IpmiError> {
    let mut attempt = 1;
    loop {
        let mut resent = false;
        match hand_shake(socket, config, suite, attempt < LOGINS, &mut resent).await {
            Err(error) if attempt < LOGINS && out_of_step(&error, resent) => {
                tracing::debug!(address = %config.address, %error, attempt, "login begins anew");
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Whether the failure is explained by lost packets alone. A resent RAKP 1 may make the BMC draw a new random number,
/// under which our RAKP 3 looks like a wrong password; a resent RAKP 3 may find its session active already.
fn out_of_step(error: &IpmiError, resent: bool) -> bool {
    match error {
        IpmiError::Refused { operation: Operation::Rakp1 | Operation::Rakp3, status: 0x02 | 0x08 }
        | IpmiError::NoAnswer(Operation::Rakp3, _) => true,
        IpmiError::Refused { operation: Operation::Rakp3, .. } | IpmiError::WrongCode(Operation::Rakp3) => resent,
        _ => false,
    }
}

async fn hand_shake(
    socket: &UdpSocket,
    config: &IpmiConfig,
    suite: CipherSuite,
    may_begin_anew: bool,
    resent: &mut bool,
) -> Result<Session, IpmiError> {
    let console_id = rand::random::<u32>().max(1);
    let nonces = Nonces { console_id, random: rand::random(), tag: rand::random() };
    let mut handshake = Handshake::new(config, suite, nonces);
    loop {
        let mut patience = Patience::usual(&config.timing);
        if may_begin_anew && handshake.operation() == Operation::Rakp3 {
            patience.tries = patience.tries.min(RAKP3_TRIES);
        }
        let mut exchange = HandshakeExchange(&mut handshake, resent);
        if let Some(session) = converse(socket, patience, &mut exchange).await? {
            return Ok(session);
        }
    }
}

/// A request and how its answer is recognized; without I/O.
trait Exchange {
    type Answer;
    fn operation(&self) -> Operation;
    /// The datagram for the next sending.
    fn packet(&mut self, again: bool) -> Result<Vec<u8>, IpmiError>;
    /// The answer, if this datagram holds it.
    fn receive(&mut self, datagram: &[u8]) -> Result<Result<Self::Answer, Skip>, IpmiError>;
}

struct HandshakeExchange<'a>(&'a mut Handshake, &'a mut bool);

impl Exchange for HandshakeExchange<'_> {
    type Answer = Option<Session>;

    fn operation(&self) -> Operation {
        self.0.operation()
    }

    fn packet(&mut self, again: bool) -> Result<Vec<u8>, IpmiError> {
        *self.1 |= again;
        Ok(self.0.packet().to_vec())
    }

    fn receive(&mut self, datagram: &[u8]) -> Result<Result<Option<Session>, Skip>, IpmiError> {
        Ok(match self.0.receive(datagram)? {
            Progress::Skipped(skip) => Err(skip),
            Progress::Next => Ok(None),
            Progress::Open(session) => Ok(Some(session)),
        })
    }
}

struct CommandExchange<'a> {
    session: &'a mut Session,
    operation: Operation,
    sequence: u8,
    request: Vec<u8>,
}

impl CommandExchange<'_> {
    fn matching(&mut self, datagram: &[u8]) -> Result<(u8, Vec<u8>), Skip> {
        let message = self.session.open(datagram)?;
        let reply = Reply::parse(&message)?;
        let answers = Operation::Command { netfn: reply.netfn & !1, number: reply.command };
        if reply.netfn & 1 == 0 || answers != self.operation || reply.sequence != self.sequence {
            return Err(Skip::Request);
        }
        Ok((reply.completion, reply.data.to_vec()))
    }
}

impl Exchange for CommandExchange<'_> {
    type Answer = (u8, Vec<u8>);

    fn operation(&self) -> Operation {
        self.operation
    }

    fn packet(&mut self, _again: bool) -> Result<Vec<u8>, IpmiError> {
        self.session.seal(&self.request, rand::random()).ok_or(IpmiError::Exhausted)
    }

    fn receive(&mut self, datagram: &[u8]) -> Result<Result<(u8, Vec<u8>), Skip>, IpmiError> {
        Ok(self.matching(datagram))
    }
}

/// How long and how often one request is tried.
#[derive(Clone, Copy)]
struct Patience {
    tries: u32,
    wait: Duration,
    deadline: Duration,
}

impl Patience {
    fn usual(timing: &Timing) -> Self {
        Self { tries: timing.tries, wait: timing.retransmit, deadline: timing.exchange }
    }
}

/// Sends until the answer is there or the patience is over.
async fn converse<E: Exchange>(
    socket: &UdpSocket,
    patience: Patience,
    exchange: &mut E,
) -> Result<E::Answer, IpmiError> {
    let deadline = Instant::now() + patience.deadline;
    let mut wait = patience.wait;
    let mut cause = None;
    for attempt in 0..patience.tries {
        let until = deadline.min(Instant::now() + wait);
        let packet = exchange.packet(attempt > 0)?;
        // Errors here are ICMP's about earlier packets. They prove nothing: BMCs restart, and anyone can send them.
        if let Ok(Err(error)) = timeout_at(until, socket.send(&packet)).await {
            cause = Some(error);
        }
        if let Some(answer) = listen(socket, until, exchange, &mut cause).await? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            break;
        }
        wait *= 2;
    }
    Err(IpmiError::NoAnswer(exchange.operation(), cause))
}

async fn listen<E: Exchange>(
    socket: &UdpSocket,
    until: Instant,
    exchange: &mut E,
    cause: &mut Option<io::Error>,
) -> Result<Option<E::Answer>, IpmiError> {
    let mut buffer = [0; MAX_DATAGRAM];
    loop {
        match timeout_at(until, socket.recv(&mut buffer)).await {
            Err(_) => return Ok(None),
            Ok(Err(error)) => {
                *cause = Some(error);
                sleep_until(until.min(Instant::now() + ERROR_PAUSE)).await;
            }
            Ok(Ok(length)) => match exchange.receive(&buffer[..length])? {
                Ok(answer) => return Ok(Some(answer)),
                Err(skip) => tracing::trace!(%skip, operation = %exchange.operation(), "datagram skipped"),
            },
        }
    }
}
