//! A node of a resolved site: what it shares with those described alike, and its own addresses.

use super::{
    class::HostClass,
    class_design::ClassDesign,
    hash::{Digest, Hasher, digest},
    source::Source,
};
use crate::{
    api::{
        BaremetalNode,
        baremetal_node::{AddressMode, Adoption, Cable, Enlistment, NodeAddress},
        host::{HostDescription, PowerCredentials, PrivilegeLevel},
        redfish::RedfishOptions,
        values::MacAddress,
    },
    model::{Candidate, NodeDesign, OobDesign},
};
use std::{collections::BTreeMap, sync::Arc};

/// What a node has for itself.
#[derive(Debug)]
pub struct Own {
    /// Its name.
    pub name: Arc<str>,
    /// Its addresses, by network.
    pub addresses: Vec<NodeAddress>,
    /// MAC of the interface that boots from the network.
    pub boot_mac: Option<MacAddress>,
    /// How it comes into the provisioner, where it says so.
    pub enlistment: Option<Enlistment>,
    /// Its cables.
    pub cabling: Vec<Cable>,
    /// The lowest rack unit that it takes.
    pub rack_unit: Option<i32>,
    /// The machine that it takes over.
    pub adopt: Option<Adoption>,
    /// The labels of its object.
    pub labels: BTreeMap<String, String>,
}

impl Own {
    /// What an object says of its node alone.
    pub(super) fn of(name: &str, object: &BaremetalNode) -> Self {
        Self {
            name: name.into(),
            addresses: object.spec.addresses.clone(),
            boot_mac: object.spec.boot_mac,
            enlistment: object.spec.enlistment,
            cabling: object.spec.cabling.clone(),
            rack_unit: object.spec.rack_unit,
            adopt: object.spec.adopt.clone(),
            labels: object.metadata.labels.clone().unwrap_or_default(),
        }
    }

    /// Its address on a network.
    pub fn address(&self, network: &str) -> Option<&NodeAddress> {
        self.addresses.iter().find(|address| address.network == network)
    }
}

/// A node of a resolved site.
#[derive(Debug, Clone)]
pub struct SiteNode {
    pub(super) own: Arc<Own>,
    pub(super) class: Arc<HostClass>,
    deploy: Digest,
    whole: Digest,
}

impl SiteNode {
    pub(super) fn new(own: Arc<Own>, class: Arc<HostClass>) -> Self {
        let mut deploy = Hasher::default();
        deploy.digest(class.deploy);
        deploy.text(&own.name);
        for network in class.design.interfaces.iter().flat_map(|interface| &interface.networks) {
            // An entry that only brings the interface up is as none at all: an import may write it out.
            let is_given = |address: &&NodeAddress| address.mode != Some(AddressMode::LinkUp);
            if let Some(address) = own.address(&network.network).filter(is_given) {
                address_text(&mut deploy, address);
            }
        }
        let deploy = deploy.finish();
        let mut whole = Hasher::default();
        whole.digest(deploy);
        whole.digest(class.rest);
        if let Some(oob) = &class.oob {
            whole.text(&oob.credentials.name);
            whole.text(&format!("{:?} {:?}", oob.protocol, oob.cipher_suites));
            let power = (oob.privilege_level, oob.workaround_flags.as_slice(), oob.power_credentials);
            if power != (PrivilegeLevel::default(), &[], PowerCredentials::default()) {
                whole.text(&format!("{power:?}"));
            }
            if oob.redfish != RedfishOptions::default() {
                whole.digest(digest(&oob.redfish));
            }
            own.address(&oob.network).iter().for_each(|address| address_text(&mut whole, address));
        }
        if class.by_hand {
            whole.text("by hand");
        }
        own.boot_mac.iter().for_each(|mac| whole.text(&mac.to_string()));
        if own.enlistment.is_some() || !own.cabling.is_empty() {
            whole.digest(digest(&(own.enlistment, &own.cabling)));
        }
        Self { deploy, whole: whole.finish(), own, class }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.own.name
    }

    /// Hash of what a deployment depends on.
    pub fn hash(&self) -> String {
        self.deploy.to_string()
    }

    /// Hash of the whole design of this node.
    pub(super) fn whole(&self) -> Digest {
        self.whole
    }

    /// The node as designed, with nothing left to look up.
    pub fn design(&self) -> NodeDesign {
        let mut design = self.class.design.unnamed();
        self.own.name.as_ref().clone_into(&mut design.name);
        design.boot_mac = self.own.boot_mac;
        design.by_hand = self.class.by_hand;
        let by_mac = if design.boot_mac.is_some() { Enlistment::Create } else { Enlistment::Discover };
        design.enlistment = self.own.enlistment.unwrap_or(by_mac);
        design.hardware.cables = self.own.cabling.iter().map(|cable| self.class.design.cable(cable)).collect();
        for network in design.interfaces.iter_mut().flat_map(|interface| &mut interface.networks) {
            if let Some(given) = self.own.address(&network.network) {
                network.mode = given.mode.unwrap_or_default();
                network.address = given.address.map(|address| address.0);
            }
        }
        design.oob = self.class.oob.as_ref().and_then(|oob| {
            Some(OobDesign {
                protocol: oob.protocol,
                address: self.own.address(&oob.network)?.address?.0,
                credentials: oob.credentials.clone(),
                cipher_suites: oob.cipher_suites.clone(),
                privilege_level: oob.privilege_level,
                workaround_flags: oob.workaround_flags.clone(),
                power_credentials: oob.power_credentials,
                redfish: oob.redfish.clone(),
            })
        });
        design
    }

    /// What it shares with all nodes that are described alike: without name, addresses and BMC.
    pub fn shared(&self) -> &ClassDesign {
        &self.class.design
    }

    /// The effective description.
    pub fn host(&self) -> &HostDescription {
        self.class.host()
    }

    /// The effective description as in a manifest.
    pub fn effective(&self) -> serde_json::Value {
        self.class.value()
    }

    /// What it has for itself.
    pub fn own(&self) -> &Own {
        &self.own
    }

    /// Name of the Secret with the credentials of its BMC.
    pub fn bmc_secret(&self) -> Option<&str> {
        self.class.oob.as_ref().map(|oob| oob.credentials.name.as_str())
    }

    /// What selectors look at.
    pub fn candidate(&self) -> Candidate<'_> {
        self.class.candidate(&self.own.name, &self.own.labels)
    }

    /// Where the value at a JSON Pointer (list entries by name) came from.
    pub fn source(&self, pointer: &str) -> Option<&Source> {
        self.class.source(pointer)
    }

    /// JSON Pointer of each effective value to where it came from.
    pub fn provenance(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.class.provenance()
    }
}

fn address_text(hasher: &mut Hasher, address: &NodeAddress) {
    hasher.text(&address.network);
    match (address.mode.unwrap_or_default(), address.address) {
        (AddressMode::Static, Some(address)) => hasher.text(&address.to_string()),
        (AddressMode::Static, None) => hasher.text("?"),
        (AddressMode::Dhcp, _) => hasher.text("DHCP"),
        (AddressMode::LinkUp, _) => hasher.text("LinkUp"),
    }
}
