//! `Rack`: where machines stand.

use super::{status::DesignStatus, values::IpAddress};
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rack: where it is, its switches and local networks. Its labels can be used in node filters.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "Rack",
    plural = "racks",
    category = "slipway",
    namespaced,
    status = "DesignStatus",
    derive = "PartialEq",
    doc = "A rack: where it is, its switches and local networks. Its labels can be used in node filters.",
    printcolumn(name = "Zone", type_ = "string", json_path = ".spec.zone"),
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
pub struct RackSpec {
    /// Where it stands, in keys of your own. Informational: nothing is set by it. Example: `{clli: ATLNGAMA, grid: EG12}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub location: BTreeMap<String, String>,

    /// Height in rack units. Informational: nothing is set by it. Example: `42`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub height_units: Option<i32>,

    /// Top-of-rack switches, by the names that they tell by LLDP: a cable of a designed interface that ends elsewhere is a
    /// difference of the hardware. Nothing is set on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub switches: Vec<RackSwitch>,

    /// Networks that exist in this rack only; a node of another rack on one of them is an error Finding.
    /// Example: `[rack1-pxe]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub local_networks: Vec<String>,

    /// The provisioner's availability zone for machines in this rack, created where missing. Absent: left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"))]
    pub zone: Option<String>,

    /// Anything that has no field yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub extra: BTreeMap<String, String>,
}

/// A top-of-rack switch.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RackSwitch {
    /// Name of the switch. Example: `switch01`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// Address of its management. Example: `10.0.0.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_address: Option<IpAddress>,

    /// URI of the API that configures it. Example: `https://polo.opnfv.org/switchmgmt?switch=switch01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub sdn_api_uri: Option<String>,
}
