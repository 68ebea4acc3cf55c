//! `BaremetalNode`: one physical machine.

use super::{
    host::HostDescription,
    memory::NodeMemory,
    site::DeletionPolicy,
    values::{IpAddress, MacAddress},
};
use crate::api::effective::EffectiveNode;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One physical machine: the profile it follows, its addresses, its place, and what it overrides.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "BaremetalNode",
    plural = "baremetalnodes",
    shortname = "bmn",
    category = "slipway",
    namespaced,
    status = "BaremetalNodeStatus",
    derive = "PartialEq",
    doc = "One physical machine: the profile it follows, its addresses, its place, and what it overrides.",
    validation = Rule::new("self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')").message("the name becomes the host's name: it must be a DNS label, at most 63 characters of a-z, 0-9 and -"),
    selectable = ".spec.hostProfile",
    selectable = ".status.state",
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Power", type_ = "string", json_path = ".status.power"),
    printcolumn(name = "Profile", type_ = "string", json_path = ".spec.hostProfile"),
    printcolumn(name = "Rack", type_ = "string", json_path = ".status.effective.rack", priority = 1),
    printcolumn(name = "Provider-Id", type_ = "string", json_path = ".status.providerId", priority = 1),
    printcolumn(name = "Until", type_ = "string", json_path = ".status.waitingFor.until", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Message", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].message"#)
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.enlistment) || self.enlistment != 'Create' || has(self.bootMac)").message("enlistment Create needs bootMac: a record is found by it"))]
pub struct BaremetalNodeSpec {
    /// The `HostProfile` this machine follows. Example: `control-plane`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub host_profile: Option<String>,

    /// What this machine overrides.
    #[serde(flatten)]
    pub host: HostDescription,

    /// The machine's addresses, by network; that of its BMC too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["network".into()]))]
    pub addresses: Vec<NodeAddress>,

    /// The lowest rack unit that the machine takes in its rack, counted from 1 at the bottom. Its height is its
    /// HardwareProfile's `heightUnits`. Nothing is set by it; two machines in one place are a warning. Example: `10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub rack_unit: Option<i32>,

    /// How the machine's cables run, by device: compared with what LLDP tells while it is commissioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["device".into()]))]
    pub cabling: Vec<Cable>,

    /// How the machine comes into the provisioner. Default: `Create` where `bootMac` is given, otherwise `Discover`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enlistment: Option<Enlistment>,

    /// MAC address of the interface that boots from the network. With it the machine can be created in the provisioner, and
    /// is found there when it has enlisted itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_mac: Option<MacAddress>,

    /// Whether the machine runs, once it is deployed: with `Off` its operating system is asked to shut down, and what has not
    /// gone off within `deadlines.shutdown` of the Site is powered off. Switching a deployed machine off waits for approval.
    /// Absent: left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<DesiredPower>,

    /// Leave this machine alone: report, touch nothing. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,

    /// Somebody works on this machine: as `paused`, and whoever looks is told why. What it does meanwhile counts against
    /// nothing, neither the Site nor a group of its roll-out. Example: `{reason: DIMM A3 is being replaced}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,

    /// Hold the machine in the provisioner's rescue mode, a system that runs from memory, for a person to look at it. For one
    /// that is deployed, this waits for approval. Taken out again, the machine goes back to where it was; rescue mode that
    /// somebody else has begun is left to them. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescue: Option<bool>,

    /// Take over a machine that already runs: one that is Deployed, Allocated or Ready in the provisioner and carries nobody's
    /// mark. What would be done, and in what the machine is not as designed, stands in `status.plan` and waits for approval;
    /// then the machine is marked as this node's, and nothing else of it is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adoption>,

    /// What happens to the machine when this object is deleted; absent: as the Site says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// A cable from the machine to a switch.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Cable {
    /// The network card: an alias of the hardware profile, or a name of the kernel. Example: `nic1`.
    #[schemars(length(min = 1, max = 63))]
    pub device: String,

    /// The switch at its other end, as it names itself by LLDP. Example: `r01-leaf-a`.
    #[schemars(length(min = 1, max = 255))]
    pub switch: String,

    /// The switch's port, as it names it by LLDP; absent: any. Example: `Ethernet12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub port: Option<String>,
}

/// How a machine comes into the provisioner.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enlistment {
    /// Slipway makes its record.
    Create,
    /// It is booted from the network by its BMC, and enlists itself.
    Discover,
}

/// An address of a machine on a network.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(!has(self.mode) || self.mode == 'Static') == has(self.address)").message("address is needed for mode Static, and has no meaning for DHCP and LinkUp"))]
pub struct NodeAddress {
    /// The `Network`. Example: `oam`.
    #[schemars(length(min = 1, max = 253))]
    pub network: String,

    /// How the address is given. Default: `Static`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<AddressMode>,

    /// The address, for mode `Static`. Example: `10.23.21.12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddress>,
}

/// How an address is given.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AddressMode {
    /// Fixed, by the design.
    #[default]
    Static,
    /// By DHCP.
    #[serde(rename = "DHCP")]
    Dhcp,
    /// None: the interface is brought up without an address.
    LinkUp,
}

/// Whether a machine shall be powered.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DesiredPower {
    /// It runs.
    #[default]
    On,
    /// It is switched off, and kept so.
    Off,
}

/// Taking over a machine: by what it is known, so that nothing else is taken by mistake.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("[has(self.providerId), has(self.serial), has(self.macAddress)].filter(given, given).size() == 1").message("a machine is adopted by exactly one of providerId, serial and macAddress"))]
pub struct Adoption {
    /// The provisioner's id of the machine. Example: `scx8ew`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub provider_id: Option<String>,

    /// The system's serial number, as its firmware tells it. Example: `CZ3029B4TK`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub serial: Option<String>,

    /// The MAC address of any of its network cards. Example: `52:54:00:12:34:56`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<MacAddress>,
}

impl Adoption {
    /// Whether a machine is the one that is meant.
    pub fn means(&self, id: &str, serial: Option<&str>, macs: &[String]) -> bool {
        match (&self.provider_id, &self.serial, &self.mac_address) {
            (Some(wanted), ..) => wanted == id,
            (None, Some(wanted), _) => serial.is_some_and(|serial| serial == wanted.trim()),
            (None, None, Some(wanted)) => {
                let wanted = wanted.to_string();
                macs.iter().any(|mac| mac.eq_ignore_ascii_case(&wanted))
            }
            (None, None, None) => false,
        }
    }
}

impl fmt::Display for Adoption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.provider_id, &self.serial, &self.mac_address) {
            (Some(id), ..) => write!(f, "spec.adopt.providerId {id}"),
            (None, Some(serial), _) => write!(f, "spec.adopt.serial {}", serial.trim()),
            (None, None, Some(mac)) => write!(f, "spec.adopt.macAddress {mac}"),
            (None, None, None) => f.write_str("spec.adopt, which names nothing"),
        }
    }
}

/// Work on a machine that is none of Slipway's.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Maintenance {
    /// What is being done, and by whom. Example: `DIMM A3 is being replaced (ticket 4711)`.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}

impl BaremetalNode {
    /// Whether people want the machine left alone.
    pub fn is_set_aside(&self) -> bool {
        self.spec.paused.unwrap_or_default() || self.spec.maintenance.is_some()
    }
}

/// What is known of a machine.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct BaremetalNodeStatus {
    /// The generation of the spec that this status speaks of; -1 until it was looked at.
    #[serde(default)]
    pub observed_generation: i64,

    /// What is true of the machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,

    /// One word for people, derived from what is observed and done; never read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,

    /// What the machine waits for; absent where it stands as it has been asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,

    /// Power as last read: `On`, `Off` or `Unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<String>,

    /// The provisioner's id of the machine. Example: `scx8ew`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,

    /// Hash of the design that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design_hash: Option<String>,

    /// What would be done that waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<NodePlan>,

    /// What observation cannot give; Slipway's own, not for others to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<NodeMemory>,

    /// The machine as designed: everything inherited and resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectiveNode>,
}

/// What a machine waits for.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct WaitingFor {
    /// In one sentence. Example: `Commissioning machine scx8ew; due by 2026-03-01T12:45:00Z`.
    pub message: String,
    /// When it is tried again, or a person is needed, if it has not come by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// A plan that waits for approval.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NodePlan {
    /// The hash to approve: `kubectl annotate bmn NAME slipway.dev/approve="HASH by USER"`.
    pub hash: String,
    /// The destructive actions it stands for, in order. Example: `[Release, Erase]`.
    #[schemars(length(max = 16))]
    pub destructive: Vec<String>,
    /// What they do, in one sentence.
    pub message: String,
}
