//! What a build of hardware is expected to have: CPUs, memory, disks, network cards, firmware.

use super::values::{BitRate, ByteSize, PciAddress};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The CPUs that are expected.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CpuExpectation {
    /// At least so many sockets with a CPU in them. Example: `2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub sockets: Option<i32>,

    /// At least so many cores, those of all sockets together. Example: `32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_536))]
    pub cores: Option<i32>,

    /// At least so many logical CPUs, those of all sockets together. Example: `64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_536))]
    pub threads: Option<i32>,

    /// Model of the CPUs. Example: `Intel(R) Xeon(R) Gold 6326`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub model: Option<String>,

    /// Architecture of the CPUs, as the provisioner names it. Example: `amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z0-9_]+$"))]
    pub architecture: Option<String>,
}

/// The memory that is expected.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MemoryExpectation {
    /// At least so much. Example: `256Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_size: Option<ByteSize>,
}

/// A disk, or several alike, that is expected.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.count) && has(self.alias))").message("an alias means one disk: give count or alias, not both"))]
pub struct DiskExpectation {
    /// Name of the expectation. Example: `data`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// The disk that it is about, by alias of this profile; absent: any disk. Example: `bootdisk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub alias: Option<String>,

    /// At least so many such disks. Default: `1`. Example: `4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 256))]
    pub count: Option<i32>,

    /// The least size of each. Example: `1600G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_size: Option<ByteSize>,

    /// What kind of disk.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<DiskType>,
}

/// A kind of disk.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskType {
    /// Rotating.
    #[serde(rename = "HDD")]
    Hdd,
    /// Solid state, on SATA or SAS.
    #[serde(rename = "SSD")]
    Ssd,
    /// Solid state, on PCI Express.
    #[serde(rename = "NVMe")]
    Nvme,
}

impl DiskType {
    /// Its name, as in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hdd => "HDD",
            Self::Ssd => "SSD",
            Self::Nvme => "NVMe",
        }
    }
}

/// A network card that is expected.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.pciAddress) && has(self.alias))").message("give pciAddress or alias, not both"))]
pub struct NicExpectation {
    /// Name of the expectation. Example: `uplink`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// PCI address of the card; with neither it nor `alias`, any card. Example: `0000:43:00.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_address: Option<PciAddress>,

    /// The card, by alias of this profile. Example: `nic1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub alias: Option<String>,

    /// At least this speed, in bits a second. Example: `25G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<BitRate>,

    /// Vendor of the card. Example: `Mellanox Technologies`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub vendor: Option<String>,
}

/// The version of a component's firmware that is expected.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct FirmwareExpectation {
    /// Name of the component, as the BMC lists it. Example: `BMC`.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,

    /// The version. Example: `7.00.30.00`.
    #[schemars(length(min = 1, max = 100))]
    pub version: String,
}
