//! The storage of a host as designed: what is put on its disks.

use super::DeviceSelector;
use crate::api::{cache::CacheMode, raid::RaidLevel, values::StorageSize};
use serde::Serialize;

/// Disks and volume groups as designed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StorageDesign {
    /// Disks, in the order of the design. Others are left alone.
    pub disks: Vec<DiskDesign>,
    /// Volume groups.
    pub volume_groups: Vec<VolumeGroupDesign>,
    /// Software RAIDs.
    pub raids: Vec<RaidDesign>,
    /// Caches.
    pub caches: Vec<CacheDesign>,
}

/// A disk as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiskDesign {
    /// Which disk.
    pub device: DeviceSelector,
    /// Whether the firmware boots from it.
    pub boot: bool,
    /// What is on it.
    pub content: DiskContent,
}

/// What is on a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum DiskContent {
    /// Partitions, in their order.
    Partitions(Vec<PartitionDesign>),
    /// The whole disk is a physical volume of this volume group.
    VolumeGroup(String),
    /// The whole disk is a member of a software RAID.
    Raid(RaidMember),
    /// The whole disk is the fast device of this cache set.
    CacheSet(String),
    /// The whole disk is the slow device of this cache.
    Backs(String),
}

/// What a disk or partition is in a software RAID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaidMember {
    /// Name of the array.
    pub array: String,
    /// Whether it stands by until another fails.
    pub spare: bool,
}

/// A software RAID as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaidDesign {
    /// Its name.
    pub name: String,
    /// How its members are put together.
    pub level: RaidLevel,
    /// The volume group that gets it.
    pub volume_group: Option<String>,
    /// The file system on it.
    pub filesystem: Option<FilesystemDesign>,
}

/// A cache as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheDesign {
    /// Its name.
    pub name: String,
    /// The set whose fast device it uses.
    pub cache_set: String,
    /// When what is written counts as written.
    pub mode: CacheMode,
    /// The volume group that gets it.
    pub volume_group: Option<String>,
    /// The file system on it.
    pub filesystem: Option<FilesystemDesign>,
}

/// A partition as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionDesign {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: StorageSize,
    /// Its UUID; absent: the provisioner makes one.
    pub uuid: Option<String>,
    /// Whether the firmware may boot from it.
    pub bootable: bool,
    /// The volume group that gets it.
    pub volume_group: Option<String>,
    /// What it is in a software RAID.
    pub raid: Option<RaidMember>,
    /// The cache set whose fast device it is.
    pub cache_set: Option<String>,
    /// The cache whose slow device it is.
    pub backs: Option<String>,
    /// The file system on it.
    pub filesystem: Option<FilesystemDesign>,
}

/// A file system as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilesystemDesign {
    /// Its type.
    pub fs_type: String,
    /// Where it is mounted; absent: not at all.
    pub mount_point: Option<String>,
    /// Options for mount.
    pub mount_options: String,
    /// Its UUID; absent: the provisioner makes one.
    pub uuid: Option<String>,
    /// Its label.
    pub label: Option<String>,
}

/// A volume group as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeGroupDesign {
    /// Its name.
    pub name: String,
    /// Its UUID; absent: the provisioner makes one.
    pub uuid: Option<String>,
    /// Its logical volumes.
    pub logical_volumes: Vec<LogicalVolumeDesign>,
}

/// A logical volume as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogicalVolumeDesign {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: StorageSize,
    /// Its UUID; absent: the provisioner makes one.
    pub uuid: Option<String>,
    /// The file system on it.
    pub filesystem: Option<FilesystemDesign>,
}
