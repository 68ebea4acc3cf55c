//! An open session: sealing what goes out, opening what comes in. No I/O.

use super::{
    suite::{BLOCK, CipherSuite, SessionKeys},
    wire::{self, Packet, PayloadType, Skip},
};

/// Both ends' names for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SessionIds {
    /// Ours: it is in the packets that we receive.
    pub(super) console: u32,
    /// The BMC's: it is in the packets that we send.
    pub(super) bmc: u32,
}

/// Keys and counters of one session.
pub(super) struct Session {
    ids: SessionIds,
    keys: SessionKeys,
    sent: u32,
    request: u8,
    window: ReplayWindow,
}

impl Session {
    pub(super) fn new(ids: SessionIds, keys: SessionKeys) -> Self {
        Self { ids, keys, sent: 0, request: 0, window: ReplayWindow::default() }
    }

    /// The suite that the packets are protected by.
    pub(super) fn suite(&self) -> CipherSuite {
        self.keys.suite()
    }

    /// The BMC's session ID, as Close Session wants it.
    pub(super) fn bmc_id(&self) -> u32 {
        self.ids.bmc
    }

    /// A request sequence number (rqSeq, six bits) for the next command. Resends of that command keep it.
    pub(super) fn next_request(&mut self) -> u8 {
        self.request = (self.request + 1) & 0x3f;
        self.request
    }

    /// Encrypts and signs a message, as the suite says, under a session sequence number of its own, so that a resend is no replay.
    /// `None` once all numbers are used: the session is to be opened anew.
    pub(super) fn seal(&mut self, message: &[u8], vector: [u8; BLOCK]) -> Option<Vec<u8>> {
        self.sent = self.sent.checked_add(1)?;
        let suite = self.keys.suite();
        if !suite.signs() {
            return Some(wire::frame_bare(self.ids.bmc, self.sent, message));
        }
        let mut packet = if suite.encrypts() {
            wire::frame_signed(true, self.ids.bmc, self.sent, &self.keys.encrypt(message, vector))
        } else {
            wire::frame_signed(false, self.ids.bmc, self.sent, message)
        };
        packet.extend(self.keys.auth_code(&packet[wire::RMCP_LEN..]));
        Some(packet)
    }

    /// The message in a datagram, if it is of this session, genuine and new. The code is checked before anything else
    /// is believed (IPMI 2.0 §13.28.4).
    pub(super) fn open(&mut self, datagram: &[u8]) -> Result<Vec<u8>, Skip> {
        let packet = Packet::parse(datagram)?;
        if packet.session != self.ids.console {
            return Err(Skip::Session);
        }
        if packet.payload_type != PayloadType::Ipmi as u8 {
            return Err(Skip::Payload);
        }
        let suite = self.keys.suite();
        if packet.authenticated != suite.signs() || packet.encrypted != suite.encrypts() {
            return Err(Skip::Unprotected);
        }
        if suite.signs() {
            let signed = datagram.get(wire::RMCP_LEN..).ok_or(Skip::Truncated)?;
            self.keys.verified(signed).ok_or(Skip::AuthCode)?;
        }
        if !self.window.accept(packet.sequence) {
            return Err(Skip::Replay);
        }
        if suite.encrypts() {
            self.keys.decrypt(packet.payload).ok_or(Skip::Cipher)
        } else {
            Ok(packet.payload.to_vec())
        }
    }
}

/// Which inbound sequence numbers were seen: the highest, and the 32 up to it (IPMI 2.0 §6.12.13).
#[derive(Debug, Default)]
struct ReplayWindow {
    highest: u32,
    /// Bit n: number `highest - n` was seen.
    seen: u32,
}

impl ReplayWindow {
    /// Marks a number as seen; `false` if it was before, is too old to tell, or is 0, which no session uses.
    fn accept(&mut self, number: u32) -> bool {
        if number == 0 {
            return false;
        }
        if let Some(ahead) = number.checked_sub(self.highest).filter(|ahead| *ahead > 0) {
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = number;
            return true;
        }
        let bit = 1_u32.checked_shl(self.highest - number).unwrap_or(0);
        let new = bit != 0 && self.seen & bit == 0;
        self.seen |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(suite: CipherSuite) -> (Session, Session) {
        let keys = || suite.session_keys(b"session integrity key");
        let console = SessionIds { console: 11, bmc: 22 };
        (Session::new(console, keys()), Session::new(SessionIds { console: 22, bmc: 11 }, keys()))
    }

    #[test]
    fn a_packet_is_read_once() {
        let weak = [CipherSuite::Zero, CipherSuite::One, CipherSuite::Two];
        for suite in weak.into_iter().chain([CipherSuite::Three, CipherSuite::Seventeen]) {
            let (mut console, mut bmc) = pair(suite);
            let packet = console.seal(b"hello", [7; BLOCK]).unwrap();
            assert_eq!(bmc.open(&packet), Ok(b"hello".to_vec()));
            assert_eq!(bmc.open(&packet), Err(Skip::Replay));
        }
    }

    #[test]
    fn a_resend_is_no_replay() {
        let (mut console, mut bmc) = pair(CipherSuite::Seventeen);
        let [first, second] = [[1; BLOCK], [2; BLOCK]].map(|vector| console.seal(b"hello", vector).unwrap());
        assert!(bmc.open(&second).is_ok());
        assert!(bmc.open(&first).is_ok(), "packets may overtake each other");
    }

    #[test]
    fn requests_count_in_six_bits() {
        let (mut console, _) = pair(CipherSuite::Three);
        let numbers: Vec<u8> = (0..65).map(|_| console.next_request()).collect();
        assert_eq!((numbers[0], numbers[62], numbers[63], numbers[64]), (1, 63, 0, 1));
    }

    #[test]
    fn the_window_forgets_what_is_too_old() {
        let mut window = ReplayWindow::default();
        assert!(!window.accept(0));
        assert!(window.accept(100));
        assert!(window.accept(69) && !window.accept(69));
        assert!(!window.accept(68));
        assert!(window.accept(u32::MAX) && !window.accept(100));
    }

    #[test]
    fn less_protection_than_the_suite_has_is_refused() {
        let ((mut readable, _), (_, mut bmc)) = (pair(CipherSuite::Two), pair(CipherSuite::Three));
        assert_eq!(bmc.open(&readable.seal(b"hello", [7; BLOCK]).unwrap()), Err(Skip::Unprotected));
        let (mut bare, _) = pair(CipherSuite::Zero);
        assert_eq!(bmc.open(&bare.seal(b"hello", [7; BLOCK]).unwrap()), Err(Skip::Unprotected));
    }

    proptest! {
        #[test]
        fn no_bit_can_be_changed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let (mut console, mut bmc) = pair(CipherSuite::Seventeen);
            let mut packet = console.seal(b"chassis status", [7; BLOCK]).unwrap();
            let at = wire::RMCP_LEN + at.index(packet.len() - wire::RMCP_LEN);
            packet[at] ^= 1 << bit;
            prop_assert!(bmc.open(&packet).is_err());
        }

        #[test]
        fn opening_survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let (mut console, mut bmc) = pair(CipherSuite::Three);
            prop_assert!(bmc.open(&bytes).is_err());
            // A genuine code over nonsense: only the peer can make it, and even so nothing breaks.
            let mut packet = wire::frame_signed(true, 22, 1, &bytes);
            packet.extend(console.keys.auth_code(&packet[wire::RMCP_LEN..]));
            let _ = bmc.open(&packet);
            prop_assert!(console.seal(&bytes, [0; BLOCK]).is_some());
        }
    }
}
