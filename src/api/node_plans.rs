//! Plans of several nodes, shown and approved together on the Site or the task that they come from.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Plans of nodes that wait for an approval and may be approved together.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NodePlans {
    /// Hash of the list of their hashes; approve all of them with the annotation `slipway.dev/approve: "<hash> by <user>"`
    /// on this object.
    #[schemars(length(max = 64))]
    pub hash: String,
    /// How many nodes.
    pub nodes: i32,
    /// What would be done, and to how many of them. Example: `{Release: 12, Erase: 12}`.
    #[schemars(extend("maxProperties" = 32))]
    pub destructive: BTreeMap<String, i32>,
    /// Names of the first; at most 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub first: Vec<String>,
}

/// Plans of nodes that were approved together. Each node takes up its own, as long as it is still what it would do.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ApprovedPlans {
    /// The hash that was approved.
    #[schemars(length(max = 64))]
    pub hash: String,
    /// Who approved.
    #[schemars(length(max = 256))]
    pub by: String,
    /// The hashes of the nodes' plans that it stands for.
    #[schemars(length(max = 2000), inner(length(max = 64)))]
    pub plans: Vec<String>,
}
