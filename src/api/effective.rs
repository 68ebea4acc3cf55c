//! The resolved node, as others may read it: `BaremetalNode.status.effective`. It holds no secret.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The machine as designed.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveNode {
    /// Fully qualified domain name. Example: `r01-u10.example.com`.
    pub fqdn: String,
    /// Host profiles, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub profiles: Vec<String>,
    /// The hardware profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_profile: Option<String>,
    /// The rack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// Image to deploy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Kernel to deploy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The kernel's command line, in its order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kernel_options: String,
    /// Network that carries the default gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_network: Option<String>,
    /// Address of the BMC, as designed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bmc_address: Option<String>,
    /// The interfaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub interfaces: Vec<EffectiveInterface>,
    /// Mounted file systems: mount point to `device size type`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mounts: BTreeMap<String, String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub tags: Vec<String>,
    /// Owner data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub owner_data: BTreeMap<String, String>,
    /// Names of the boot actions that are for this node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub boot_actions: Vec<String>,
    /// Free values, inherited.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// An interface as designed.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveInterface {
    /// Its name.
    pub name: String,
    /// Its devices: PCI addresses, or kernel names.
    #[schemars(length(max = 16))]
    pub devices: Vec<String>,
    /// Bond mode, where it is a bond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bond: Option<String>,
    /// MTU in bytes.
    pub mtu: i32,
    /// Its networks: name to `vlan mode address`. Example: `oam: "vlan 21 Static 10.23.21.12/24"`.
    pub networks: BTreeMap<String, String>,
    /// Its bridges: name to the network that each carries. Example: `br-tenants: tenants`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bridges: BTreeMap<String, String>,
}
