//! Who is who: an index of every node of the region by the keys that identify a machine.
//!
//! Shared by all nodes of a site, and fetched by two requests, however many nodes ask: when there is news of a node that it
//! does not know, and now and then.

use super::{Error, client::Client, wire};
use crate::{
    api::baremetal_node::Adoption,
    drivers::Subject,
    model::{NodeDesign, NodeIdentity},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// The directory of a region.
#[derive(Debug)]
pub struct Directory {
    poll: Duration,
    index: Mutex<Option<Kept>>,
}

/// The index as it was fetched last.
#[derive(Debug)]
struct Kept {
    at: Instant,
    index: Arc<Index>,
    /// When the region said last that there is no news of a node that is not in it.
    confirmed: Option<Instant>,
}

impl Kept {
    /// Whether it still speaks for the region: it was fetched just now, or the region has borne it out since. Where the
    /// region is silent it proves nothing, and whoever looks is to hear that.
    fn is_good(&self, poll: Duration, now: Instant) -> bool {
        let within = |at: Instant, polls: u32| now.duration_since(at) < poll * polls;
        within(self.at, 1)
            || (within(self.at, POLLS_WITHOUT_NEWS) && self.confirmed.is_some_and(|at| within(at, CONFIRMED_FOR)))
    }
}

/// Where a node's keys point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nowhere.
    Nothing,
    /// To this machine.
    Machine(String),
    /// To this rack or region controller.
    Controller(String),
    /// To different machines: what points where.
    Conflict(String),
}

/// Everything that identifies, by what it identifies.
#[derive(Debug, Default, Clone)]
pub struct Index {
    /// Every node, with itself.
    by_id: HashMap<String, BTreeSet<String>>,
    controllers: BTreeSet<String>,
    by_tag: HashMap<String, BTreeSet<String>>,
    by_bmc: HashMap<String, BTreeSet<String>>,
    by_mac: HashMap<String, BTreeSet<String>>,
    by_serial: HashMap<String, BTreeSet<String>>,
}

/// For how many polls the index is good while there is no news: what is changed by hand makes none.
const POLLS_WITHOUT_NEWS: u32 = 6;
/// For how many polls it holds that there was no news: they are asked for once a poll, and may come a little late.
const CONFIRMED_FOR: u32 = 2;
/// The node types of controllers: rack, region, both.
const CONTROLLERS: [u64; 3] = [2, 3, 4];
/// The node type of a machine.
const MACHINE: u64 = 0;

impl Directory {
    /// A directory that is refreshed at most every `poll`.
    pub fn new(poll: Duration) -> Self {
        Self { poll, index: Mutex::new(None) }
    }

    /// The index for looking: as old as it may be without news of a node that is not in it. Who comes while it is fetched
    /// waits for the same answer.
    pub async fn index(&self, client: &Client) -> Result<Arc<Index>, Error> {
        self.kept_if(client, |kept| kept.is_good(self.poll, Instant::now())).await
    }

    /// The index for acting, at most `poll` old.
    pub async fn fresh(&self, client: &Client) -> Result<Arc<Index>, Error> {
        self.kept_if(client, |kept| kept.at.elapsed() < self.poll).await
    }

    async fn kept_if(&self, client: &Client, is_good: impl Fn(&Kept) -> bool) -> Result<Arc<Index>, Error> {
        let mut slot = self.index.lock().await;
        if let Some(kept) = slot.as_ref().filter(|kept| is_good(kept)) {
            tracing::trace!(age = ?kept.at.elapsed(), "directory of MAAS");
            return Ok(Arc::clone(&kept.index));
        }
        let (nodes, power) = tokio::try_join!(
            client.get_list::<wire::IndexNode>("nodes/", &[]),
            client.get::<HashMap<String, wire::PowerParameters>>("machines/", &[("op", "power_parameters")]),
        )?;
        let index = Arc::new(Index::new(&nodes, &power));
        *slot = Some(Kept { at: Instant::now(), index: Arc::clone(&index), confirmed: None });
        Ok(index)
    }

    /// The region has told of which nodes there is news: of one that is not in the index, that says too little.
    pub async fn heard(&self, ids: &BTreeSet<String>) {
        if let Some(kept) = self.index.lock().await.as_mut() {
            let knows_all = ids.iter().all(|id| kept.index.by_id.contains_key(id));
            kept.confirmed = knows_all.then(Instant::now);
        }
    }

    /// Notes a machine that was created just now, so that the index need not be fetched anew.
    pub async fn note(&self, machine: &wire::Machine, bmc: Option<&str>) {
        if let Some(kept) = self.index.lock().await.as_mut() {
            let index = Arc::make_mut(&mut kept.index);
            index.by_id.insert(machine.system_id.clone(), BTreeSet::from([machine.system_id.clone()]));
            for interface in &machine.interface_set {
                index.add_mac(&interface.mac_address, &machine.system_id);
            }
            if let Some(bmc) = bmc {
                index.by_bmc.entry(bmc.to_owned()).or_default().insert(machine.system_id.clone());
            }
        }
    }
}

impl Index {
    fn new(nodes: &[wire::IndexNode], power: &HashMap<String, wire::PowerParameters>) -> Self {
        let mut index = Self::default();
        for node in nodes {
            let id = &node.system_id;
            index.by_id.insert(id.clone(), BTreeSet::from([id.clone()]));
            if CONTROLLERS.contains(&node.node_type) {
                index.controllers.insert(id.clone());
            } else if node.node_type != MACHINE {
                continue;
            }
            if let Some(serial) = wire::serial(&node.hardware_info) {
                index.by_serial.entry(serial.to_owned()).or_default().insert(id.clone());
            }
            for tag in node.tag_names.iter().filter(|tag| NodeIdentity::mark_of_tag(tag).is_some()) {
                index.by_tag.entry(tag.clone()).or_default().insert(id.clone());
            }
            for interface in &node.interface_set {
                index.add_mac(&interface.mac_address, id);
            }
        }
        for (id, parameters) in power {
            let address = parameters.get("power_address");
            if !address.is_empty() {
                index.by_bmc.entry(address.to_owned()).or_default().insert(id.clone());
            }
        }
        index
    }

    /// The one machine to which all keys lead that lead anywhere. Where it is to be adopted, none of the others may be
    /// another's in the design than on record.
    fn one(&self, id: &str, adopt: Option<&Adoption>, design: &NodeDesign) -> Found {
        let Some(adopt) = adopt else { return Found::Machine(id.to_owned()) };
        let has = |index: &HashMap<String, BTreeSet<String>>| -> Vec<String> {
            let mut keys: Vec<String> =
                index.iter().filter(|(_, ids)| ids.contains(id)).map(|(key, _)| key.clone()).collect();
            keys.sort_unstable();
            keys
        };
        let differs = |what: &str, wanted: Option<String>, found: Vec<String>| {
            let wanted = wanted.filter(|wanted| !found.is_empty() && !found.contains(wanted))?;
            let found = found.join(" and ");
            Some(format!("{adopt} is machine {id}, whose {what} is {found}, and the design says {wanted}"))
        };
        let bmc = design.oob.as_ref().map(|oob| oob.address.to_string());
        let mac = design.boot_mac.map(|mac| mac.to_string());
        let conflicts = [differs("BMC address", bmc, has(&self.by_bmc)), differs("MAC", mac, has(&self.by_mac))];
        let conflicts: Vec<String> = conflicts.into_iter().flatten().collect();
        if conflicts.is_empty() { Found::Machine(id.to_owned()) } else { Found::Conflict(conflicts.join("; ")) }
    }

    /// The machines that are meant by what a node adopts; none where there is none.
    fn adopted(&self, adopt: &Adoption) -> Option<&BTreeSet<String>> {
        match (&adopt.provider_id, &adopt.serial, &adopt.mac_address) {
            (Some(id), ..) => self.by_id.get(id),
            (None, Some(serial), _) => self.by_serial.get(serial.trim()),
            (None, None, Some(mac)) => self.by_mac.get(&mac.to_string()),
            (None, None, None) => None,
        }
    }

    fn add_mac(&mut self, mac: &str, id: &str) {
        self.by_mac.entry(mac.to_ascii_lowercase()).or_default().insert(id.to_owned());
    }

    /// Looks a node up by its keys: Slipway's tag, what it adopts, the address of its BMC, the MAC that it boots by.
    pub fn find(&self, subject: &Subject<'_>) -> Found {
        let Subject { design, identity, take_over, .. } = *subject;
        let old = take_over.map(|cluster| NodeIdentity { cluster: cluster.to_owned(), ..identity.clone() }.tag());
        let tags = [Some(identity.tag()), old];
        let mut keys: Vec<(String, &BTreeSet<String>)> = Vec::new();
        for tag in tags.iter().flatten() {
            keys.extend(self.by_tag.get(tag).map(|ids| (format!("tag {tag}"), ids)));
        }
        let is_marked = !keys.is_empty();
        if let Some(adopt) = subject.adopt {
            let named = self.adopted(adopt);
            if let (false, None) = (is_marked, named) {
                // Whatever else leads to a machine: it is not the one that is meant.
                return Found::Nothing;
            }
            keys.extend(named.map(|ids| (adopt.to_string(), ids)));
        }
        if let Some(oob) = &design.oob {
            let address = oob.address.to_string();
            keys.extend(self.by_bmc.get(&address).map(|ids| (format!("BMC address {address}"), ids)));
        }
        if let Some(mac) = design.boot_mac.map(|mac| mac.to_string()) {
            keys.extend(self.by_mac.get(&mac).map(|ids| (format!("MAC {mac}"), ids)));
        }
        let all: BTreeSet<&String> = keys.iter().flat_map(|(_, ids)| ids.iter()).collect();
        if let Some(controller) = all.iter().find(|id| self.controllers.contains(**id)) {
            return Found::Controller((*controller).clone());
        }
        match all.len() {
            0 => Found::Nothing,
            1 => all
                .into_iter()
                .next()
                .map_or(Found::Nothing, |id| self.one(id, subject.adopt.filter(|_| !is_marked), subject.design)),
            _ => {
                let by_key: BTreeMap<&str, String> = keys
                    .iter()
                    .map(|(key, ids)| (key.as_str(), ids.iter().cloned().collect::<Vec<_>>().join(" and ")))
                    .collect();
                let parts: Vec<String> = by_key.iter().map(|(key, ids)| format!("{key} is that of {ids}")).collect();
                Found::Conflict(parts.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maas::lower::fixtures::{identity, node};

    fn find(nodes: serde_json::Value, power: serde_json::Value, take_over: Option<&str>) -> Found {
        look(nodes, power, take_over, None)
    }

    fn look(
        nodes: serde_json::Value,
        power: serde_json::Value,
        take_over: Option<&str>,
        adopt: Option<&Adoption>,
    ) -> Found {
        let nodes: Vec<wire::IndexNode> = serde_json::from_value(nodes).unwrap();
        let (design, identity) = (node(), identity());
        let subject = Subject {
            design: &design,
            design_hash: "d1",
            identity: &identity,
            provider_id: None,
            decided_on: None,
            generation: 0,
            take_over,
            adopt,
            bmc: None,
            cipher_suite: None,
            user_data: None,
        };
        Index::new(&nodes, &serde_json::from_value(power).unwrap()).find(&subject)
    }

    #[test]
    fn what_is_adopted_is_found_by_what_is_said_of_it_and_by_nothing_else() {
        use serde_json::json;
        let mac = |last: &str| json!({"mac_address": format!("52:54:00:00:01:{last}")});
        let nodes = json!([
            {"system_id": "a", "hardware_info": {"system_serial": "S1"}, "interface_set": [mac("01"), mac("02")]},
            {"system_id": "b", "hardware_info": {"system_serial": "S2"}, "interface_set": [mac("12")]},
            {"system_id": "c", "hardware_info": {"system_serial": "S2"}},
            {"system_id": "d", "hardware_info": {"system_serial": "Unknown"}},
            {"system_id": "r", "node_type": 4, "hardware_info": {"system_serial": "S9"}},
        ]);
        let found = |adopt: Adoption| look(nodes.clone(), json!({}), None, Some(&adopt));
        let serial = |text: &str| found(Adoption { serial: Some(text.into()), ..Adoption::default() });
        let machine = Found::Machine("a".into());
        assert_eq!(serial("S1"), machine);
        assert_eq!(found(Adoption { provider_id: Some("a".into()), ..Adoption::default() }), machine);
        let by_mac = |mac: &str| Adoption { mac_address: Some(mac.parse().unwrap()), ..Adoption::default() };
        assert_eq!(found(by_mac("52:54:00:00:01:02")), machine);
        assert_eq!(serial("S7"), Found::Nothing, "the boot MAC alone, which leads to a, adopts nothing");
        assert_eq!(serial("Unknown"), Found::Nothing, "what MAAS does not know is no serial number");
        assert_eq!(serial("S9"), Found::Controller("r".into()));
        let Found::Conflict(text) = serial("S2") else { panic!("two machines have it") };
        assert!(text.contains("spec.adopt.serial S2 is that of b and c"), "{text}");
        let Found::Conflict(text) = found(by_mac("52:54:00:00:01:12")) else { panic!("the design is of another") };
        assert!(text.contains("spec.adopt.macAddress 52:54:00:00:01:12 is that of b"), "{text}");
    }

    #[test]
    fn a_design_that_contradicts_what_is_adopted_is_told() {
        use serde_json::json;
        let adopt = Adoption { provider_id: Some("b".into()), ..Adoption::default() };
        let found = |mac: &str, bmc: &str| {
            let nodes = json!([{"system_id": "b", "interface_set": [{"mac_address": mac}]}]);
            look(nodes, json!({"b": {"power_address": bmc}}), None, Some(&adopt))
        };
        assert_eq!(found("52:54:00:00:01:01", "10.99.1.1"), Found::Machine("b".into()));
        let says = |mac, bmc| match found(mac, bmc) {
            Found::Conflict(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            says("52:54:00:00:01:01", "10.99.1.9"),
            "spec.adopt.providerId b is machine b, whose BMC address is 10.99.1.9, and the design says 10.99.1.1"
        );
        assert!(says("52:54:00:00:09:09", "10.99.1.1").contains("whose MAC is 52:54:00:00:09:09, and the design says"));
    }

    #[test]
    fn any_key_finds_the_machine() {
        use serde_json::json;
        let machine = Found::Machine("a".into());
        let none = || json!({});
        let tag = json!([{"system_id": "a", "node_type": 0, "tag_names": ["slipway_c1_east_n1"]}]);
        let mac =
            json!([{"system_id": "a", "interface_set": [{"mac_address": "52:54:00:00:01:01"}]}, {"system_id": "b"}]);
        let power = json!({"a": {"power_address": "10.99.1.1", "power_pass": "x", "workaround_flags": ["y"]}});
        assert_eq!(find(tag, none(), None), machine);
        assert_eq!(find(mac.clone(), none(), None), machine);
        assert_eq!(find(json!([]), power.clone(), None), machine);
        assert_eq!(find(mac, power, None), machine);
        assert_eq!(
            find(json!([{"system_id": "b", "hostname": "n1"}]), none(), None),
            Found::Nothing,
            "a name is no key"
        );
        let old = json!([{"system_id": "a", "tag_names": ["slipway_c9_east_n1"]}]);
        assert_eq!(find(old.clone(), none(), None), Found::Nothing);
        assert_eq!(find(old, none(), Some("c9")), machine);
    }

    #[test]
    fn a_kept_index_is_good_while_the_region_bears_it_out() {
        let poll = Duration::from_secs(10);
        let at = Instant::now();
        let kept = |confirmed: Option<u64>| Kept {
            at,
            index: Arc::default(),
            confirmed: confirmed.map(|seconds| at + Duration::from_secs(seconds)),
        };
        let is_good = |kept: Kept, seconds| kept.is_good(poll, at + Duration::from_secs(seconds));
        assert!(is_good(kept(None), 9), "it was fetched just now");
        assert!(!is_good(kept(None), 11), "there may be news");
        assert!(is_good(kept(Some(40)), 50));
        assert!(!is_good(kept(Some(20)), 50), "the region is silent");
        assert!(!is_good(kept(Some(59)), 61), "what is changed by hand makes no news");
    }

    #[test]
    fn contradicting_keys_and_controllers_are_told() {
        use serde_json::json;
        let mac = json!({"mac_address": "52:54:00:00:01:01"});
        let nodes = json!([{"system_id": "a", "interface_set": [mac]}]);
        let power = json!({"b": {"power_address": "10.99.1.1"}});
        let wanted = "BMC address 10.99.1.1 is that of b, MAC 52:54:00:00:01:01 is that of a";
        assert_eq!(find(nodes, power, None), Found::Conflict(wanted.into()));
        let rack = json!([{"system_id": "r", "node_type": 4, "interface_set": [mac]}]);
        assert_eq!(find(rack, json!({}), None), Found::Controller("r".into()));
        let device = json!([{"system_id": "d", "node_type": 1, "interface_set": [mac]}]);
        assert_eq!(find(device, json!({}), None), Found::Nothing);
    }
}
