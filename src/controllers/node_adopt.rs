//! Machines that already run and are to be taken over: who else claims one.

use super::{cache::Key, context::Context};
use crate::{
    api::{BaremetalNode, Site},
    model::{Machine, Observation, Orders, Sighting},
};
use kube::ResourceExt;
use std::sync::Arc;

/// The name of another node that claims the machine which this node is to take over; of several the first.
///
/// Nodes of other Sites count where these are in the same region: its ids are one's own only there.
pub(super) fn claimed_by(
    context: &Context,
    key: &Key,
    site: &Site,
    seen: &Observation,
    orders: &Orders,
) -> Option<String> {
    let Sighting::Found(machine) = &seen.sighting else { return None };
    if orders.adopt.is_none() || machine.mark.is_ours() {
        return None;
    }
    let others = context.caches.nodes.all();
    let claims = |node: &&Arc<BaremetalNode>| Key::of(&***node) != *key && claims(node, machine);
    let mut names: Vec<String> =
        others.iter().filter(claims).filter_map(|node| name(context, key, site, node)).collect();
    names.sort_unstable();
    names.into_iter().next()
}

fn claims(node: &BaremetalNode, machine: &Machine) -> bool {
    let known = node.status.as_ref().and_then(|status| status.provider_id.as_ref());
    let adopts = node.spec.adopt.as_ref();
    known == Some(&machine.id)
        || adopts.is_some_and(|adopt| adopt.means(&machine.id, machine.serial.as_deref(), &machine.macs))
}

/// How another node is named; nothing where it is of another region.
fn name(context: &Context, key: &Key, site: &Site, node: &BaremetalNode) -> Option<String> {
    let namespace = node.namespace().unwrap_or_default();
    if namespace == key.namespace {
        return Some(node.name_any());
    }
    let url = |site: &Site| site.spec.provisioner.maas.as_ref().map(|maas| maas.url.clone());
    let other = context.site_of(&namespace)?;
    (url(&other).is_some() && url(&other) == url(site)).then(|| format!("{namespace}/{}", node.name_any()))
}
