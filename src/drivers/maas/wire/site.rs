//! What a region holds beside networks and machines: names, archives, keys, images, scripts.

use super::{number, or_default};
use serde::Deserialize;

/// A DNS domain: `GET domains/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // MAAS's words, here and below.
pub struct Domain {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub authoritative: bool,
    #[serde(deserialize_with = "or_default")]
    pub is_default: bool,
    #[serde(deserialize_with = "or_default")]
    pub resource_record_count: u64,
}

/// A name with its addresses and records: `GET dnsresources/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct DnsResource {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub fqdn: String,
    #[serde(deserialize_with = "number")]
    pub address_ttl: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    pub ip_addresses: Vec<NamedAddress>,
    #[serde(deserialize_with = "or_default")]
    pub resource_records: Vec<DnsResourceRecord>,
}

/// An address of a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct NamedAddress {
    pub ip: Option<String>,
}

/// A record that is no address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct DnsResourceRecord {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub rrtype: String,
    #[serde(deserialize_with = "or_default")]
    pub rrdata: String,
    #[serde(deserialize_with = "number")]
    pub ttl: Option<u64>,
}

/// Where images come from: `GET boot-sources/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct BootSource {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub url: String,
    #[serde(deserialize_with = "or_default")]
    pub keyring_filename: String,
}

/// What is imported from a boot source: `GET boot-sources/{id}/selections/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Selection {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub boot_source_id: u64,
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    #[serde(deserialize_with = "or_default")]
    pub release: String,
    #[serde(deserialize_with = "or_default")]
    pub arches: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub subarches: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub labels: Vec<String>,
}

/// A script: `GET scripts/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Script {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// 0 commissioning, 2 testing, 3 release.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: u64,
    /// Whether it came with MAAS.
    #[serde(deserialize_with = "or_default")]
    pub default: bool,
    #[serde(deserialize_with = "or_default")]
    pub timeout: String,
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub for_hardware: Vec<String>,
    /// Its versions, the newest with the highest id.
    #[serde(deserialize_with = "or_default")]
    pub history: Vec<ScriptVersion>,
}

impl Script {
    /// What was said when it was written last.
    pub fn comment(&self) -> &str {
        self.history.iter().max_by_key(|version| version.id).map_or("", |version| version.comment.as_str())
    }
}

/// A version of a script.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct ScriptVersion {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub comment: String,
}

/// A key of our account: `GET account/prefs/sshkeys/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct SshKey {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub key: String,
}

/// A package archive: `GET package-repositories/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Repository {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub url: String,
    #[serde(deserialize_with = "or_default")]
    pub distributions: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub disabled_pockets: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub disabled_components: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub components: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub arches: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub key: String,
}
