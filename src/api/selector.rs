//! Which nodes a task or a boot action is for: Drydock's node filters, with their meaning as documented.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How several criteria, or several filters, are combined.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// A node must meet all of them.
    #[default]
    Intersection,
    /// A node must meet one of them.
    Union,
}

/// A selection of nodes. Without any filter it selects every node of the Site.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NodeSelector {
    /// How the filters are combined. Default: `Intersection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,

    /// The filters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub filters: Vec<NodeFilter>,
}

/// One filter. A filter without any criterion matches no node.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NodeFilter {
    /// How the criteria below, and the entries of `tags`, `labels` and `rackLabels`, are combined. Default: `Intersection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,

    /// Names of BaremetalNodes: the node is one of them. Example: `[r01-u10]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 253)))]
    pub names: Vec<String>,

    /// Tags that the node carries. Example: `[masters]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 200)))]
    pub tags: Vec<String>,

    /// Pairs that stand in the node's owner data. Example: `{control-plane: enabled}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub labels: BTreeMap<String, String>,

    /// Names of racks: the node stands in one of them. Example: `[cab23]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 253)))]
    pub racks: Vec<String>,

    /// Labels that the node's Rack object carries. Example: `{zone: east}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub rack_labels: BTreeMap<String, String>,
}
