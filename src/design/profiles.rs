//! Chains of host profiles, each resolved once however many nodes follow it.

use super::{Manifests, inherit::Layer};
use crate::api::host::HostDescription;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// A profile with everything it inherits.
#[derive(Debug, Clone)]
pub(super) struct ResolvedProfile {
    /// The effective description and its provenance.
    pub layer: Layer,
    /// The chain, the nearest first.
    pub chain: Vec<String>,
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChainProblem {
    /// A profile refers to one that is not there.
    Missing {
        /// The profile that refers; absent: the node does.
        by: Option<String>,
        /// The profile that is missing.
        profile: String,
    },
    /// The chain leads back to itself: its members, from the first that repeats.
    Cycle(Vec<String>),
}

/// Resolves profiles, each once.
pub(super) struct Profiles<'a> {
    manifests: &'a Manifests,
    base: Layer,
    known: BTreeMap<String, Result<Arc<ResolvedProfile>, ChainProblem>>,
    /// Pointers of `unset` that removed nothing, by profile.
    pub useless_unsets: BTreeMap<String, Vec<String>>,
}

impl<'a> Profiles<'a> {
    /// Starts from what the site gives every node.
    pub fn new(manifests: &'a Manifests) -> Self {
        let mut base = Layer::empty();
        if let Some(site) = manifests.site.as_ref().filter(|site| !site.spec.extra.is_empty()) {
            let name = site.metadata.name.as_deref().unwrap_or_default();
            base.overlay(serde_json::json!({ "extra": site.spec.extra }), &format!("Site/{name}"));
        }
        Self { manifests, base, known: BTreeMap::new(), useless_unsets: BTreeMap::new() }
    }

    /// What a node without a profile starts from.
    pub fn base(&self) -> &Layer {
        &self.base
    }

    /// The profile with everything it inherits.
    pub fn get(&mut self, name: &str) -> Result<Arc<ResolvedProfile>, ChainProblem> {
        self.walk(name, None, &mut Vec::new())
    }

    fn walk(
        &mut self,
        name: &str,
        by: Option<&str>,
        path: &mut Vec<String>,
    ) -> Result<Arc<ResolvedProfile>, ChainProblem> {
        if let Some(at) = path.iter().position(|seen| seen == name) {
            return Err(ChainProblem::Cycle(path[at..].to_vec()));
        }
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let Some(profile) = self.manifests.host_profiles.get(name) else {
            return Err(ChainProblem::Missing { by: by.map(str::to_owned), profile: name.to_owned() });
        };
        path.push(name.to_owned());
        let resolved = match &profile.spec.host_profile {
            Some(parent) => self.walk(parent, Some(name), path).map(|p| (p.layer.clone(), p.chain.clone())),
            None => Ok((self.base.clone(), Vec::new())),
        }
        .map(|(mut layer, mut chain)| {
            let useless = layer.unset(&profile.spec.host.unset);
            if !useless.is_empty() {
                self.useless_unsets.insert(name.to_owned(), useless);
            }
            layer.overlay(described(&profile.spec.host), &format!("HostProfile/{name}"));
            chain.insert(0, name.to_owned());
            Arc::new(ResolvedProfile { layer, chain })
        });
        path.pop();
        self.known.insert(name.to_owned(), resolved.clone());
        resolved
    }
}

/// A description as it takes part in inheritance: without `unset`, which is not inherited.
pub(super) fn described(host: &HostDescription) -> Value {
    let mut value = serde_json::to_value(host).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("unset");
    }
    value
}
