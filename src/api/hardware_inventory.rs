//! `HardwareInventory`: the machine as built. Written by Slipway, one per node.

use super::hardware_expectation::DiskType;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// The machine as built: system, CPU, memory, network cards and disks, as the provisioner found them.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "HardwareInventory",
    plural = "hardwareinventories",
    shortname = "hwi",
    category = "slipway",
    namespaced,
    status = "HardwareInventoryStatus",
    derive = "PartialEq",
    doc = "The machine as built: system, CPU, memory, network cards and disks, as the provisioner found them.",
    printcolumn(name = "Vendor", type_ = "string", json_path = ".status.vendor"),
    printcolumn(name = "Product", type_ = "string", json_path = ".status.product"),
    printcolumn(name = "CPUs", type_ = "integer", json_path = ".status.cpus"),
    printcolumn(name = "Memory-MiB", type_ = "integer", json_path = ".status.memoryMib"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct HardwareInventorySpec {
    /// Name of the BaremetalNode that it describes.
    #[schemars(length(min = 1, max = 63))]
    pub node: String,
}

/// What was found.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct HardwareInventoryStatus {
    /// The generation of the spec that this status speaks of; -1 until it was looked at.
    #[serde(default)]
    pub observed_generation: i64,
    /// `Ready=True` once an inventory is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Where it comes from. Example: `MAAS commissioning`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Time>,
    /// Vendor of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Product name of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Serial number of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Version of the system firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bios_version: Option<String>,
    /// Architecture, as the provisioner names it. Example: `amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Model of the CPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// Sockets with a CPU in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sockets: Option<i32>,
    /// Cores of all sockets together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<i32>,
    /// Logical CPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<i32>,
    /// Memory in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<i64>,
    /// Network cards, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub nics: Vec<InventoryNic>,
    /// Disks, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub disks: Vec<InventoryDisk>,
    /// What the BMC told: when a task `VerifyNodes` asked it, or the sweep found something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bmc: Option<BmcReport>,
}

/// What a BMC told.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct BmcReport {
    /// When it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Time>,
    /// Manufacturer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Model of the BMC, or of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Version of the BMC's own firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// Serial number of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The system of which the BMC told before, where its serial number is another now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<FormerSystem>,
    /// UUID of the system, as SMBIOS prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_id: Option<String>,
    /// The machine's hardware, where the BMC tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<BmcHardware>,
    /// Firmwares of the machine, where the BMC lists them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub firmware: Vec<ComponentFirmware>,
    /// How many sensors it has, where it tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensors: Option<i32>,
    /// Sensors beyond their thresholds, and failures that they tell of, the critical ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)))]
    pub alarms: Vec<String>,
    /// The newest entries of its log that are more than information, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 256)))]
    pub log: Vec<String>,
}

/// A system of which a BMC told, until it told of another.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct FormerSystem {
    /// Its serial number.
    pub serial: String,
    /// When the BMC told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Time>,
    /// The provisioner's id of the machine, whose record is of the former system.
    #[schemars(length(max = 64))]
    pub provider_id: String,
}

/// A machine's hardware by its BMC's word. What it has not seen since the machine last ran is what it remembers.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct BmcHardware {
    /// Manufacturer of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Product name of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Version of the system firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bios_version: Option<String>,
    /// Architecture, as the provisioner names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Model of the CPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// Sockets with a CPU in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sockets: Option<i32>,
    /// Cores of all sockets together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<i32>,
    /// Logical CPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<i32>,
    /// Memory in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<i64>,
    /// Network cards, by the BMC's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub nics: Vec<InventoryNic>,
    /// Disks, by the BMC's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub disks: Vec<InventoryDisk>,
}

/// A firmware of a machine.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ComponentFirmware {
    /// What it runs, as the BMC names it.
    #[schemars(length(max = 253))]
    pub component: String,
    /// Its version.
    #[schemars(length(max = 253))]
    pub version: String,
}

/// A network card.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct InventoryNic {
    /// The kernel's name.
    pub name: String,
    /// MAC address.
    pub mac: String,
    /// PCI address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_address: Option<String>,
    /// Speed in Mbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mbps: Option<i32>,
    /// Vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of its firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// Whether its port has a carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// What stands at the other end of its cable, by LLDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbour: Option<Neighbour>,
}

/// What LLDP tells of the other end of a cable.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Neighbour {
    /// Name of the switch. Example: `r01-leaf-a`.
    pub switch: String,
    /// Its port. Example: `Ethernet12`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub port: String,
    /// VLANs that the switch announces on the port; at most 32 are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub vlans: Vec<i32>,
}

/// A disk.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct InventoryDisk {
    /// The kernel's name.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: i64,
    /// What kind of disk.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<DiskType>,
    /// Model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Version of its firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// SCSI address, as `lshw` prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scsi_address: Option<String>,
    /// PCI address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_address: Option<String>,
}
