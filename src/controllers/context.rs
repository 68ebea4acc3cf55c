//! What all controllers share.

use super::{
    cache::{Cache, Entry, Key},
    designs::Designs,
    events::Events,
    secrets::Secrets,
    site::Provisioners,
    site_look::Looks,
    slots::Slots,
};
use crate::{
    api::{
        BaremetalNode, BootAction, HardwareInventory, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site,
        SiteTask, status::condition::RECONCILING,
    },
    model::Permit,
    runtime::{Clock, Leadership, Metrics, Queue},
};
use kube::Client;
use std::{sync::Arc, time::Duration};

/// How the operator runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Namespace of the Lease.
    pub namespace: String,
    /// Who we are; unique to this process.
    pub identity: String,
    /// How long the lease is held without renewal.
    pub lease_duration: Duration,
    /// The clock in force.
    pub clock: Clock,
    /// Objects of one namespace worked on at once, for each controller.
    pub workers: usize,
    /// Where probes and metrics are served.
    pub listen: std::net::SocketAddr,
}

/// The caches, one a kind.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub(super) struct Caches {
    pub sites: Cache<Site>,
    pub racks: Cache<Rack>,
    pub links: Cache<NetworkLink>,
    pub networks: Cache<Network>,
    pub hardware_profiles: Cache<HardwareProfile>,
    pub host_profiles: Cache<HostProfile>,
    pub nodes: Cache<BaremetalNode>,
    pub boot_actions: Cache<BootAction>,
    pub tasks: Cache<SiteTask>,
    pub inventories: Cache<HardwareInventory>,
}

/// The queues, one a controller.
#[derive(Debug, Default)]
pub(super) struct Queues {
    /// Namespaces whose design may have changed.
    pub designs: Queue<String>,
    /// Sites.
    pub sites: Queue<Key>,
    /// Nodes.
    pub nodes: Queue<Key>,
    /// Tasks.
    pub tasks: Queue<Key>,
}

/// What all controllers share.
pub(super) struct Context {
    pub client: Client,
    pub clock: Clock,
    pub metrics: Metrics,
    pub permit: Permit,
    pub leadership: Leadership,
    pub caches: Caches,
    pub queues: Queues,
    pub designs: Designs,
    pub secrets: Secrets,
    pub provisioners: Provisioners,
    pub looks: Looks,
    pub slots: Slots,
    pub freshness: super::node::Freshness,
    pub silences: super::bmc::Silences,
    pub events: Events,
    /// UID of the cluster.
    pub cluster: String,
}

impl Context {
    /// All nodes of a namespace are due.
    pub fn wake_nodes(&self, namespace: &str) {
        for name in self.caches.nodes.in_namespace(namespace).into_keys() {
            self.queues.nodes.add(Key::new(namespace, name));
        }
    }

    /// The nodes of a namespace that wait for a slot are due.
    pub fn wake_queued(&self, namespace: &str) {
        for node in self.caches.nodes.readable(namespace) {
            let conditions = node.status.as_ref().map_or(&[][..], |status| &status.conditions);
            if super::conditions::find(conditions, RECONCILING).is_some_and(|c| c.reason == "Queued") {
                self.queues.nodes.add(Key::of(&*node));
            }
        }
    }

    /// The unfinished tasks of a namespace are due.
    pub fn wake_tasks(&self, namespace: &str) {
        self.wake_tasks_after(namespace, Duration::ZERO);
    }

    /// The unfinished tasks of a namespace are due after a while.
    pub fn wake_tasks_after(&self, namespace: &str, delay: Duration) {
        for task in self.caches.tasks.readable(namespace).iter().filter(|task| task.is_unfinished()) {
            self.queues.tasks.add_after(Key::of(&**task), delay);
        }
    }

    /// The Site of a namespace, if it can be read.
    pub fn site_of(&self, namespace: &str) -> Option<Arc<Site>> {
        self.first_site(namespace)?.ok()
    }

    /// The Site of a namespace: the oldest. A younger one is refused, even where the oldest cannot be read.
    pub fn first_site(&self, namespace: &str) -> Option<Entry<Site>> {
        let age = |site: &Entry<Site>| {
            let metadata = match site {
                Ok(site) => &site.metadata,
                Err(unreadable) => &*unreadable.metadata,
            };
            (metadata.creation_timestamp.clone().map(|t| t.0), metadata.name.clone())
        };
        self.caches.sites.in_namespace(namespace).into_values().min_by_key(age)
    }
}
