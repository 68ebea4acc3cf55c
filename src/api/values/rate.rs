//! Speeds of network cards.

use super::{InvalidValue, text_value};
use std::{fmt, str::FromStr};

/// Bits a second with a unit: `M` (10^6) or `G` (10^9), such as `25G`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BitRate {
    text: String,
    /// The speed in Mbit/s.
    pub mbps: u64,
}

impl FromStr for BitRate {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new(text, "a speed in bits a second, such as 100M or 25G");
        let (digits, factor) = match (text.strip_suffix('M'), text.strip_suffix('G')) {
            (Some(digits), _) => (digits, 1),
            (_, Some(digits)) => (digits, 1000),
            _ => return Err(invalid()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let mbps = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(invalid)?;
        Ok(Self { text: text.into(), mbps })
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

text_value!(BitRate, {
    "type": "string",
    "maxLength": 10,
    "pattern": "^[0-9]+[MG]$",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_mega_or_giga_bits_a_second() {
        for (text, mbps) in [("100M", 100), ("25G", 25_000)] {
            let rate: BitRate = text.parse().unwrap();
            assert_eq!((rate.mbps, rate.to_string().as_str()), (mbps, text));
        }
        for bad in ["", "G", "25", "25g", "+25G", "99999999999999999999G"] {
            assert!(bad.parse::<BitRate>().is_err(), "{bad}");
        }
    }
}
