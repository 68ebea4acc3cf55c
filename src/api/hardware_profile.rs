//! `HardwareProfile`: what a build of hardware is expected to be.

use super::{
    commissioning::{Commissioning, HardwareDrivers, MismatchPolicy},
    device_alias::DeviceAlias,
    hardware_expectation::{CpuExpectation, DiskExpectation, FirmwareExpectation, MemoryExpectation, NicExpectation},
    raid::RaidArray,
    status::DesignStatus,
};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A build of hardware: what it is expected to be, and the names that its devices, CPU sets and huge pages go by.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "HardwareProfile",
    plural = "hardwareprofiles",
    shortname = "hwp",
    category = "slipway",
    namespaced,
    status = "DesignStatus",
    derive = "PartialEq",
    doc = "A build of hardware: what it is expected to be, and the names that its devices, CPU sets and huge pages go by.",
    printcolumn(name = "Vendor", type_ = "string", json_path = ".spec.vendor"),
    printcolumn(name = "Model", type_ = "string", json_path = ".spec.model"),
    printcolumn(name = "Boot", type_ = "string", json_path = ".spec.bootMode"),
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
pub struct HardwareProfileSpec {
    /// Vendor of the system, or part of its name; compared with the machine as built. Example: `Dell`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub vendor: Option<String>,

    /// Model of the system, or part of its name; compared with the machine as built. Example: `PowerEdge R720`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub model: Option<String>,

    /// Revision of the hardware. Informational: nothing is set or checked by it. Example: `3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub hardware_version: Option<String>,

    /// Version of the system firmware that is expected; compared with the machine as built. Example: `2.2.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub bios_version: Option<String>,

    /// Height of the machine in rack units; two machines in one place are a warning. Default: `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub height_units: Option<i32>,

    /// How the firmware boots; decides the boot flags that the BMC is given. Default: `UEFI`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_mode: Option<BootMode>,

    /// Names for devices, so that profiles need no addresses. By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub device_aliases: Vec<DeviceAlias>,

    /// Named sets of CPUs, for kernel parameters. By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub cpu_sets: Vec<CpuSet>,

    /// Named sets of huge pages, for kernel parameters. By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub huge_pages: Vec<HugePages>,

    /// The CPUs that are expected; compared with the machine as built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<CpuExpectation>,

    /// The memory that is expected; compared with the machine as built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryExpectation>,

    /// The disks that are expected, by name; compared with the machine as built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub disks: Vec<DiskExpectation>,

    /// The network cards that are expected, by name; compared with the machine as built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub nics: Vec<NicExpectation>,

    /// Versions of firmware that are expected, by component; that of the system is `biosVersion`. Compared with what the BMC
    /// tells a task `VerifyNodes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub firmware: Vec<FirmwareExpectation>,

    /// What a difference between this profile and a machine as built does. Default: `Report`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mismatch_policy: Option<MismatchPolicy>,

    /// What is run on the machines while they are commissioned, beside what the provisioner always runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commissioning: Option<Commissioning>,

    /// What the hardware needs from the operating system: drivers, modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drivers: Option<HardwareDrivers>,

    /// RAID arrays of the machine's controller, by name. No driver of this release makes them: a design that has any is
    /// refused with `NotSupportedByDriver`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub raid: Vec<RaidArray>,

    /// BIOS settings by the vendor's attribute names. No driver of this release sets them: a design that has any is
    /// refused with `NotSupportedByDriver`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 256))]
    pub bios_settings: BTreeMap<String, String>,
}

/// How firmware boots.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BootMode {
    /// UEFI.
    #[default]
    #[serde(rename = "UEFI")]
    Uefi,
    /// PC-compatible BIOS.
    #[serde(rename = "BIOS")]
    Bios,
}

/// A named set of CPUs.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CpuSet {
    /// Name of the set. Example: `sriov`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// CPU numbers and ranges, as the kernel writes them. Example: `2-23,26-47`.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$"))]
    pub cpus: String,
}

/// A named set of huge pages.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct HugePages {
    /// Name of the set. Example: `dpdk`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Size of a page, as the kernel parameter `hugepagesz` takes it. Example: `1G`.
    #[schemars(length(min = 1, max = 16), regex(pattern = r"^[0-9]+[kKmMgG]$"))]
    pub size: String,
    /// Number of pages. Example: `300`.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub count: i32,
}
