//! Machines that already run and are to be taken over, and machines that carry another node's mark: who else claims one.

use super::{cache::Key, context::Context};
use crate::{
    api::{BaremetalNode, Site},
    model::{Machine, Mark, NodeIdentity, Observation, Orders, Sighting},
};

/// What of a node claims a machine: the id that is known of it, and what it adopts. The cache of nodes is indexed by it, so
/// that a region whose machines are all adopted is not searched through for each of them.
pub(super) fn claims(node: &BaremetalNode) -> Vec<String> {
    let known = node.status.as_ref().and_then(|status| status.provider_id.as_deref()).map(by_id);
    let adopted =
        node.spec.adopt.as_ref().and_then(|adopt| match (&adopt.provider_id, &adopt.serial, &adopt.mac_address) {
            (Some(id), ..) => Some(by_id(id)),
            (None, Some(serial), _) => Some(by_serial(serial.trim())),
            (None, None, Some(mac)) => Some(by_mac(&mac.to_string())),
            (None, None, None) => None,
        });
    known.into_iter().chain(adopted).collect()
}

fn by_id(id: &str) -> String {
    format!("id {id}")
}

fn by_serial(serial: &str) -> String {
    format!("serial {serial}")
}

fn by_mac(mac: &str) -> String {
    format!("mac {}", mac.to_ascii_lowercase())
}

/// The name of another node that claims the machine: of one that this node is to take over, and of one that carries the mark of
/// another node of this cluster. Of several the first.
pub(super) fn claimed_by(
    context: &Context,
    key: &Key,
    site: &Site,
    identity: &NodeIdentity,
    seen: &Observation,
    orders: &Orders,
) -> Option<String> {
    let Sighting::Found(machine) = &seen.sighting else { return None };
    if let Mark::Foreign(mark) = &machine.mark {
        let (namespace, name) = identity.node_of(mark)?;
        let marked = Key::new(namespace.to_owned(), name.to_owned());
        return context.caches.nodes.entry(&marked).map(|_| identity.named(namespace, name));
    }
    if orders.adopt.is_none() || machine.mark.is_ours() {
        return None;
    }
    let mut names: Vec<String> = of_machine(machine)
        .flat_map(|claim| context.caches.nodes.claimants(&claim))
        .filter(|other| other != key)
        .filter_map(|other| name(context, key, site, &other))
        .collect();
    names.sort_unstable();
    names.into_iter().next()
}

/// Everything by which a machine may be claimed.
fn of_machine(machine: &Machine) -> impl Iterator<Item = String> {
    let serial = machine.serial.as_deref().map(by_serial);
    std::iter::once(by_id(&machine.id)).chain(serial).chain(machine.macs.iter().map(|mac| by_mac(mac)))
}

/// How another node is named; nothing where it is of another region: its ids are one's own only there.
fn name(context: &Context, key: &Key, site: &Site, other: &Key) -> Option<String> {
    if other.namespace == key.namespace {
        return Some(other.name.clone());
    }
    let url = |site: &Site| site.spec.provisioner.maas.as_ref().map(|maas| maas.url.clone());
    let of_other = context.site_of(&other.namespace)?;
    (url(&of_other).is_some() && url(&of_other) == url(site)).then(|| format!("{}/{}", other.namespace, other.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{
            baremetal_node::{Adoption, BaremetalNodeStatus},
            values::MacAddress,
        },
        controllers::cache::Cache,
    };
    use kube::{core::DeserializeGuard, runtime::watcher::Event};

    fn node(name: &str, known: Option<&str>, adopt: Adoption) -> BaremetalNode {
        let mut node = BaremetalNode::new(name, serde_json::from_str("{}").unwrap());
        node.metadata.namespace = Some("east".into());
        node.spec.adopt = Some(adopt);
        node.status =
            Some(BaremetalNodeStatus { provider_id: known.map(str::to_owned), ..BaremetalNodeStatus::default() });
        node
    }

    #[test]
    fn nodes_are_found_by_what_they_know_and_adopt_as_long_as_they_do() {
        let cache = Cache::by(claims);
        let comes = |node: BaremetalNode| drop(cache.apply(Event::Apply(DeserializeGuard(Ok(node)))));
        let names =
            |claim: String| -> Vec<String> { cache.claimants(&claim).into_iter().map(|key| key.name).collect() };
        let by = |id: &str| Adoption { provider_id: Some(id.into()), ..Adoption::default() };
        let mac: MacAddress = "52:54:00:AB:00:01".parse().unwrap();
        comes(node("n1", Some("a"), by("a")));
        comes(node("n2", None, by("a")));
        comes(node("n3", Some("c"), Adoption { serial: Some(" S1 ".into()), ..Adoption::default() }));
        comes(node("n4", None, Adoption { mac_address: Some(mac), ..Adoption::default() }));
        assert_eq!(names(by_id("a")), ["n1", "n2"]);
        assert_eq!((names(by_serial("S1")), names(by_id("c"))), (vec!["n3".into()], vec!["n3".into()]));
        assert_eq!(names(by_mac("52:54:00:AB:00:01")), ["n4"]);
        // Corrected, gone, listed anew.
        comes(node("n2", None, by("b")));
        assert_eq!((names(by_id("a")), names(by_id("b"))), (vec!["n1".to_owned()], vec!["n2".to_owned()]));
        cache.apply(Event::Delete(DeserializeGuard(Ok(node("n1", Some("a"), by("a"))))));
        assert!(names(by_id("a")).is_empty());
        cache.apply(Event::Init);
        cache.apply(Event::InitDone);
        assert!(names(by_id("b")).is_empty() && names(by_serial("S1")).is_empty());
    }
}
