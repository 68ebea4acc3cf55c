//! Reading machines, at a cost that does not grow with their number.
//!
//! A single machine is read by itself. Several that are asked for in a moment are read by one request, in slices; and those
//! that are on their way from one status to another, which are looked at again and again, by one list of all that are.

use super::{Error, client::Client, gather::Gather, wire};
use crate::{drivers::ErrorClass, model::MachineStatus};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Statuses that end by themselves, by the names that MAAS filters by.
const MOVING: [(MachineStatus, &str); 5] = [
    (MachineStatus::Commissioning, "commissioning"),
    (MachineStatus::Testing, "testing"),
    (MachineStatus::Deploying, "deploying"),
    (MachineStatus::Releasing, "releasing"),
    (MachineStatus::DiskErasing, "disk_erasing"),
];
/// So many machines in motion are worth a list of their own.
const WORTH_A_LIST: usize = 4;

/// The machines of a region, as they were read.
#[derive(Debug)]
pub(super) struct Readings {
    poll: Duration,
    machines: Gather<Arc<wire::Machine>>,
    power: Gather<Arc<wire::PowerParameters>>,
    /// Machines of ours that were in motion when they were read last.
    moving: Mutex<HashMap<String, Seen>>,
    list: tokio::sync::Mutex<Option<Instant>>,
}

/// A machine that was in motion; the reading of the last list, where it was in it.
type Seen = Option<Arc<wire::Machine>>;

impl Readings {
    /// Readings of machines in motion are at most `poll` old.
    pub fn new(poll: Duration) -> Self {
        Self {
            poll,
            machines: Gather::default(),
            power: Gather::default(),
            moving: Mutex::default(),
            list: tokio::sync::Mutex::new(None),
        }
    }

    /// One machine for looking at: of one in motion the reading may be as old as the last list of such.
    pub async fn look(&self, id: &str, client: &Client) -> Result<Option<Arc<wire::Machine>>, Error> {
        if self.knows_moving(id) && self.moving().len() >= WORTH_A_LIST {
            self.refresh(client).await?;
            if let Some(Some(machine)) = self.moving().get(id) {
                return Ok(Some(Arc::clone(machine)));
            }
        }
        let machine = self.machines.ask(id, |ids| machines(client, ids)).await?;
        self.note(id, machine.as_deref());
        Ok(machine)
    }

    /// One machine as it is now, read for itself alone: what comes next cannot be undone.
    pub async fn fresh(&self, id: &str, client: &Client) -> Result<Option<Arc<wire::Machine>>, Error> {
        let machine = one(client, id).await?;
        self.note(id, machine.as_ref());
        Ok(machine.map(Arc::new))
    }

    /// A machine's power parameters, in clear.
    pub async fn power(&self, id: &str, client: &Client) -> Result<Option<Arc<wire::PowerParameters>>, Error> {
        self.power.ask(id, |ids| powers(client, ids)).await
    }

    /// A machine was written to: what was read of it before counts no more.
    pub fn wrote(&self, id: &str) {
        self.moving().remove(id);
    }

    /// There is news of machines: they are read anew.
    pub fn heard(&self, ids: &BTreeSet<String>) {
        let mut moving = self.moving();
        for id in ids {
            if let Some(seen) = moving.get_mut(id) {
                *seen = None;
            }
        }
    }

    fn moving(&self) -> std::sync::MutexGuard<'_, HashMap<String, Seen>> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows_moving(&self, id: &str) -> bool {
        self.moving().contains_key(id)
    }

    /// Remembers whether a machine is in motion.
    fn note(&self, id: &str, machine: Option<&wire::Machine>) {
        if machine.is_some_and(|machine| is_moving(machine.status)) {
            self.moving().entry(id.to_owned()).or_default();
        } else {
            self.moving().remove(id);
        }
    }

    /// Reads all that are in motion, once a poll. Who comes meanwhile waits for the same answer.
    async fn refresh(&self, client: &Client) -> Result<(), Error> {
        let mut read = self.list.lock().await;
        if read.is_some_and(|at| at.elapsed() < self.poll) {
            return Ok(());
        }
        let statuses: Vec<(&str, &str)> = MOVING.iter().map(|(_, name)| ("status", *name)).collect();
        // Those that are written to meanwhile are not known as moving any more, and take nothing of what is read here.
        let known: Vec<String> = self.moving().keys().cloned().collect();
        let list: Vec<wire::Machine> = client.get_list("machines/", &statuses).await?;
        let mut found: HashMap<String, wire::Machine> =
            list.into_iter().map(|machine| (machine.system_id.clone(), machine)).collect();
        let mut moving = self.moving();
        for id in known {
            if let Some(seen) = moving.get_mut(&id) {
                // One that is not in the list has arrived: it is read for itself.
                *seen = found.remove(&id).map(Arc::new);
            }
        }
        *read = Some(Instant::now());
        Ok(())
    }
}

fn is_moving(status: u64) -> bool {
    MachineStatus::from_number(status).is_some_and(|status| MOVING.iter().any(|(moving, _)| *moving == status))
}

/// One machine: `GET machines/{id}/`; absent: MAAS has none of this id.
async fn one(client: &Client, id: &str) -> Result<Option<wire::Machine>, Error> {
    match client.get(&format!("machines/{id}/"), &[]).await {
        Ok(machine) => Ok(Some(machine)),
        Err(error) if error.class() == ErrorClass::Missing => Ok(None),
        Err(error) => Err(error),
    }
}

/// Several machines: `GET machines/?id=…&id=…`. An element that cannot be read is left out of a list, so those that are
/// not in it are asked for by themselves before they count as gone.
async fn machines(client: &Client, ids: Vec<String>) -> Result<BTreeMap<String, Arc<wire::Machine>>, Error> {
    let mut found = BTreeMap::new();
    if ids.len() > 1 {
        let list: Vec<wire::Machine> = client.get_list("machines/", &by_id(&ids)).await?;
        found.extend(list.into_iter().map(|machine| (machine.system_id.clone(), Arc::new(machine))));
    }
    for id in ids {
        if !found.contains_key(&id)
            && let Some(machine) = one(client, &id).await?
        {
            found.insert(id, Arc::new(machine));
        }
    }
    Ok(found)
}

/// Power parameters of several machines: `GET machines/?op=power_parameters&id=…`.
async fn powers(client: &Client, ids: Vec<String>) -> Result<BTreeMap<String, Arc<wire::PowerParameters>>, Error> {
    let query: Vec<(&str, &str)> = [("op", "power_parameters")].into_iter().chain(by_id(&ids)).collect();
    let all: BTreeMap<String, wire::PowerParameters> = client.get("machines/", &query).await?;
    Ok(all.into_iter().map(|(id, power)| (id, Arc::new(power))).collect())
}

fn by_id(ids: &[String]) -> Vec<(&str, &str)> {
    ids.iter().map(|id| ("id", id.as_str())).collect()
}
