//! The status of a `Site`.

use super::{
    node_plans::{ApprovedPlans, NodePlans},
    site::Mode,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// What is known of a site.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SiteStatus {
    /// The generation of the spec that this status speaks of; -1 until it was looked at.
    #[serde(default)]
    pub observed_generation: i64,

    /// What is true of the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,

    /// One word for people, derived from the conditions; never read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,

    /// The mode in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,

    /// Hash of the design that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design_hash: Option<String>,

    /// Hash of the site part of the design that the provisioner was last seen to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared_hash: Option<String>,

    /// Version of what of that stands elsewhere, such as scripts in ConfigMaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub prepared_material: Option<String>,

    /// The provisioner that answered, and its version. Example: `MAAS 3.7.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioner: Option<String>,

    /// Images that the provisioner can deploy, as it names them; at most 256. Example: `[ubuntu/noble]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub images: Vec<String>,

    /// What Slipway made in the provisioner and could not mark there, as `Kind/key`; written before it is made, so that it is
    /// known whose it is. What stands neither here nor marked is somebody else's, and is never deleted. Example:
    /// `[Fabric/data, Vlan/data/41]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4096), inner(length(max = 512)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub made: Vec<String>,

    /// URL of the provisioner in which that was made; with another one, the record begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub made_in: Option<String>,

    /// What Slipway made in the provisioner, and the design does not hold any more; at most 64. With `prune: Delete` it is
    /// deleted, otherwise it is only listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 512)))]
    pub leftovers: Vec<String>,

    /// The task that holds the site part of the design: the site is brought to what was designed when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<SiteLock>,

    /// How many plans of the site were approved and carried out; it is part of each plan's hash, so that none returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_generation: Option<i64>,

    /// What waits for an approval of the site's own plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<SitePlan>,

    /// Plans of nodes that wait for an approval and may be approved together, by the annotation on the Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_plans: Option<NodePlans>,

    /// Those that were approved so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<ApprovedPlans>,

    /// The nodes, counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<NodeCounts>,

    /// The groups of the roll-out, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub groups: Vec<GroupStatus>,

    /// What is wrong with the design, the worst first; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub findings: Vec<ReportedFinding>,
}

/// A task that holds the site part of the design.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SiteLock {
    /// Name of the task.
    #[schemars(length(max = 253))]
    pub task: String,
    /// Since when.
    pub since: Time,
    /// Whether the site part was edited since; what was edited waits until the task has ended.
    pub edited: bool,
}

/// What would destroy something in the provisioner, and waits for an approval.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SitePlan {
    /// Hash of the plan; approve it with the annotation `slipway.dev/approve: "<hash> by <user>"` on the Site.
    #[schemars(length(max = 64))]
    pub hash: String,
    /// What would be done, in order; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 512)))]
    pub destructive: Vec<String>,
}

/// How a group of the roll-out stands.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct GroupStatus {
    /// Name of the group.
    pub name: String,
    /// `Open`, `Succeeded` or `Failed`.
    pub state: String,
    /// Nodes whose deployment is as designed, of all. Example: `3/5`.
    pub deployed: String,
    /// Nodes that need a person for another reason than an approval.
    #[serde(default)]
    pub failed: i32,
}

/// The nodes of a site, counted.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NodeCounts {
    /// All of them.
    pub total: i32,
    /// Those that stand where they have been asked to stand.
    pub ready: i32,
    /// Those whose deployment is as designed.
    pub deployed: i32,
    /// Those that need a person.
    pub stalled: i32,
    /// Those that are paused or in maintenance: nothing is expected of them.
    #[serde(default)]
    pub paused: i32,
    /// Those that do not stand there yet, and are not paused.
    #[serde(default)]
    pub due: i32,
    /// `ready/total`, for the print column.
    pub summary: String,
}

/// A finding about the design, as reported.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ReportedFinding {
    /// Id of the rule. Example: `SLW1003`.
    pub rule: String,
    /// `Error` or `Warning`.
    pub severity: String,
    /// Kind and name of the object. Example: `BaremetalNode/r01-u10`.
    pub object: String,
    /// Path of the field. Example: `spec.addresses[oam].address`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}
