//! Everything of a site but its nodes: its own objects, and those that it borrows.

use super::{Manifests, SecretFacts};
use crate::{
    api::{BootAction, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site},
    model::ObjectKey,
};
use kube::{ResourceExt, core::object::HasSpec};
use std::{collections::BTreeMap, sync::Arc};

/// Objects of one kind, by name.
type Objects<K> = BTreeMap<String, Arc<K>>;

/// Everything but the nodes. What the site has itself wins over what it borrows, an earlier library over a later one.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The site.
    pub site: Option<Arc<Site>>,
    /// Racks.
    pub racks: Objects<Rack>,
    /// Links.
    pub links: Objects<NetworkLink>,
    /// Networks.
    pub networks: Objects<Network>,
    /// Hardware profiles.
    pub hardware_profiles: Objects<HardwareProfile>,
    /// Host profiles.
    pub host_profiles: Objects<HostProfile>,
    /// Boot actions.
    pub boot_actions: Objects<BootAction>,
    /// What is known of the Secrets; `None` where nobody may look at them.
    pub secrets: Option<BTreeMap<String, SecretFacts>>,
    /// Objects that could not be read.
    pub unreadable: Vec<(ObjectKey, String)>,
    /// Objects that stand more than once.
    pub repeated: Vec<(ObjectKey, String)>,
    /// The namespace from which each borrowed object comes.
    pub borrowed: BTreeMap<ObjectKey, String>,
    /// The namespaces that the Site names and that are there: whether they lend to it.
    pub libraries: BTreeMap<String, bool>,
}

impl Catalog {
    /// What stands beside the nodes.
    pub fn of(manifests: &Manifests) -> Self {
        let mut catalog = Self {
            site: manifests.site.clone(),
            racks: manifests.racks.clone(),
            links: manifests.links.clone(),
            networks: manifests.networks.clone(),
            hardware_profiles: manifests.hardware_profiles.clone(),
            host_profiles: manifests.host_profiles.clone(),
            boot_actions: manifests.boot_actions.clone(),
            secrets: manifests.secrets.clone(),
            unreadable: manifests.unreadable.clone(),
            repeated: manifests.repeated.clone(),
            borrowed: BTreeMap::new(),
            libraries: manifests.libraries.iter().map(|(name, library)| (name.clone(), library.lends)).collect(),
        };
        let names = manifests.site.iter().flat_map(|site| &site.spec.libraries);
        for (name, library) in names.filter_map(|name| Some((name, manifests.libraries.get(name)?))) {
            if library.lends {
                catalog.borrow(name, &library.objects);
            }
        }
        catalog
    }

    fn borrow(&mut self, namespace: &str, lent: &Manifests) {
        let borrowed = &mut self.borrowed;
        borrow(&mut self.racks, &lent.racks, "Rack", namespace, borrowed);
        borrow(&mut self.links, &lent.links, "NetworkLink", namespace, borrowed);
        borrow(&mut self.networks, &lent.networks, "Network", namespace, borrowed);
        borrow(&mut self.hardware_profiles, &lent.hardware_profiles, "HardwareProfile", namespace, borrowed);
        borrow(&mut self.host_profiles, &lent.host_profiles, "HostProfile", namespace, borrowed);
        borrow(&mut self.boot_actions, &lent.boot_actions, "BootAction", namespace, borrowed);
        for (key, error) in &lent.unreadable {
            if !self.has(key) && !self.unreadable.iter().any(|(known, _)| known == key) {
                self.unreadable.push((key.clone(), error.clone()));
                self.borrowed.insert(key.clone(), namespace.to_owned());
            }
        }
    }

    fn has(&self, key: &ObjectKey) -> bool {
        match key.kind {
            "Rack" => self.racks.contains_key(&key.name),
            "NetworkLink" => self.links.contains_key(&key.name),
            "Network" => self.networks.contains_key(&key.name),
            "HardwareProfile" => self.hardware_profiles.contains_key(&key.name),
            "HostProfile" => self.host_profiles.contains_key(&key.name),
            "BootAction" => self.boot_actions.contains_key(&key.name),
            // Sites, nodes, tasks and records are not lent.
            _ => true,
        }
    }

    /// Whether the mistake of a name that leads to no object may be another one, which a rule of its own says: the object
    /// cannot be read, or may be in a namespace that does not lend it.
    pub fn may_be_elsewhere(&self, kind: &str, name: &str) -> bool {
        let mut libraries = self.site.iter().flat_map(|site| &site.spec.libraries);
        self.unreadable.iter().any(|(key, _)| key.kind == kind && key.name == name)
            || libraries.any(|library| self.libraries.get(library) != Some(&true))
    }

    /// Whether a design made from `other` is the design made from this. Status counts only where a rule reads it.
    pub fn is_same(&self, other: &Self) -> bool {
        fn site(site: Option<&Arc<Site>>) -> Option<(String, &crate::api::site::SiteSpec, Option<&Vec<String>>)> {
            site.map(|s| (s.name_any(), &s.spec, s.status.as_ref().map(|status| &status.images)))
        }
        site(self.site.as_ref()) == site(other.site.as_ref())
            && same(&self.racks, &other.racks)
            && same(&self.links, &other.links)
            && same(&self.networks, &other.networks)
            && same(&self.hardware_profiles, &other.hardware_profiles)
            && same(&self.host_profiles, &other.host_profiles)
            && same(&self.boot_actions, &other.boot_actions)
            && self.secrets == other.secrets
            && self.unreadable == other.unreadable
            && self.repeated == other.repeated
            && self.borrowed == other.borrowed
            && self.libraries == other.libraries
    }
}

fn borrow<K>(
    own: &mut Objects<K>,
    lent: &Objects<K>,
    kind: &'static str,
    namespace: &str,
    borrowed: &mut BTreeMap<ObjectKey, String>,
) {
    for (name, object) in lent {
        if !own.contains_key(name) {
            own.insert(name.clone(), Arc::clone(object));
            borrowed.insert(ObjectKey::new(kind, name), namespace.to_owned());
        }
    }
}

fn same<K: ResourceExt + HasSpec>(one: &Objects<K>, other: &Objects<K>) -> bool
where
    K::Spec: PartialEq,
{
    let alike = |a: &Arc<K>, b: &Arc<K>| Arc::ptr_eq(a, b) || (a.spec() == b.spec() && a.labels() == b.labels());
    one.len() == other.len() && one.iter().zip(other).all(|((n, a), (m, b))| n == m && alike(a, b))
}
