//! What a HostProfile and a BaremetalNode have in common: the description of a host, every part of it optional, so
//! that it can be inherited, overridden and subtracted.

use super::{redfish::RedfishOptions, reference::SecretReference, storage::Storage, values::Duration};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The description of a host, or of a part of it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct HostDescription {
    /// Name of the `HardwareProfile` that says what the hardware is. Inherited. Example: `dell-r720`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub hardware_profile: Option<String>,

    /// The `Network` that carries the default gateway and names the node's domain. Inherited. Example: `oam`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub primary_network: Option<String>,

    /// How the machine's BMC is reached. Inherited field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oob: Option<OutOfBand>,

    /// The network interfaces that the operating system gets, by name. Merged by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub interfaces: Vec<Interface>,

    /// Partitions, software RAIDs, volume groups and file systems. Disks not named here are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,

    /// The operating system: image, kernel and its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,

    /// Lock the machine in the provisioner once it is deployed: nobody releases, switches or changes it there until a
    /// person has unlocked it, Slipway neither, which never unlocks. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<bool>,

    /// How long such a host may stay in a step, where that is not what the Site says. Inherited field by field. Example:
    /// `{commission: 2h}` for one that tests its memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<HostDeadlines>,

    /// Failed attempts of one step before a person is needed, where that is not what the Site says. Inherited. Example: `0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub retries: Option<i32>,

    /// Tags, owner data and the rack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<HostMetadata>,

    /// Anything that has no field yet: inherited by key, shown in `status.effective` and to the node itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub extra: BTreeMap<String, String>,

    /// What is taken away from what was inherited: JSON Pointers (RFC 6901), entries of lists by name. Examples:
    /// `/interfaces/bond0`, `/metadata/tags/spare`, `/platform/kernelParams/quiet`. A pointer that removes nothing is
    /// a warning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 2, max = 512), regex(pattern = r"^(/[^/]+)+$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub unset: Vec<String>,
}

/// How long a host may stay in a step.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct HostDeadlines {
    /// From power-on to the provisioner knowing the machine. Default: as on the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enlist: Option<Duration>,
    /// Commissioning and testing. Default: as on the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Duration>,
    /// Installing and booting the operating system. Default: as on the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Duration>,
    /// Releasing, erasing included. Default: as on the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Duration>,
    /// How long the operating system has to shut down before the machine is powered off. Default: as on the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Duration>,
}

/// How a BMC is reached.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct OutOfBand {
    /// The protocol. Default: `IPMI`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub protocol: Option<OutOfBandType>,

    /// The `Network` on which the BMC has its address; the node's `addresses` hold it. Example: `oob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub network: Option<String>,

    /// Secret with the keys `username` and `password`, and `kg` where the BMC demands a BMC key, in the Site's namespace.
    /// IPMI 2.0 passwords and keys are at most 20 bytes; a key is text, or hexadecimal digits after `0x`. Type `Manual` needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_ref: Option<SecretReference>,

    /// IPMI cipher suites in the order in which they are tried. Default: `[17, 3]`. Suites 2, 1 and 0 are spoken where they
    /// are named, with BMCs that have nothing better: they do not encrypt, 1 does not protect what is sent either, and 0 asks
    /// for no password at all. MAAS speaks none of them, so that 17 or 3 has to be named, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), with = "Vec<CipherSuiteId>")]
    pub cipher_suites: Vec<i32>,

    /// IPMI privilege level that Slipway and the provisioner ask for; with `User` neither can switch the machine.
    /// Default: `Operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privilege_level: Option<PrivilegeLevel>,

    /// Workarounds for faulty BMCs, by FreeIPMI's names, for Slipway's own IPMI and the provisioner's tools; none given: none
    /// for Slipway, and the provisioner's default, `[opensesspriv]`. Example: `[opensesspriv, authcap]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 12), inner(length(min = 1, max = 32), regex(pattern = r"^[a-z0-9]+$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub workaround_flags: Vec<String>,

    /// For type `Redfish`: which system it is, and which certificates are trusted. Inherited field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redfish: Option<RedfishOptions>,

    /// Who owns the credentials by which the provisioner switches the machine. Default: `Design`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_credentials: Option<PowerCredentials>,
}

/// Privilege levels of IPMI (section 6.8) that may switch a machine or look at it.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PrivilegeLevel {
    /// Looks only.
    User,
    /// Switches power.
    #[default]
    Operator,
    /// Changes settings.
    Administrator,
}

/// Who owns the credentials by which a provisioner switches a machine.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PowerCredentials {
    /// The design: they are those of `credentialsRef`, and any others are brought back to them.
    #[default]
    Design,
    /// The provisioner, which makes an account of its own on the BMC: they are never compared, and only sent where it has
    /// none at all.
    #[serde(rename = "MAAS")]
    Maas,
}

/// Schema of an IPMI cipher suite id.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct CipherSuiteId(
    #[schemars(extend("enum" = [0, 1, 2, 3, 17]))]
    #[allow(dead_code)]
    i32,
);

/// A protocol that a BMC speaks.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutOfBandType {
    /// IPMI 2.0 over RMCP+.
    #[default]
    #[serde(rename = "IPMI")]
    Ipmi,
    /// DMTF Redfish over HTTPS.
    Redfish,
    /// A person presses the buttons: the node says when, and at which machine. It needs neither network nor credentials, but
    /// the node's `bootMac`.
    Manual,
}

impl OutOfBandType {
    /// Its name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipmi => "IPMI",
            Self::Redfish => "Redfish",
            Self::Manual => "Manual",
        }
    }
}

/// A network interface of the operating system.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Interface {
    /// Name of the interface. A bond gets this name; a single device keeps the kernel's. Example: `bond0`.
    #[schemars(length(min = 1, max = 15))]
    pub name: String,

    /// The `NetworkLink` that it is attached to. Inherited. Example: `bond0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub link: Option<String>,

    /// The devices it consists of: aliases of the hardware profile, or names of the kernel. One, unless the link is
    /// bonded. Inherited as a list of scalars. Example: `[nic1, nic2]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub devices: Vec<String>,

    /// The networks it carries; all must be allowed on the link. Inherited as a list of scalars. Example: `[oam, storage]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub networks: Vec<String>,

    /// Bridges, by name: each stands on what carries one of the networks, and has its addresses in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub bridges: Vec<Bridge>,

    /// SR-IOV virtual functions. Inherited field by field. No driver of this release makes them: a design that has any is
    /// refused with `NotSupportedByDriver`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sriov: Option<Sriov>,
}

/// A bridge on an interface.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Bridge {
    /// Name of the bridge. Example: `br-tenants`.
    #[schemars(length(min = 1, max = 15), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"))]
    pub name: String,

    /// The network that it carries, one of the interface's; others of the same VLAN come with it. Inherited.
    /// Example: `tenants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub network: Option<String>,

    /// What makes the bridge. Default: `Standard`. Inherited.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<BridgeType>,

    /// Whether it takes part in the spanning tree protocol (IEEE 802.1D). Default: `false`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stp: Option<bool>,

    /// Seconds that a port listens and learns before it forwards. Default: `15`. Inherited. Example: `0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 255))]
    pub forward_delay: Option<i32>,
}

/// What makes a bridge.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BridgeType {
    /// The Linux kernel.
    #[default]
    Standard,
    /// Open vSwitch.
    OpenVSwitch,
}

impl BridgeType {
    /// MAAS's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::OpenVSwitch => "ovs",
        }
    }
}

/// SR-IOV settings of an interface.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Sriov {
    /// Number of virtual functions. Example: `32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 256))]
    pub virtual_functions: Option<i32>,

    /// Whether the virtual functions are trusted. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted: Option<bool>,
}

/// The operating system.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Platform {
    /// Image to deploy, as the provisioner names it. Inherited. Examples: `noble`, `ubuntu/jammy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub image: Option<String>,

    /// Kernel to deploy, as the provisioner names it; absent: the image's default. Inherited. Example: `hwe-24.04`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub kernel: Option<String>,

    /// Kernel parameters; the value `"true"` stands for a bare flag. Values may refer to the hardware profile:
    /// `hardwareprofile:cpuset.NAME`, `hardwareprofile:hugepages.NAME.size`, `hardwareprofile:hugepages.NAME.count`.
    /// Merged by key. Example: `{console: "ttyS1,115200n8", quiet: "true"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub kernel_params: BTreeMap<String, String>,

    /// Run the image from memory, its disks left alone (MAAS 3.5 and newer): for machines that keep nothing. Inherited.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral: Option<bool>,

    /// Let the deployed machine report changes of its hardware to the provisioner (MAAS: `enable_hw_sync`). Inherited.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_sync: Option<bool>,

    /// Secret whose key `userData` is a cloud-config of your own, sent beside Slipway's. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_data_ref: Option<SecretReference>,
}

/// What people and schedulers know a host by.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct HostMetadata {
    /// Tags, created in the provisioner where missing. Inherited as a list of scalars. Example: `[masters]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9_-]+$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub tags: Vec<String>,

    /// Key-value pairs for filters, templates and node labels; sent to the provisioner where it takes the key.
    /// Merged by key. Example: `{control-plane: enabled}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub owner_data: BTreeMap<String, String>,

    /// The provisioner's resource pool, created where missing; absent: left alone. Inherited. Example: `compute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9 _-]*[A-Za-z0-9])?$"))]
    pub pool: Option<String>,

    /// The `Rack` the machine stands in. Inherited. Example: `cab23`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub rack: Option<String>,
}
