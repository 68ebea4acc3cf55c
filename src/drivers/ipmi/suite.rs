//! Cipher suites: which hash and cipher a session uses, and the arithmetic that belongs to them.
//!
//! Suites 17 and 3 authenticate, protect and encrypt (IPMI 2.0 §22.15.2, table 22-20). Suites 2, 1 and 0 leave out one
//! after the other of these; they are spoken only with a BMC whose configuration names them. Everything is pure; random
//! bytes come from the caller.

use aes::{
    Aes128,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding},
};
use hmac::{
    Hmac, KeyInit, Mac,
    digest::{FixedOutput, common::Key},
};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes in an AES block, and so in the initialization vector before each encrypted payload.
pub(super) const BLOCK: usize = 16;

/// A set of algorithms for one session (IPMI 2.0 §22.15.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CipherSuite {
    /// Suite 0: nothing at all. Whoever reaches the BMC's port may do as they please.
    Zero,
    /// Suite 1: RAKP-HMAC-SHA1 at the login; packets are neither signed nor encrypted.
    One,
    /// Suite 2: RAKP-HMAC-SHA1, HMAC-SHA1-96; packets are signed and readable.
    Two,
    /// Suite 3: RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128. What old BMCs offer.
    Three,
    /// Suite 17: RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128. What `OpenBMC` offers alone by default.
    Seventeen,
}

impl CipherSuite {
    /// The suite's number on the wire and in `ipmitool -C`; `None` for suites Slipway does not speak.
    pub fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::Zero),
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            17 => Some(Self::Seventeen),
            _ => None,
        }
    }

    /// The number that [`CipherSuite::from_id`] takes.
    pub fn id(self) -> u8 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Seventeen => 17,
        }
    }

    /// Authentication, integrity and confidentiality algorithm numbers (IPMI 2.0 §13.28).
    pub(super) fn algorithms(self) -> [u8; 3] {
        match self {
            Self::Zero => [0, 0, 0],
            Self::One => [1, 0, 0],
            Self::Two => [1, 1, 0],
            Self::Three => [1, 1, 1],
            Self::Seventeen => [3, 4, 1],
        }
    }

    /// Whether the packets of a session carry a code.
    pub(super) fn signs(self) -> bool {
        self.algorithms()[1] != 0
    }

    /// Whether the payloads of a session are encrypted.
    pub(super) fn encrypts(self) -> bool {
        self.algorithms()[2] != 0
    }

    /// Bytes of the code in RAKP messages 2 and 3: the whole hash.
    pub(super) fn key_exchange_len(self) -> usize {
        match self {
            Self::Zero => 0,
            Self::One | Self::Two | Self::Three => 20,
            Self::Seventeen => 32,
        }
    }

    /// Bytes of the code in RAKP message 4, and at the end of each packet that is signed: the hash cut short.
    pub(super) fn auth_code_len(self) -> usize {
        match self {
            Self::Zero => 0,
            Self::One | Self::Two | Self::Three => 12,
            Self::Seventeen => 16,
        }
    }

    /// HMAC of the parts, one after the other, with the suite's hash.
    pub(super) fn mac(self, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Zero => Zeroizing::new(Vec::new()),
            Self::One | Self::Two | Self::Three => keyed::<Hmac<Sha1>>(key, parts),
            Self::Seventeen => keyed::<Hmac<Sha256>>(key, parts),
        }
    }

    /// Whether `code` is the HMAC of the parts cut to `length` bytes. Takes the same time wherever they differ.
    pub(super) fn verify(self, key: &[u8], parts: &[&[u8]], code: &[u8], length: usize) -> bool {
        let mac = self.mac(key, parts);
        mac.get(..length).is_some_and(|expected| expected.ct_eq(code).into())
    }

    /// The session's working keys (IPMI 2.0 §13.31, §13.32).
    pub(super) fn session_keys(self, integrity_key: &[u8]) -> SessionKeys {
        // The constants are 20 bytes long for SHA-256 too: ipmitool and FreeIPMI refuse a BMC that uses 32.
        let k1 = self.mac(integrity_key, &[&[0x01; 20]]);
        let k2 = self.mac(integrity_key, &[&[0x02; 20]]);
        let mut encryption = Zeroizing::new([0; BLOCK]);
        encryption.iter_mut().zip(k2.iter()).for_each(|(to, from)| *to = *from);
        SessionKeys { suite: self, integrity: k1, encryption }
    }
}

fn keyed<M: Mac + KeyInit + FixedOutput>(key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    // HMAC pads a short key with zeros to the block of its hash (RFC 2104 §2); the longest key here is a SHA-256.
    let mut block = Key::<M>::default();
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = <M as KeyInit>::new(&block);
    for part in parts {
        Mac::update(&mut mac, part);
    }
    Zeroizing::new(mac.finalize_fixed().to_vec())
}

/// K1 and the first half of K2: they protect and encrypt each packet of one session.
pub(super) struct SessionKeys {
    suite: CipherSuite,
    integrity: Zeroizing<Vec<u8>>,
    encryption: Zeroizing<[u8; BLOCK]>,
}

impl SessionKeys {
    /// The suite that these keys belong to.
    pub(super) fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// The code that goes at the end of a packet (`AuthCode`, IPMI 2.0 §13.28.4).
    pub(super) fn auth_code(&self, signed: &[u8]) -> Vec<u8> {
        let mut code = self.suite.mac(&self.integrity, &[signed]).to_vec();
        code.truncate(self.suite.auth_code_len());
        code
    }

    /// Splits a packet into what was signed and its code, if the code is right.
    pub(super) fn verified<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let length = self.suite.auth_code_len();
        let (signed, code) = bytes.split_at_checked(bytes.len().checked_sub(length)?)?;
        self.suite.verify(&self.integrity, &[signed], code, length).then_some(signed)
    }

    /// Encrypts a payload: the vector, then the padded ciphertext (IPMI 2.0 §13.29).
    pub(super) fn encrypt(&self, plain: &[u8], vector: [u8; BLOCK]) -> Vec<u8> {
        let pad = (BLOCK - (plain.len() + 1) % BLOCK) % BLOCK;
        let mut padded = Zeroizing::new(plain.to_vec());
        padded.extend((1..=pad).map(low_byte));
        padded.push(low_byte(pad));
        let cipher = cbc::Encryptor::<Aes128>::new((&*self.encryption).into(), &vector.into());
        let mut out = vector.to_vec();
        out.extend(cipher.encrypt_padded_vec::<NoPadding>(&padded));
        out
    }

    /// Reverses [`SessionKeys::encrypt`]; `None` if the lengths or the padding are not what the specification says.
    pub(super) fn decrypt(&self, payload: &[u8]) -> Option<Vec<u8>> {
        let (vector, ciphertext) = payload.split_first_chunk::<BLOCK>()?;
        let cipher = cbc::Decryptor::<Aes128>::new((&*self.encryption).into(), vector.into());
        let mut plain = cipher.decrypt_padded_vec::<NoPadding>(ciphertext).ok()?;
        let pad = usize::from(plain.pop()?);
        let length = plain.len().checked_sub(pad)?;
        if pad >= BLOCK || !plain[length..].iter().zip(1..).all(|(byte, expected)| *byte == expected) {
            return None;
        }
        plain.truncate(length);
        Some(plain)
    }
}

/// Pad lengths are below one block, so nothing is ever cut off.
fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn macs_are_the_standard_ones() {
        // RFC 2202 case 2 and RFC 4231 case 2.
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert_eq!(CipherSuite::Three.mac(b"Jefe", &parts)[..4], [0xef, 0xfc, 0xdf, 0x6a]);
        assert_eq!(CipherSuite::Seventeen.mac(b"Jefe", &parts)[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn a_code_of_the_wrong_length_is_wrong() {
        let suite = CipherSuite::Three;
        let mac = suite.mac(b"key", &[b"text"]);
        assert!(suite.verify(b"key", &[b"text"], &mac[..12], 12));
        assert!(!suite.verify(b"key", &[b"text"], &mac[..11], 12));
        assert!(!suite.verify(b"key", &[b"text"], &[], 12));
        assert!(!suite.verify(b"other", &[b"text"], &mac[..12], 12));
    }

    proptest! {
        #[test]
        fn what_is_encrypted_can_be_read(plain in proptest::collection::vec(any::<u8>(), 0..80), vector: [u8; BLOCK]) {
            let keys = CipherSuite::Seventeen.session_keys(b"session integrity key");
            let sealed = keys.encrypt(&plain, vector);
            prop_assert_eq!(sealed.len() % BLOCK, 0);
            prop_assert_eq!(keys.decrypt(&sealed), Some(plain));
        }

        #[test]
        fn decryption_survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let keys = CipherSuite::Three.session_keys(b"session integrity key");
            let _ = keys.decrypt(&bytes);
            prop_assert!(keys.verified(&bytes).is_none());
        }
    }
}
