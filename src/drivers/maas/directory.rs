//! Who is who: an index of every node of the region by the keys that identify a machine.
//!
//! Shared by all nodes of a site, and fetched by two requests, however many nodes ask: when there is news of a node that it
//! does not know, and now and then.

use super::{Error, client::Client, wire};
use crate::{
    api::baremetal_node::Adoption,
    drivers::Subject,
    model::{MachineStatus, NodeDesign, NodeIdentity},
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
    /// Whether there was news of a node that is not in it.
    is_outdated: bool,
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
    /// To the machine that carries the node's tag, and to records of nobody beside it: what each is. Its hardware was replaced,
    /// and has enlisted anew.
    Replaced(String, Vec<String>),
    /// To different machines: what points where.
    Conflict(String),
}

/// Everything that identifies, by what it identifies.
#[derive(Debug, Default, Clone)]
pub struct Index {
    /// Every node, with itself.
    by_id: HashMap<String, BTreeSet<String>>,
    controllers: BTreeSet<String>,
    /// Machines that are free and carry no mark of Slipway, with their status.
    strangers: HashMap<String, MachineStatus>,
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

    /// The index that there is, however old, without waiting for a newer one. Where there is news of a node that is not in it, it
    /// is fetched anew.
    pub async fn known(&self, client: &Client) -> Result<Option<Arc<Index>>, Error> {
        let kept = self
            .index
            .try_lock()
            .ok()
            .and_then(|slot| slot.as_ref().map(|kept| (Arc::clone(&kept.index), kept.is_outdated)));
        match kept {
            Some((_, true)) => self.index(client).await.map(Some),
            kept => Ok(kept.map(|(index, _)| index)),
        }
    }

    /// Fetches the index where there is none yet.
    pub async fn begin(&self, client: &Client) -> Result<(), Error> {
        self.kept_if(client, |_| true).await.map(drop)
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
        *slot = Some(Kept { at: Instant::now(), index: Arc::clone(&index), confirmed: None, is_outdated: false });
        Ok(index)
    }

    /// The region has told of which nodes there is news: of one that is not in the index, that says too little.
    pub async fn heard(&self, ids: &BTreeSet<String>) {
        if let Some(kept) = self.index.lock().await.as_mut() {
            let knows_all = ids.iter().all(|id| kept.index.by_id.contains_key(id));
            kept.confirmed = knows_all.then(Instant::now);
            kept.is_outdated |= !knows_all;
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
            let is_marked = node.tag_names.iter().any(|tag| NodeIdentity::mark_of_tag(tag).is_some());
            if let Some(status) = node.status.and_then(MachineStatus::from_number)
                && node.node_type == MACHINE
                && !is_marked
                && is_free(status)
            {
                index.strangers.insert(id.clone(), status);
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

    /// What a machine that is known as the node's is beside: records of nobody that have its BMC address or boot MAC. An error
    /// where that is somebody's: what points where.
    pub fn beside(&self, known: &str, design: &NodeDesign) -> Result<Vec<String>, String> {
        let bmc = design.oob.as_ref().map(|oob| oob.address.to_string());
        let mac = design.boot_mac.map(|mac| mac.to_string());
        let keys = [("BMC address", &bmc, &self.by_bmc), ("MAC", &mac, &self.by_mac)];
        let mut others = Vec::new();
        for (what, key, index) in keys {
            let Some(key) = key else { continue };
            for id in index.get(key).into_iter().flatten().filter(|id| *id != known) {
                match self.strangers.get(id) {
                    Some(status) => {
                        others.push(format!("record {id} ({}), nobody's, has its {what} {key}", status.name()));
                    }
                    None => return Err(format!("{what} {key} is that of {id}, and the node's machine is {known}")),
                }
            }
        }
        Ok(others)
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
                // One that is to be adopted is not known yet.
                let known =
                    tags.iter().flatten().filter_map(|tag| self.by_tag.get(tag)).flatten().collect::<BTreeSet<_>>();
                if let (Some(known), 1, None) = (known.first(), known.len(), subject.adopt)
                    && let Ok(others) = self.beside(known, design)
                {
                    return Found::Replaced((*known).clone(), others);
                }
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

/// Whether a machine in this status is in nobody's use.
fn is_free(status: MachineStatus) -> bool {
    use MachineStatus as S;
    matches!(status, S::New | S::Commissioning | S::FailedCommissioning | S::Ready)
}

#[cfg(test)]
mod tests;
