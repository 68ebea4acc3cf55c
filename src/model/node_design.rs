//! The effective, complete description of one host: nothing is left to choose but what needs its inventory.

use super::{CommissioningDesign, DeviceSelector, HardwareDesign, RouteDesign, StorageDesign};
use crate::api::baremetal_node::{AddressMode, Enlistment};
use crate::api::{
    hardware_profile::BootMode,
    host::{BridgeType, HostDeadlines, OutOfBandType, PowerCredentials, PrivilegeLevel},
    network_link::{BondMode, LacpRate, TransmitHashPolicy},
    redfish::RedfishOptions,
    reference::SecretReference,
    values::MacAddress,
};
use ipnet::IpNet;
use serde::Serialize;
use std::{collections::BTreeMap, net::IpAddr};

/// Architecture of machines whose hardware profile names none.
pub const DEFAULT_ARCHITECTURE: &str = "amd64";

/// One host as designed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeDesign {
    /// Name of the node: the host's name.
    pub name: String,
    /// Domain of the primary network.
    pub domain: String,
    /// Host profiles, the nearest first.
    pub profiles: Vec<String>,
    /// Name of the hardware profile.
    pub hardware_profile: Option<String>,
    /// How its firmware boots.
    pub boot_mode: BootMode,
    /// The rack it stands in.
    pub rack: Option<String>,
    /// The provisioner's availability zone.
    pub zone: Option<String>,
    /// The provisioner's resource pool; absent: left alone.
    pub pool: Option<String>,
    /// What the hardware is expected to be.
    pub hardware: HardwareDesign,
    /// What commissioning runs.
    pub commissioning: CommissioningDesign,
    /// Whether it is locked once it is deployed.
    pub lock: bool,
    /// How long it may stay in a step, where the Site's deadlines are not its own.
    pub deadlines: HostDeadlines,
    /// Failed attempts of one step before a person is needed; absent: as on the Site.
    pub retries: Option<i32>,
    /// Architecture, as the provisioner names it.
    pub architecture: String,
    /// How it comes into the provisioner.
    pub enlistment: Enlistment,
    /// Its BMC.
    pub oob: Option<OobDesign>,
    /// Whether a person switches it, because no BMC does.
    pub by_hand: bool,
    /// MAC of the interface that boots from the network.
    pub boot_mac: Option<MacAddress>,
    /// Network that carries the default gateway.
    pub primary_network: Option<String>,
    /// Interfaces, in the order of the design.
    pub interfaces: Vec<InterfaceDesign>,
    /// Disks and volume groups.
    pub storage: StorageDesign,
    /// Operating system.
    pub platform: PlatformDesign,
    /// Tags.
    pub tags: Vec<String>,
    /// Owner data that the provisioner takes.
    pub owner_data: BTreeMap<String, String>,
    /// Free values.
    pub extra: BTreeMap<String, String>,
    /// What it gets at first boot.
    pub boot_actions: Vec<BootAsset>,
    /// NTP servers.
    pub ntp_servers: Vec<String>,
}

/// A BMC as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OobDesign {
    /// Protocol it speaks.
    pub protocol: OutOfBandType,
    /// Its address.
    pub address: IpAddr,
    /// Secret with its credentials.
    pub credentials: SecretReference,
    /// IPMI cipher suites, in the order in which they are tried.
    pub cipher_suites: Vec<i32>,
    /// Privilege level that the provisioner asks for.
    pub privilege_level: PrivilegeLevel,
    /// FreeIPMI's workarounds that the provisioner's tools are given; empty: its defaults.
    pub workaround_flags: Vec<String>,
    /// Who owns the credentials by which the provisioner switches the machine.
    pub power_credentials: PowerCredentials,
    /// For Redfish: which system, and which certificates are trusted.
    pub redfish: RedfishOptions,
}

/// An interface as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterfaceDesign {
    /// Its name; a bond gets it.
    pub name: String,
    /// The link it is attached to.
    pub link: String,
    /// Its devices; one, unless it is a bond.
    pub devices: Vec<DeviceSelector>,
    /// How the devices are bonded.
    pub bond: Option<BondDesign>,
    /// MTU of the link in bytes.
    pub mtu: u32,
    /// Whether the provisioner is to be told of it.
    pub managed: bool,
    /// Its networks.
    pub networks: Vec<AttachmentDesign>,
    /// Bridges on what carries them.
    pub bridges: Vec<BridgeDesign>,
}

/// A bridge as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BridgeDesign {
    /// Its name.
    pub name: String,
    /// The network that it carries, with others of its VLAN.
    pub network: String,
    /// What makes it.
    pub kind: BridgeType,
    /// Whether it takes part in the spanning tree protocol.
    pub stp: bool,
    /// Seconds before a port forwards.
    pub forward_delay: u32,
}

/// Bond parameters, all of them set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BondDesign {
    /// The mode.
    pub mode: BondMode,
    /// Transmit hash policy, where the mode has one.
    pub hash_policy: Option<TransmitHashPolicy>,
    /// LACP rate, for `802.3ad`.
    pub lacp_rate: Option<LacpRate>,
    /// Milliseconds between two looks at the link.
    pub monitor_interval: u32,
    /// Milliseconds before a link that came up is used.
    pub up_delay: u32,
    /// Milliseconds before a link that went down is given up.
    pub down_delay: u32,
    /// Gratuitous ARP frames after a failover, where the design says so.
    pub peer_notifications: Option<u32>,
}

/// A network on an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachmentDesign {
    /// Name of the network.
    pub network: String,
    /// VLAN id by which it is tagged; absent: untagged.
    pub vlan: Option<u32>,
    /// The network's addresses.
    pub cidr: IpNet,
    /// MTU of the network in bytes.
    pub mtu: u32,
    /// How the address is given.
    pub mode: AddressMode,
    /// The address, for mode `Static`.
    pub address: Option<IpAddr>,
    /// Whether the host's default gateway is on it.
    pub default_gateway: bool,
    /// The network's routes and name servers, which the host gets at deployment.
    pub services: NetworkServices,
}

/// What a host learns of a network when it is deployed, and never again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NetworkServices {
    /// The default gateway.
    pub gateway: Option<IpAddr>,
    /// Name servers.
    pub dns_servers: Vec<IpAddr>,
    /// Routes other than the default one.
    pub routes: Vec<RouteDesign>,
}

/// The operating system as designed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlatformDesign {
    /// Image to deploy.
    pub image: Option<String>,
    /// Kernel to deploy; absent: the image's default.
    pub kernel: Option<String>,
    /// The kernel's command line, in its order.
    pub kernel_options: String,
    /// Whether it runs from memory, where the design says so.
    pub ephemeral: Option<bool>,
    /// Whether it reports changes of its hardware, where the design says so.
    pub hardware_sync: Option<bool>,
    /// Secret with a cloud-config of the user's own.
    pub user_data: Option<SecretReference>,
}

/// One thing that the host gets at first boot, by its user data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum BootAsset {
    /// A file.
    File {
        /// The boot action it belongs to.
        action: String,
        /// Where it is written.
        path: String,
        /// Permission bits, three octal digits.
        permissions: String,
        /// Its content.
        #[serde(skip)]
        content: Vec<u8>,
        /// SHA-256 of its content, which stands for it in the design's hash.
        digest: String,
        /// Whether it is a systemd unit to be enabled.
        unit: bool,
    },
    /// A package to install.
    Package {
        /// The boot action it belongs to.
        action: String,
        /// Its name.
        name: String,
        /// Its version; empty: any.
        version: String,
    },
}

impl BootAsset {
    /// The boot action it belongs to.
    pub fn action(&self) -> &str {
        match self {
            Self::File { action, .. } | Self::Package { action, .. } => action,
        }
    }
}

impl NodeDesign {
    /// What is left of a host whose design cannot be resolved any more: its name. Enough to release its machine, which is
    /// found by its id and its mark.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            domain: "local".to_owned(),
            profiles: Vec::new(),
            hardware_profile: None,
            boot_mode: BootMode::default(),
            rack: None,
            zone: None,
            pool: None,
            hardware: HardwareDesign::default(),
            commissioning: CommissioningDesign::default(),
            lock: false,
            deadlines: HostDeadlines::default(),
            retries: None,
            architecture: DEFAULT_ARCHITECTURE.to_owned(),
            enlistment: Enlistment::Discover,
            oob: None,
            by_hand: false,
            boot_mac: None,
            primary_network: None,
            interfaces: Vec::new(),
            storage: StorageDesign::default(),
            platform: PlatformDesign::default(),
            tags: Vec::new(),
            owner_data: BTreeMap::new(),
            extra: BTreeMap::new(),
            boot_actions: Vec::new(),
            ntp_servers: Vec::new(),
        }
    }

    /// Fully qualified domain name.
    pub fn fqdn(&self) -> String {
        format!("{}.{}", self.name, self.domain)
    }
}
