//! References to other objects.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A Secret in the namespace of the Site that uses it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// Name of the Secret. Example: `bmc-credentials`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}
