//! What all controllers share.

use super::{
    cache::{Cache, Entry, Key, metadata},
    clusters::Clusters,
    conditions::find,
    designs::Designs,
    events::Events,
    guard::Guard,
    heard::Heard,
    lenders::Lenders,
    lock::Locks,
    logins::Logins,
    node_adopt::claims,
    provisioners::Provisioners,
    regressions::Regressions,
    rollouts::Rollouts,
    rounds::Rounds,
    secrets::Secrets,
    site_look::Looks,
    slots::Slots,
};
use crate::{
    api::{
        BaremetalNode, BootAction, HardwareInventory, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site,
        SiteTask, status::condition::RECONCILING,
    },
    drivers::{SwitchFabric, ipmi::Fleet},
    model::Permit,
    runtime::{Clock, Leadership, Metrics, Queue},
};
use kube::Client;
use std::{sync::Arc, time::Duration};

/// Nodes that are woken for a slot that was freed: some may need another.
const WOKEN: usize = 8;

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
#[derive(Debug)]
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

impl Default for Caches {
    fn default() -> Self {
        Self {
            sites: Cache::default(),
            racks: Cache::default(),
            links: Cache::default(),
            networks: Cache::default(),
            hardware_profiles: Cache::default(),
            host_profiles: Cache::default(),
            nodes: Cache::by(claims),
            boot_actions: Cache::default(),
            tasks: Cache::default(),
            inventories: Cache::default(),
        }
    }
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
    /// BMCs, by their nodes.
    pub sweeps: Queue<Key>,
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
    pub lenders: Lenders,
    pub secrets: Secrets,
    pub provisioners: Provisioners,
    pub clusters: Clusters,
    pub looks: Looks,
    pub locks: Locks,
    pub slots: Slots,
    pub regressions: Regressions,
    pub freshness: super::node::Freshness,
    pub silences: super::bmc::Silences,
    pub guard: Guard,
    pub heard: Heard,
    pub logins: Logins,
    pub rounds: Rounds,
    pub rollouts: Rollouts,
    pub redfish: crate::drivers::redfish::RedfishFleet,
    /// The switches of the sites.
    pub fabric: Arc<dyn SwitchFabric>,
    /// All BMCs that speak IPMI.
    pub bmcs: Fleet,
    pub events: Events,
    /// UID of the cluster.
    pub cluster: String,
}

impl Context {
    /// The namespaces whose Sites borrow from this one.
    pub fn borrowers(&self, namespace: &str) -> Vec<String> {
        let borrows = |site: &Site| site.spec.libraries.iter().any(|library| library == namespace);
        self.caches
            .sites
            .all()
            .iter()
            .filter(|site| borrows(site))
            .filter_map(|site| site.metadata.namespace.clone())
            .collect()
    }

    /// All nodes of a namespace are due.
    pub fn wake_nodes(&self, namespace: &str) {
        for name in self.caches.nodes.in_namespace(namespace).into_keys() {
            self.queues.nodes.add(Key::new(namespace, name));
        }
    }

    /// The Site of a namespace is due.
    pub fn wake_site(&self, namespace: &str) {
        if let Some(site) = self.site_of(namespace) {
            self.queues.sites.add(Key::of(&*site));
        }
    }

    /// A slot was freed: a few of the nodes that wait for one are due, those first that have waited longest. The others look
    /// for themselves in time.
    pub fn wake_queued(&self, namespace: &str) {
        let nodes = self.caches.nodes.readable(namespace);
        let queued = nodes.iter().filter_map(|node| {
            let condition = find(&node.status.as_ref()?.conditions, RECONCILING)?;
            (condition.reason == "Queued").then(|| (condition.last_transition_time.0, Key::of(&**node)))
        });
        let mut queued: Vec<_> = queued.collect();
        queued.sort();
        for (_, key) in queued.into_iter().take(WOKEN) {
            self.queues.nodes.add(key);
        }
    }

    /// The watch has shown a Secret, in this version or gone: who uses it is due.
    pub fn secret_seen(&self, key: &Key, version: Option<&str>) {
        if !self.secrets.seen(key, version) {
            return;
        }
        let Some(site) = self.site_of(&key.namespace) else { return };
        let maas = site.spec.provisioner.maas.as_ref();
        let of_site = maas.is_some_and(|maas| {
            let proxy = maas.config.as_ref().and_then(|config| config.http_proxy_ref.as_ref());
            let others = [maas.cert_secret_ref.as_ref(), proxy];
            maas.credentials_ref.name == key.name || others.into_iter().flatten().any(|r| r.name == key.name)
        });
        if of_site {
            self.queues.sites.add(Key::of(&*site));
            self.wake_nodes(&key.namespace);
        }
        if site.spec.cluster.as_ref().is_some_and(|cluster| cluster.kubeconfig_secret_ref.name == key.name) {
            self.wake_tasks(&key.namespace);
        }
        let Some(snapshot) = self.designs.get(&key.namespace) else { return };
        for node in &snapshot.design.nodes {
            let of_user_data = || node.shared().platform.user_data.as_ref().is_some_and(|r| r.name == key.name);
            if node.bmc_secret() == Some(&key.name) || of_user_data() {
                self.queues.nodes.add(Key::new(key.namespace.clone(), node.name()));
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
            let metadata = metadata(site);
            (metadata.creation_timestamp.clone().map(|t| t.0), metadata.name.clone())
        };
        self.caches.sites.in_namespace(namespace).into_values().min_by_key(age)
    }
}
