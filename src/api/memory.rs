//! The durable part of a node's status: what observation cannot give.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of [`NodeMemory`] that this release writes.
pub const MEMORY_VERSION: i32 = 1;

/// What Slipway remembers of a machine beyond what it can observe.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct NodeMemory {
    /// Version of this structure.
    pub version: i32,

    /// When this memory was begun. It is part of each plan's hash: an approval of before a status was lost approves nothing
    /// after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<MicroTime>,

    /// The step that was begun and whose outcome is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,

    /// What the node waits for, and since when; its deadline counts from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,

    /// Failed attempts of each step since it last succeeded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub attempts: BTreeMap<String, i32>,

    /// What the attempts count for: a changed design or a new `slipway.dev/retry` starts the budget anew.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub budget_for: String,

    /// The last failure of a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,

    /// Rises at each deploy and each release, so that no plan hash returns.
    #[serde(default)]
    pub generation: i64,

    /// The deployment that Slipway has seen finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<DeployedAs>,

    /// A release that Slipway has seen finished; a `DestroyNodes` task counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<ReleasedAt>,

    /// UID of the `DestroyNodes` task with `redeploy` whose release is done: what it asks for from then on is a deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub released_for: Option<String>,

    /// Whether a deployed machine was taken out of service for a release or a redeployment, and is not of use again. It
    /// counts against `rollout.maxUnavailable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_service: Option<bool>,

    /// The approval in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,

    /// Whether Slipway powered the machine on itself, so that it may power it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub powered_on: Option<bool>,

    /// The cipher suite that the BMC took when it was asked last; the provisioner is told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher_suite: Option<i32>,

    /// For what a machine that was commissioned already was commissioned anew: where that has changed nothing, it is not
    /// done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub recommissioned_for: Option<String>,

    /// The deploy generation whose machine Slipway has locked; one that a person unlocks stays so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_for: Option<i64>,

    /// The reboot that is under way: the value of `slipway.dev/reboot` that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub rebooting_for: Option<String>,

    /// The reboot that was done last: the value of `slipway.dev/reboot` that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub handled_reboot: Option<String>,

    /// Whether Slipway has brought the machine into rescue mode, and so ends it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescue: Option<bool>,

    /// What a person has been asked to do at the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<AskedPerson>,

    /// Credentials that the BMC refused, by version of their Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedCredentials>,
}

/// A step that was begun.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    /// Name of the step. Example: `Deploy`.
    pub step: String,
    /// What the machine's status was then: as long as it is the same, the step has not been answered.
    pub from: String,
    /// When it was reported as begun.
    pub at: MicroTime,
}

/// What a node waits for.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The key of what is awaited. Example: `Deploying`.
    #[serde(rename = "for")]
    pub step: String,
    /// Since when.
    pub since: MicroTime,
}

/// What a person has been asked to do at a machine.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct AskedPerson {
    /// What it is for. Example: `Enlist`.
    #[serde(rename = "for")]
    pub step: String,
    /// The value of `slipway.dev/acknowledge` that says that it is done.
    #[schemars(length(max = 64))]
    pub token: String,
    /// Since when it is asked.
    pub since: MicroTime,
    /// When a person said that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<MicroTime>,
}

/// A failure of a step.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The step. Example: `Commission`.
    pub step: String,
    /// CamelCase class of the failure. Example: `Rejected`.
    pub reason: String,
    /// What was said.
    #[schemars(length(max = 1024))]
    pub message: String,
    /// When.
    pub at: MicroTime,
}

/// A deployment that was seen finished.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DeployedAs {
    /// Hash of the node's design.
    pub design_hash: String,
    /// Deploy generation.
    pub generation: i64,
}

/// A release that was seen finished.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ReleasedAt {
    /// Deploy generation at which it was released.
    pub generation: i64,
    /// Whether the erase was proven by the provisioner's event `Disks erased`.
    pub erased: bool,
}

/// An approval that was seen with a valid hash.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// The plan's hash.
    pub hash: String,
    /// Who approved.
    #[schemars(length(max = 256))]
    pub by: String,
}

/// Credentials that were refused.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct RefusedCredentials {
    /// Name and resource version of the Secret. Example: `bmc-credentials@4711`.
    pub secret: String,
    /// How often they were tried; twice is enough.
    pub tries: i32,
}
