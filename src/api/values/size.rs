//! Sizes: plain bytes, and the storage sizes of a design, which may be a share or a minimum.

use super::{InvalidValue, text_value};
use std::{fmt, str::FromStr};

const BYTE_SIZE: &str = "a size with a unit, such as 30G (10^9), 512MiB or 2T";
const STORAGE_SIZE: &str = "a size such as 30G or 512MiB, a share such as 50%, or a minimum such as >100G";

/// A number of bytes with a unit: `M`, `G`, `T` (also `MB`..., powers of 10) or `Mi`, `Gi`, `Ti` (also `MiB`..., powers of 2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ByteSize {
    text: String,
    /// The size in bytes.
    pub bytes: u64,
}

impl FromStr for ByteSize {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new(text, BYTE_SIZE);
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
        let (digits, unit) = text.split_at(split);
        let number: u64 = digits.parse().map_err(|_| invalid())?;
        let unit = unit.to_ascii_lowercase();
        let (prefix, rest) = unit.split_at_checked(1).ok_or_else(invalid)?;
        let power = match prefix {
            "m" => 2,
            "g" => 3,
            "t" => 4,
            _ => return Err(invalid()),
        };
        let base: u64 = match rest {
            "" | "b" => 1000,
            "i" | "ib" => 1024,
            _ => return Err(invalid()),
        };
        let bytes = base.checked_pow(power).and_then(|unit| unit.checked_mul(number)).ok_or_else(invalid)?;
        Ok(Self { text: text.into(), bytes })
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

text_value!(ByteSize, {
    "type": "string",
    "maxLength": 20,
    "pattern": "^[0-9]+[mMgGtT]i?[bB]?$",
});

/// The size of a partition or logical volume: bytes (`30G`), a share of its disk or volume group (`50%`), or a minimum
/// (`>100G`) that takes all that is left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StorageSize {
    /// Exactly so many bytes, before the provisioner rounds.
    Bytes(ByteSize),
    /// At least so many bytes: everything that is left.
    AtLeast(ByteSize),
    /// So many percent, 1 to 100.
    Percent(u8),
}

impl FromStr for StorageSize {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new(text, STORAGE_SIZE);
        if let Some(percent) = text.strip_suffix('%') {
            let percent: u8 = percent.parse().map_err(|_| invalid())?;
            return if (1..=100).contains(&percent) { Ok(Self::Percent(percent)) } else { Err(invalid()) };
        }
        match text.strip_prefix('>') {
            Some(rest) => rest.parse().map(Self::AtLeast).map_err(|_| invalid()),
            None => text.parse().map(Self::Bytes).map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for StorageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(size) => size.fmt(f),
            Self::AtLeast(size) => write!(f, ">{size}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

text_value!(StorageSize, {
    "type": "string",
    "maxLength": 21,
    "pattern": "^([1-9][0-9]?%|100%|>?[0-9]+[mMgGtT]i?[bB]?)$",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_ten_or_two() {
        for (text, bytes) in
            [("30g", 30_000_000_000), ("1GB", 1_000_000_000), ("512MiB", 536_870_912), ("2ti", 2_199_023_255_552)]
        {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!((size.bytes, size.to_string().as_str()), (bytes, text));
        }
    }

    #[test]
    fn storage_sizes_are_bytes_shares_or_minima() {
        assert_eq!(">100g".parse::<StorageSize>().unwrap().to_string(), ">100g");
        assert_eq!("99%".parse::<StorageSize>().unwrap(), StorageSize::Percent(99));
        for bad in ["0%", "101%", "30", "30x", "", "%", ">", "30gg", "-1g", "99999999999999999999t"] {
            assert!(bad.parse::<StorageSize>().is_err(), "{bad}");
        }
    }
}
