//! What was seen of a node, just now.

use super::{Machine, Power};

/// The machine of a node, as looked for in the provisioner.
#[derive(Debug, Clone, PartialEq)]
pub enum Sighting {
    /// Nothing there carries the node's id, BMC address or MAC.
    Missing,
    /// One machine.
    Found(Box<Machine>),
    /// A rack or region controller carries the node's keys: its id.
    Controller(String),
    /// The keys point to different machines: what points where.
    Conflict(String),
}

/// What was seen of a node, all of it fresh.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// In the provisioner.
    pub sighting: Sighting,
    /// Power by the BMC, read only while the provisioner does not know the machine.
    pub bmc_power: Option<Power>,
}
