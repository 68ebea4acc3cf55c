//! `Site`: one site, how it is provisioned, and how Slipway may act on it.

pub use super::site_status::{GroupStatus, NodeCounts, ReportedFinding, SiteLock, SitePlan, SiteStatus};
use super::{
    cluster::ClusterSpec,
    maas::MaasSpec,
    next_service::NextService,
    rollout::Rollout,
    values::{Cidr, Duration, IpAddress},
};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One site: its provisioner, its defaults, and how Slipway may act on it. A namespace holds one Site.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "Site",
    plural = "sites",
    category = "slipway",
    namespaced,
    status = "SiteStatus",
    derive = "PartialEq",
    doc = "One site: its provisioner, its defaults, and how Slipway may act on it. A namespace holds one Site.",
    selectable = ".status.state",
    printcolumn(name = "Mode", type_ = "string", json_path = ".status.mode"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Nodes", type_ = "string", json_path = ".status.nodes.summary"),
    printcolumn(name = "Provisioner", type_ = "string", json_path = ".status.provisioner", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Message", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].message"#)
)]
#[serde(rename_all = "camelCase")]
pub struct SiteSpec {
    /// What installs the machines: exactly one of its fields.
    pub provisioner: ProvisionerSpec,

    /// How far Slipway goes by itself. Default: `OnTask`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,

    /// What happens where something that had been brought to the design was changed behind Slipway's back. The differences
    /// stand in the condition `Drifted` in either case. Default: `Report`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift_policy: Option<DriftPolicy>,

    /// Which steps wait for a person's approval. Default: `Destructive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalPolicy>,

    /// Leave the whole site alone: report, touch nothing. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,

    /// How long the design must have been quiet before it is acted on. Default: `15s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<Duration>,

    /// How often everything is looked at without a cause. Default: `10m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resync: Option<Duration>,

    /// How often the provisioner is asked for news while work goes on. Default: `10s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Duration>,

    /// How long the steps of a node may take before a person is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Deadlines>,

    /// How often a failed step is tried again before a person is needed. Default: `3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub retries: Option<i32>,

    /// What happens to a machine that is given up: one whose commissioning or deployment has failed too often.
    /// Default: `Hold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,

    /// How many nodes may be worked on at once, in which order, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,

    /// What happens to a machine whose BaremetalNode is deleted. Default: `Retain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// Name servers and search domains of the whole site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<SiteDns>,

    /// NTP servers of the whole site, in order. Example: `[10.23.20.9, ntp.example.com]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub ntp_servers: Vec<String>,

    /// SSH public keys that may log in to every deployed machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 8192)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub ssh_keys: Vec<String>,

    /// Package archives, by name. `main_archive` and `ports_archive` are Ubuntu's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub repositories: Vec<Repository>,

    /// Tags that the provisioner gives by itself, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub tag_definitions: Vec<TagDefinition>,

    /// How BMCs are reached from where Slipway runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_band: Option<SiteOutOfBand>,

    /// Namespaces from which profiles, networks and boot actions may be borrowed. The lender consents with the
    /// annotation `slipway.dev/lend-to` on its Namespace. What the Site's own namespace holds wins over what it borrows, and an
    /// earlier namespace over a later one. Example: `[standards]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub libraries: Vec<String>,

    /// What a `SiteTask` `VerifySite` asks besides the provisioner, by name: the services that the site's machines need once
    /// they run. Example: `[{name: registry, http: {url: "https://registry.example.com/v2/"}}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub next_services: Vec<NextService>,

    /// The Kubernetes cluster that the site's machines become: a SiteTask `RelabelNodes` puts their owner data there, as labels
    /// of the Nodes. Example: `{kubeconfigSecretRef: {name: east-kubeconfig}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterSpec>,

    /// Anything that has no field yet, for every node of the site.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub extra: BTreeMap<String, String>,
}

/// What installs the machines.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.maas)").message("a provisioner is needed: maas"))]
pub struct ProvisionerSpec {
    /// A MAAS region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maas: Option<MaasSpec>,
}

/// How far Slipway goes by itself.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Report what would be done; touch nothing.
    Observe,
    /// Act only as far as an unfinished SiteTask asks.
    #[default]
    OnTask,
    /// The design is the goal: every node is taken to Deployed and kept there.
    Continuous,
}

/// What happens to a machine that is given up. A deployed machine is never touched by it.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quarantine {
    /// It stays as it failed, with all that the provisioner kept of it.
    #[default]
    Hold,
    /// It is marked as broken in the provisioner too, so that nobody else takes it. MAAS frees and powers it off by that.
    MarkBroken,
}

/// What happens where something that had been brought to the design was changed behind Slipway's back.
///
/// It speaks of standing orders. What an unfinished SiteTask asks for is done in any case, since a person asked.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DriftPolicy {
    /// Say what differs, and leave it: somebody may be at work there.
    #[default]
    Report,
    /// Bring it back to the design where the mode is `Continuous`; what is destructive still waits for approval.
    Correct,
}

/// Which steps wait for approval.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ApprovalPolicy {
    /// Every deployment and every destructive step.
    Always,
    /// Steps that destroy something: release, erase, redeploy, first power action on a running machine.
    #[default]
    Destructive,
    /// None. For labs and tests.
    Never,
}

/// What happens to a machine whose BaremetalNode is deleted.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeletionPolicy {
    /// It is forgotten and runs on.
    #[default]
    Retain,
    /// It is given back to the provisioner, powered off. Needs `slipway.dev/confirm-deletion`.
    Release,
    /// It is given back and its disks are erased. Needs `slipway.dev/confirm-deletion`.
    ReleaseAndErase,
}

/// How long a node may stay in a step.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Deadlines {
    /// From power-on to the provisioner knowing the machine. Default: `20m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enlist: Option<Duration>,
    /// Commissioning and testing. Default: `45m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Duration>,
    /// Installing and booting the operating system. Default: `60m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Duration>,
    /// Releasing, erasing included. Default: `4h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Duration>,
    /// How long an operating system has to shut down before its machine is powered off. Default: `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Duration>,
    /// How long the outcome of one request may stay unknown before it is made again. Default: `90s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Duration>,
    /// How long a deletion may wait for its release before the node is let go. Default: `30m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Duration>,
}

/// Names for the whole site.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SiteDns {
    /// Name servers, in order, for networks that name none. Example: `[10.23.20.9]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub servers: Vec<IpAddress>,
}

/// A package archive.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// Name of the archive. Example: `main_archive`.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// URL of the archive. Example: `http://archive.ubuntu.com/ubuntu`.
    #[schemars(length(min = 1, max = 1024))]
    pub url: String,
    /// Architectures. Default: `[amd64]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 32)))]
    pub arches: Vec<String>,
    /// Distributions. Example: `[noble]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64)))]
    pub distributions: Vec<String>,
    /// Components; of Ubuntu's own archives, those not listed are disabled. Example: `[main, universe]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64)))]
    pub components: Vec<String>,
    /// Pockets; of Ubuntu's own archives, those not listed are disabled. Example: `[security, updates]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 64)))]
    pub pockets: Vec<String>,
    /// OpenPGP key that signs the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub key: Option<String>,
}

/// A tag that the provisioner gives by itself.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TagDefinition {
    /// Name of the tag. Example: `nvme`.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub name: String,
    /// XPath over the machine's `lshw` output. Example: `//node[@class="storage"]`.
    #[schemars(length(min = 1, max = 4096))]
    pub xpath: String,
}

/// How BMCs are reached from where Slipway runs.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SiteOutOfBand {
    /// Translations of designed BMC addresses to those that Slipway dials, for management networks behind NAT. Status,
    /// events and the provisioner keep the designed address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub translate: Vec<AddressTranslation>,

    /// How often the power of each machine at rest is read from its BMC. `0s`: never. Default: `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_interval: Option<Duration>,

    /// How often the sensors, the log and the firmware of each machine at rest are read from its BMC. It shows in the node's
    /// condition `HardwareHealthy` and in its HardwareInventory. `0s`: never. Default: `1h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_interval: Option<Duration>,

    /// What becomes of an IPMI session once its work is done. Default: `Close`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<BmcSessions>,
}

/// What becomes of an IPMI session once its work is done.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BmcSessions {
    /// It is closed at once: BMCs have as few as four, and the provisioner and people want one too.
    #[default]
    Close,
    /// It is kept for 50 s, which spares the login where `powerInterval` is shorter than that.
    Keep,
}

/// A network of BMC addresses, and where it is dialled.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct AddressTranslation {
    /// Designed addresses. Example: `10.23.104.0/24`.
    pub from: Cidr,
    /// The network that stands for it, of the same size. Example: `127.23.104.0/24`.
    pub to: Cidr,
    /// The port to dial; absent: the protocol's. Example: `6230`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,
}
