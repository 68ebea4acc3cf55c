//! The objects of one namespace, as read: the only input of a resolution.

use crate::{
    api::{
        BaremetalNode, BootAction, HardwareInventory, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site,
    },
    model::ObjectKey,
};
use std::{collections::BTreeMap, sync::Arc};

/// The objects of one namespace, by name.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The site.
    pub site: Option<Arc<Site>>,
    /// Racks.
    pub racks: BTreeMap<String, Arc<Rack>>,
    /// Links.
    pub links: BTreeMap<String, Arc<NetworkLink>>,
    /// Networks.
    pub networks: BTreeMap<String, Arc<Network>>,
    /// Hardware profiles.
    pub hardware_profiles: BTreeMap<String, Arc<HardwareProfile>>,
    /// Host profiles.
    pub host_profiles: BTreeMap<String, Arc<HostProfile>>,
    /// Boot actions.
    pub boot_actions: BTreeMap<String, Arc<BootAction>>,
    /// Nodes.
    pub nodes: BTreeMap<String, Arc<BaremetalNode>>,
    /// The machines as built, by node, where they are known.
    pub inventories: BTreeMap<String, Arc<HardwareInventory>>,
    /// What is known of the Secrets, by name; `None` where nobody may look at them.
    pub secrets: Option<BTreeMap<String, SecretFacts>>,
    /// The namespaces from which the Site borrows, by name, as far as they are there.
    pub libraries: BTreeMap<String, Library>,
    /// Objects that are there but could not be read, and why. They stop work: an unreadable object is not an absent one.
    pub unreadable: Vec<(ObjectKey, String)>,
    /// Objects that stand more than once, and where: in files they can, in a cluster they cannot.
    pub repeated: Vec<(ObjectKey, String)>,
}

/// What a rule may know of a Secret: never a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// Length of each of its values in bytes, by key.
    pub lengths: BTreeMap<String, usize>,
}

/// A namespace whose objects may be borrowed.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Whether it lends to this Site's namespace (`slipway.dev/lend-to`).
    pub lends: bool,
    /// Its objects; of its own Site, nodes and libraries nothing is borrowed.
    pub objects: Arc<Manifests>,
}

/// Whether the value of the annotation `slipway.dev/lend-to` names a namespace: names between commas, or `*` for all.
pub fn lends(lend_to: &str, namespace: &str) -> bool {
    lend_to.split(',').map(str::trim).any(|name| name == "*" || name == namespace)
}
