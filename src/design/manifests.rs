//! The objects of one namespace, as read: the only input of a resolution.

use crate::{
    api::{BaremetalNode, BootAction, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site},
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
    /// Nodes.
    pub nodes: BTreeMap<String, Arc<BaremetalNode>>,
    /// Boot actions.
    pub boot_actions: BTreeMap<String, Arc<BootAction>>,
    /// Objects that are there but could not be read, and why. They stop work: an unreadable object is not an absent one.
    pub unreadable: Vec<(ObjectKey, String)>,
}
