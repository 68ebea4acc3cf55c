//! The operator: caches, queues, controllers, lease and probes, started together and ended together.

use super::{
    bmc,
    clusters::Clusters,
    context::{Caches, Context, Queues, Settings},
    design,
    designs::Designs,
    events::Events,
    guard::{self, Guard},
    heard::Heard,
    lenders::Lenders,
    lock::Locks,
    logins::Logins,
    news, node,
    provisioners::Provisioners,
    regressions::Regressions,
    rollouts::Rollouts,
    rounds::Rounds,
    secrets::Secrets,
    site,
    site_look::Looks,
    slots::Slots,
    sweep, task, watches, workers,
};
use crate::{
    drivers::{
        ipmi::{Fleet, Limits},
        noop::NoFabric,
        redfish::RedfishFleet,
    },
    model::PermitHolder,
    runtime::{Health, LeaseConfig, serve, stand_for_election},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use std::sync::Arc;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Why the operator could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The cluster's UID is that of its namespace `kube-system`.
    #[error("the namespace kube-system could not be read")]
    Cluster(#[source] kube::Error),
    /// The address of the probes is taken.
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// A part ended that should run as long as the process.
    #[error("{0} ended")]
    Ended(&'static str),
}

/// How long sessions at BMCs are given to end when the operator stops: those left open count against the next one's.
const LOGOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Runs the operator until `stop`.
pub async fn run(client: Client, settings: Settings, stop: CancellationToken) -> Result<(), RunError> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let cluster = namespaces.get("kube-system").await.map_err(RunError::Cluster)?.metadata.uid.unwrap_or_default();
    let listener = TcpListener::bind(settings.listen).await.map_err(|e| RunError::Listen(settings.listen, e))?;
    let health = Health::default();
    let permits = PermitHolder::default();
    let lease =
        LeaseConfig { name: "slipway".into(), identity: settings.identity.clone(), duration: settings.lease_duration };
    let leases = Api::namespaced(client.clone(), &settings.namespace);
    let (leadership, election) = stand_for_election(leases, lease, permits.clone(), stop.clone());
    let context = Arc::new(Context {
        events: Events::new(client.clone(), &settings.identity, health.metrics.clone()),
        client,
        clock: settings.clock,
        metrics: health.metrics.clone(),
        permit: permits.permit(),
        leadership,
        caches: Caches::default(),
        queues: Queues::default(),
        designs: Designs::default(),
        lenders: Lenders::default(),
        secrets: Secrets::default(),
        provisioners: Provisioners::default(),
        clusters: Clusters::default(),
        looks: Looks::default(),
        locks: Locks::default(),
        slots: Slots::default(),
        regressions: Regressions::default(),
        freshness: node::Freshness::default(),
        silences: bmc::Silences::default(),
        guard: Guard::default(),
        heard: Heard::default(),
        logins: Logins::default(),
        rounds: Rounds::default(),
        rollouts: Rollouts::default(),
        redfish: RedfishFleet::default(),
        fabric: Arc::new(NoFabric),
        bmcs: Fleet::start(Limits::default()),
        cluster,
    });
    let mut tasks: JoinSet<&'static str> = JoinSet::new();
    tasks.spawn(async move {
        election.await;
        "the election"
    });
    watches::spawn(&mut tasks, &context, &stop);
    let (past, until) = (Arc::clone(&context), stop.clone());
    tasks.spawn(async move {
        let mut leadership = past.leadership.clone();
        loop {
            tokio::select! {
                () = until.cancelled() => return "the slots",
                () = async { leadership.held().await; leadership.lost().await } => past.slots.forget(),
            }
        }
    });
    let probes = serve(listener, health.clone(), stop.clone());
    tasks.spawn(async move {
        if let Err(error) = probes.await {
            tracing::error!(error = &error as &dyn std::error::Error, "probes");
        }
        "the probes' server"
    });
    let ended = tokio::select! {
        () = first_lists(&context) => None,
        ended = tasks.join_next() => ended,
    };
    if ended.is_none() {
        tracing::info!("every watch has delivered its first list");
        health.set_ready();
        let count = settings.workers;
        workers::spawn(&mut tasks, 1, "design", &context, &stop, |c| &c.queues.designs, design::turn);
        workers::spawn(&mut tasks, count, "site", &context, &stop, |c| &c.queues.sites, site::turn);
        workers::spawn(&mut tasks, count, "node", &context, &stop, |c| &c.queues.nodes, node::turn);
        workers::spawn(&mut tasks, count, "task", &context, &stop, |c| &c.queues.tasks, task::turn);
        workers::spawn(&mut tasks, sweep::WIDTH, "sweep", &context, &stop, |c| &c.queues.sweeps, sweep::turn);
        let (guard, until) = (Arc::clone(&context), stop.clone());
        tasks.spawn(async move {
            guard::follow(guard, until).await;
            "the guard of approvals"
        });
        let (news, until) = (Arc::clone(&context), stop.clone());
        tasks.spawn(async move {
            news::follow(news, until).await;
            "the news"
        });
    }
    // One part that ends takes the process with it, rather than leave it half alive.
    let ended = match ended {
        Some(ended) => Some(ended),
        None => tasks.join_next().await,
    };
    let asked = stop.is_cancelled();
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    context.redfish.close(LOGOUT).await;
    match ended {
        _ if asked => Ok(()),
        Some(Ok(part)) => Err(RunError::Ended(part)),
        Some(Err(_)) | None => Err(RunError::Ended("a task")),
    }
}

/// Nothing is resolved before every watch has delivered its first list.
async fn first_lists(context: &Context) {
    let caches = &context.caches;
    tokio::join!(
        caches.sites.listed(),
        caches.racks.listed(),
        caches.links.listed(),
        caches.networks.listed(),
        caches.hardware_profiles.listed(),
        caches.host_profiles.listed(),
        caches.nodes.listed(),
        caches.boot_actions.listed(),
        caches.tasks.listed(),
        caches.inventories.listed(),
        context.lenders.listed(),
    );
}
