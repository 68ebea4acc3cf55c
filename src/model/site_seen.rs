//! What is known of a site in its provisioner: how it stands to the design, and what a check of it found.

use crate::api::site_task::TaskCheck;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};

/// Who a Site is, so that what it makes can be marked as its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteIdentity {
    /// UID of the cluster: that of its `kube-system` namespace.
    pub cluster: String,
    /// Namespace of the Site; it holds no other.
    pub namespace: String,
}

impl SiteIdentity {
    /// `cluster/namespace`.
    pub fn mark(&self) -> String {
        format!("{}/{}", self.cluster, self.namespace)
    }
}

/// What of a site's design stands elsewhere, and was read for it.
#[derive(Debug, Clone, Default)]
pub struct SiteMaterial {
    /// Content of the scripts that come from ConfigMaps, by script; or why it could not be read.
    pub scripts: BTreeMap<String, Result<String, String>>,
    /// The proxy that comes from a Secret; or why it could not be read.
    pub http_proxy: Option<Result<SecretString, String>>,
    /// What tells whether any of it has changed; nothing secret. Absent where nothing stands elsewhere.
    pub version: Option<String>,
}

/// What was seen of the site's objects in the provisioner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteObservation {
    /// The provisioner and its version, such as `MAAS 3.7.3`.
    pub provisioner: String,
    /// What is to be known of that version, where there is anything.
    pub advice: Option<String>,
    /// [`SiteMaterial::version`] of what was designed.
    pub material: Option<String>,
    /// The calls that are still needed, as text, field by field; empty: as designed.
    pub pending: Vec<String>,
    /// Those of them that destroy something, and so wait for approval.
    pub destructive: Vec<String>,
    /// What stands in the way, such as a subnet that lies in another fabric.
    pub conflicts: Vec<String>,
    /// What comes by itself, such as an image that is being imported.
    pub waiting: Vec<String>,
    /// What Slipway made and the design does not hold any more.
    pub leftovers: Vec<String>,
    /// What the calls make and cannot mark: to be recorded before they are sent.
    pub makes: BTreeSet<String>,
    /// What is recorded, and stands neither in the design nor in the provisioner any more.
    pub gone: BTreeSet<String>,
    /// Images that can be deployed, such as `ubuntu/noble`.
    pub images: Vec<String>,
}

impl SiteObservation {
    /// Whether all is as designed.
    pub fn is_as_designed(&self) -> bool {
        self.pending.is_empty() && self.conflicts.is_empty() && self.waiting.is_empty()
    }

    /// What differs from the design, whoever may mend it.
    pub fn differences(&self) -> impl Iterator<Item = &String> + Clone {
        self.conflicts.iter().chain(&self.pending).chain(&self.waiting)
    }
}

/// What the nodes of a site ask of its provisioner, for a check of the site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteNeeds {
    /// Images with the kernel that goes with them, where one is named.
    pub images: BTreeSet<(String, Option<String>)>,
}

/// What a check of a site found, a line each.
pub type SiteChecks = Vec<TaskCheck>;
