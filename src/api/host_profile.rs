//! `HostProfile`: an inheritable description of a host.

use super::{host::HostDescription, status::DesignStatus};
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// An inheritable description of a host. A child's word counts before its parent's.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "HostProfile",
    plural = "hostprofiles",
    shortname = "hp",
    category = "slipway",
    namespaced,
    status = "DesignStatus",
    derive = "PartialEq",
    doc = "An inheritable description of a host. A child's word counts before its parent's.",
    printcolumn(name = "Parent", type_ = "string", json_path = ".spec.hostProfile"),
    printcolumn(name = "Hardware", type_ = "string", json_path = ".spec.hardwareProfile"),
    printcolumn(name = "Image", type_ = "string", json_path = ".spec.platform.image"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct HostProfileSpec {
    /// The `HostProfile` this one inherits from. Example: `defaults`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub host_profile: Option<String>,

    /// The description itself.
    #[serde(flatten)]
    pub host: HostDescription,
}
