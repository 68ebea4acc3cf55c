//! The cipher suites: 3 (HMAC-SHA1) and 17 (HMAC-SHA256), both with AES-128-CBC; and 0, 1 and 2, which leave out one
//! after the other of authentication, signature and encryption.

use aes::Aes128;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Nothing.
    Zero,
    /// RAKP-HMAC-SHA1.
    One,
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96.
    Two,
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    Three,
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    Seventeen,
}

impl Suite {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Seventeen => 17,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Self::Zero, Self::One, Self::Two, Self::Three, Self::Seventeen]
            .into_iter()
            .find(|suite| suite.number() == number)
    }

    /// Authentication, integrity and confidentiality algorithm.
    pub(crate) fn algorithms(self) -> [u8; 3] {
        match self {
            Self::Zero => [0, 0, 0],
            Self::One => [1, 0, 0],
            Self::Two => [1, 1, 0],
            Self::Three => [1, 1, 1],
            Self::Seventeen => [3, 4, 1],
        }
    }

    /// The protection bits of a session's payload type: encrypted, authenticated.
    pub(crate) fn protection(self) -> u8 {
        let [_, integrity, confidentiality] = self.algorithms();
        (if confidentiality == 0 { 0 } else { 0x80 }) | (if integrity == 0 { 0 } else { 0x40 })
    }

    /// How long the codes of RAKP 4 and of signed packets are.
    pub(crate) fn code_length(self) -> usize {
        match self {
            Self::Zero => 0,
            Self::One | Self::Two | Self::Three => 12,
            Self::Seventeen => 16,
        }
    }

    /// HMAC over the parts in order, at full length.
    pub(crate) fn mac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Zero => Vec::new(),
            Self::One | Self::Two | Self::Three => hmac::<Hmac<Sha1>>(key, parts),
            Self::Seventeen => hmac::<Hmac<Sha256>>(key, parts),
        }
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length; an empty code would fail every comparison.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Compares without telling by time where the difference is.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && bool::from(left.ct_eq(right))
}

/// Puts a fresh IV in front and pads with 1, 2, 3, … and the pad length.
pub(crate) fn encrypt(key: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    let iv: [u8; 16] = rand::random();
    let mut padded = plain.to_vec();
    let pad = (16 - (plain.len() + 1) % 16) % 16;
    padded.extend((1_u8..).take(pad));
    padded.push(u8::try_from(pad).unwrap_or(0));
    let mut out = iv.to_vec();
    let cipher = cbc::Encryptor::<Aes128>::new(key.into(), &iv.into());
    out.extend(cipher.encrypt_padded_vec::<NoPadding>(&padded));
    out
}

/// The plain text, when the padding is right.
pub(crate) fn decrypt(key: &[u8; 16], sealed: &[u8]) -> Option<Vec<u8>> {
    let (iv, body) = sealed.split_first_chunk::<16>()?;
    let cipher = cbc::Decryptor::<Aes128>::new(key.into(), iv.into());
    let mut plain = cipher.decrypt_padded_vec::<NoPadding>(body).ok()?;
    let pad = usize::from(plain.pop()?);
    let length = plain.len().checked_sub(pad)?;
    let right = plain[length..].iter().zip(1_u8..).all(|(byte, number)| *byte == number);
    plain.truncate(length);
    (right && pad < 16).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_again() {
        let key = [7; 16];
        for length in 0..40 {
            let plain = vec![0xa5; length];
            assert_eq!(decrypt(&key, &encrypt(&key, &plain)), Some(plain));
        }
        assert_eq!(decrypt(&key, &[0; 15]), None);
        assert_eq!(decrypt(&key, &[0; 20]), None);
    }

    #[test]
    fn codes_have_the_length_of_their_hash() {
        assert_eq!(Suite::Three.mac(b"k", &[b"a", b"b"]).len(), 20);
        assert_eq!(Suite::Seventeen.mac(b"k", &[b"ab"]), Suite::Seventeen.mac(b"k", &[b"a", b"b"]));
    }
}
