//! What is run on a machine while it is commissioned, and what its hardware needs from the operating system.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is run on a machine while it is commissioned. A change is carried out by commissioning anew, which is destructive
/// where a script changes disks: it waits for approval.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.skipTests) && self.skipTests) || !has(self.tests) || size(self.tests) == 0").message("skipTests runs no tests: give tests or skipTests, not both"))]
pub struct Commissioning {
    /// Commissioning scripts of the provisioner that are run beside its own, by name. One that makes disks must sort before
    /// `50-maas-01-commissioning`, so that they are inventoried. Example: `[{name: 45-raid, parameters: {level: "1"}}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub scripts: Vec<ScriptRun>,

    /// Tests that are run after it, by name; none given: those that the provisioner runs by default.
    /// Example: `[{name: smartctl-validate}, {name: memtester}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub tests: Vec<ScriptRun>,

    /// Run no tests at all. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_tests: Option<bool>,

    /// Go on with a machine whose tests have failed; their results stay in the provisioner. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_failed_tests: Option<bool>,
}

/// A script of the provisioner, and what it is given.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ScriptRun {
    /// Name of the script in the provisioner. Example: `45-raid`.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"))]
    pub name: String,

    /// Its parameters. They stand in the provisioner's results for everybody to read: no passwords. Example:
    /// `{level: "1"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub parameters: BTreeMap<String, String>,
}

/// What hardware needs from the operating system: installed and set at first boot.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct HardwareDrivers {
    /// Packages that bring drivers, by the distribution's names. Example: `[mlnx-ofed-kernel-dkms]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 128), regex(pattern = r"^[a-z0-9][a-z0-9+.-]*$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub packages: Vec<String>,

    /// Kernel modules that are loaded at each boot (modules-load.d). Example: `[vfio-pci]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_-]+$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub modules: Vec<String>,

    /// Kernel modules that are never loaded by themselves (modprobe.d). Example: `[nouveau]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_-]+$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub blacklist: Vec<String>,
}

/// What a difference between hardware as designed and as built does.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MismatchPolicy {
    /// It is reported, in the condition `HardwareMatches` of the node.
    #[default]
    Report,
    /// It holds the deployment back too.
    Block,
}
