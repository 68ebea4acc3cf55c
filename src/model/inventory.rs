//! A machine's hardware as found: what a HardwareInventory shows, and what aliases are bound to.

use crate::api::hardware_expectation::DiskType;

/// A machine's hardware as found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Vendor of the system.
    pub vendor: Option<String>,
    /// Product name of the system.
    pub product: Option<String>,
    /// Serial number of the system.
    pub serial: Option<String>,
    /// Version of the system firmware.
    pub bios_version: Option<String>,
    /// Architecture as the provisioner names it, such as `amd64`.
    pub architecture: Option<String>,
    /// Model of the CPUs.
    pub cpu_model: Option<String>,
    /// Sockets with a CPU in them, where they were counted.
    pub sockets: Option<u32>,
    /// Cores of all sockets together, where they were counted.
    pub cores: Option<u32>,
    /// Logical CPUs.
    pub cpus: u32,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Network cards.
    pub nics: Vec<InventoryNic>,
    /// Disks.
    pub disks: Vec<InventoryDisk>,
}

/// A network card as found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryNic {
    /// The kernel's name.
    pub name: String,
    /// MAC address.
    pub mac: String,
    /// PCI address, where the provisioner tells it.
    pub pci_address: Option<String>,
    /// Speed in Mbit/s.
    pub speed_mbps: Option<u32>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Version of its firmware.
    pub firmware_version: Option<String>,
    /// Whether its port has a carrier.
    pub connected: bool,
    /// What stands at the other end of its cable, by LLDP.
    pub neighbour: Option<Neighbour>,
}

/// What LLDP (IEEE 802.1AB) tells of the other end of a cable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbour {
    /// Name of the switch (TLV 5, `SysName`), or its chassis id where it has none.
    pub switch: String,
    /// Its port: an interface's name where the switch tells one (TLV 2), else the port's description (TLV 4).
    pub port: String,
    /// The VLANs that the switch announces on the port (IEEE 802.1 TLVs); empty: it announces none.
    pub vlans: Vec<u32>,
}

/// A disk as found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryDisk {
    /// The kernel's name.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// What kind of disk, where the provisioner tells it.
    pub kind: Option<DiskType>,
    /// Vendor, where the provisioner tells it.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Version of its firmware.
    pub firmware_version: Option<String>,
    /// SCSI address, where `lshw` told it.
    pub scsi_address: Option<String>,
    /// PCI address, where the provisioner tells it.
    pub pci_address: Option<String>,
}
