//! Caches: a slow device with a fast one before it.

use super::storage::Filesystem;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cache of Linux (bcache), of the disk or partition that `backs` it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
pub struct Cache {
    /// Name of the cache's device. Example: `bcache0`.
    #[schemars(length(min = 7, max = 15), regex(pattern = r"^bcache[0-9]{1,3}$"))]
    pub name: String,

    /// The set whose fast device it uses; several caches may share one. Inherited. Example: `nvme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cache_set: Option<String>,

    /// When what is written counts as written. Default: `WriteThrough`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CacheMode>,

    /// The volume group that gets the device; excludes `filesystem`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub volume_group: Option<String>,

    /// The file system on it; absent: left as a raw device. Inherited field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<Filesystem>,
}

/// When what is written counts as written.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheMode {
    /// When the slow device has it, too.
    #[default]
    WriteThrough,
    /// When the fast device has it: its loss loses data.
    WriteBack,
    /// When the slow device has it; the fast one is for reads.
    WriteAround,
}

impl CacheMode {
    /// The kernel's name, which is MAAS's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::WriteThrough => "writethrough",
            Self::WriteBack => "writeback",
            Self::WriteAround => "writearound",
        }
    }
}
