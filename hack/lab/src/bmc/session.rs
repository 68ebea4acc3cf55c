//! One login: the handshake's secrets, the keys that follow from them, and the window that keeps replayed packets out.

use std::time::{Duration, Instant};

use super::crypto::{Suite, decrypt, encrypt, same};
use super::wire;

/// A session nobody uses ends after this time.
const IDLE: Duration = Duration::from_mins(1);
/// How far back a late packet may lie.
const WINDOW: u32 = 32;

/// A session, from its opening on.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: u32,
    pub(crate) console: u32,
    pub(crate) suite: Suite,
    pub(crate) active: bool,
    /// The privilege level in force, and the highest this login may ask for.
    pub(crate) privilege: u8,
    pub(crate) limit: u8,
    random: [u8; 16],
    login: Option<Login>,
    keys: Option<Keys>,
    used: Instant,
    highest: u32,
    seen: u32,
    sent: u32,
}

/// What RAKP 1 said, and what the account's secrets are.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) random: [u8; 16],
    pub(crate) role: u8,
    /// The role as it is hashed: another one where the BMC confuses it.
    pub(crate) hashed: u8,
    pub(crate) user: Vec<u8>,
    pub(crate) password: Vec<u8>,
    pub(crate) key: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Keys {
    integrity: Vec<u8>,
    confidentiality: [u8; 16],
}

impl Session {
    pub(crate) fn new(id: u32, console: u32, suite: Suite, limit: u8) -> Self {
        Self {
            id,
            console,
            suite,
            active: false,
            privilege: 2,
            limit,
            random: rand::random(),
            login: None,
            keys: None,
            used: Instant::now(),
            highest: 0,
            seen: 0,
            sent: 0,
        }
    }

    pub(crate) fn expired(&self) -> bool {
        self.used.elapsed() > IDLE
    }

    /// Whether a RAKP 1 was accepted before: another is a resent one.
    pub(crate) fn is_challenged(&self) -> bool {
        self.login.is_some()
    }

    /// RAKP 1 was accepted: what RAKP 2 says after the console's session id.
    pub(crate) fn challenge(&mut self, mut login: Login, guid: &[u8; 16]) -> Vec<u8> {
        self.used = Instant::now();
        login.password.truncate(20);
        let length = [u8::try_from(login.user.len()).unwrap_or(0)];
        let (console, own) = (self.console.to_le_bytes(), self.id.to_le_bytes());
        let (role, user) = ([login.hashed], &login.user);
        let parts: [&[u8]; 8] = [&console, &own, &login.random, &self.random, guid, &role, &length, user];
        let code = self.suite.mac(&login.password, &parts);
        self.login = Some(login);
        let mut out = self.random.to_vec();
        out.extend(guid);
        out.extend(code);
        out
    }

    /// RAKP 3: a right code makes the session active and gives RAKP 4's code.
    pub(crate) fn activate(&mut self, code: &[u8], guid: &[u8; 16]) -> Option<Vec<u8>> {
        let login = self.login.as_ref()?;
        let (role, length) = ([login.hashed], [u8::try_from(login.user.len()).unwrap_or(0)]);
        let console = self.console.to_le_bytes();
        let parts: [&[u8]; 5] = [&self.random, &console, &role, &length, &login.user];
        if !same(&self.suite.mac(&login.password, &parts), code) {
            return None;
        }
        let parts: [&[u8]; 5] = [&login.random, &self.random, &role, &length, &login.user];
        let sik = self.suite.mac(login.key.as_ref().unwrap_or(&login.password), &parts);
        let own = self.id.to_le_bytes();
        let mut check = self.suite.mac(&sik, &[&login.random, &own, guid]);
        check.truncate(self.suite.code_length());
        // The constants are 20 bytes long whatever the hash is.
        let second = self.suite.mac(&sik, &[&[2; 20]]);
        let mut confidentiality = [0; 16];
        confidentiality.iter_mut().zip(&second).for_each(|(to, from)| *to = *from);
        self.keys = Some(Keys { integrity: self.suite.mac(&sik, &[&[1; 20]]), confidentiality });
        let asked = login.role & 0x0f;
        self.limit = if asked == 0 { self.limit } else { asked.min(self.limit) };
        self.active = true;
        self.used = Instant::now();
        Some(check)
    }

    /// Opens a packet of this session: its message, unless the code is wrong or the packet was seen before.
    pub(crate) fn open(&mut self, packet: &[u8], sequence: u32, payload: &[u8], trailer: &[u8]) -> Option<Vec<u8>> {
        let keys = self.keys.as_ref().filter(|_| self.active)?;
        let protection = self.suite.protection();
        if protection & 0x40 != 0 {
            let length = self.suite.code_length();
            let code_at = packet.len().checked_sub(length)?;
            trailer.len().checked_sub(length + 2)?;
            let code = self.suite.mac(&keys.integrity, &[packet.get(4..code_at)?]);
            if !same(code.get(..length)?, packet.get(code_at..)?) {
                return None;
            }
        }
        if !self.fresh(sequence) {
            return None;
        }
        self.used = Instant::now();
        let keys = self.keys.as_ref()?;
        if protection & 0x80 == 0 { Some(payload.to_vec()) } else { decrypt(&keys.confidentiality, payload) }
    }

    /// A sequence number is taken once, and only when it is not too old.
    fn fresh(&mut self, sequence: u32) -> bool {
        if sequence == 0 {
            return false;
        }
        if sequence > self.highest {
            let ahead = sequence - self.highest;
            self.seen = if ahead >= WINDOW { 0 } else { self.seen << ahead };
            self.seen |= 1;
            self.highest = sequence;
            return true;
        }
        let behind = self.highest - sequence;
        if behind >= WINDOW || self.seen & (1 << behind) != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }

    /// Seals a message for the console.
    pub(crate) fn seal(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        let keys = self.keys.as_ref()?;
        self.sent = self.sent.wrapping_add(1).max(1);
        let protection = self.suite.protection();
        let sealed = if protection & 0x80 == 0 { message.to_vec() } else { encrypt(&keys.confidentiality, message) };
        let mut out = wire::framed(protection, self.console, self.sent, &sealed);
        if protection & 0x40 != 0 {
            let pad = (4 - (out.len() - 4 + 2) % 4) % 4;
            out.extend(std::iter::repeat_n(0xff, pad));
            out.push(u8::try_from(pad).unwrap_or(0));
            out.push(0x07);
            let mut code = self.suite.mac(&keys.integrity, &[&out[4..]]);
            code.truncate(self.suite.code_length());
            out.extend(code);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_number_is_taken_once() {
        let mut session = Session::new(1, 2, Suite::Three, 4);
        assert!(session.fresh(1));
        assert!(!session.fresh(1));
        assert!(session.fresh(40));
        assert!(session.fresh(39));
        assert!(!session.fresh(39));
        assert!(session.fresh(9));
        assert!(!session.fresh(8));
        assert!(!session.fresh(0));
    }
}
