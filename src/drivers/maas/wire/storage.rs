//! Disks and what is on them.

use super::or_default;
use serde::Deserialize;

/// A disk or a logical volume.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // MAAS's words, here and below.
pub struct BlockDevice {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub model: Option<String>,
    pub serial: Option<String>,
    /// Such as `/dev/disk/by-id/wwn-0x5002538e00000001`.
    pub id_path: Option<String>,
    pub firmware_version: Option<String>,
    /// `ssd`, `rotary`, `sata`, `nvme` and such.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Bytes.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    /// Bytes that no partition has.
    #[serde(deserialize_with = "or_default")]
    pub available_size: u64,
    #[serde(deserialize_with = "or_default")]
    pub partitions: Vec<Partition>,
    /// Of a logical volume; a disk has none.
    pub uuid: Option<String>,
    pub filesystem: Option<Filesystem>,
}

/// A partition, in the order on its disk.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Partition {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    /// Bytes, a multiple of 4 MiB.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    #[serde(deserialize_with = "or_default")]
    pub bootable: bool,
    pub uuid: Option<String>,
    pub filesystem: Option<Filesystem>,
}

/// A file system, or membership of a volume group (`lvm-pv`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Filesystem {
    #[serde(deserialize_with = "or_default")]
    pub fstype: String,
    pub uuid: Option<String>,
    pub label: Option<String>,
    pub mount_point: Option<String>,
    pub mount_options: Option<String>,
}

/// A volume group: `GET nodes/{system_id}/volume-groups/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct VolumeGroup {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub uuid: Option<String>,
    /// Bytes that no logical volume has.
    #[serde(deserialize_with = "or_default")]
    pub available_size: u64,
    #[serde(deserialize_with = "or_default")]
    pub devices: Vec<Member>,
    #[serde(deserialize_with = "or_default")]
    pub logical_volumes: Vec<BlockDevice>,
}

/// A software RAID: `GET nodes/{system_id}/raids/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Raid {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Such as `raid-1`.
    #[serde(deserialize_with = "or_default")]
    pub level: String,
    #[serde(deserialize_with = "or_default")]
    pub devices: Vec<Member>,
    #[serde(deserialize_with = "or_default")]
    pub spare_devices: Vec<Member>,
    #[serde(deserialize_with = "or_default")]
    pub virtual_device: BlockDevice,
}

/// A fast device that caches share: `GET nodes/{system_id}/bcache-cache-sets/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct CacheSet {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub cache_device: Member,
}

/// A cache: `GET nodes/{system_id}/bcaches/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Bcache {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub cache_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub backing_device: Member,
    #[serde(deserialize_with = "or_default")]
    pub cache_set: CacheSet,
    #[serde(deserialize_with = "or_default")]
    pub virtual_device: BlockDevice,
}

/// A disk or partition of a group or an array.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Member {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    /// `physical`, `virtual` or `partition`.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}
