//! The login: Open Session, then the four RAKP messages (IPMI 2.0 §13.17 to §13.23). A state machine without I/O.
//!
//! ```text
//! console                              BMC
//!    | -- Open Session Request ---------> |
//!    | <- Open Session Response --------- |   its session ID, the algorithms
//!    | -- RAKP 1: our random number ----> |
//!    | <- RAKP 2: its own, and a code --- |   the code proves that the BMC knows the password
//!    | -- RAKP 3: our code -------------> |   and this one that we do
//!    | <- RAKP 4: code over the keys ---- |
//! ```
//!
//! At each moment there is one packet to send, and to resend unchanged, until its answer moves the machine on.

use super::{
    config::{IpmiConfig, USER_LIMIT},
    error::{IpmiError, Operation},
    key::BmcKey,
    session::{Session, SessionIds},
    suite::CipherSuite,
    wire::{self, Packet, PayloadType, Skip},
};
use secrecy::ExposeSecret;
use std::sync::Arc;
use zeroize::Zeroizing;

/// "Look the user up by name alone", in RAKP Message 1's role byte.
const NAME_ONLY: u8 = 0x10;

/// The random numbers of one login.
pub(super) struct Nonces {
    /// Our session ID; not 0.
    pub(super) console_id: u32,
    /// Our random number `R_m`.
    pub(super) random: [u8; 16],
    /// Message tag, by which answers find their request.
    pub(super) tag: u8,
}

/// What an arriving datagram did.
pub(super) enum Progress {
    /// Nothing: it was not the answer awaited.
    Skipped(Skip),
    /// There is a new packet to send.
    Next,
    /// Logged in.
    Open(Session),
}

/// A login under way.
pub(super) struct Handshake {
    suite: CipherSuite,
    nonces: Nonces,
    /// Role byte, length of the name and the name: the tail of most hashes.
    identity: Vec<u8>,
    config: Arc<IpmiConfig>,
    state: State,
    packet: Vec<u8>,
}

enum State {
    Opening,
    Proving { bmc_id: u32 },
    Finishing { bmc_id: u32, guid: [u8; 16], session_key: Zeroizing<Vec<u8>> },
}

impl Handshake {
    pub(super) fn new(config: Arc<IpmiConfig>, suite: CipherSuite, nonces: Nonces) -> Self {
        let privilege = config.privilege as u8;
        let [authentication, integrity, confidentiality] = suite.algorithms();
        // The privilege itself, never 0 for "the highest": BMCs that hash this byte instead of RAKP 1's role (Supermicro
        // X8, Intel S5500, Dell C5220, ipmi_sim; FreeIPMI's workaround `opensesspriv`) then agree with us.
        let mut request = vec![nonces.tag, privilege, 0, 0];
        request.extend(nonces.console_id.to_le_bytes());
        request.extend([0, 0, 0, 8, authentication, 0, 0, 0]);
        request.extend([1, 0, 0, 8, integrity, 0, 0, 0]);
        request.extend([2, 0, 0, 8, confidentiality, 0, 0, 0]);
        let mut name = config.user.as_bytes().to_vec();
        if config.quirks.padded_name {
            name.resize(USER_LIMIT, 0);
        }
        Self {
            suite,
            nonces,
            identity: [&[NAME_ONLY | privilege, name.len().to_le_bytes()[0]], name.as_slice()].concat(),
            config,
            state: State::Opening,
            packet: wire::frame_plain(PayloadType::OpenSessionRequest, &request),
        }
    }

    /// What to send now, and again while no answer comes.
    pub(super) fn packet(&self) -> &[u8] {
        &self.packet
    }

    /// The message in [`Handshake::packet`].
    pub(super) fn operation(&self) -> Operation {
        match self.state {
            State::Opening => Operation::OpenSession,
            State::Proving { .. } => Operation::Rakp1,
            State::Finishing { .. } => Operation::Rakp3,
        }
    }

    /// Takes a datagram from the network.
    pub(super) fn receive(&mut self, datagram: &[u8]) -> Result<Progress, IpmiError> {
        let payload = match self.awaited(datagram) {
            Ok(payload) => payload,
            Err(skip) => return Ok(Progress::Skipped(skip)),
        };
        // The status is at the same place in all answers; those with an error end soon after it (§13.18).
        if payload[1] != 0 {
            return Err(IpmiError::Refused { operation: self.operation(), status: payload[1] });
        }
        if payload.get(4..8) != Some(&self.nonces.console_id.to_le_bytes()) {
            return Ok(Progress::Skipped(Skip::Session));
        }
        match &self.state {
            State::Opening => self.opened(payload),
            State::Proving { bmc_id } => self.proven(*bmc_id, payload),
            State::Finishing { bmc_id, guid, session_key } => self.finished(*bmc_id, *guid, session_key, payload),
        }
    }

    /// The payload, at least two bytes, if the datagram is an answer to the packet that was sent.
    fn awaited<'a>(&self, datagram: &'a [u8]) -> Result<&'a [u8], Skip> {
        let packet = Packet::parse_short_of(datagram, usize::from(self.config.quirks.length_off_by_one))?;
        let expected = match self.state {
            State::Opening => PayloadType::OpenSessionResponse,
            State::Proving { .. } => PayloadType::Rakp2,
            State::Finishing { .. } => PayloadType::Rakp4,
        };
        match packet.payload {
            _ if packet.payload_type != expected as u8 => Err(Skip::Payload),
            _ if packet.session != 0 => Err(Skip::Session),
            [tag, _, ..] if *tag == self.nonces.tag => Ok(packet.payload),
            [_, _, ..] => Err(Skip::Request),
            _ => Err(Skip::Truncated),
        }
    }

    /// Open Session Response (§13.18).
    fn opened(&mut self, payload: &[u8]) -> Result<Progress, IpmiError> {
        let Some(&payload) = payload.first_chunk::<36>() else { return Ok(Progress::Skipped(Skip::Truncated)) };
        let [asked, offered] = [self.suite.algorithms(), [payload[16], payload[24], payload[32]]];
        if offered != asked {
            return Err(IpmiError::Downgrade { asked, offered });
        }
        let bmc_id = [payload[8], payload[9], payload[10], payload[11]];
        let mut request = vec![self.nonces.tag, 0, 0, 0];
        request.extend(bmc_id);
        request.extend(self.nonces.random);
        let (&[role, length], name) = self.identity.split_first_chunk::<2>().unwrap_or((&[0, 0], &[]));
        request.extend([role, 0, 0, length]);
        request.extend(name);
        self.packet = wire::frame_plain(PayloadType::Rakp1, &request);
        self.state = State::Proving { bmc_id: u32::from_le_bytes(bmc_id) };
        Ok(Progress::Next)
    }

    /// RAKP Message 2 (§13.21).
    fn proven(&mut self, bmc_id: u32, payload: &[u8]) -> Result<Progress, IpmiError> {
        let Some((&fixed, rest)) = payload.split_first_chunk::<40>() else {
            return Ok(Progress::Skipped(Skip::Truncated));
        };
        let (mut theirs, mut guid) = ([0; 16], [0; 16]);
        theirs.copy_from_slice(&fixed[8..24]);
        guid.copy_from_slice(&fixed[24..40]);
        let [console, bmc] = [self.nonces.console_id.to_le_bytes(), bmc_id.to_le_bytes()];
        let Nonces { random: ours, tag, .. } = &self.nonces;
        let length = self.suite.key_exchange_len();
        let code = rest.get(..length).unwrap_or_default();
        let proof: [&[u8]; 6] = [&console, &bmc, ours, &theirs, &guid, &self.identity];
        let password = self.config.password.expose_secret().as_bytes();
        if !self.suite.verify(password, &proof, code, length) {
            return Err(IpmiError::WrongCode(Operation::Rakp1));
        }
        let answer = self.suite.mac(password, &[&theirs, &console, &self.identity]);
        let key = self.config.key.as_ref().map_or(password, BmcKey::bytes);
        let session_key = self.suite.mac(key, &[ours, &theirs, &self.identity]);
        let mut request = vec![*tag, 0, 0, 0];
        request.extend(bmc);
        request.extend(answer.iter());
        self.packet = wire::frame_plain(PayloadType::Rakp3, &request);
        self.state = State::Finishing { bmc_id, guid, session_key };
        Ok(Progress::Next)
    }

    /// RAKP Message 4 (§13.23).
    fn finished(&self, bmc_id: u32, guid: [u8; 16], session_key: &[u8], payload: &[u8]) -> Result<Progress, IpmiError> {
        let length = self.suite.auth_code_len();
        let code = payload.get(8..).and_then(|rest| rest.get(..length)).unwrap_or_default();
        let check: [&[u8]; 3] = [&self.nonces.random, &bmc_id.to_le_bytes(), &guid];
        if !self.suite.verify(session_key, &check, code, length) {
            return Err(IpmiError::WrongCode(Operation::Rakp3));
        }
        Ok(Progress::Open(self.session(bmc_id, session_key)))
    }

    fn session(&self, bmc_id: u32, session_key: &[u8]) -> Session {
        let ids = SessionIds { console: self.nonces.console_id, bmc: bmc_id };
        Session::new(ids, self.suite.session_keys(session_key))
    }

    /// The session that the BMC has opened if it got RAKP message 3, though its answer has not come.
    pub(super) fn half_open(&self) -> Option<Session> {
        match &self.state {
            State::Finishing { bmc_id, session_key, .. } => Some(self.session(*bmc_id, session_key)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fake_bmc::FakeBmc, *};
    use proptest::prelude::*;

    fn config() -> IpmiConfig {
        IpmiConfig::new(([127, 0, 0, 1], 623).into(), "admin", "password".into())
    }

    fn start(config: &IpmiConfig, suite: CipherSuite) -> Handshake {
        Handshake::new(Arc::new(config.clone()), suite, Nonces { console_id: 0x0a0b_0c0d, random: [5; 16], tag: 9 })
    }

    fn run(config: &IpmiConfig, suite: CipherSuite, bmc: &mut FakeBmc) -> Result<Session, IpmiError> {
        let mut handshake = start(config, suite);
        loop {
            let answer = bmc.answer(handshake.packet()).expect("the fake BMC answers each message");
            match handshake.receive(&answer)? {
                Progress::Next => {}
                Progress::Open(session) => return Ok(session),
                Progress::Skipped(skip) => panic!("{skip}"),
            }
        }
    }

    #[test]
    fn every_suite_logs_in() {
        for id in [0, 1, 2, 3, 17] {
            let suite = CipherSuite::from_id(id).unwrap();
            assert!(run(&config(), suite, &mut FakeBmc::new(&[suite])).is_ok());
        }
    }

    #[test]
    fn the_bmc_key_is_used() {
        let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
        bmc.key = Some(b"bmc key".to_vec());
        let with_key = IpmiConfig { key: Some(BmcKey::parse(&"bmc key".into()).unwrap()), ..config() };
        assert!(run(&with_key, CipherSuite::Seventeen, &mut bmc).is_ok());
        let error = run(&config(), CipherSuite::Seventeen, &mut bmc).err().unwrap();
        assert!(matches!(error, IpmiError::WrongCode(Operation::Rakp3)), "{error}");
    }

    #[test]
    fn a_wrong_password_shows_in_the_second_message() {
        let config = IpmiConfig { password: "wrong".into(), ..config() };
        let error = run(&config, CipherSuite::Three, &mut FakeBmc::new(&[CipherSuite::Three])).err().unwrap();
        assert!(matches!(error, IpmiError::WrongCode(Operation::Rakp1)), "{error}");
    }

    #[test]
    fn other_algorithms_than_asked_for_are_refused() {
        let mut bmc = FakeBmc::new(&[CipherSuite::Three]);
        bmc.forced_algorithms = Some([1, 1, 0]);
        let error = run(&config(), CipherSuite::Three, &mut bmc).err().unwrap();
        assert!(matches!(error, IpmiError::Downgrade { asked: [1, 1, 1], offered: [1, 1, 0] }), "{error}");
    }

    #[test]
    fn the_answer_to_another_request_is_skipped() {
        let mut handshake = start(&config(), CipherSuite::Three);
        let mut answer = FakeBmc::new(&[CipherSuite::Three]).answer(handshake.packet()).unwrap();
        answer[16] ^= 1;
        assert!(matches!(handshake.receive(&answer), Ok(Progress::Skipped(Skip::Request))));
    }

    #[test]
    fn a_name_is_padded_and_a_length_forgiven_where_the_bmc_is_known_for_it() {
        let quirks = super::super::Quirks { padded_name: true, length_off_by_one: true, wrong_checksums: false };
        let config = IpmiConfig { quirks, ..config() };
        let mut handshake = start(&config, CipherSuite::Three);
        let mut bmc = FakeBmc::new(&[CipherSuite::Three]);
        let mut answer = bmc.answer(handshake.packet()).unwrap();
        answer[14] += 1;
        assert!(matches!(handshake.receive(&answer), Ok(Progress::Next)));
        assert_eq!(handshake.packet().len(), 16 + 28 + 16);
        assert_eq!(handshake.packet()[16 + 27], 16);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(steps in 0_usize..3, body in proptest::collection::vec(any::<u8>(), 0..90)) {
            let config = config();
            let mut handshake = start(&config, CipherSuite::Seventeen);
            let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
            for _ in 0..steps {
                let answer = bmc.answer(handshake.packet()).unwrap();
                prop_assert!(handshake.receive(&answer).is_ok());
            }
            for kind in [PayloadType::OpenSessionResponse, PayloadType::Rakp2, PayloadType::Rakp4] {
                let payload = [&[9, 0][..], &body].concat();
                let _ = handshake.receive(&wire::frame_plain(kind, &payload));
            }
        }
    }
}
