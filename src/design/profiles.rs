//! Chains of host profiles, each resolved once however many nodes follow it.

use super::{Catalog, layer::Layer, source::Source};
use crate::api::{HostProfile, host::HostDescription};
use kube::ResourceExt;
use std::{collections::BTreeMap, sync::Arc};

/// A profile with everything it inherits.
#[derive(Debug)]
pub(super) struct ResolvedProfile {
    /// The effective description, and where it comes from.
    pub layer: Layer,
    /// The chain, the nearest first.
    pub chain: Vec<String>,
    /// Pointers of its `unset` that removed nothing.
    pub useless_unsets: Vec<String>,
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
    /// There are more than [`LONGEST`] profiles in it.
    TooLong,
    /// What was read from manifests could not be read together: a fault of ours, which must not pass as absent.
    Unreadable(String),
}

/// The longest chain of profiles; `status.effective.profiles` holds no more.
pub(super) const LONGEST: usize = 32;

/// What a chain comes to.
type Chain = Result<Arc<ResolvedProfile>, ChainProblem>;

/// Every profile, resolved.
#[derive(Debug)]
pub(super) struct Profiles {
    base: Result<Layer, ChainProblem>,
    known: BTreeMap<String, Chain>,
}

impl Profiles {
    /// Resolves every profile, from what the site gives every node.
    pub fn new(catalog: &Catalog) -> Self {
        let mut profiles = Self { base: base(catalog), known: BTreeMap::new() };
        for name in catalog.host_profiles.keys() {
            profiles.follow(name, &catalog.host_profiles);
        }
        profiles
    }

    /// What a node that follows `profile` starts from, and the chain; without a profile, what the site gives.
    pub fn start(&self, profile: Option<&str>) -> Result<(&Layer, &[String]), ChainProblem> {
        let Some(name) = profile else { return self.base.as_ref().map(|base| (base, &[][..])).map_err(Clone::clone) };
        match self.known.get(name) {
            Some(Ok(profile)) => Ok((&profile.layer, &profile.chain)),
            Some(Err(problem)) => Err(problem.clone()),
            None => Err(ChainProblem::Missing { by: None, profile: name.to_owned() }),
        }
    }

    /// Pointers of `unset` that removed nothing, with their profiles.
    pub fn useless_unsets(&self) -> impl Iterator<Item = (&str, &str)> {
        let resolved = self.known.iter().filter_map(|(name, chain)| Some((name, chain.as_ref().ok()?)));
        resolved.flat_map(|(name, profile)| profile.useless_unsets.iter().map(|unset| (name.as_str(), unset.as_str())))
    }

    /// Walks up to the first profile that is known already, then resolves on the way down. Chains may be long, so it does
    /// not recurse.
    fn follow(&mut self, name: &str, objects: &BTreeMap<String, Arc<HostProfile>>) {
        let mut path: Vec<&HostProfile> = Vec::new();
        let mut seen = BTreeMap::new();
        let mut next = Some(name);
        let mut problem = None;
        while let Some(name) = next.filter(|name| !self.known.contains_key(*name)) {
            if let Some(at) = seen.insert(name, path.len()) {
                problem = Some(ChainProblem::Cycle(path.iter().skip(at).map(|p| p.name_any()).collect()));
                next = None;
                break;
            }
            let Some(profile) = objects.get(name) else {
                let by = path.last().map(|profile| profile.name_any());
                problem = Some(ChainProblem::Missing { by, profile: name.to_owned() });
                next = None;
                break;
            };
            path.push(profile);
            next = profile.spec.host_profile.as_deref();
        }
        let mut above: Option<Chain> = match problem {
            Some(problem) => Some(Err(problem)),
            None => next.and_then(|name| self.known.get(name).cloned()),
        };
        for profile in path.into_iter().rev() {
            let chain = match above {
                Some(Err(problem)) => Err(problem),
                Some(Ok(parent)) => resolve(profile, &parent.layer, &parent.chain),
                None => self.base.as_ref().map_err(Clone::clone).and_then(|base| resolve(profile, base, &[])),
            };
            self.known.insert(profile.name_any(), chain.clone());
            above = Some(chain);
        }
    }
}

/// What the site gives every node.
fn base(catalog: &Catalog) -> Result<Layer, ChainProblem> {
    let mut base = Layer::default();
    if let Some(site) = catalog.site.as_ref().filter(|site| !site.spec.extra.is_empty()) {
        let extra = HostDescription { extra: site.spec.extra.clone(), ..HostDescription::default() };
        base.overlay(&extra, &Source::Site(site.name_any().into()))
            .map_err(|error| ChainProblem::Unreadable(error.to_string()))?;
    }
    Ok(base)
}

fn resolve(profile: &HostProfile, parent: &Layer, chain: &[String]) -> Chain {
    if chain.len() >= LONGEST {
        return Err(ChainProblem::TooLong);
    }
    let name = profile.name_any();
    let mut layer = parent.clone();
    let mut own = || {
        let useless_unsets = layer.unset(&profile.spec.host.unset)?;
        layer.overlay(&profile.spec.host, &Source::HostProfile(name.as_str().into()))?;
        Ok(useless_unsets)
    };
    let useless_unsets = own().map_err(|error: serde_json::Error| ChainProblem::Unreadable(error.to_string()))?;
    let chain = std::iter::once(name).chain(chain.iter().cloned()).collect();
    Ok(Arc::new(ResolvedProfile { layer, chain, useless_unsets }))
}
