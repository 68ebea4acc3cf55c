//! What a lab is made of: the machines, their BMCs, the MAAS region and how fast machines move.
//!
//! The same text always makes the same site: every random thing (jitter, hostnames, passwords, packet loss) is drawn
//! from `seed`.

mod defaults;
mod hardware;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Deserialize;

pub use hardware::{
    BmcSpec, DiskSpec, EnlistPower, Firmware, MachineSpec, NicSpec, Personality, Power, Quirk, RedfishSpec, Vendor,
};

/// A whole lab, as read from YAML.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LabSpec {
    /// Everything random is drawn from this number.
    pub seed: u64,
    /// How many times faster than real machines the lab's machines are.
    pub speed: f64,
    /// Machine operations take no time at all (they still pass through their states).
    pub zero_delay: bool,
    /// How long machine operations take, in seconds of a real machine.
    pub times: Times,
    /// The MAAS region.
    pub maas: MaasSpec,
    /// How BMCs are reached.
    pub bmc: BmcNetSpec,
    /// The machines that stand in the racks.
    pub machines: Vec<MachineSpec>,
    /// The machines MAAS knows from the start.
    pub existing: Vec<ExistingSpec>,
}

impl Default for LabSpec {
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 60.0,
            zero_delay: false,
            times: Times::default(),
            maas: MaasSpec::default(),
            bmc: BmcNetSpec::default(),
            machines: Vec::new(),
            existing: Vec::new(),
        }
    }
}

impl LabSpec {
    /// Reads a spec from YAML.
    pub fn from_yaml(text: &str) -> Result<Self, crate::LabError> {
        serde_saphyr::from_str(text).map_err(|error| crate::LabError::Spec(error.to_string()))
    }
}

/// Durations of machine operations, in seconds before scaling.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Times {
    /// From power on to the boot decision.
    pub post: f64,
    /// From the network boot of an unknown machine to its record in MAAS.
    pub enlist: f64,
    /// A commissioning run.
    pub commission: f64,
    /// The default hardware test after commissioning.
    pub test: f64,
    /// Writing the operating system.
    pub install: f64,
    /// Booting the operating system.
    pub boot: f64,
    /// Erasing the disks.
    pub erase: f64,
    /// From Releasing to Ready.
    pub release: f64,
    /// From a power command to its effect.
    pub power: f64,
    /// How far a duration may lie from its mean, as a fraction.
    pub jitter: f64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            post: 60.0,
            enlist: 90.0,
            commission: 180.0,
            test: 20.0,
            install: 300.0,
            boot: 60.0,
            erase: 120.0,
            release: 5.0,
            power: 1.0,
            jitter: 0.2,
        }
    }
}

/// The MAAS region.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MaasSpec {
    /// The release of MAAS: 3.3, 3.5, 3.6 or 3.7, or a point release of these.
    pub version: String,
    /// The region's own name (`maas_name`).
    pub name: String,
    /// The API key of the administrator `admin`: `consumer:token:secret`.
    pub api_key: String,
    /// Enlisting machines are commissioned at once.
    pub enlist_commissioning: bool,
    /// The images the region has synced.
    pub images: Vec<ImageSpec>,
    /// The rack controller, whose interfaces decide which networks MAAS discovers.
    pub rack_controller: RackSpec,
    /// Routers that relay DHCP from wires on which no rack controller has an interface.
    pub dhcp_relays: Vec<RelaySpec>,
}

impl Default for MaasSpec {
    fn default() -> Self {
        Self {
            version: "3.7.3".to_owned(),
            name: "lab".to_owned(),
            api_key: "consumer:token:lab-region-secret".to_owned(),
            enlist_commissioning: true,
            images: vec![
                ImageSpec::of("ubuntu/noble", "24.04"),
                ImageSpec::of("ubuntu/jammy", "22.04"),
                ImageSpec::of("ubuntu/xenial", "16.04"),
            ],
            rack_controller: RackSpec::default(),
            dhcp_relays: Vec::new(),
        }
    }
}

/// A synced image.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSpec {
    /// Operating system and release: `ubuntu/noble`.
    pub name: String,
    /// Its kernels: `ga-24.04`.
    pub kernels: Vec<String>,
    /// Its version on the image server.
    #[serde(default = "defaults::serial")]
    pub serial: String,
    /// Its label on the image server.
    #[serde(default = "defaults::label")]
    pub label: String,
    /// The kernels that its first kernel serves as well, with commas between.
    #[serde(default)]
    pub subarches: Option<String>,
    /// It is selected to be synced.
    #[serde(default = "defaults::yes")]
    pub selected: bool,
}

impl ImageSpec {
    /// An Ubuntu release with its two usual kernels.
    pub fn of(name: &str, number: &str) -> Self {
        Self {
            name: name.to_owned(),
            kernels: vec![format!("ga-{number}"), format!("hwe-{number}")],
            serial: defaults::serial(),
            label: defaults::label(),
            subarches: None,
            selected: true,
        }
    }
}

/// The rack controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RackSpec {
    /// Its hostname.
    pub hostname: String,
    /// It tells the region how its services fare.
    pub reports: bool,
    /// The machine that it is, for its hardware; it then stands for no other record.
    pub machine: Option<String>,
    /// Its interfaces; each yields a discovered fabric, VLAN and subnet.
    pub interfaces: Vec<RackInterfaceSpec>,
}

impl Default for RackSpec {
    fn default() -> Self {
        Self {
            hostname: "rack-1".to_owned(),
            reports: true,
            machine: None,
            interfaces: vec![RackInterfaceSpec {
                name: "eth0".to_owned(),
                address: "10.23.20.9/24".to_owned(),
                segment: "pxe".to_owned(),
                gateway: None,
                mac: None,
            }],
        }
    }
}

/// An interface of the rack controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RackInterfaceSpec {
    /// Its name.
    pub name: String,
    /// Its address with prefix length.
    pub address: String,
    /// The wire it is plugged into.
    pub segment: String,
    /// The gateway of its network, as its routes tell.
    #[serde(default)]
    pub gateway: Option<std::net::IpAddr>,
    /// Its MAC address; made up when absent.
    #[serde(default)]
    pub mac: Option<String>,
}

/// A router's interface that relays DHCP to the rack controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RelaySpec {
    /// The wire from which it relays.
    pub segment: String,
    /// Its address there, by which the server knows the subnet that was asked from (`giaddr`, RFC 2131).
    pub address: std::net::IpAddr,
}

/// How the designed BMC addresses are reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BmcNetSpec {
    /// Where designed addresses are found on loopback.
    pub translate: Translate,
    /// The UDP port of all BMCs, and the TCP port of those that speak Redfish; 0 lets the system choose one.
    pub port: u16,
}

/// A network translated into another, address by address.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Translate {
    /// The designed network.
    pub from: Ipv4Net,
    /// The loopback network, of the same size.
    pub to: Ipv4Net,
}

impl Default for Translate {
    fn default() -> Self {
        let (from, to) = (Ipv4Addr::new(10, 23, 104, 0), Ipv4Addr::new(127, 23, 104, 0));
        Self { from: Ipv4Net::new_assert(from, 24), to: Ipv4Net::new_assert(to, 24) }
    }
}

impl Translate {
    /// Where the designed address listens.
    pub fn apply(&self, address: Ipv4Addr) -> Option<Ipv4Addr> {
        if !self.from.contains(&address) || !self.to.network().is_loopback() {
            return None;
        }
        let offset = u32::from(address) - u32::from(self.from.network());
        let there = Ipv4Addr::from(u32::from(self.to.network()).checked_add(offset)?);
        self.to.contains(&there).then_some(there)
    }
}

/// A machine MAAS knows from the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExistingSpec {
    /// The machine's name in the lab.
    pub machine: String,
    /// It is a rack controller.
    #[serde(default)]
    pub controller: bool,
    /// Its record.
    #[serde(flatten)]
    pub preset: Preset,
}

/// The state of a machine record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Preset {
    /// MAAS's status name; Ready when absent.
    pub status: Option<String>,
    /// Its owner; absent leaves it, an empty text clears it.
    pub owner: Option<String>,
    /// Locked.
    pub locked: Option<bool>,
    /// Operating system.
    pub osystem: Option<String>,
    /// Release.
    pub distro_series: Option<String>,
    /// Hostname.
    pub hostname: Option<String>,
    /// Tags; unknown ones are made.
    pub tags: Option<Vec<String>>,
    /// Workload annotations; replaces all.
    pub owner_data: Option<std::collections::BTreeMap<String, String>>,
}
