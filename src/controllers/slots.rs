//! Who is being worked on: one table in the leader's memory, rebuilt from what nodes remember.

use super::cache::Key;
use crate::api::memory::NodeMemory;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Nodes with a step in progress, and nodes that are out of service for one, by namespace.
#[derive(Debug, Default)]
pub(super) struct Slots(Mutex<HashMap<String, Taken>>);

/// The slots of one namespace.
#[derive(Debug, Default)]
struct Taken {
    /// With the racks that they stand in.
    busy: HashMap<String, Option<String>>,
    out_of_service: HashSet<String>,
}

/// How many slots there are, and which are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// `rollout.maxInFlight`; absent: no limit.
    pub in_flight: Option<usize>,
    /// `rollout.maxInFlightPerRack`; absent: no limit.
    pub in_flight_per_rack: Option<usize>,
    /// The rack that the node stands in.
    pub rack: Option<&'a str>,
    /// `rollout.maxInFlightPerProvisioner`, and the namespaces that it counts in; absent: no limit.
    pub in_flight_per_provisioner: Option<(usize, &'a [String])>,
    /// `rollout.maxUnavailable`, where the step takes a machine out of service.
    pub out_of_service: Option<usize>,
}

/// What is known of a node from before: its name, the rack that it stands in, and what it remembers.
pub(super) type Known = (String, Option<String>, NodeMemory);

/// What a node waits for while its machine is at something that ends by itself.
const IN_FLIGHT: [&str; 6] = ["Enlisting", "Commissioning", "Testing", "Deploying", "Releasing", "Erasing"];

impl Slots {
    /// Takes all the slots that a step needs, or none and says why. Who has one keeps it. What was under way before we led
    /// counts: `known` tells it of a namespace, before the first slot is given there.
    pub fn take(&self, key: &Key, asked: Asked<'_>, known: impl Fn(&str) -> Vec<Known>) -> Result<(), String> {
        let mut table = self.lock();
        let shared = match asked.in_flight_per_provisioner {
            Some((limit, namespaces)) => {
                let busy = |namespace: &String| of(&mut table, namespace, &known).busy.len();
                Some((limit, namespaces.iter().map(busy).sum::<usize>()))
            }
            None => None,
        };
        let taken = of(&mut table, &key.namespace, &known);
        let is_full = |count: usize, limit: Option<usize>| limit.is_some_and(|limit| count >= limit);
        let out = taken.out_of_service.len();
        if !taken.out_of_service.contains(&key.name) && is_full(out, asked.out_of_service) {
            return Err(format!("Waiting for a slot: {out} nodes are out of service (rollout.maxUnavailable)"));
        }
        let busy = taken.busy.len();
        let has_one = taken.busy.contains_key(&key.name);
        if !has_one && is_full(busy, asked.in_flight) {
            return Err(format!("Waiting for a slot: {busy} nodes are being worked on (rollout.maxInFlight)"));
        }
        if let (Some(limit), Some(rack), false) = (asked.in_flight_per_rack, asked.rack, has_one) {
            let busy = taken.busy.values().filter(|other| other.as_deref() == Some(rack)).count();
            if busy >= limit {
                let what = "are being worked on (rollout.maxInFlightPerRack)";
                return Err(format!("Waiting for a slot: {busy} nodes of rack {rack} {what}"));
            }
        }
        if let (Some((limit, busy)), false) = (shared, has_one)
            && busy >= limit
        {
            let what = "of all Sites of the provisioner are being worked on (rollout.maxInFlightPerProvisioner)";
            return Err(format!("Waiting for a slot: {busy} nodes {what}"));
        }
        taken.busy.insert(key.name.clone(), asked.rack.map(str::to_owned));
        if asked.out_of_service.is_some() {
            taken.out_of_service.insert(key.name.clone());
        }
        Ok(())
    }

    /// The node is seen at work: it counts, whatever the limit.
    pub fn at_work(&self, key: &Key, rack: Option<&str>) {
        if let Some(taken) = self.lock().get_mut(&key.namespace) {
            taken.busy.insert(key.name.clone(), rack.map(str::to_owned));
        }
    }

    /// The node's step is over; `in_service` says whether it is of use again, or wanted no more. Gives back whether that
    /// freed a slot.
    pub fn free(&self, key: &Key, in_service: bool) -> bool {
        let mut table = self.lock();
        let Some(taken) = table.get_mut(&key.namespace) else { return false };
        let busy = taken.busy.remove(&key.name).is_some();
        (in_service && taken.out_of_service.remove(&key.name)) || busy
    }

    /// Somebody else has led: what we know is not true any more.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Taken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slots of a namespace, with what was taken before we led.
fn of<'t>(
    table: &'t mut HashMap<String, Taken>,
    namespace: &str,
    known: &impl Fn(&str) -> Vec<Known>,
) -> &'t mut Taken {
    table.entry(namespace.to_owned()).or_insert_with(|| Taken::of(known(namespace)))
}

impl Taken {
    fn of(nodes: Vec<Known>) -> Self {
        let mut taken = Self::default();
        for (name, rack, memory) in nodes {
            let waits = memory.waiting.is_some_and(|waiting| IN_FLIGHT.contains(&waiting.step.as_str()));
            if memory.out_of_service.unwrap_or_default() {
                taken.out_of_service.insert(name.clone());
            }
            if memory.begun.is_some() || waits {
                taken.busy.insert(name, rack);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Key {
        Key::new("site", name)
    }

    fn asked(in_flight: usize, out_of_service: Option<usize>) -> Asked<'static> {
        Asked { in_flight: Some(in_flight), out_of_service, ..ANYTHING }
    }

    const ANYTHING: Asked<'static> = Asked {
        in_flight: None,
        in_flight_per_rack: None,
        rack: None,
        in_flight_per_provisioner: None,
        out_of_service: None,
    };

    /// What a node remembers that is being deployed.
    fn waiting() -> NodeMemory {
        let since = "2026-01-01T00:00:00.000000Z";
        serde_json::from_value(serde_json::json!({"version": 1, "waiting": {"for": "Deploying", "since": since}}))
            .unwrap()
    }

    fn nobody(_: &str) -> Vec<Known> {
        Vec::new()
    }

    #[test]
    fn slots_are_bounded_and_kept() {
        let slots = Slots::default();
        assert!(slots.take(&node("a"), asked(1, None), nobody).is_ok());
        assert!(slots.take(&node("a"), asked(1, None), nobody).is_ok());
        assert!(slots.take(&node("b"), asked(1, None), nobody).is_err());
        assert!(slots.free(&node("a"), true));
        assert!(slots.take(&node("b"), asked(1, None), nobody).is_ok());
        assert!(!slots.free(&node("a"), true));
    }

    #[test]
    fn who_is_refused_one_slot_takes_no_other() {
        let slots = Slots::default();
        assert!(slots.take(&node("a"), asked(1, None), nobody).is_ok());
        assert!(slots.take(&node("b"), asked(1, Some(9)), nobody).is_err());
        assert!(!slots.free(&node("b"), true), "it has nothing to give back, so nobody is woken for it");
    }

    #[test]
    fn racks_are_counted_for_themselves() {
        let slots = Slots::default();
        let take = |name: &str, rack: &'static str| {
            let asked = Asked { in_flight_per_rack: Some(1), rack: Some(rack), ..ANYTHING };
            slots.take(&node(name), asked, nobody)
        };
        assert!(take("a", "r01").is_ok() && take("a", "r01").is_ok(), "who has a slot keeps it");
        let full = take("b", "r01").unwrap_err();
        assert_eq!(full, "Waiting for a slot: 1 nodes of rack r01 are being worked on (rollout.maxInFlightPerRack)");
        assert!(take("c", "r02").is_ok());
        slots.free(&node("a"), true);
        assert!(take("b", "r01").is_ok());
    }

    #[test]
    fn what_sites_share_is_counted_for_all_of_them() {
        let slots = Slots::default();
        let namespaces = ["east".to_owned(), "west".to_owned()];
        let shared = Asked { in_flight_per_provisioner: Some((2, &namespaces)), ..ANYTHING };
        let begun = |namespace: &str| {
            let of_west = (namespace == "west").then(|| ("w1".to_owned(), None, waiting()));
            of_west.into_iter().collect::<Vec<Known>>()
        };
        let east = |name: &str| Key::new("east", name);
        assert!(slots.take(&east("e1"), shared, begun).is_ok());
        let full = slots.take(&east("e2"), shared, begun).unwrap_err();
        assert_eq!(
            full,
            "Waiting for a slot: 2 nodes of all Sites of the provisioner are being worked on (rollout.maxInFlightPerProvisioner)"
        );
        assert!(slots.take(&east("e1"), shared, begun).is_ok(), "who has a slot keeps it");
        assert!(
            slots.take(&Key::new("west", "w2"), ANYTHING, begun).is_ok(),
            "a Site that sets no limit waits for nobody"
        );
        assert!(slots.free(&Key::new("west", "w1"), true) && slots.free(&Key::new("west", "w2"), true));
        assert!(slots.take(&east("e2"), shared, begun).is_ok());
    }

    #[test]
    fn what_was_under_way_before_a_restart_counts() {
        let out = NodeMemory { out_of_service: Some(true), ..NodeMemory::default() };
        let waiting = waiting();
        let memories = |_: &str| vec![("a".to_owned(), None, out.clone()), ("b".to_owned(), None, waiting.clone())];
        let slots = Slots::default();
        assert!(slots.take(&node("c"), asked(9, Some(1)), memories).is_err(), "one is out of service");
        assert!(slots.take(&node("c"), asked(1, None), nobody).is_err(), "one is deployed");
        assert!(slots.take(&node("a"), asked(9, Some(1)), nobody).is_ok(), "who has a slot keeps it");
        assert!(slots.free(&node("a"), true));
        assert!(slots.take(&node("c"), asked(9, Some(1)), nobody).is_ok());
        slots.forget();
        assert!(slots.take(&node("d"), asked(9, Some(1)), memories).is_err());
    }
}
