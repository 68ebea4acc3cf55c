//! The status of a `SiteTask`: the record of how it goes.

use super::node_plans::{ApprovedPlans, NodePlans};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a task went.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SiteTaskStatus {
    /// The generation of the spec that this status speaks of; -1 until it was looked at.
    #[serde(default)]
    pub observed_generation: i64,

    /// What is true of the task; `Ready=True` once it ended in success.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,

    /// One word for people: `Pending`, `Queued`, `Running`, `Success`, `PartialSuccess`, `Failure` or `Cancelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,

    /// `done/total`, for the print column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,

    /// When the task began: from then on it authorises work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,

    /// The design that a task of `PrepareSite` works from: that with which it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<TaskSnapshot>,

    /// When the task ended; its authority ended with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,

    /// How many nodes it covers, and how many it has come to what end with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<TaskCounts>,

    /// Plans of its nodes that wait for an approval and may be approved together, by the annotation on the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_plans: Option<NodePlans>,

    /// Those that were approved so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<ApprovedPlans>,

    /// What `VerifySite` looked at, by name; at most 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub checks: Vec<TaskCheck>,

    /// The nodes, by name; at most 1000, those first that have not ended in success.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub nodes: Vec<TaskNode>,
}

/// The design that a task works from, as it was when the task began.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TaskSnapshot {
    /// The ConfigMap in which it stands; it goes with the task.
    #[schemars(length(max = 253))]
    pub config_map: String,
    /// Hash of the site part of the design.
    #[schemars(length(max = 64))]
    pub hash: String,
}

/// What `VerifySite` found of one thing.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TaskCheck {
    /// What was looked at. Example: `Rack controller of VLAN 41`.
    #[schemars(length(max = 253))]
    pub name: String,
    /// How it is.
    pub outcome: CheckOutcome,
    /// What was found, and what to do where it is not as it should be.
    #[schemars(length(max = 1024))]
    pub message: String,
}

/// How a thing is that `VerifySite` looked at.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    /// As it should be.
    Passed,
    /// It will do, and wants a look.
    Warning,
    /// It will not do: the task fails.
    Failed,
    /// There was nothing to look at.
    Skipped,
}

/// How many nodes a task covers.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TaskCounts {
    /// All of them.
    #[serde(default)]
    pub total: i32,
    /// Those where it has reached what it is for.
    #[serde(default)]
    pub succeeded: i32,
    /// Of these, those where nothing had to be done for it.
    #[serde(default)]
    pub skipped: i32,
    /// Those where it has failed.
    #[serde(default)]
    pub failed: i32,
}

/// How a task goes for one node.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TaskNode {
    /// Name of the BaremetalNode.
    pub name: String,
    /// `Pending`, `Running`, `Success` or `Failure`.
    pub state: String,
    /// Why it failed, what it waits for, or what was found or done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// Nothing had to be done: it was already where the task takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<bool>,
    /// The node's state in which it is. Example: `Commissioning`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub step: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// How long it was in each state before, in seconds. Example: `{Commissioning: 312}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub seconds: BTreeMap<String, i64>,
    /// How often each step was begun that was begun more than once. Example: `{Deploy: 2}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub attempts: BTreeMap<String, i32>,
}
