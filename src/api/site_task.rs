//! `SiteTask`: a request for work on a Site.

pub use super::site_task_status::{CheckOutcome, SiteTaskStatus, TaskCheck, TaskCounts, TaskNode, TaskSnapshot};
use super::{selector::NodeSelector, values::Duration};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A request for work on the Site of its namespace. It authorises; the node controller acts.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "SiteTask",
    plural = "sitetasks",
    shortname = "task",
    category = "slipway",
    namespaced,
    status = "SiteTaskStatus",
    derive = "PartialEq",
    doc = "A request for work on the Site of its namespace. It authorises; the node controller acts.",
    selectable = ".spec.action",
    selectable = ".status.state",
    printcolumn(name = "Action", type_ = "string", json_path = ".spec.action"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Done", type_ = "string", json_path = ".status.summary"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Message", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].message"#)
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.action == oldSelf.action").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("has(self.nodeSelector) == has(oldSelf.nodeSelector) && (!has(self.nodeSelector) || self.nodeSelector == oldSelf.nodeSelector)").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("has(self.retry) == has(oldSelf.retry) && (!has(self.retry) || self.retry == oldSelf.retry)").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("has(self.erase) == has(oldSelf.erase) && (!has(self.erase) || self.erase == oldSelf.erase)").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("has(self.forget) == has(oldSelf.forget) && (!has(self.forget) || self.forget == oldSelf.forget)").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("has(self.redeploy) == has(oldSelf.redeploy) && (!has(self.redeploy) || self.redeploy == oldSelf.redeploy)").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("has(self.deadline) == has(oldSelf.deadline) && (!has(self.deadline) || self.deadline == oldSelf.deadline)").message("a task cannot be changed but for cancel and ttlAfterFinished: make a new one"))]
#[x_kube(validation = Rule::new("self.action == 'DestroyNodes' || !has(self.erase)").message("erase has a meaning for DestroyNodes only"))]
#[x_kube(validation = Rule::new("self.action == 'DestroyNodes' || (!has(self.forget) && !has(self.redeploy))").message("forget and redeploy have a meaning for DestroyNodes only"))]
#[x_kube(validation = Rule::new("!(has(self.forget) && self.forget && has(self.redeploy) && self.redeploy)").message("a machine that is forgotten cannot be deployed again: give forget or redeploy, not both"))]
#[x_kube(validation = Rule::new("!has(self.retry) || self.action in ['VerifyNodes', 'PrepareNodes', 'DeployNodes', 'DestroyNodes', 'RelabelNodes']").message("retry has a meaning for actions on nodes only"))]
#[x_kube(validation = Rule::new("self.action != 'DestroyNodes' || !has(self.ttlAfterFinished)").message("ttlAfterFinished is refused for DestroyNodes: Git would create the task again"))]
pub struct SiteTaskSpec {
    /// What is to be done.
    pub action: TaskAction,

    /// The nodes it is for; absent: every node of the Site. Has no meaning for actions on the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<NodeSelector>,

    /// Only the nodes for which an earlier task of this namespace ended so, of those that `nodeSelector` means. While that
    /// has not ended, this one waits. Example: `{task: deploy-rack-r01}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<TaskResults>,

    /// How thoroughly `DestroyNodes` erases. Default: `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erase: Option<EraseMode>,

    /// Remove the machine's record from the provisioner, once its release is proven; `DestroyNodes` only. Its node
    /// stays released, also in mode `Continuous`, until a task of `DeployNodes`. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget: Option<bool>,

    /// Deploy the nodes again after their release; `DestroyNodes` only. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeploy: Option<bool>,

    /// How long the task may take; then it ends with what it has reached. Default: `8h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,

    /// End the task: steps in flight are watched to their end, none follows. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<bool>,

    /// Delete the task so long after it finished; absent: it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_after_finished: Option<Duration>,
}

/// What a task does.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskAction {
    /// Resolve and validate the design.
    ValidateDesign,
    /// Check that the provisioner answers and can serve.
    VerifySite,
    /// Bring the site's objects in the provisioner to the design.
    PrepareSite,
    /// Check that the nodes' BMCs answer.
    VerifyNodes,
    /// Register and commission the nodes.
    PrepareNodes,
    /// Take the nodes to Deployed.
    DeployNodes,
    /// Release the nodes.
    DestroyNodes,
    /// Put the nodes' owner data on the Nodes that they have become, as labels (`Site.spec.cluster`).
    RelabelNodes,
}

impl TaskAction {
    /// Its name, as written in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::ValidateDesign => "ValidateDesign",
            Self::VerifySite => "VerifySite",
            Self::PrepareSite => "PrepareSite",
            Self::VerifyNodes => "VerifyNodes",
            Self::PrepareNodes => "PrepareNodes",
            Self::DeployNodes => "DeployNodes",
            Self::DestroyNodes => "DestroyNodes",
            Self::RelabelNodes => "RelabelNodes",
        }
    }

    /// Whether it is about the site rather than about nodes.
    pub fn is_for_site(self) -> bool {
        matches!(self, Self::ValidateDesign | Self::VerifySite | Self::PrepareSite)
    }
}

/// Nodes by how an earlier task ended for them.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TaskResults {
    /// Name of the earlier task. Example: `deploy-rack-r01`.
    #[schemars(length(min = 1, max = 253))]
    pub task: String,

    /// Which of its nodes. Default: `Failures`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<TaskResult>,
}

/// How a task ended for a node.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TaskResult {
    /// The nodes for which it failed, and those that it did not come to.
    #[default]
    Failures,
    /// The nodes for which it ended in success.
    Successes,
}

/// How disks are erased on release.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EraseMode {
    /// Not at all.
    #[default]
    None,
    /// The first and last parts of each disk.
    Quick,
    /// By the disk's own secure erase.
    Secure,
    /// Every block.
    Full,
}

impl SiteTask {
    /// Whether the task still authorises work.
    pub fn is_unfinished(&self) -> bool {
        self.metadata.deletion_timestamp.is_none()
            && !self.spec.cancel.unwrap_or_default()
            && self.status.as_ref().is_none_or(|s| s.finished_at.is_none())
    }

    /// Whether it has begun: nodes are asked for nothing before.
    pub fn has_begun(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.started_at.is_some())
    }
}
