//! What rules look at.

use super::Affected;
use crate::{
    api::{HardwareInventory, Network, NetworkLink, host::HostDescription},
    design::{
        Catalog, class::HostClass, profiles::ChainProblem, resolver::Entry, shared::Shared, site_node::Own, uses::Uses,
    },
    model::ObjectKey,
};
use std::{collections::HashSet, sync::Arc};

/// What nodes that are described alike inherit.
#[derive(Debug, Clone, Copy)]
pub struct ClassView<'a> {
    /// Everything but the nodes.
    pub shared: &'a Shared,
    /// The class.
    pub class: &'a HostClass,
}

impl<'a> ClassView<'a> {
    /// The objects beside the nodes.
    pub fn catalog(&self) -> &'a Catalog {
        &self.shared.catalog
    }

    /// The effective description.
    pub fn host(&self) -> &'a HostDescription {
        self.class.host()
    }
}

/// What one node has for itself.
#[derive(Debug, Clone, Copy)]
pub struct NodeView<'a> {
    /// Everything but the nodes.
    pub shared: &'a Shared,
    /// The node.
    pub own: &'a Own,
    /// Its class; absent where its chain of profiles is broken.
    pub class: Option<&'a HostClass>,
    /// The machine as built, where it is known.
    pub inventory: Option<&'a HardwareInventory>,
}

impl<'a> NodeView<'a> {
    /// The objects beside the nodes.
    pub fn catalog(&self) -> &'a Catalog {
        &self.shared.catalog
    }
}

/// The whole site.
#[derive(Debug, Clone, Copy)]
pub struct SiteView<'a> {
    /// Everything but the nodes.
    pub shared: &'a Shared,
    /// The classes that nodes are in.
    pub classes: &'a [&'a HostClass],
    /// Who uses what.
    pub uses: &'a Uses,
    pub(in super::super) nodes: &'a [Entry],
}

impl<'a> SiteView<'a> {
    /// The objects beside the nodes.
    pub fn catalog(&self) -> &'a Catalog {
        &self.shared.catalog
    }

    /// Whether a link is the site's own, or one that its nodes are on: what else a library holds is not the site's.
    pub fn is_used(&self, link: &str) -> bool {
        !self.is_borrowed("NetworkLink", link) || self.classes.iter().any(|class| is_on(class, link))
    }

    /// Whether a link is one that the provisioner is to hold.
    pub fn is_written(&self, link: &str) -> bool {
        let link_spec = self.catalog().links.get(link).map(|link| &link.spec);
        link_spec.is_some_and(|spec| !spec.unmanaged.unwrap_or_default()) && self.is_used(link)
    }

    /// Names of the nodes that are attached to a link, or whose BMCs are.
    pub fn on_link(&self, link: &str) -> Vec<String> {
        let allowed = self.catalog().links.get(link).map(|link| &link.spec.allowed_networks);
        let carries = |network: &str| allowed.is_some_and(|allowed| allowed.iter().any(|name| name == network));
        self.names(|class| is_on(class, link) || oob_network(class).is_some_and(carries))
    }

    /// The links that are the site's, by name.
    pub fn links(&self) -> impl Iterator<Item = (&'a str, &'a NetworkLink)> {
        let links = self.catalog().links.iter().filter(|(name, _)| self.is_used(name));
        links.map(|(name, link)| (name.as_str(), &**link))
    }

    /// The networks by name.
    pub fn networks(&self) -> impl Iterator<Item = (&'a str, &'a Network)> {
        self.catalog().networks.iter().map(|(name, network)| (name.as_str(), &**network))
    }

    /// Every node, and its class where it has one.
    pub fn nodes(&self) -> impl Iterator<Item = (&'a Arc<Own>, Option<&'a HostClass>)> {
        self.nodes.iter().map(|entry| (&entry.own, entry.state.as_ref().ok().map(|node| &*node.class)))
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&'a Own> {
        let at = self.nodes.binary_search_by(|entry| entry.own.name.as_ref().cmp(name)).ok()?;
        self.nodes.get(at).map(|entry| &*entry.own)
    }

    /// Whether a node's BMC has its address on this network.
    pub fn is_bmc(&self, node: &str, network: &str) -> bool {
        let Ok(at) = self.nodes.binary_search_by(|entry| entry.own.name.as_ref().cmp(node)) else { return false };
        let class = self.nodes.get(at).and_then(|entry| entry.state.as_ref().ok()).map(|node| &node.class);
        class.is_some_and(|class| oob_network(class) == Some(network))
    }

    /// Names of the nodes whose class is such a one.
    pub fn names(&self, is_such: impl Fn(&HostClass) -> bool) -> Vec<String> {
        let such: HashSet<*const HostClass> =
            self.classes.iter().filter(|class| is_such(class)).map(|class| std::ptr::from_ref(*class)).collect();
        if such.is_empty() {
            return Vec::new();
        }
        let is_in = |class: Option<&HostClass>| class.is_some_and(|class| such.contains(&std::ptr::from_ref(class)));
        self.nodes().filter(|(_, class)| is_in(*class)).map(|(own, _)| own.name.to_string()).collect()
    }

    /// Names of the nodes that follow a hardware profile.
    pub fn followers(&self, profile: &str) -> Vec<String> {
        self.names(|class| class.host().hardware_profile.as_deref() == Some(profile))
    }

    /// Whom a mistake in a network stops: those on its link, or those whose BMCs are on it.
    pub fn on_network(&self, network: &str) -> Affected {
        match self.shared.networks().link_of(network) {
            Some(link) => Affected::OnLink(link.to_owned()),
            None if self.is_of_bmcs(network) => {
                Affected::Nodes(self.names(|class| oob_network(class) == Some(network)))
            }
            None => Affected::Nobody,
        }
    }

    /// Whom a mistake stops that is about several networks.
    pub fn on_networks<const N: usize>(&self, networks: [&str; N]) -> Affected {
        let links = networks.map(|network| self.shared.networks().link_of(network));
        let nodes =
            self.names(|class| class.design.interfaces.iter().any(|on| links.contains(&Some(on.link.as_str()))));
        if nodes.is_empty() { Affected::Site } else { Affected::Nodes(nodes) }
    }

    /// Whether the provisioner is to hold a network.
    pub fn is_managed(&self, network: &str) -> bool {
        self.shared.networks().is_written(network)
    }

    /// Whether BMCs have their addresses on this network.
    pub fn is_of_bmcs(&self, network: &str) -> bool {
        self.classes.iter().any(|class| oob_network(class) == Some(network))
    }

    /// Whether it is not known of some BMC on which network it is: it may be any, and rules of their own say so.
    pub fn misses_network_of_bmcs(&self) -> bool {
        let is_known = |network: &str| self.catalog().networks.contains_key(network);
        !self.classes.iter().all(|class| oob_network(class).is_some_and(is_known))
    }

    /// Whether an object is lent by a library, where others use it.
    pub fn is_borrowed(&self, kind: &'static str, name: &str) -> bool {
        let borrowed = &self.catalog().borrowed;
        !borrowed.is_empty() && borrowed.contains_key(&ObjectKey::new(kind, name))
    }

    /// Nodes whose chain of profiles is broken.
    pub(in super::super) fn broken(&self) -> impl Iterator<Item = (&'a str, &'a ChainProblem)> {
        self.nodes.iter().filter_map(|entry| Some((&*entry.own.name, entry.state.as_ref().err()?)))
    }

    pub(in super::super) fn entries(&self) -> &'a [Entry] {
        self.nodes
    }
}

/// The network on which the BMCs of a class have their addresses.
fn oob_network(class: &HostClass) -> Option<&str> {
    class.host().oob.as_ref().and_then(|oob| oob.network.as_deref())
}

/// Whether nodes of a class are attached to a link.
fn is_on(class: &HostClass, link: &str) -> bool {
    class.design.interfaces.iter().any(|interface| interface.link == link)
}
