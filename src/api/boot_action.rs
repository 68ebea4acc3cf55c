//! `BootAction`: what a node gets at first boot.

use super::{selector::NodeSelector, status::DesignStatus};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Files, units and packages that nodes get at first boot.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "BootAction",
    plural = "bootactions",
    shortname = "ba",
    category = "slipway",
    namespaced,
    status = "DesignStatus",
    derive = "PartialEq",
    doc = "Files, units and packages that nodes get at first boot.",
    printcolumn(name = "Signaling", type_ = "boolean", json_path = ".spec.signaling"),
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
pub struct BootActionSpec {
    /// The nodes it is for; absent: every node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<NodeSelector>,

    /// Whether the node must report back before it counts as done. Default: `false`. No node reports back in this release:
    /// a warning Finding says so where it is set to `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signaling: Option<bool>,

    /// What the node gets, by name.
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub assets: Vec<Asset>,
}

/// One thing that a node gets.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.type == 'PackageList' ? !has(self.path) : has(self.path)").message("path is needed for File and Unit, and has no meaning for PackageList"))]
#[x_kube(validation = Rule::new("self.type != 'PackageList' || has(self.packages) || has(self.location)").message("a PackageList needs packages or location"))]
pub struct Asset {
    /// Name within the boot action. Example: `kubelet-unit`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,

    /// What it is.
    #[serde(rename = "type")]
    pub kind: AssetType,

    /// Where it is written on the node: an absolute path. Example: `/etc/systemd/system/join.service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024), regex(pattern = r"^/.+"))]
    pub path: Option<String>,

    /// Permission bits, three octal digits. Default: `600`. Example: `"644"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-7]{3}$"))]
    pub permissions: Option<String>,

    /// The content, passed through `dataPipeline`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 262_144))]
    pub data: Option<String>,

    /// URL the content is read from instead, passed through `locationPipeline`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub location: Option<String>,

    /// Packages and their versions; an empty version means any. For `PackageList`. Example: `{curl: ""}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub packages: BTreeMap<String, String>,

    /// What is done to `location` before it is read, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub location_pipeline: Vec<PipelineStep>,

    /// What is done to the content, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub data_pipeline: Vec<PipelineStep>,
}

/// What an asset is.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssetType {
    /// A file.
    File,
    /// A systemd unit, enabled after it was written.
    Unit,
    /// Packages to install.
    PackageList,
}

/// One step of a pipeline.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PipelineStep {
    /// Render as a Jinja template.
    Template,
    /// Encode as Base64.
    Base64Encode,
    /// Decode from Base64.
    Base64Decode,
    /// Text to bytes.
    Utf8Encode,
    /// Bytes to text.
    Utf8Decode,
}
