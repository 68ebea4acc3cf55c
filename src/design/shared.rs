//! What all nodes of a site are resolved against.

use super::{
    Catalog,
    network::{LinkOf, Networks},
    profiles::Profiles,
    select::is_personal,
};
use crate::api::{BootAction, HardwareProfile};
use std::sync::Arc;

/// Everything but the nodes, resolved.
#[derive(Debug)]
pub struct Shared {
    /// The objects.
    pub catalog: Catalog,
    pub(super) profiles: Profiles,
    links: LinkOf,
}

impl Shared {
    /// Resolves what stands beside the nodes.
    pub fn new(catalog: Catalog) -> Self {
        Self { profiles: Profiles::new(&catalog), links: LinkOf::new(&catalog), catalog }
    }

    /// Links and networks.
    pub fn networks(&self) -> Networks<'_> {
        Networks::new(&self.catalog, &self.links)
    }

    /// The hardware profile of this name.
    pub fn hardware(&self, name: Option<&str>) -> Option<&HardwareProfile> {
        self.catalog.hardware_profiles.get(name?).map(|profile| &**profile)
    }

    /// Boot actions for which nodes that are described alike may differ.
    pub(super) fn personal_actions(&self) -> impl Iterator<Item = (&String, &Arc<BootAction>)> {
        self.catalog
            .boot_actions
            .iter()
            .filter(|(_, action)| action.spec.node_selector.as_ref().is_some_and(is_personal))
    }
}
