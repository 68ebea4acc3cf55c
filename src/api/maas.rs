//! A MAAS region as a Site's provisioner: how it is reached, and what a design may say about the region as a whole.

use super::{
    reference::SecretReference,
    values::{Duration, IpAddress},
};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A MAAS region (3.3 or newer).
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.certSecretRef) || self.url.startsWith('https://')").message("certSecretRef has a meaning for an https:// url only"))]
pub struct MaasSpec {
    /// URL of the region, without `/api/2.0`. Example: `http://maas.example.com:5240/MAAS`.
    #[schemars(length(max = 1024), regex(pattern = r"^https?://[^\s]+$"))]
    pub url: String,

    /// Secret whose key `apiKey` holds an administrator's API key, `consumer:token:secret`.
    pub credentials_ref: SecretReference,

    /// Secret whose key `ca.crt` holds certificates in PEM, trusted beside the system's when the region is asked over
    /// TLS: for a region whose certificate no public authority signed. Example: `{name: maas-ca}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<SecretReference>,

    /// Requests in flight at once; a region worker serves four. Default: `4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 16))]
    pub max_in_flight: Option<i32>,

    /// Whether this Site answers for what the region has only once: `config`, NTP and DNS servers, SSH keys, package
    /// archives, boot sources and their selections. One Site of a region does; the others only compare, and say what differs
    /// from their own design. The region itself holds who it is, in the comment of the tag `slipway-region`. A region with
    /// one Site wants `true`. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owns_region: Option<bool>,

    /// What happens to what Slipway made in the region once the design does not hold it any more. Nothing else is ever
    /// deleted, but what `removeUnlisted` names. Default: `Report`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<PrunePolicy>,

    /// Kinds of which everything goes that the design does not list, whoever made it; Ubuntu's own `main_archive` and
    /// `ports_archive` stay. Needs `ownsRegion`, and is destructive: it waits for an approval of the Site's plan. Example:
    /// `[PackageRepositories]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub remove_unlisted: Vec<UnlistedKind>,

    /// Resource pools, by name, made where they are missing. Example: `[{name: control-plane}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub resource_pools: Vec<ResourcePool>,

    /// Where images come from, by URL, and which are selected; region-wide. Absent: the region's own are left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["url".into()]))]
    pub boot_sources: Vec<BootSource>,

    /// Images that must be in the region before the site counts as prepared, as MAAS names them. What `bootSources` selects
    /// is imported; an image of your own is to be uploaded. Example: `[ubuntu/noble, custom/rhel9]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub images: Vec<String>,

    /// Settings of the region as a whole. A field that is absent is left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<RegionConfig>,

    /// Commissioning, testing and release scripts, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub scripts: Vec<Script>,
}

/// What happens to what Slipway made once the design does not hold it any more.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PrunePolicy {
    /// It stays, and stands in `status.leftovers`.
    #[default]
    Report,
    /// It is deleted, unless something still uses it.
    Delete,
}

/// A kind of which everything unlisted may go.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnlistedKind {
    /// Package archives.
    PackageRepositories,
    /// SSH keys of the account that Slipway uses.
    #[serde(rename = "SSHKeys")]
    SshKeys,
    /// Boot sources, with their selections.
    BootSources,
}

/// A resource pool.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePool {
    /// Name of the pool. Example: `control-plane`.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9 _-]*$"))]
    pub name: String,
    /// What it is for; stands after Slipway's mark in MAAS. Example: `Machines of the control plane`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub description: Option<String>,
}

/// Where images come from.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct BootSource {
    /// URL of the SimpleStreams mirror. Example: `http://images.maas.io/ephemeral-v3/stable/`.
    #[schemars(length(max = 1024), regex(pattern = r"^https?://[^\s@]+$"))]
    pub url: String,
    /// Path of the keyring that signs it, on the region controller. Default:
    /// `/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub keyring_filename: Option<String>,
    /// What is imported from it, by operating system and release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["os".into(), "release".into()]))]
    pub selections: Vec<BootSourceSelection>,
}

/// What is imported from a boot source.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct BootSourceSelection {
    /// Operating system. Example: `ubuntu`.
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub os: String,
    /// Its release. Example: `noble`.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub release: String,
    /// Architectures. Default: `[amd64]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 32)))]
    pub arches: Vec<String>,
    /// Subarchitectures, which are kernels. Default: `["*"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64)))]
    pub subarches: Vec<String>,
    /// Labels, such as `stable`. Default: `["*"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 64)))]
    pub labels: Vec<String>,
}

/// Settings of a region, by MAAS's own words.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.httpProxy) && has(self.httpProxyRef))").message("give httpProxy or httpProxyRef, not both"))]
pub struct RegionConfig {
    /// Kernel options of every machine that boots (`kernel_opts`). Example: `console=ttyS0,115200n8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub kernel_options: Option<String>,
    /// Proxy for images and packages (`http_proxy`); one with a password belongs into `httpProxyRef`. Empty: none. Example:
    /// `http://proxy.example.com:3128`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024), regex(pattern = r"^(https?://[^\s@]+)?$"))]
    pub http_proxy: Option<String>,
    /// Secret whose key `httpProxy` holds the proxy's URL, for one with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_proxy_ref: Option<SecretReference>,
    /// Whether machines are told of a proxy (`enable_http_proxy`). MAAS's default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_http_proxy: Option<bool>,
    /// Whether MAAS's own proxy uses `httpProxy` as its peer (`use_peer_proxy`). MAAS's default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_peer_proxy: Option<bool>,
    /// Name servers that MAAS forwards to (`upstream_dns`). Default: those of `spec.dns.servers` that are no rack controller
    /// of the region. Example: `[10.23.20.9]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8))]
    pub upstream_dns: Option<Vec<IpAddress>>,
    /// Whether answers of upstream name servers are validated (`dnssec_validation`). MAAS's default: `Auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dnssec_validation: Option<DnssecValidation>,
    /// Networks beyond MAAS's own that may ask its name servers (`dns_trusted_acl`). Example: `[10.0.0.0/8]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 253)))]
    pub dns_trusted_acl: Option<Vec<String>>,
    /// The domain of machines that name none; made where it is missing. Example: `site.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub default_domain: Option<String>,
    /// Whether machines ask `spec.ntpServers` themselves rather than MAAS (`ntp_external_only`). MAAS's default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ntp_external_only: Option<bool>,
    /// Where machines send their log (`remote_syslog`). Example: `10.23.20.9:514`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub remote_syslog: Option<String>,
    /// Whether MAAS looks for what is on its networks (`network_discovery`). MAAS's default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_discovery: Option<bool>,
    /// Release that machines are commissioned with (`commissioning_distro_series`); set once its image is there. Example:
    /// `noble`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub commissioning_distro_series: Option<String>,
    /// Release of machines that name none (`default_distro_series`); set once its image is there. Example: `noble`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub default_distro_series: Option<String>,
    /// The least kernel of machines that name none (`default_min_hwe_kernel`). Example: `ga-24.04`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub default_min_hwe_kernel: Option<String>,
    /// Whether drivers of third parties are installed (`enable_third_party_drivers`). MAAS's default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_third_party_drivers: Option<bool>,
    /// Whether selected images are kept current (`boot_images_auto_import`). MAAS's default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_images_auto_import: Option<bool>,
    /// Whether images are fetched past the proxy (`boot_images_no_proxy`). MAAS's default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_images_no_proxy: Option<bool>,
    /// How long MAAS itself waits for a machine before it calls a step failed (`node_timeout`), in whole minutes. MAAS's
    /// default: `30m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_timeout: Option<Duration>,
    /// Whether the first-use pages of MAAS's web interface are done with (`completed_intro`). MAAS's default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_intro: Option<bool>,
}

/// Whether answers of upstream name servers are validated.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnssecValidation {
    /// With the keys of the root zone.
    Auto,
    /// With keys that MAAS was given (`yes`).
    Manual,
    /// Not at all (`no`).
    Disabled,
}

/// A script that machines run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.content) != has(self.contentFrom)").message("exactly one of content and contentFrom is needed"))]
pub struct Script {
    /// Name of the script; scripts run in the order of their names. Example: `45-site-raid`.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"))]
    pub name: String,
    /// When it runs.
    #[serde(rename = "type")]
    pub kind: ScriptType,
    /// The script, beginning with `#!`. MAAS's metadata may stand in its comments, parameters and packages among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 65536))]
    pub content: Option<String>,
    /// A ConfigMap of the Site's namespace that holds the script. It is read at each look at the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_from: Option<ConfigMapKey>,
    /// Hardware for which it runs only. Example: `[pci:1000:0016, "system_vendor:Dell Inc."]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 200)))]
    pub for_hardware: Vec<String>,
    /// Tags by which it is chosen. Example: `[raid]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64)))]
    pub tags: Vec<String>,
    /// How long it may run; absent: as its metadata says, or for ever. Example: `20m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// When a script runs.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScriptType {
    /// While a machine is commissioned.
    Commissioning,
    /// While a machine is tested.
    Testing,
    /// While a machine is released; MAAS 3.5 and newer.
    Release,
}

/// A key of a ConfigMap in the Site's namespace.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapKey {
    /// Name of the ConfigMap. Example: `commissioning-scripts`.
    #[schemars(length(min = 1, max = 253))]
    pub config_map: String,
    /// Its key. Example: `raid.sh`.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}
