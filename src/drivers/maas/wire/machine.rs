//! Machines, and what else has an owner or a tag.

use super::{BlockDevice, Interface, or_default};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

/// Something with a name, such as a domain or a zone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Named {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// A machine: `GET machines/{system_id}/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // MAAS's words, explained in its API documentation.
pub struct Machine {
    #[serde(deserialize_with = "or_default")]
    pub system_id: String,
    #[serde(deserialize_with = "or_default")]
    pub hostname: String,
    #[serde(deserialize_with = "or_default")]
    pub domain: Named,
    #[serde(deserialize_with = "or_default")]
    pub zone: Named,
    #[serde(deserialize_with = "or_default")]
    pub pool: Named,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// Such as `amd64/generic`.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    #[serde(deserialize_with = "or_default")]
    pub status: u64,
    pub owner: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub owner_data: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub tag_names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub locked: bool,
    #[serde(deserialize_with = "or_default")]
    pub power_state: String,
    #[serde(deserialize_with = "or_default")]
    pub power_type: String,
    #[serde(deserialize_with = "or_default")]
    pub osystem: String,
    #[serde(deserialize_with = "or_default")]
    pub distro_series: String,
    /// How it boots: `uefi`, `pxe` and such.
    #[serde(deserialize_with = "or_default")]
    pub bios_boot_method: String,
    pub boot_interface: Option<Interface>,
    pub hwe_kernel: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub error_description: String,
    #[serde(deserialize_with = "or_default")]
    pub interface_set: Vec<Interface>,
    #[serde(deserialize_with = "or_default")]
    pub physicalblockdevice_set: Vec<BlockDevice>,
    #[serde(deserialize_with = "or_default")]
    pub virtualblockdevice_set: Vec<BlockDevice>,
    pub boot_disk: Option<BlockDevice>,
    #[serde(deserialize_with = "or_default")]
    pub volume_groups: Vec<serde::de::IgnoredAny>,
    #[serde(deserialize_with = "or_default")]
    pub raids: Vec<serde::de::IgnoredAny>,
    #[serde(deserialize_with = "or_default")]
    pub cache_sets: Vec<serde::de::IgnoredAny>,
    #[serde(deserialize_with = "or_default")]
    pub bcaches: Vec<serde::de::IgnoredAny>,
    #[serde(deserialize_with = "or_default")]
    pub default_gateways: BTreeMap<String, Gateways>,
    #[serde(deserialize_with = "or_default")]
    pub hardware_info: BTreeMap<String, Option<String>>,
    #[serde(deserialize_with = "or_default")]
    pub cpu_count: u32,
    #[serde(deserialize_with = "or_default")]
    pub memory: u64,
    pub current_commissioning_result_id: Option<u64>,
    pub current_testing_result_id: Option<u64>,
}

/// The default gateway of one IP version.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Gateways {
    /// The link that was chosen for it; absent when MAAS chose by itself.
    pub link_id: Option<u64>,
    /// The gateway itself.
    pub gateway_ip: Option<String>,
}

/// A node as the directory needs it: one element of `GET nodes/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct IndexNode {
    #[serde(deserialize_with = "or_default")]
    pub system_id: String,
    /// 0 machine, 1 device, 2 rack controller, 3 region controller, 4 both.
    #[serde(deserialize_with = "or_default")]
    pub node_type: u64,
    /// As of [`Machine::status`].
    pub status: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    pub tag_names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub interface_set: Vec<IndexInterface>,
    #[serde(deserialize_with = "or_default")]
    pub hardware_info: BTreeMap<String, Option<String>>,
}

/// The system's serial number in what firmware tells; MAAS writes `Unknown` where it tells none.
pub fn serial(hardware_info: &BTreeMap<String, Option<String>>) -> Option<&str> {
    let serial = hardware_info.get("system_serial").and_then(Option::as_deref).map(str::trim);
    serial.filter(|serial| !serial.is_empty() && !serial.eq_ignore_ascii_case("unknown"))
}

/// An interface as the directory needs it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct IndexInterface {
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
}

/// A machine's power parameters, in clear: `GET machines/{system_id}/?op=power_parameters`.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct PowerParameters(BTreeMap<String, serde_json::Value>);

impl PowerParameters {
    /// A parameter that is a list of texts.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let list = self.0.get(name).and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
    }

    /// A parameter that is text.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
    }
}

impl fmt::Debug for PowerParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
impl From<&[(&str, &str)]> for PowerParameters {
    fn from(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    }
}

/// A PCI device: one element of `GET nodes/{system_id}/devices/?bus=pcie`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct NodeDevice {
    #[serde(deserialize_with = "or_default")]
    pub pci_address: String,
    pub physical_interface: Option<PhysicalDevice>,
    pub physical_blockdevice: Option<PhysicalDevice>,
    #[serde(deserialize_with = "or_default")]
    pub vendor_name: String,
}

/// The interface or block device that a PCI device is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct PhysicalDevice {
    pub id: Option<u64>,
}

/// A page of events: `GET events/?op=query`, the newest first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Events {
    #[serde(deserialize_with = "or_default")]
    pub events: Vec<Event>,
}

/// An event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Event {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub node: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

/// A tag: `GET tags/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Tag {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub definition: String,
    #[serde(deserialize_with = "or_default")]
    pub kernel_opts: String,
    #[serde(deserialize_with = "or_default")]
    pub comment: String,
}

/// A rack controller: `GET rackcontrollers/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Rack {
    #[serde(deserialize_with = "or_default")]
    pub system_id: String,
    #[serde(deserialize_with = "or_default")]
    pub hostname: String,
    #[serde(deserialize_with = "or_default")]
    pub interface_set: Vec<Interface>,
    #[serde(deserialize_with = "or_default")]
    pub service_set: Vec<Service>,
}

/// A service of a rack controller.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Service {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// `running`, `off`, `degraded`, `dead` or `unknown`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    #[serde(deserialize_with = "or_default")]
    pub status_info: String,
}

/// A synced or uploaded image: `GET boot-resources/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct BootResource {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Architecture and kernel, such as `amd64/ga-24.04`.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    /// Kernels for which it serves, between commas.
    #[serde(deserialize_with = "or_default")]
    pub subarches: String,
    /// `Synced` or `Uploaded`.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

impl BootResource {
    /// The name by which it is deployed: MAAS lists an upload without its prefix.
    pub fn series(&self) -> String {
        if self.kind == "Uploaded" && !self.name.contains('/') {
            format!("custom/{}", self.name)
        } else {
            self.name.clone()
        }
    }
}
