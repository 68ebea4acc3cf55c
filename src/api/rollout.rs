//! In which order, how many at once and when the nodes of a Site are worked on.

use super::{selector::NodeSelector, values::Duration};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// How many nodes may be worked on at once, in which order, and when.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Nodes with a step in progress. Default: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_in_flight: Option<i32>,

    /// Nodes of one rack with a step in progress, for what they share: power, the uplink of the switch. Default: no
    /// limit. Example: `4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_in_flight_per_rack: Option<i32>,

    /// Nodes with a step in progress of all Sites that have the same provisioner, for what they share there: images that
    /// are copied, addresses of DHCP, racks. A Site that says nothing waits for nobody, and is counted. Give every Site of a
    /// region the same. Default: no limit. Example: `40`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_in_flight_per_provisioner: Option<i32>,

    /// Deployed nodes that may be taken out of service at once, by release or redeploy. Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_unavailable: Option<i32>,

    /// Groups of nodes that are worked on one after the other, by name; nodes in no group wait for none. A node that is in
    /// several goes with the first of them, in the order of dependence, then of the list, and counts for all. Releases by `DestroyNodes` or by deletion wait for no group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub groups: Vec<RolloutGroup>,

    /// How long to wait between the end of a group and the begin of those that depend on it. Default: `0s`. Example: `10m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Duration>,

    /// When steps may begin, by name; absent: at any time. It holds for what is done to the site's objects too. A step that
    /// has begun is watched to its end, and a machine that was taken out of service for a step is brought back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub windows: Vec<RolloutWindow>,
}

/// Nodes that are worked on together, after the groups that they depend on.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.dependsOn) || !(self.name in self.dependsOn)").message("a group cannot depend on itself"))]
pub struct RolloutGroup {
    /// Name of the group. Example: `control-plane`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// The nodes of the group; absent: every node of the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<NodeSelector>,

    /// Names of the groups that must have ended in success before this one begins: their nodes stand where those of this
    /// one are to be taken. Example: `[control-plane]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub depends_on: Vec<String>,

    /// Whether the failure of this group ends the whole roll-out, and not only that of the groups that depend on it.
    /// Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<bool>,

    /// When the group counts as a success; all that is given must hold. Absent: when no node failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_criteria: Option<SuccessCriteria>,
}

/// How many nodes of a group must reach their goal.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SuccessCriteria {
    /// At least this share of the group's nodes, in percent. Example: `90`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub minimum_percent: Option<i32>,

    /// At least so many nodes. Example: `3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub minimum: Option<i32>,

    /// At most so many nodes that failed. Example: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub maximum_failed: Option<i32>,
}

/// A span of time, again and again, in which steps may begin.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RolloutWindow {
    /// Name of the window. Example: `weekend`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// When the window opens: five fields, as in cron. Example: `0 22 * * 5`.
    #[schemars(length(min = 9, max = 100), regex(pattern = r"^[^ ]+( [^ ]+){4}$"))]
    pub schedule: String,

    /// How long it stays open. Example: `8h`.
    pub duration: Duration,

    /// Time zone of `schedule`, by its IANA name. Default: `UTC`. Example: `Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"))]
    pub time_zone: Option<String>,
}
