//! The status that every kind has, and the names of its conditions.
//!
//! `Ready`, `Reconciling` and `Stalled` follow kstatus, so that Helm, Flux and `kubectl wait` need no help: working is
//! `Reconciling=True`, in need of a person is `Stalled=True`, and both are absent otherwise.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Names of conditions.
pub mod condition {
    /// The object stands where it has been asked to stand.
    pub const READY: &str = "Ready";
    /// Work goes on; present only while it does.
    pub const RECONCILING: &str = "Reconciling";
    /// A person is needed; present only while one is.
    pub const STALLED: &str = "Stalled";
    /// Everything the object needs from the design is there and right.
    pub const DESIGN_VALID: &str = "DesignValid";
    /// The machine runs the deployment that its design asks for.
    pub const DEPLOYED: &str = "Deployed";
    /// The machine as built is as its hardware profile, rack and cabling say.
    pub const HARDWARE_MATCHES: &str = "HardwareMatches";
    /// The machine's sensors, as its BMC told them last, are within their thresholds.
    pub const HARDWARE_HEALTHY: &str = "HardwareHealthy";
    /// The machine's BMC answers, and takes the credentials.
    pub const BMC_REACHABLE: &str = "BmcReachable";
    /// The BMCs of the Site answer, but for single ones.
    pub const BMCS_REACHABLE: &str = "BmcsReachable";
    /// Somebody has to do something at the machine, which the message says; present only while that is so.
    pub const PERSON_NEEDED: &str = "PersonNeeded";
    /// Slipway has been told to leave the object alone.
    pub const PAUSED: &str = "Paused";
    /// The provisioner of the Site answers.
    pub const PROVISIONER_REACHABLE: &str = "ProvisionerReachable";
    /// The site's objects in the provisioner are as designed.
    pub const PREPARED: &str = "Prepared";
    /// A task holds the site part of the design, and edits of it wait; present only while that is so.
    pub const DESIGN_LOCKED: &str = "DesignLocked";
    /// What was brought to the design differs from it, though the design has not changed since.
    pub const DRIFTED: &str = "Drifted";
    /// All the site's nodes are Ready.
    pub const NODES_READY: &str = "NodesReady";
    /// The policy that guards approvals is installed: who approves is who says so.
    pub const APPROVAL_GUARDED: &str = "ApprovalGuarded";
}

/// The status of a kind that only describes: whether it is valid, by itself and in its site.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DesignStatus {
    /// The generation of the spec that this status speaks of; -1 until it was looked at.
    #[serde(default)]
    pub observed_generation: i64,

    /// What is true of the object: `Ready`, and while they hold `Reconciling` or `Stalled`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}
