//! The storage of a host: disks, partitions, software RAIDs, volume groups and file systems.

use super::{cache::Cache, raid::RaidLevel, values::StorageSize};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is put on the disks.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// The disks that are partitioned or given to a volume group, by alias of the hardware profile or by kernel name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub disks: Vec<Disk>,

    /// LVM volume groups, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub volume_groups: Vec<VolumeGroup>,

    /// RAID arrays that the operating system makes (Linux md), by name. Those of a controller stand in the HardwareProfile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub software_raids: Vec<SoftwareRaid>,

    /// Slow devices with a fast one before them (Linux bcache), by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub caches: Vec<Cache>,
}

/// A disk: either partitioned or, whole, a physical volume of one volume group or a member of one software RAID.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Disk {
    /// Alias of the hardware profile, or name of the kernel. Example: `bootdisk`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// Labels for people and templates. `bootdrive: "true"` marks the disk that the firmware boots from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub labels: BTreeMap<String, String>,

    /// The volume group that gets the whole disk; excludes `partitions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub volume_group: Option<String>,

    /// The software RAID that gets the whole disk; excludes `partitions`. Example: `md1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 15))]
    pub software_raid: Option<String>,

    /// Whether it stands by in its software RAID until another fails. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare: Option<bool>,

    /// The cache set that gets the whole disk as its fast device; excludes `partitions`. Example: `nvme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cache_set: Option<String>,

    /// The cache behind which the whole disk stands as its slow device; excludes `partitions`. Example: `bcache0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 15))]
    pub backs: Option<String>,

    /// The partitions, in the order in which they are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub partitions: Vec<Partition>,
}

/// A partition.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Partition {
    /// Name within the disk. Example: `root`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// `30G`, a share of the disk (`50%`) or a minimum that takes the rest (`>100G`). Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<StorageSize>,

    /// UUID of the partition, of version 4; made by the provisioner when absent. Inherited.
    /// Example: `8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub part_uuid: Option<String>,

    /// The volume group that gets this partition; excludes `filesystem`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub volume_group: Option<String>,

    /// The software RAID that gets this partition; excludes `filesystem`. Inherited. Example: `md0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 15))]
    pub software_raid: Option<String>,

    /// Whether it stands by in its software RAID until another fails. Default: `false`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare: Option<bool>,

    /// The cache set that gets this partition as its fast device; excludes `filesystem`. Inherited. Example: `nvme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cache_set: Option<String>,

    /// The cache behind which this partition stands as its slow device; excludes `filesystem`. Inherited.
    /// Example: `bcache0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 15))]
    pub backs: Option<String>,

    /// Whether the firmware may boot from it. Default: `false`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootable: Option<bool>,

    /// Labels for people and templates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub labels: BTreeMap<String, String>,

    /// The file system on it; absent: left as a raw device. Inherited field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<Filesystem>,
}

/// A file system and where it is mounted.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Filesystem {
    /// Absolute path of the mount point. Example: `/var/log`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255), regex(pattern = r"^/[^\s]*$"))]
    pub mount_point: Option<String>,

    /// Type of the file system. Default: `ext4`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    pub fs_type: Option<String>,

    /// Options for mount, separated by commas. Default: `defaults`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub mount_options: Option<String>,

    /// UUID of the file system, of version 4; made by the provisioner when absent.
    /// Example: `8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub uuid: Option<String>,

    /// Label of the file system. Example: `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub label: Option<String>,
}

/// A RAID array of Linux (md), of the disks and partitions that name it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct SoftwareRaid {
    /// Name of the array's device. Example: `md0`.
    #[schemars(length(min = 3, max = 15), regex(pattern = r"^md[0-9]{1,3}$"))]
    pub name: String,

    /// How its members are put together. Default: `RAID1`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<RaidLevel>,

    /// The volume group that gets the array; excludes `filesystem`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub volume_group: Option<String>,

    /// The file system on it; absent: left as a raw device. Inherited field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<Filesystem>,
}

/// An LVM volume group.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct VolumeGroup {
    /// Name of the volume group. Example: `vg-data`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// UUID of the volume group, of version 4; made by the provisioner when absent. Inherited.
    /// Example: `8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub uuid: Option<String>,

    /// Its logical volumes, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub logical_volumes: Vec<LogicalVolume>,
}

/// An LVM logical volume.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct LogicalVolume {
    /// Name within the volume group. Example: `lv-var`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// `30G`, a share of the volume group (`50%`) or a minimum that takes the rest (`>100G`). Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<StorageSize>,

    /// UUID of the logical volume, of version 4; made by the provisioner when absent. Inherited.
    /// Example: `8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub uuid: Option<String>,

    /// The file system on it. Inherited field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<Filesystem>,
}

impl Disk {
    /// Whether the label that Drydock's designs use marks it as the boot drive.
    pub fn is_boot_drive(&self) -> bool {
        self.labels.get("bootdrive").is_some_and(|value| value == "true")
    }
}
