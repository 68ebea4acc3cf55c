//! `NetworkLink`: an L1/L2 attachment, agreed between node and switch.

use super::{status::DesignStatus, values::Mtu};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An L1/L2 attachment: bonding, MTU, speed, trunking, and the networks that may run over it.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "NetworkLink",
    plural = "networklinks",
    shortname = "nl",
    category = "slipway",
    namespaced,
    status = "DesignStatus",
    derive = "PartialEq",
    doc = "An L1/L2 attachment: bonding, MTU, speed, trunking, and the networks that may run over it.",
    printcolumn(name = "Bonding", type_ = "string", json_path = ".spec.bonding.mode"),
    printcolumn(name = "MTU", type_ = "integer", json_path = ".spec.mtu"),
    printcolumn(name = "Networks", type_ = "string", json_path = ".spec.allowedNetworks"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct NetworkLinkSpec {
    /// Bonding of several devices to one; absent: a single device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonding: Option<Bonding>,

    /// MTU in bytes; every network on the link must fit. Default: `1500`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,

    /// Speed of the port. Informational: nothing is set by it. Default: `auto`. Example: `25G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    pub link_speed: Option<String>,

    /// Whether frames of several networks run tagged over the link. Default: `Disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunking: Option<Trunking>,

    /// The network of untagged frames. Needed where trunking is disabled and several networks are allowed; absent there,
    /// the only allowed network. Example: `pxe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub native_network: Option<String>,

    /// The networks that may run over the link. A network is allowed on one link only. Example: `[oam, storage]`.
    #[schemars(length(min = 1, max = 256), inner(length(min = 1, max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub allowed_networks: Vec<String>,

    /// Leave this link and its networks out of the provisioner. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<bool>,
}

/// How devices are bonded (Linux bonding driver; IEEE 802.1AX for `802.3ad`).
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Bonding {
    /// The mode.
    pub mode: BondMode,

    /// Which headers choose the device, for `802.3ad` and `balance-xor`. Default for `802.3ad`: `layer3+4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmit_hash_policy: Option<TransmitHashPolicy>,

    /// How often the partner sends LACP frames, for `802.3ad`. Default: `Fast`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacp_rate: Option<LacpRate>,

    /// Milliseconds between two looks at the link's state. Default: `100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub monitor_interval: Option<i32>,

    /// Milliseconds to wait before a link that came up is used. Default: `200`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub up_delay: Option<i32>,

    /// Milliseconds to wait before a link that went down is given up. Default: `200`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub down_delay: Option<i32>,

    /// How many gratuitous ARP and unsolicited neighbour advertisement frames follow a failover, for `active-backup`.
    /// Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 255))]
    pub peer_notifications: Option<i32>,
}

/// Modes of the Linux bonding driver.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BondMode {
    /// LACP (IEEE 802.1AX).
    #[default]
    #[serde(rename = "802.3ad")]
    Lacp,
    /// One device after the other.
    #[serde(rename = "balance-rr")]
    RoundRobin,
    /// One device works, the others stand by.
    #[serde(rename = "active-backup")]
    ActiveBackup,
    /// By a hash of the frame's headers.
    #[serde(rename = "balance-xor")]
    Xor,
}

impl BondMode {
    /// The bonding driver's name, which is MAAS's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lacp => "802.3ad",
            Self::RoundRobin => "balance-rr",
            Self::ActiveBackup => "active-backup",
            Self::Xor => "balance-xor",
        }
    }
}

/// Transmit hash policies of the Linux bonding driver.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransmitHashPolicy {
    /// MAC addresses.
    #[serde(rename = "layer2")]
    Layer2,
    /// MAC and IP addresses.
    #[serde(rename = "layer2+3")]
    Layer2And3,
    /// IP addresses and ports.
    #[serde(rename = "layer3+4")]
    Layer3And4,
}

impl TransmitHashPolicy {
    /// The bonding driver's name, which is MAAS's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Layer2 => "layer2",
            Self::Layer2And3 => "layer2+3",
            Self::Layer3And4 => "layer3+4",
        }
    }
}

/// How often LACP frames are sent.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LacpRate {
    /// Every second.
    Fast,
    /// Every 30 seconds.
    Slow,
}

impl LacpRate {
    /// The bonding driver's name, which is MAAS's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Slow => "slow",
        }
    }
}

/// Whether frames of several networks run over a link.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trunking {
    /// One network, untagged.
    #[default]
    Disabled,
    /// Several networks, tagged by IEEE 802.1Q.
    #[serde(rename = "802.1q")]
    Tagged,
}
