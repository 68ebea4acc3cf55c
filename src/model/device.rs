//! What a design calls a device of a machine by. Which device that is, only the machine as built can tell.

use crate::api::values::{PciAddress, ScsiAddress};
use serde::Serialize;
use std::fmt;

/// What a design calls a device by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum DeviceSelector {
    /// An alias with a PCI address.
    Pci {
        /// The alias.
        alias: String,
        /// The address.
        address: PciAddress,
    },
    /// An alias with a SCSI address.
    Scsi {
        /// The alias.
        alias: String,
        /// The address.
        address: ScsiAddress,
    },
    /// An alias by what the device is.
    Rule {
        /// The alias.
        alias: String,
        /// What the device is.
        traits: DeviceTraits,
    },
    /// The kernel's name.
    Name(String),
}

/// What is known of a device: all that is given must hold, and of one device of the machine only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct DeviceTraits {
    /// Part of its vendor's name.
    pub vendor: Option<String>,
    /// Part of its model's name.
    pub model: Option<String>,
    /// The least size of a disk, in bytes.
    pub min_bytes: Option<u64>,
    /// The least speed of a network card, in Mbit/s.
    pub min_mbps: Option<u64>,
    /// Regular expression that its whole address on its bus matches.
    pub pattern: Option<String>,
}

/// Most memory that a compiled pattern of an alias may take, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// The regular expression that a device's whole address on its bus must match, so that `0:2.0.1` is not `0:2.0.12`.
pub fn device_pattern(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(PATTERN_BYTES).build()
}

impl fmt::Display for DeviceTraits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [("vendor", &self.vendor), ("model", &self.model), ("address", &self.pattern)];
        let numbers =
            [("GB at least", self.min_bytes.map(|bytes| bytes / 1_000_000_000)), ("Mbit/s at least", self.min_mbps)];
        let texts = texts.iter().filter_map(|(what, text)| text.as_ref().map(|text| format!("{what} {text}")));
        let numbers = numbers.iter().filter_map(|(unit, number)| number.map(|number| format!("{number} {unit}")));
        f.write_str(&texts.chain(numbers).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for DeviceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pci { alias, address } => write!(f, "{alias} (PCI {address})"),
            Self::Scsi { alias, address } => write!(f, "{alias} (SCSI {address})"),
            Self::Rule { alias, traits } => write!(f, "{alias} ({traits})"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
