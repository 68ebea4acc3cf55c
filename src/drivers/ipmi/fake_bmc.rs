//! A BMC without I/O for the unit tests: the other side of `handshake` and `session`, with faults on demand.
//!
//! It shares `suite` and `wire` with the client, so it cannot tell whether those are right: `tests/drivers` does, with
//! simulators that others wrote.

use super::{
    session::{Session, SessionIds},
    suite::CipherSuite,
    wire::{self, Packet, PayloadType, Reply},
};

const ID: u32 = 0x0102_0304;
const RANDOM: [u8; 16] = [6; 16];
const GUID: [u8; 16] = [7; 16];

#[allow(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub(super) struct FakeBmc {
    pub(super) suites: Vec<CipherSuite>,
    pub(super) password: Vec<u8>,
    pub(super) key: Option<Vec<u8>>,
    /// Algorithms to answer with, whatever was asked for.
    pub(super) forced_algorithms: Option<[u8; 3]>,
    /// Status to answer Open Session with.
    pub(super) open_status: u8,
    /// Whether the machine is on.
    pub(super) on: bool,
    /// Completion code of each Chassis Control.
    pub(super) control_completion: u8,
    /// Executes a Chassis Control without answering it.
    pub(super) silent_control: bool,
    /// Its machine is off again before anybody can look.
    pub(super) falls_off: bool,
    /// Network function and number of each command executed, in order.
    pub(super) log: Vec<(u8, u8)>,
    /// How many datagrams arrived.
    pub(super) datagrams: usize,
    /// It answers nothing.
    pub(super) is_dead: bool,
    suite: CipherSuite,
    console_id: u32,
    console_random: [u8; 16],
    identity: Vec<u8>,
    session: Option<Session>,
}

impl FakeBmc {
    pub(super) fn new(suites: &[CipherSuite]) -> Self {
        Self {
            suites: suites.to_vec(),
            password: b"password".to_vec(),
            key: None,
            forced_algorithms: None,
            open_status: 0,
            on: false,
            control_completion: 0,
            silent_control: false,
            falls_off: false,
            log: Vec::new(),
            datagrams: 0,
            is_dead: false,
            suite: CipherSuite::Three,
            console_id: 0,
            console_random: [0; 16],
            identity: Vec::new(),
            session: None,
        }
    }

    /// What a BMC would send back.
    pub(super) fn answer(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.datagrams += 1;
        if self.is_dead {
            return None;
        }
        let packet = Packet::parse(datagram).ok()?;
        let payload = packet.payload;
        match packet.payload_type {
            0x10 => Some(wire::frame_plain(PayloadType::OpenSessionResponse, &self.open(payload))),
            0x12 => Some(wire::frame_plain(PayloadType::Rakp2, &self.rakp2(payload))),
            0x14 => Some(wire::frame_plain(PayloadType::Rakp4, &self.rakp4(payload))),
            _ => self.command(datagram),
        }
    }

    /// The session is gone, as after a minute of silence.
    pub(super) fn forget_session(&mut self) {
        self.session = None;
    }

    fn open(&mut self, request: &[u8]) -> Vec<u8> {
        let asked = [request[12], request[20], request[28]];
        self.console_id = u32::from_le_bytes(request[4..8].try_into().unwrap());
        let found = self.suites.iter().find(|suite| suite.algorithms() == asked);
        let status = if self.open_status != 0 { self.open_status } else { u8::from(found.is_none()) * 0x11 };
        if status != 0 {
            return [&[request[0], status, 0, 0], &request[4..8]].concat();
        }
        self.suite = *found.unwrap();
        let [a, i, c] = self.forced_algorithms.unwrap_or(asked);
        let head = [&[request[0], 0, request[1], 0], &request[4..8], &ID.to_le_bytes()].concat();
        [head, vec![0, 0, 0, 8, a, 0, 0, 0, 1, 0, 0, 8, i, 0, 0, 0, 2, 0, 0, 8, c, 0, 0, 0]].concat()
    }

    fn rakp2(&mut self, request: &[u8]) -> Vec<u8> {
        self.console_random = request[8..24].try_into().unwrap();
        self.identity = [&request[24..25], &request[27..]].concat();
        let console = self.console_id.to_le_bytes();
        let parts: [&[u8]; 6] = [&console, &ID.to_le_bytes(), &self.console_random, &RANDOM, &GUID, &self.identity];
        let code = self.suite.mac(&self.password, &parts);
        [&[request[0], 0, 0, 0], &console[..], &RANDOM, &GUID, &code].concat()
    }

    fn rakp4(&mut self, request: &[u8]) -> Vec<u8> {
        let console = self.console_id.to_le_bytes();
        let length = self.suite.key_exchange_len();
        let proof: [&[u8]; 3] = [&RANDOM, &console, &self.identity];
        if !self.suite.verify(&self.password, &proof, &request[8..], length) {
            return [&[request[0], 0x0f, 0, 0], &console[..]].concat();
        }
        let key = self.key.as_ref().unwrap_or(&self.password);
        let sik = self.suite.mac(key, &[&self.console_random, &RANDOM, &self.identity]);
        let ids = SessionIds { console: ID, bmc: self.console_id };
        self.session = Some(Session::new(ids, self.suite.session_keys(&sik)));
        let code = self.suite.mac(&sik, &[&self.console_random, &ID.to_le_bytes(), &GUID]);
        [&[request[0], 0, 0, 0], &console[..], &code[..self.suite.auth_code_len()]].concat()
    }

    fn command(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        let session = self.session.as_mut()?;
        let mut message = session.open(datagram).ok()?;
        // A request has no completion code; with a byte in its place it reads like a reply.
        let last = message.pop()?;
        message.insert(6, 0);
        message.push(last);
        let request = Reply::parse(&message, true).ok()?;
        self.log.push((request.netfn, request.command));
        let (completion, data) = match (request.netfn, request.command) {
            (0x00, 0x01) => (0, vec![u8::from(self.on), 0, 0]),
            (0x00, 0x02) => {
                if self.control_completion == 0 {
                    self.on = request.data == [1] && !self.falls_off;
                }
                if self.silent_control {
                    return None;
                }
                (self.control_completion, Vec::new())
            }
            (0x06, 0x3b | 0x3c) => (0, Vec::new()),
            _ => (0xc1, Vec::new()),
        };
        let netfn = request.netfn | 1;
        let reply = wire::tests::encode_reply(request.sequence, netfn, request.command, completion, &data);
        session.seal(&reply, [8; 16])
    }
}
