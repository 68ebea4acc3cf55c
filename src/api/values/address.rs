//! Network values: CIDRs, addresses, VLAN ids, MTUs.

use super::{InvalidValue, text_value};
use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, net::IpAddr, str::FromStr};

/// A network in CIDR notation, IPv4 or IPv6, such as `10.23.20.0/24`. Host bits are kept as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr(pub IpNet);

impl FromStr for Cidr {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|_| InvalidValue::new(text, "a network in CIDR notation, such as 10.23.20.0/24"))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_value!(Cidr, {
    "type": "string",
    "maxLength": 43,
    "x-kubernetes-validations": [{"rule": "isCIDR(self)", "message": "must be a network in CIDR notation, such as 10.23.20.0/24"}],
});

/// An IPv4 or IPv6 address, such as `10.23.20.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpAddress(pub IpAddr);

impl FromStr for IpAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse().map(Self).map_err(|_| InvalidValue::new(text, "an IP address, such as 10.23.20.1"))
    }
}

impl fmt::Display for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_value!(IpAddress, {
    "type": "string",
    "maxLength": 45,
    "x-kubernetes-validations": [{"rule": "isIP(self)", "message": "must be an IP address, such as 10.23.20.1"}],
});

/// Declares a bounded integer with its schema; a plain `u16` would carry a format that the API server warns of.
macro_rules! bounded_integer {
    ($(#[$doc:meta])* $type:ident, $min:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(pub u32);

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "integer", "minimum": $min, "maximum": $max })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

bounded_integer!(
    /// An IEEE 802.1Q VLAN id, 1 to 4094.
    VlanId, 1, 4094
);
bounded_integer!(
    /// A maximum transmission unit in bytes, 576 to 65535.
    Mtu, 576, 65535
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_written() {
        for text in ["10.23.20.0/24", "10.23.20.7/24", "2001:db8::/64"] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
        }
        assert_eq!("fd00::1".parse::<IpAddress>().unwrap().to_string(), "fd00::1");
    }

    #[test]
    fn a_bad_value_says_what_was_expected() {
        let error = "10.23.20.0/33".parse::<Cidr>().unwrap_err().to_string();
        assert_eq!(error, "`10.23.20.0/33` is not a network in CIDR notation, such as 10.23.20.0/24");
    }
}
