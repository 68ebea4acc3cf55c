//! Names for devices, by their address or by a rule.

use super::values::{BitRate, ByteSize, PciAddress, ScsiAddress};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A name for a device, by its address on a bus or by what it is.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(has(self.pciAddress) ? 1 : 0) + (has(self.scsiAddress) ? 1 : 0) + (has(self.rule) ? 1 : 0) == 1").message("exactly one of pciAddress, scsiAddress and rule is needed"))]
pub struct DeviceAlias {
    /// The alias. Example: `bootdisk`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// PCI address of a network card or disk. Example: `0000:43:00.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_address: Option<PciAddress>,

    /// SCSI address of a disk, as `lshw` prints it. Example: `0:2.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scsi_address: Option<ScsiAddress>,

    /// What the device is, where its address differs from machine to machine. A rule that fits no device
    /// of a machine, or several, stops that machine. Example: `{vendor: Intel, minSpeed: 25G}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<DeviceRule>,

    /// What the device is, for people. Example: `PERC H710P`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub device_type: Option<String>,
}

/// What is known of a device: all that is given must hold, and for one device of the machine only.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.vendor) || has(self.model) || has(self.minSize) || has(self.minSpeed) || has(self.pattern)").message("a rule needs one of vendor, model, minSize, minSpeed and pattern"))]
#[x_kube(validation = Rule::new("!(has(self.minSize) && has(self.minSpeed))").message("minSize is for disks and minSpeed for network cards: no device has both"))]
pub struct DeviceRule {
    /// Part of the name of the device's vendor, as it was commissioned; upper and lower case are the same. MAAS knows the
    /// vendors of network cards and NVMe disks only. Example: `Intel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub vendor: Option<String>,

    /// Part of the name of the device's model, as it was commissioned; upper and lower case are the same. Example: `X710`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub model: Option<String>,

    /// The least size of a disk. Example: `400G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_size: Option<ByteSize>,

    /// The least speed of a network card, in bits a second. Example: `25G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_speed: Option<BitRate>,

    /// Regular expression that the device's whole address on its bus matches. Example: `0000:3b:00\.[01]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub pattern: Option<String>,
}
