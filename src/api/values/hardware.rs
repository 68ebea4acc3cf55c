//! Addresses of hardware: MACs, PCI and SCSI addresses.

use super::{InvalidValue, text_value};
use std::{fmt, str::FromStr};

/// An Ethernet MAC address, six pairs of hexadecimal digits with colons; kept in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MacAddress(pub [u8; 6]);

impl FromStr for MacAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new(text, "a MAC address, such as 52:54:00:12:34:56");
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().filter(|p| p.len() == 2).ok_or_else(invalid)?;
            *octet = u8::from_str_radix(part, 16).map_err(|_| invalid())?;
        }
        if parts.next().is_some() { Err(invalid()) } else { Ok(Self(octets)) }
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

text_value!(MacAddress, {
    "type": "string",
    "maxLength": 17,
    "pattern": "^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$",
});

/// A PCI address `domain:bus:device.function` in hexadecimal, such as `0000:43:00.1`; kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PciAddress(String);

impl FromStr for PciAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let shape: Vec<usize> = text.split([':', '.']).map(str::len).collect();
        let digits = text.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.');
        if shape == [4, 2, 2, 1] && digits && text.as_bytes().get(10) == Some(&b'.') {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidValue::new(text, "a PCI address, such as 0000:43:00.1"))
        }
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(PciAddress, {
    "type": "string",
    "maxLength": 12,
    "pattern": "^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\\.[0-9A-Fa-f]$",
});

/// A SCSI address `host:channel.target.lun` as `lshw` prints it, such as `0:2.1.0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScsiAddress(String);

impl FromStr for ScsiAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parts: Vec<&str> = text.split([':', '.']).collect();
        let numbers = parts.len() == 4 && parts.iter().all(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_digit()));
        let colon = text.find(':').is_some_and(|at| text.find('.').is_some_and(|dot| at < dot));
        if numbers && colon && text.matches(':').count() == 1 {
            Ok(Self(text.into()))
        } else {
            Err(InvalidValue::new(text, "a SCSI address, such as 0:2.1.0"))
        }
    }
}

impl fmt::Display for ScsiAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(ScsiAddress, {
    "type": "string",
    "maxLength": 24,
    "pattern": "^[0-9]+:[0-9]+\\.[0-9]+\\.[0-9]+$",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_addresses_parse() {
        assert_eq!("52:54:00:AB:cd:01".parse::<MacAddress>().unwrap().to_string(), "52:54:00:ab:cd:01");
        assert_eq!("0000:43:00.1".parse::<PciAddress>().unwrap().to_string(), "0000:43:00.1");
        assert_eq!("0:2.1.0".parse::<ScsiAddress>().unwrap().to_string(), "0:2.1.0");
        for bad in ["52:54:00:ab:cd", "52:54:00:ab:cd:01:02", "zz:54:00:ab:cd:01", ""] {
            assert!(bad.parse::<MacAddress>().is_err(), "{bad}");
        }
        for bad in ["0000:43:00:1", "43:00.1", "0000:43:00.g"] {
            assert!(bad.parse::<PciAddress>().is_err(), "{bad}");
        }
        for bad in ["0.2.1.0", "0:2:1.0", "0:2.1", ":2.1.0"] {
            assert!(bad.parse::<ScsiAddress>().is_err(), "{bad}");
        }
    }
}
