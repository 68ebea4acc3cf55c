//! The BMC key `K_g` (IPMI 2.0 §13.33): a second secret, which some BMCs want for a session's keys in the place of the
//! password.

use super::error::IpmiError;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of the key; a shorter one is filled up with zeros (IPMI 2.0 §13.33).
const LONGEST: usize = 20;

/// A BMC key. It never prints.
#[derive(Debug, Clone)]
pub struct BmcKey(SecretSlice<u8>);

impl BmcKey {
    /// Reads a key as people write it: as text, or as hexadecimal digits after `0x`, for keys with bytes that are no text.
    /// ipmitool's `-k` and `-y`, and FreeIPMI's `--k-g`, read the same. Fails if it is not of 1 to 20 bytes.
    pub fn parse(text: &SecretString) -> Result<Self, IpmiError> {
        let text = text.expose_secret();
        let bytes = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => hexadecimal(digits).ok_or(IpmiError::NotHexadecimal)?,
            None => Zeroizing::new(text.as_bytes().to_vec()),
        };
        match bytes.len() {
            0 => Err(IpmiError::NotHexadecimal),
            1..=LONGEST => Ok(Self(bytes.to_vec().into())),
            length => Err(IpmiError::TooLong { what: "BMC key (K_g)", length, limit: LONGEST }),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Whether they are the same. Takes the same time wherever they differ.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.bytes().ct_eq(other.bytes()).into()
    }
}

fn hexadecimal(digits: &str) -> Option<Zeroizing<Vec<u8>>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    });
    pairs.collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<u8>, String> {
        let key = BmcKey::parse(&text.into()).map_err(|error| error.to_string())?;
        assert!(!format!("{key:?}").contains(text));
        Ok(key.bytes().to_vec())
    }

    #[test]
    fn a_key_is_text_or_hexadecimal() {
        assert_eq!(parse("a BMC's key").unwrap(), b"a BMC's key");
        assert_eq!(parse("0x00ffA1").unwrap(), [0, 0xff, 0xa1]);
        assert_eq!(parse("0X7a").unwrap(), [0x7a]);
        assert_eq!(parse("00ff").unwrap(), b"00ff", "without 0x it is text");
        assert_eq!(parse(&"k".repeat(20)).unwrap().len(), 20);
        assert_eq!(parse(&format!("0x{}", "00".repeat(20))).unwrap(), [0; 20]);
    }

    #[test]
    fn a_key_of_another_length_is_refused_in_words_that_do_not_show_it() {
        let too_long = "the BMC key (K_g) is 21 bytes long, IPMI 2.0 takes at most 20";
        for key in ["k".repeat(21), format!("0x{}", "ab".repeat(21))] {
            assert_eq!(parse(&key).unwrap_err(), too_long);
        }
        for key in ["0xabc", "0xag", "0x", "0x ab", "0xé1", ""] {
            let said = parse(key).unwrap_err();
            assert!(said.contains("two hexadecimal digits for each byte"), "{key}: {said}");
        }
    }
}
