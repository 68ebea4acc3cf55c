//! The slots that a node's step needs: how many there are, and with whom they are shared.

use super::{
    cache::Key,
    context::Context,
    node::memory_of,
    site_subject::region,
    slots::{Asked, Known},
};
use crate::{
    api::{BaremetalNode, Site},
    model::{MachineAction, MachineStatus, Observation, Sighting},
};
use kube::ResourceExt;
use std::sync::Arc;

/// Takes them, or says why there is none.
pub(super) fn take(
    context: &Context,
    key: &Key,
    site: &Site,
    rack: Option<&str>,
    action: &MachineAction,
    seen: &Observation,
) -> Result<(), String> {
    let rollout = site.spec.rollout.clone().unwrap_or_default();
    let limit = |n: Option<i32>| n.and_then(|n| usize::try_from(n).ok());
    let serving = matches!(&seen.sighting, Sighting::Found(m) if m.status == MachineStatus::Deployed);
    let takes_out = serving
        && matches!(
            action,
            MachineAction::Release { .. } | MachineAction::PowerOff { .. } | MachineAction::EnterRescue
        );
    let per_provisioner = limit(rollout.max_in_flight_per_provisioner);
    let neighbours = if per_provisioner.is_some() { neighbours(context, site) } else { Vec::new() };
    let asked = Asked {
        in_flight: limit(rollout.max_in_flight),
        in_flight_per_rack: limit(rollout.max_in_flight_per_rack),
        rack,
        in_flight_per_provisioner: per_provisioner.map(|limit| (limit, neighbours.as_slice())),
        out_of_service: takes_out.then(|| limit(rollout.max_unavailable).unwrap_or(1)),
    };
    context.slots.take(key, asked, |namespace| known(context, namespace))
}

/// A few of the nodes that wait for a slot are due, for one was freed: those of the namespace, and of the Sites that share the
/// provisioner's with it.
pub(super) fn wake(context: &Context, namespace: &str) {
    context.wake_queued(namespace);
    let Some(site) = context.site_of(namespace) else { return };
    for other in neighbours(context, &site).iter().filter(|other| *other != namespace) {
        let shares = |site: &Arc<Site>| {
            site.spec.rollout.as_ref().is_some_and(|rollout| rollout.max_in_flight_per_provisioner.is_some())
        };
        if context.site_of(other).as_ref().is_some_and(shares) {
            context.wake_queued(other);
        }
    }
}

/// The namespaces whose Sites have the same provisioner, that of the Site among them.
fn neighbours(context: &Context, site: &Site) -> Vec<String> {
    let of = region(site);
    let mut namespaces: Vec<String> = context
        .caches
        .sites
        .all()
        .iter()
        .filter(|other| of.is_some() && region(other) == of)
        .filter_map(|other| other.namespace())
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces
}

/// What the nodes of a namespace remember.
fn known(context: &Context, namespace: &str) -> Vec<Known> {
    let nodes = context.caches.nodes.readable(namespace);
    let snapshot = context.designs.get(namespace);
    let rack = |name: &str| snapshot.as_ref()?.design.nodes.get(name)?.candidate().rack.map(str::to_owned);
    let of = |node: &Arc<BaremetalNode>| (node.name_any(), rack(&node.name_any()), memory_of(node));
    nodes.iter().map(of).collect()
}
