//! The cluster that a site's machines become.

use super::reference::SecretReference;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The Kubernetes cluster that a site's machines become.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSpec {
    /// Secret whose key `kubeconfig` (or `value`, as Cluster API writes it) is a kubeconfig for the cluster. It holds all it
    /// needs itself: no files, no programs that are run. `config/cluster` has the rights that its user needs. Example:
    /// `{name: east-kubeconfig}`.
    pub kubeconfig_secret_ref: SecretReference,
}
