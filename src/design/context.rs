//! Everything that rules look at: the manifests, what each node inherited, and the design made from it.

use super::{
    Manifests,
    network::Networks,
    node,
    profiles::{ChainProblem, Profiles, described},
};
use crate::{
    api::host::HostDescription,
    model::{NodeDesign, ObjectKey, SitePart},
};
use std::collections::BTreeMap;

/// One node's effective description.
#[derive(Debug, Clone)]
pub struct EffectiveHost {
    /// The description, everything inherited.
    pub host: HostDescription,
    /// Host profiles, the nearest first.
    pub profiles: Vec<String>,
    /// JSON Pointer of each value to its source.
    pub provenance: BTreeMap<String, String>,
    /// Pointers of the node's own `unset` that removed nothing.
    pub useless_unsets: Vec<String>,
}

/// Everything that rules look at.
pub struct Context<'a> {
    /// The objects as read.
    pub manifests: &'a Manifests,
    /// Each node's effective description; absent where its chain of profiles is broken.
    pub hosts: BTreeMap<String, EffectiveHost>,
    /// Broken chains, by node.
    pub(super) broken: BTreeMap<String, ChainProblem>,
    /// Pointers of profiles' `unset` that removed nothing.
    pub useless_unsets: BTreeMap<String, Vec<String>>,
    /// Kernel parameters whose reference leads nowhere: node, parameter, reference.
    pub unresolved_params: Vec<(String, String, String)>,
    /// The site part of the design.
    pub part: SitePart,
    /// The nodes as designed.
    pub nodes: BTreeMap<String, NodeDesign>,
}

impl<'a> Context<'a> {
    /// Resolves everything that can be.
    pub fn build(manifests: &'a Manifests) -> Self {
        let networks = Networks::new(manifests);
        let mut profiles = Profiles::new(manifests);
        let mut hosts = BTreeMap::new();
        let mut broken = BTreeMap::new();
        for (name, object) in &manifests.nodes {
            let start = match &object.spec.host_profile {
                Some(profile) => profiles.get(profile).map(|p| (p.layer.clone(), p.chain.clone())),
                None => Ok((profiles.base().clone(), Vec::new())),
            };
            let (mut layer, chain) = match start {
                Ok(start) => start,
                Err(problem) => {
                    broken.insert(name.clone(), problem);
                    continue;
                }
            };
            let useless_unsets = layer.unset(&object.spec.host.unset);
            layer.overlay(described(&object.spec.host), &format!("BaremetalNode/{name}"));
            match serde_json::from_value::<HostDescription>(layer.value) {
                Ok(host) => {
                    let host = EffectiveHost { host, profiles: chain, provenance: layer.provenance, useless_unsets };
                    hosts.insert(name.clone(), host);
                }
                // Every part was read from a manifest, so only a fault of ours can lead here: it must not pass as absent.
                Err(error) => {
                    broken.insert(name.clone(), ChainProblem::Missing { by: None, profile: format!("({error})") });
                }
            }
        }
        let mut unresolved_params = Vec::new();
        let mut nodes = BTreeMap::new();
        for (name, host) in &hosts {
            let Some(object) = manifests.nodes.get(name) else { continue };
            let (design, unresolved) = node::design(manifests, &networks, object, host);
            unresolved_params.extend(unresolved.into_iter().map(|(param, reference)| (name.clone(), param, reference)));
            nodes.insert(name.clone(), design);
        }
        let part = networks.part(manifests, &nodes);
        Self { manifests, hosts, broken, useless_unsets: profiles.useless_unsets, unresolved_params, part, nodes }
    }

    /// The object that gave a node the value at `pointer`: the nearest known source on the way up, else the node.
    pub fn origin(&self, node: &str, pointer: &str) -> ObjectKey {
        let provenance = self.hosts.get(node).map(|host| &host.provenance);
        let mut path = pointer;
        while let Some(provenance) = provenance {
            if path.is_empty() {
                break;
            }
            let below = format!("{path}/");
            let known = provenance.get(path).or_else(|| {
                provenance.range(below.clone()..).next().filter(|(p, _)| p.starts_with(&below)).map(|(_, s)| s)
            });
            if let Some(key) = known.and_then(|source| object_key(source)) {
                return key;
            }
            path = path.rfind('/').map_or("", |at| &path[..at]);
        }
        ObjectKey::new("BaremetalNode", node)
    }
}

/// `HostProfile/defaults` as a key.
fn object_key(source: &str) -> Option<ObjectKey> {
    let (kind, name) = source.split_once('/')?;
    let kind = ["HostProfile", "BaremetalNode", "Site", "Rack"].into_iter().find(|known| *known == kind)?;
    Some(ObjectKey::new(kind, name))
}

/// A JSON Pointer into a description as the path of a manifest's field: `/interfaces/bond0/link` is
/// `spec.interfaces[bond0].link`.
pub(super) fn field(pointer: &str) -> String {
    const LISTS: [&str; 5] = ["interfaces", "disks", "partitions", "volumeGroups", "logicalVolumes"];
    let mut path = String::from("spec");
    let mut in_list = false;
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        if in_list {
            path.extend(["[", &segment, "]"]);
            in_list = false;
        } else {
            path.push('.');
            path.push_str(&segment);
            in_list = LISTS.contains(&segment.as_str());
        }
    }
    path
}
