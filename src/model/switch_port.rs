//! Ports of switches: what a machine's cables end in, and what the design wants there.

use super::{BondDesign, DeviceSelector};

/// A port of a switch, by the names that they tell by LLDP (IEEE 802.1AB).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SwitchPort {
    /// Name of the switch.
    pub switch: String,
    /// Name of the port.
    pub port: String,
}

/// What a port is configured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortRole {
    /// The machine boots from the network, to be enlisted and commissioned: one device by itself, on the network on which
    /// the provisioner answers.
    Provisioning,
    /// As designed. The machine boots from the network here too while it is installed, so what it boots from is among what
    /// its design runs over the port.
    Production,
}

/// One device of a machine, and what the design wants of the port that it is cabled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortDesign {
    /// The network card.
    pub device: DeviceSelector,
    /// Name of the switch; absent: the design knows no cable.
    pub switch: Option<String>,
    /// Name of its port; absent: any, or no cable is known.
    pub port: Option<String>,
    /// Interface of the machine that the device is of.
    pub interface: String,
    /// The link that it is attached to.
    pub link: String,
    /// How the interface's devices are bonded: the ports of one bond are of one group. Absent: the device works by itself.
    pub bond: Option<BondDesign>,
    /// The network of untagged frames.
    pub native: Option<NativeNetwork>,
    /// VLAN ids of tagged frames (IEEE 802.1Q), rising.
    pub tagged: Vec<u32>,
    /// MTU in bytes.
    pub mtu: u32,
}

impl PortDesign {
    /// The port, where the design names it.
    pub fn known(&self) -> Option<SwitchPort> {
        Some(SwitchPort { switch: self.switch.clone()?, port: self.port.clone()? })
    }
}

/// The network of untagged frames on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeNetwork {
    /// Its name in the design.
    pub network: String,
    /// The VLAN id that the switch knows it by, where the design says so.
    pub vlan: Option<u32>,
}

/// What a switch hears at one of its ports by LLDP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortNeighbour {
    /// The port.
    pub port: SwitchPort,
    /// Name of what is at the other end of its cable (TLV 5, `SysName`).
    pub name: Option<String>,
    /// MAC address of the device there (TLV 2, port id by MAC), as `52:54:00:12:34:56`.
    pub mac: Option<String>,
}
