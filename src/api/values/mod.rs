//! Values with a syntax of their own, as newtypes: each parses from and prints as the string a person writes, and each
//! brings the structural schema that lets the API server refuse anything else.

mod address;
mod duration;
mod hardware;
mod rate;
mod size;

pub use address::{Cidr, IpAddress, Mtu, VlanId};
pub use duration::Duration;
pub use hardware::{MacAddress, PciAddress, ScsiAddress};
pub use rate::BitRate;
pub use size::{ByteSize, StorageSize};

/// A string that is not in the form its field asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not {expected}")]
pub struct InvalidValue {
    /// What stood there.
    pub found: String,
    /// What was expected, with an example.
    pub expected: &'static str,
}

impl InvalidValue {
    fn new(found: &str, expected: &'static str) -> Self {
        Self { found: found.into(), expected }
    }
}

/// Serde by `FromStr` and `Display`, and an inline JSON schema.
macro_rules! text_value {
    ($type:ident, $schema:tt) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
use text_value;
