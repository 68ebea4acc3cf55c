//! Resolves a site, and resolves it anew when something of it has changed.
//!
//! What stands beside the nodes is compared as a whole: where it changed, everything is resolved. Where only nodes did,
//! only these are: each is put into its class, judged, and counted among the users of its addresses.

use super::{
    Catalog, Manifests,
    class::{ClassKey, HostClass},
    hash::{Hasher, canonical_hash},
    network::Named,
    profiles::ChainProblem,
    rules::{self, Draft, NodeView, SiteView},
    select::selects,
    shared::Shared,
    site_design::{SiteDesign, SiteNodes},
    site_node::{Own, SiteNode},
    uses::Uses,
};
use crate::{
    api::{BaremetalNode, HardwareInventory, host::HostDescription, network::RangeType},
    model::{Findings, SitePart},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher as _},
    net::IpAddr,
    sync::Arc,
};

/// Resolves a site once.
pub fn resolve(manifests: &Manifests) -> SiteDesign {
    Resolver::default().resolve(manifests)
}

/// Resolves one site, again and again, doing again only what has changed.
#[derive(Debug, Default)]
pub struct Resolver {
    shared: Option<Arc<Shared>>,
    classes: HashMap<u64, Vec<Arc<HostClass>>>,
    /// In the order of their names.
    nodes: Vec<Entry>,
    uses: Uses,
}

/// A node, and what is known of it.
#[derive(Debug)]
pub(super) struct Entry {
    version: Version,
    pub own: Arc<Own>,
    /// The node as designed, or what is wrong with its chain of profiles.
    pub state: Result<SiteNode, ChainProblem>,
    /// What rules say of it alone.
    pub drafts: Vec<Draft>,
}

/// What tells whether a node, and the machine as built, are as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    /// Hash of UIDs and resourceVersions, where the objects are of a cluster.
    stored: Option<u64>,
    /// Hash of what people write, and of what was found in the machine.
    content: u64,
}

impl Resolver {
    /// Resolves the site as it is now.
    pub fn resolve(&mut self, manifests: &Manifests) -> SiteDesign {
        let shared = self.share(manifests);
        self.renew_nodes(&shared, manifests);
        self.forget_empty_classes();
        self.design(&shared)
    }

    /// What stands beside the nodes. Where it has changed, all else is forgotten.
    fn share(&mut self, manifests: &Manifests) -> Arc<Shared> {
        let catalog = Catalog::of(manifests);
        if let Some(shared) = self.shared.as_ref().filter(|shared| shared.catalog.is_same(&catalog)) {
            return Arc::clone(shared);
        }
        *self = Self::default();
        let shared = Arc::new(Shared::new(catalog));
        self.shared = Some(Arc::clone(&shared));
        shared
    }

    /// Walks the nodes as they are beside those that are known.
    fn renew_nodes(&mut self, shared: &Shared, manifests: &Manifests) {
        let mut known = std::mem::take(&mut self.nodes).into_iter().peekable();
        let mut nodes = Vec::with_capacity(manifests.nodes.len());
        for (name, object) in &manifests.nodes {
            while let Some(gone) = known.next_if(|entry| *entry.own.name < **name) {
                self.uses.remove(&gone.own);
            }
            let inventory = manifests.inventories.get(name).map(|inventory| &**inventory);
            let before = known.next_if(|entry| *entry.own.name == **name);
            let version = Version::of(object, inventory, before.as_ref().map(|entry| &entry.version));
            match before {
                Some(mut entry) if entry.version.content == version.content => {
                    entry.version = version;
                    nodes.push(entry);
                }
                before => {
                    if let Some(entry) = before {
                        self.uses.remove(&entry.own);
                    }
                    let own = Arc::new(Own::of(name, object));
                    self.uses.add(&own);
                    let entry = self.entry(shared, own, object, inventory, version);
                    nodes.push(entry);
                }
            }
        }
        known.for_each(|gone| self.uses.remove(&gone.own));
        self.nodes = nodes;
    }

    fn entry(
        &mut self,
        shared: &Shared,
        own: Arc<Own>,
        object: &BaremetalNode,
        inventory: Option<&HardwareInventory>,
        version: Version,
    ) -> Entry {
        let state = self.class_of(shared, &own, object).map(|class| SiteNode::new(Arc::clone(&own), class));
        let mut drafts = Vec::new();
        let class = state.as_ref().ok().map(|node| &*node.class);
        rules::check_node(NodeView { shared, own: &own, class, inventory }, &mut drafts);
        Entry { version, own, state, drafts }
    }

    /// The class of a node: that of others described alike, or a new one.
    fn class_of(&mut self, shared: &Shared, own: &Own, object: &BaremetalNode) -> Result<Arc<HostClass>, ChainProblem> {
        let profile = object.spec.host_profile.as_deref();
        let key = ClassKey { profile, own: &object.spec.host, personal: &[] };
        if shared.personal_actions().next().is_none() {
            return self.class(shared, key);
        }
        let nobody = vec![false; shared.personal_actions().count()];
        let class = self.class(shared, ClassKey { personal: &nobody, ..key })?;
        let node = class.candidate(&own.name, &own.labels);
        let personal: Vec<bool> = shared
            .personal_actions()
            .map(|(_, action)| {
                action.spec.node_selector.as_ref().is_some_and(|s| selects(s, node, &shared.catalog.racks))
            })
            .collect();
        if personal == nobody { Ok(class) } else { self.class(shared, ClassKey { personal: &personal, ..key }) }
    }

    fn class(&mut self, shared: &Shared, key: ClassKey<'_>) -> Result<Arc<HostClass>, ChainProblem> {
        let alike = self.classes.get(&key.hashed());
        if let Some(class) = alike.into_iter().flatten().find(|class| class.key() == key) {
            return Ok(Arc::clone(class));
        }
        let nothing = HostDescription::default();
        let base = if *key.own == nothing {
            None
        } else {
            Some(self.class(shared, ClassKey { own: &nothing, personal: &[], ..key })?)
        };
        let mut class = HostClass::new(shared, key, base.as_deref())?;
        class.drafts = rules::check_class(shared, &class);
        let class = Arc::new(class);
        self.classes.entry(key.hashed()).or_default().push(Arc::clone(&class));
        Ok(class)
    }

    /// Whoever holds an earlier design holds its classes, too: what counts is whether a node of ours is in one.
    fn forget_empty_classes(&mut self) {
        let nodes = self.nodes.iter().filter_map(|entry| entry.state.as_ref().ok());
        let in_use: HashSet<*const HostClass> = nodes.map(|node| Arc::as_ptr(&node.class)).collect();
        self.classes.retain(|_, alike| {
            alike.retain(|class| in_use.contains(&Arc::as_ptr(class)));
            !alike.is_empty()
        });
    }

    /// Notes static addresses that lie in ranges of DHCP. Only nodes of which a rule has something to say can have any.
    fn find_statics_in_dhcp(&self, part: &mut SitePart) {
        for entry in self.nodes.iter().filter(|entry| !entry.drafts.is_empty()) {
            for (own, address) in entry.own.addresses.iter().filter_map(|own| Some((own, own.address?.0))) {
                let Some(network) = part.networks.get_mut(&own.network) else { continue };
                let lies_in = |(kind, first, last): &(RangeType, IpAddr, IpAddr)| {
                    *kind == RangeType::Dhcp && *first <= address && address <= *last
                };
                if network.ranges.iter().any(lies_in) {
                    network.statics_in_dhcp.push((address, entry.own.name.to_string()));
                }
            }
        }
    }

    fn design(&self, shared: &Shared) -> SiteDesign {
        let mut classes: Vec<&HostClass> = self.classes.values().flatten().map(|class| &**class).collect();
        // The order of a hash map is nobody's: what rules say must not depend on it.
        classes.sort_by_key(|class| (class.deploy, class.rest));
        let view = SiteView { shared, classes: &classes, uses: &self.uses, nodes: &self.nodes };
        let findings = Findings::new(rules::findings(&view));
        let tags = classes.iter().flat_map(|class| &class.design.metadata.tags);
        let domains = classes.iter().map(|class| &class.design.domain);
        let pools = classes.iter().filter_map(|class| class.design.metadata.pool.as_ref());
        let mut part = shared.networks().part(Named { tags, domains, pools }, |link| view.is_used(link));
        self.find_statics_in_dhcp(&mut part);
        let nodes: Vec<SiteNode> = self.nodes.iter().filter_map(|entry| entry.state.as_ref().ok().cloned()).collect();
        let part_hash = canonical_hash(&part);
        let mut hash = Hasher::default();
        hash.text(&part_hash);
        for node in &nodes {
            hash.digest(node.whole());
        }
        SiteDesign {
            part: Arc::new(part),
            racks: shared.catalog.racks.clone(),
            nodes: SiteNodes::sorted(nodes),
            findings,
            part_hash,
            hash: hash.finish().to_string(),
        }
    }
}

impl Version {
    /// The version of a node. An object of a cluster that is the one known already has the content known already.
    fn of(object: &BaremetalNode, inventory: Option<&HardwareInventory>, known: Option<&Self>) -> Self {
        let stored = stored(&object.metadata).map(|node| (node, inventory.map(|i| stored(&i.metadata))));
        let stored = stored.filter(|(_, inventory)| *inventory != Some(None)).map(|versions| hashed(&versions));
        if let Some(known) = known.filter(|known| stored.is_some() && known.stored == stored) {
            return *known;
        }
        let found = inventory.and_then(|inventory| inventory.status.as_ref());
        let found = found.map(|status| (&status.disks, status.memory_mib));
        Self { stored, content: hashed(&(&object.spec, &object.metadata.labels, found)) }
    }
}

fn stored(metadata: &ObjectMeta) -> Option<(&str, &str)> {
    metadata.uid.as_deref().zip(metadata.resource_version.as_deref())
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
