//! RAID arrays that the hardware is to have before anything is installed.

use super::values::ByteSize;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An array of disks, made by the machine's RAID controller.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RaidArray {
    /// Name of the array. Example: `system`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// How the disks are put together. Example: `RAID1`.
    pub level: RaidLevel,

    /// The disks of the array, by alias of this profile. Example: `[disk1, disk2]`.
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub disks: Vec<String>,

    /// Disks that take the place of one that fails, by alias of this profile. Example: `[disk3]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub spares: Vec<String>,

    /// Size of the array; absent: all that its disks give. Example: `480G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<ByteSize>,
}

/// How disks are put together.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RaidLevel {
    /// Stripes: no disk may fail.
    #[serde(rename = "RAID0")]
    Raid0,
    /// Mirrors: all disks but one may fail.
    #[default]
    #[serde(rename = "RAID1")]
    Raid1,
    /// Stripes with one parity: one disk may fail.
    #[serde(rename = "RAID5")]
    Raid5,
    /// Stripes with two parities: two disks may fail.
    #[serde(rename = "RAID6")]
    Raid6,
    /// Stripes over mirrors: one disk of each mirror may fail.
    #[serde(rename = "RAID10")]
    Raid10,
}

impl RaidLevel {
    /// Its name, as in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raid0 => "RAID0",
            Self::Raid1 => "RAID1",
            Self::Raid5 => "RAID5",
            Self::Raid6 => "RAID6",
            Self::Raid10 => "RAID10",
        }
    }

    /// The least number of members, spares aside.
    pub fn least(self) -> usize {
        match self {
            Self::Raid0 => 1,
            Self::Raid1 => 2,
            Self::Raid5 => 3,
            Self::Raid6 | Self::Raid10 => 4,
        }
    }

    /// What so many members give, in units of the smallest of them.
    pub fn capacity(self, members: u64) -> u64 {
        match self {
            Self::Raid0 => members,
            Self::Raid1 => 1,
            Self::Raid5 => members.saturating_sub(1),
            Self::Raid6 => members.saturating_sub(2),
            Self::Raid10 => members / 2,
        }
    }
}
