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

/// A selection of nodes. Without any filter or label selector it selects every node of the Site.
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

    /// Labels of BaremetalNodes, as Kubernetes selects by them; a node must fit them beside the filters.
    /// Example: `{matchLabels: {rack: r01}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_selector: Option<LabelSelector>,
}

/// A selection by labels: all of its requirements must hold.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that the node carries. Example: `{tier: gold}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub match_labels: BTreeMap<String, String>,

    /// Requirements on labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub match_expressions: Vec<LabelRequirement>,
}

/// A requirement on one label.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)").message("In and NotIn need values; Exists and DoesNotExist take none"))]
pub struct LabelRequirement {
    /// Key of the label. Example: `tier`.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,

    /// How the label and the values go together.
    pub operator: LabelOperator,

    /// Values, for `In` and `NotIn`. Example: `[gold, silver]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(max = 63)))]
    pub values: Vec<String>,
}

/// How a label and values go together.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOperator {
    /// The node carries the label with one of the values.
    In,
    /// The node does not carry the label, or with another value.
    NotIn,
    /// The node carries the label.
    Exists,
    /// The node does not carry the label.
    DoesNotExist,
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
