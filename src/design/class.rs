//! What nodes that are described alike have in common. A site of thousands of nodes has a few dozen classes, so that what
//! a node inherits is resolved, judged and hashed once for all that inherit the same.

use super::{
    class_design::{ClassDesign, Making},
    hash::Digest,
    kernel,
    layer::Layer,
    profiles::ChainProblem,
    rules::Draft,
    shared::Shared,
    source::Source,
};
use crate::{
    api::{
        host::{HostDescription, OutOfBandType, PowerCredentials, PrivilegeLevel},
        redfish::RedfishOptions,
        reference::SecretReference,
    },
    model::{Candidate, pointer::segment},
};
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher as _},
};

/// What tells classes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClassKey<'a> {
    /// The profile that its nodes follow.
    pub profile: Option<&'a str>,
    /// What its nodes override.
    pub own: &'a HostDescription,
    /// Which of the site's personal boot actions are for its nodes.
    pub personal: &'a [bool],
}

impl ClassKey<'_> {
    /// A hash of the key.
    pub fn hashed(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// Nodes that are described alike.
#[derive(Debug)]
pub struct HostClass {
    profile: Option<String>,
    own: HostDescription,
    personal: Vec<bool>,
    layer: Layer,
    /// The design of its nodes, but for name, addresses and BMC.
    pub design: ClassDesign,
    /// How the BMCs of its nodes are reached, but for the address.
    pub(super) oob: Option<ClassOob>,
    /// Whether a person switches them.
    pub(super) by_hand: bool,
    /// Pointers of the nodes' own `unset` that removed nothing.
    pub useless_unsets: Vec<String>,
    /// Kernel parameters whose reference leads nowhere: parameter, reference.
    pub unresolved_params: Vec<(String, String)>,
    /// What rules say of it.
    pub(super) drafts: Vec<Draft>,
    /// Hash of what a deployment depends on: network, storage, platform and boot. What can be changed on a running
    /// machine (tags, owner data, rack, BMC) is not in it, so that changing it asks for no new deployment.
    pub(super) deploy: Digest,
    /// Hash of everything else.
    pub(super) rest: Digest,
}

/// How BMCs are reached.
#[derive(Debug)]
pub(super) struct ClassOob {
    /// Protocol they speak.
    pub protocol: OutOfBandType,
    /// The network on which they have their addresses.
    pub network: String,
    /// Secret with their credentials.
    pub credentials: SecretReference,
    /// IPMI cipher suites, in the order in which they are tried.
    pub cipher_suites: Vec<i32>,
    /// Privilege level that the provisioner asks for.
    pub privilege_level: PrivilegeLevel,
    /// FreeIPMI's workarounds that the provisioner's tools are given.
    pub workaround_flags: Vec<String>,
    /// Who owns the credentials by which the provisioner switches the machines.
    pub power_credentials: PowerCredentials,
    /// For Redfish: which system, and which certificates are trusted.
    pub redfish: RedfishOptions,
}

impl HostClass {
    /// Resolves a class. `base` is that of nodes that follow the same profile and override nothing.
    pub(super) fn new(shared: &Shared, key: ClassKey<'_>, base: Option<&Self>) -> Result<Self, ChainProblem> {
        let (start, chain) = shared.profiles.start(key.profile)?;
        let mut layer = start.clone();
        let mut own = || {
            let useless_unsets = layer.unset(&key.own.unset)?;
            layer.overlay(key.own, &Source::Node)?;
            give_rack_extra(shared, &mut layer)?;
            Ok(useless_unsets)
        };
        let useless_unsets = own().map_err(|error: serde_json::Error| ChainProblem::Unreadable(error.to_string()))?;
        let hardware = shared.hardware(layer.host.hardware_profile.as_deref());
        let params = layer.host.platform.as_ref().map(|platform| &platform.kernel_params);
        let mut kernel = params.map(|params| kernel::command_line(params, hardware)).unwrap_or_default();
        let unresolved_params = std::mem::take(&mut kernel.unresolved);
        let base = base.map(|base| &base.design);
        let (own, personal) = (key.own, key.personal);
        let making = Making { shared, host: &layer.host, own, chain, personal, base };
        let design = ClassDesign::new(making, kernel);
        let (deploy, rest) = design.digests();
        let protocol = layer.host.oob.as_ref().map(|oob| oob.protocol.unwrap_or_default());
        let by_hand = protocol == Some(OutOfBandType::Manual);
        let oob = layer.host.oob.as_ref().filter(|_| !by_hand).and_then(|oob| {
            Some(ClassOob {
                protocol: oob.protocol.unwrap_or_default(),
                network: oob.network.clone()?,
                credentials: oob.credentials_ref.clone()?,
                cipher_suites: if oob.cipher_suites.is_empty() { vec![17, 3] } else { oob.cipher_suites.clone() },
                privilege_level: oob.privilege_level.unwrap_or_default(),
                workaround_flags: oob.workaround_flags.clone(),
                power_credentials: oob.power_credentials.unwrap_or_default(),
                redfish: oob.redfish.clone().unwrap_or_default(),
            })
        });
        Ok(Self {
            profile: key.profile.map(str::to_owned),
            own: key.own.clone(),
            personal: key.personal.to_vec(),
            layer,
            design,
            oob,
            by_hand,
            useless_unsets,
            unresolved_params,
            drafts: Vec::new(),
            deploy,
            rest,
        })
    }

    /// What tells it from others.
    pub(super) fn key(&self) -> ClassKey<'_> {
        ClassKey { profile: self.profile.as_deref(), own: &self.own, personal: &self.personal }
    }

    /// The effective description.
    pub fn host(&self) -> &HostDescription {
        &self.layer.host
    }

    /// The effective description as in a manifest.
    pub fn value(&self) -> serde_json::Value {
        self.layer.value()
    }

    /// Where the value at a JSON Pointer came from: the nearest known source on the way up.
    pub fn source(&self, pointer: &str) -> Option<&Source> {
        self.layer.source(pointer)
    }

    /// JSON Pointer (list entries by name) of each value to where it came from.
    pub fn provenance(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.layer.provenance()
    }

    /// What selectors look at, of a node of this class.
    pub fn candidate<'a>(&'a self, name: &'a str, labels: &'a BTreeMap<String, String>) -> Candidate<'a> {
        self.design.candidate(name, labels)
    }
}

/// What a Rack gives its machines stands above what profiles and nodes say.
fn give_rack_extra(shared: &Shared, layer: &mut Layer) -> Result<(), serde_json::Error> {
    let rack = layer.host.metadata.as_ref().and_then(|metadata| metadata.rack.as_ref());
    let Some((name, rack)) = rack.and_then(|rack| shared.catalog.racks.get_key_value(rack)) else { return Ok(()) };
    let mut missing = rack.spec.extra.clone();
    missing.retain(|key, _| {
        let known = layer.source(&format!("/extra/{}", segment(key)));
        !layer.host.extra.contains_key(key) || matches!(known, Some(Source::Site(_)))
    });
    if missing.is_empty() { Ok(()) } else { layer.give_extra(&missing, &Source::Rack(name.as_str().into())) }
}
