//! Machines: their BMCs, network cards and disks.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::defaults;
pub use crate::redfish::personality::Vendor;

/// A machine in the rack.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MachineSpec {
    /// The lab's own name for it; MAAS does not know it.
    pub name: String,
    /// Its BMC.
    pub bmc: BmcSpec,
    /// How it boots.
    #[serde(default)]
    pub firmware: Firmware,
    /// Its UUID; drawn from the seed when absent.
    #[serde(default)]
    pub uuid: Option<String>,
    /// What its CPUs are called.
    #[serde(default = "defaults::cpu_model")]
    pub cpu_model: String,
    /// How fast they are, in MHz.
    #[serde(default = "defaults::cpu_speed")]
    pub cpu_speed: u32,
    /// NUMA nodes, among which memory and CPUs are shared out.
    #[serde(default = "defaults::numa_nodes")]
    pub numa_nodes: u32,
    /// What its firmware says beside this, by MAAS's names (`mainboard_serial`).
    #[serde(default)]
    pub hardware_info: std::collections::BTreeMap<String, String>,
    /// What lldpd hears, as its XML; made up from the wires when absent.
    #[serde(default)]
    pub lldp: Option<String>,
    /// What scripts say on it, by script.
    #[serde(default)]
    pub outputs: std::collections::BTreeMap<String, String>,
    /// Work on it ends without it powering itself off.
    #[serde(default)]
    pub stays_on: bool,
    /// Logical CPUs.
    #[serde(default = "defaults::cpus")]
    pub cpus: u32,
    /// Memory in MiB.
    #[serde(default = "defaults::memory_mib")]
    pub memory_mib: u64,
    /// System vendor.
    #[serde(default = "defaults::vendor")]
    pub vendor: String,
    /// System product.
    #[serde(default = "defaults::product")]
    pub product: String,
    /// System serial number.
    #[serde(default)]
    pub serial: String,
    /// BIOS version.
    #[serde(default = "defaults::bios_version")]
    pub bios_version: String,
    /// Network cards, in boot order.
    #[serde(default)]
    pub nics: Vec<NicSpec>,
    /// Disks.
    #[serde(default)]
    pub disks: Vec<DiskSpec>,
    /// Power when the lab starts.
    #[serde(default)]
    pub power: Power,
    /// What enlistment finds out about the BMC.
    #[serde(default)]
    pub enlist_power: EnlistPower,
    /// An operating system is on disk already.
    #[serde(default)]
    pub boots_from_disk: bool,
    /// Without a boot flag the firmware tries the network before the disk.
    #[serde(default = "defaults::yes")]
    pub network_first: bool,
}

/// A BMC.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BmcSpec {
    /// The designed address.
    pub address: Ipv4Addr,
    /// The factory account.
    #[serde(default = "defaults::bmc_user")]
    pub user: String,
    /// Its password.
    #[serde(default = "defaults::bmc_password")]
    pub password: String,
    /// It lets MAAS in with any account.
    #[serde(default)]
    pub open: bool,
    /// The cipher suites it speaks (0 to 3 and 17 are known).
    #[serde(default = "defaults::cipher_suites")]
    pub cipher_suites: Vec<u8>,
    /// It speaks Redfish as well, on the TCP port of the same number.
    #[serde(default)]
    pub redfish: Option<RedfishSpec>,
    /// The BMC key that it demands beside the password (`K_g`).
    #[serde(default)]
    pub key: Option<String>,
    /// Whose BMC it is like.
    #[serde(default)]
    pub personality: Personality,
    /// What it does otherwise than IPMI 2.0 says, beside what its personality does.
    #[serde(default)]
    pub quirks: Vec<Quirk>,
}

/// A BMC's Redfish service.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RedfishSpec {
    /// Whose service it is.
    #[serde(default)]
    pub vendor: Vendor,
    /// It speaks HTTP without TLS.
    #[serde(default)]
    pub plain: bool,
}

/// Whose BMC one is like: manufacturer, sensors, log, inventory of parts, quirks.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Personality {
    /// iDRAC 9.
    #[default]
    Dell,
    /// iLO 5.
    Hpe,
    /// X11 boards.
    Supermicro,
    /// `XClarity` Controller.
    Lenovo,
    /// `OpenBMC`.
    OpenBmc,
}

/// What a BMC does otherwise than IPMI 2.0 says.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Quirk {
    /// ASF pings are not answered.
    NoPing,
    /// Get Channel Cipher Suites is not answered.
    NoCipherProbe,
    /// Boot option parameter 3 is refused (0x80).
    NoParameter3,
    /// The operating system does not listen to a soft shutdown.
    IgnoresSoftOff,
    /// Cycle and reset of a machine that is off succeed, and do nothing.
    CycleWithoutEffect,
    /// A login is answered with weaker algorithms than were asked for.
    WrongAlgorithm,
    /// Garbage is sent before each reply.
    Garbage,
    /// Replies are cut in half.
    Truncated,
    /// Replies are sent twice.
    Duplicate,
    /// No session is free.
    SessionsFull,
    /// The privilege of the open session request is hashed in place of RAKP 1's.
    OpenSessionPrivilege,
    /// Whole sensor records, and more than 16 bytes of anything at once, are refused.
    SmallReads,
    /// There is no inventory of parts.
    NoInventory,
    /// Replies in a session carry wrong IPMB checksums.
    WrongChecksums,
}

/// A network card.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NicSpec {
    /// The kernel's name for it.
    pub name: String,
    /// Its MAC address.
    pub mac: String,
    /// Its PCI address.
    #[serde(default)]
    pub pci: Option<String>,
    /// The wire it is plugged into; none means no carrier.
    #[serde(default)]
    pub segment: Option<String>,
    /// The name that the switch at the other end tells by LLDP; none: `switch-` and the wire.
    #[serde(default)]
    pub switch: Option<String>,
    /// Its speed.
    #[serde(default = "defaults::speed_mbps")]
    pub speed_mbps: u32,
    /// Its vendor.
    #[serde(default = "defaults::nic_vendor")]
    pub vendor: String,
    /// Its product name.
    #[serde(default = "defaults::nic_product")]
    pub product: String,
    /// PCI vendor id, four hexadecimal digits.
    #[serde(default = "defaults::nic_vendor_id")]
    pub vendor_id: String,
    /// PCI product id.
    #[serde(default = "defaults::nic_product_id")]
    pub product_id: String,
    /// Its kernel driver.
    #[serde(default = "defaults::nic_driver")]
    pub driver: String,
    /// Its firmware's version.
    #[serde(default = "defaults::nic_firmware")]
    pub firmware: String,
    /// The NUMA node it is attached to.
    #[serde(default)]
    pub numa_node: u64,
    /// Virtual functions it can make.
    #[serde(default)]
    pub sriov_max_vf: u32,
    /// The address that DHCP gives it; the first free one when absent.
    #[serde(default)]
    pub lease: Option<std::net::IpAddr>,
}

/// A disk.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskSpec {
    /// The kernel's name for it.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its SCSI address, as lshw writes it: `0:2.0.0` (host, channel, target, lun).
    #[serde(default)]
    pub scsi: Option<String>,
    /// Its PCI address, when it is an NVM Express disk.
    #[serde(default)]
    pub pci: Option<String>,
    /// Its model.
    #[serde(default = "defaults::disk_model")]
    pub model: String,
    /// Its serial number; drawn from the seed when empty.
    #[serde(default)]
    pub serial: String,
    /// It spins.
    #[serde(default)]
    pub rotary: bool,
    /// How udev calls it by its identity; drawn from the seed when absent.
    #[serde(default)]
    pub id_path: Option<String>,
    /// Its firmware's version.
    #[serde(default = "defaults::disk_firmware")]
    pub firmware: String,
    /// The NUMA node it is attached to.
    #[serde(default)]
    pub numa_node: u64,
    /// The PCI address of the controller it hangs on, when it is no NVM Express disk.
    #[serde(default)]
    pub controller: Option<String>,
    /// PCI vendor id of the disk or its controller.
    #[serde(default = "defaults::disk_vendor_id")]
    pub vendor_id: String,
    /// PCI product id of the disk or its controller.
    #[serde(default = "defaults::disk_product_id")]
    pub product_id: String,
    /// PCI vendor of the disk or its controller.
    #[serde(default = "defaults::disk_pci_vendor")]
    pub pci_vendor: String,
    /// PCI product of the disk or its controller; the model when absent.
    #[serde(default)]
    pub pci_product: Option<String>,
    /// The kernel driver of the disk or its controller.
    #[serde(default = "defaults::disk_driver")]
    pub driver: String,
}

/// How a machine boots.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Firmware {
    /// UEFI.
    #[default]
    Uefi,
    /// Legacy BIOS.
    Legacy,
}

/// Power of a machine.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Power {
    /// Off.
    #[default]
    Off,
    /// On.
    On,
}

/// What enlistment finds out about the BMC.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum EnlistPower {
    /// A new BMC account `maas` and the address.
    #[default]
    Found,
    /// Nothing: the record has no power type.
    Empty,
}
