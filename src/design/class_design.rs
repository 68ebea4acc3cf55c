//! The design of nodes that are described alike, its large parts shared with the classes that have the same.

use super::{
    boot, hardware,
    hash::{Digest, Hasher, digest},
    kernel::CommandLine,
    node,
    select::{is_personal, selects},
    shared::Shared,
    storage,
};
use crate::{
    api::{
        BootAction,
        baremetal_node::Enlistment,
        hardware_profile::BootMode,
        host::{HostDeadlines, HostDescription, HostMetadata},
    },
    model::{
        BootAsset, Cable, Candidate, CommissioningDesign, DEFAULT_ARCHITECTURE, DeviceSelector, HardwareDesign,
        InterfaceDesign, NodeDesign, PlatformDesign, StorageDesign,
    },
};
use serde::Serialize;
use std::{collections::BTreeMap, ops::Deref, sync::Arc};

/// Domain of nodes whose primary network names none.
const DEFAULT_DOMAIN: &str = "local";

/// A part of a design with its hash.
#[derive(Debug)]
pub struct Hashed<T> {
    value: T,
    digest: Digest,
}

impl<T: Serialize> Hashed<T> {
    fn new(value: T) -> Arc<Self> {
        Arc::new(Self { digest: digest(&value), value })
    }
}

impl<T> Deref for Hashed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The design of a class: everything but name, addresses and BMC.
#[derive(Debug)]
pub struct ClassDesign {
    /// Domain of the primary network.
    pub domain: String,
    /// Host profiles, the nearest first.
    pub profiles: Vec<String>,
    /// Name of the hardware profile.
    pub hardware_profile: Option<String>,
    /// How the firmware boots.
    pub boot_mode: BootMode,
    /// Architecture, as the provisioner names it.
    pub architecture: String,
    /// What the hardware is expected to be, cables aside.
    pub hardware: HardwareDesign,
    /// What commissioning runs.
    pub commissioning: CommissioningDesign,
    /// Whether machines are locked once they are deployed.
    pub lock: Option<bool>,
    /// How long they may stay in a step.
    pub deadlines: HostDeadlines,
    /// Failed attempts of one step before a person is needed.
    pub retries: Option<i32>,
    /// What the hardware profile's aliases stand for.
    aliases: BTreeMap<String, DeviceSelector>,
    /// The provisioner's availability zone.
    pub zone: Option<String>,
    /// Network that carries the default gateway.
    pub primary_network: Option<String>,
    /// Tags, owner data and rack.
    pub metadata: HostMetadata,
    /// Free values.
    pub extra: BTreeMap<String, String>,
    /// Interfaces, their networks without addresses.
    pub interfaces: Arc<Hashed<Vec<InterfaceDesign>>>,
    /// Disks and volume groups.
    pub storage: Arc<Hashed<StorageDesign>>,
    /// Operating system.
    pub platform: Arc<Hashed<PlatformDesign>>,
    /// What is got at first boot.
    pub boot_actions: Arc<Hashed<Vec<BootAsset>>>,
    /// NTP servers.
    pub ntp_servers: Arc<Hashed<Vec<String>>>,
}

/// What a class is made from.
#[derive(Clone, Copy)]
pub(super) struct Making<'a> {
    pub shared: &'a Shared,
    /// The effective description.
    pub host: &'a HostDescription,
    /// What of it is the nodes' own.
    pub own: &'a HostDescription,
    /// Host profiles, the nearest first.
    pub chain: &'a [String],
    /// Which of the site's personal boot actions are for its nodes.
    pub personal: &'a [bool],
    /// The class of nodes that follow the same profile and override nothing.
    pub base: Option<&'a ClassDesign>,
}

impl ClassDesign {
    /// Makes a design. What the nodes do not override is that of the base.
    pub(super) fn new(making: Making<'_>, kernel: CommandLine) -> Self {
        let Making { shared, host, own, .. } = making;
        let networks = shared.networks();
        let profile = shared.hardware(host.hardware_profile.as_deref());
        let primary = host.primary_network.as_deref();
        // What the hardware profile says changes everything below it.
        let base = making.base.filter(|_| own.unset.is_empty() && own.hardware_profile.is_none());
        let metadata = host.metadata.clone().unwrap_or_default();
        let rack = metadata.rack.as_ref().and_then(|rack| shared.catalog.racks.get(rack));
        let dns = primary.and_then(|name| networks.network(name)).and_then(|network| network.dns.as_ref());
        let interfaces = match base.filter(|_| own.interfaces.is_empty() && own.primary_network.is_none()) {
            Some(base) => Arc::clone(&base.interfaces),
            None => Hashed::new(node::interfaces(networks, profile, host)),
        };
        let storage = match base.filter(|_| own.storage.is_none()) {
            Some(base) => Arc::clone(&base.storage),
            None => Hashed::new(storage::design(host.storage.as_ref(), profile)),
        };
        let platform = match base.filter(|_| own.platform.is_none()) {
            Some(base) => Arc::clone(&base.platform),
            None => Hashed::new(node::platform(host.platform.as_ref(), kernel.options)),
        };
        let actions = chosen(shared, &metadata, making.personal);
        let all = shared.catalog.boot_actions.len() == actions.len();
        // A base gets all that is for everybody.
        let boot_actions = match base.filter(|base| all && base.gets_all(shared) && own.platform.is_none()) {
            Some(base) => Arc::clone(&base.boot_actions),
            None => Hashed::new(boot::assets(actions.into_iter(), kernel.package, hardware::drivers(profile))),
        };
        let ntp_servers = match making.base {
            Some(base) => Arc::clone(&base.ntp_servers),
            None => Hashed::new(shared.catalog.site.as_ref().map(|s| s.spec.ntp_servers.clone()).unwrap_or_default()),
        };
        Self {
            domain: dns.and_then(|dns| dns.domain.clone()).unwrap_or_else(|| DEFAULT_DOMAIN.into()),
            profiles: making.chain.to_vec(),
            hardware_profile: host.hardware_profile.clone(),
            boot_mode: profile.and_then(|profile| profile.spec.boot_mode).unwrap_or_default(),
            architecture: hardware::architecture(profile),
            hardware: hardware::expected(profile, rack.map(AsRef::as_ref)),
            commissioning: hardware::commissioning(profile),
            lock: host.lock,
            deadlines: host.deadlines.clone().unwrap_or_default(),
            retries: host.retries,
            aliases: hardware::aliases(profile),
            zone: rack.and_then(|rack| rack.spec.zone.clone()),
            primary_network: host.primary_network.clone(),
            metadata,
            extra: host.extra.clone(),
            interfaces,
            storage,
            platform,
            boot_actions,
            ntp_servers,
        }
    }

    /// Whether every boot action of the site is for its nodes.
    fn gets_all(&self, shared: &Shared) -> bool {
        shared.catalog.boot_actions.values().all(|action| action.spec.node_selector.is_none())
            || chosen(shared, &self.metadata, &[]).len() == shared.catalog.boot_actions.len()
    }

    /// What a deployment depends on, and everything.
    pub fn digests(&self) -> (Digest, Digest) {
        let mut deploy = Hasher::default();
        deploy.text(&self.domain);
        deploy.text(&format!("{:?}", self.boot_mode));
        deploy.digest(self.interfaces.digest);
        deploy.digest(self.storage.digest);
        deploy.digest(self.platform.digest);
        deploy.digest(self.boot_actions.digest);
        deploy.digest(self.ntp_servers.digest);
        let deploy = deploy.finish();
        let mut all = Hasher::default();
        all.digest(deploy);
        let Self { profiles, hardware_profile, zone, primary_network, metadata, extra, .. } = self;
        all.digest(digest(&(profiles, hardware_profile, zone, primary_network, metadata, extra)));
        let Self { architecture, hardware, commissioning, .. } = self;
        // Where nothing is said, the hash is as it was before it could be said.
        let nothing = (&DEFAULT_ARCHITECTURE.to_owned(), &HardwareDesign::default(), &CommissioningDesign::default());
        let said = (architecture, hardware, commissioning);
        if said != nothing {
            all.digest(digest(&said));
        }
        if let Some(lock) = self.lock {
            all.digest(digest(&("lock", lock)));
        }
        let patience = (&self.deadlines, self.retries);
        if patience != (&HostDeadlines::default(), None) {
            all.digest(digest(&("patience", patience)));
        }
        (deploy, all.finish())
    }

    /// The design of a node, which has no name and no addresses yet.
    pub fn unnamed(&self) -> NodeDesign {
        NodeDesign {
            name: String::new(),
            domain: self.domain.clone(),
            profiles: self.profiles.clone(),
            hardware_profile: self.hardware_profile.clone(),
            boot_mode: self.boot_mode,
            rack: self.metadata.rack.clone(),
            zone: self.zone.clone(),
            pool: self.metadata.pool.clone(),
            hardware: self.hardware.clone(),
            commissioning: self.commissioning.clone(),
            lock: self.lock.unwrap_or_default(),
            deadlines: self.deadlines.clone(),
            retries: self.retries,
            architecture: self.architecture.clone(),
            enlistment: Enlistment::Discover,
            oob: None,
            by_hand: false,
            boot_mac: None,
            primary_network: self.primary_network.clone(),
            interfaces: self.interfaces.value.clone(),
            storage: self.storage.value.clone(),
            platform: self.platform.value.clone(),
            tags: self.metadata.tags.clone(),
            owner_data: self.metadata.owner_data.clone(),
            extra: self.extra.clone(),
            boot_actions: self.boot_actions.value.clone(),
            ntp_servers: self.ntp_servers.value.clone(),
        }
    }

    /// A cable of one of its nodes.
    pub fn cable(&self, cable: &crate::api::baremetal_node::Cable) -> Cable {
        let named = || DeviceSelector::Name(cable.device.clone());
        Cable {
            device: self.aliases.get(&cable.device).cloned().unwrap_or_else(named),
            switch: cable.switch.clone(),
            port: cable.port.clone(),
        }
    }

    /// What selectors look at, of a node of this design.
    pub fn candidate<'a>(&'a self, name: &'a str, labels: &'a BTreeMap<String, String>) -> Candidate<'a> {
        candidate(&self.metadata, name, labels)
    }
}

fn candidate<'a>(metadata: &'a HostMetadata, name: &'a str, labels: &'a BTreeMap<String, String>) -> Candidate<'a> {
    let HostMetadata { tags, owner_data, rack, pool: _ } = metadata;
    Candidate { name, tags, owner_data, rack: rack.as_deref(), labels }
}

/// The boot actions that are for nodes with these tags, owner data and rack.
fn chosen<'a>(
    shared: &'a Shared,
    metadata: &HostMetadata,
    personal: &[bool],
) -> Vec<(&'a String, &'a Arc<BootAction>)> {
    let none = BTreeMap::new();
    let mut personal = personal.iter();
    let mut is_for = |(_, action): &(&String, &Arc<BootAction>)| match &action.spec.node_selector {
        None => true,
        Some(selector) if is_personal(selector) => personal.next().copied().unwrap_or_default(),
        Some(selector) => selects(selector, candidate(metadata, "", &none), &shared.catalog.racks),
    };
    shared.catalog.boot_actions.iter().filter(|entry| is_for(entry)).collect()
}
