//! *Observe* one node's machine: find it, read it, and say what each aspect still needs.

use super::{
    Error, Maas,
    call::Call,
    directory::Found,
    events, fixed, inventory,
    lower::{self, Lowered, Obstacle, Seen, commissioning, lock, mark, networking, platform, registration, storage},
    machine,
    ran::Results,
    region::Region,
    status::Phase,
    wire,
};
use crate::{
    drivers::Subject,
    model::{Aspect, Inventory, Machine, MachineStatus, Mark, Owner, Sighting},
};
use std::{collections::BTreeMap, sync::Arc};

/// Every aspect, in the order in which they are brought to the design.
pub(super) const ASPECTS: [Aspect; 7] = [
    Aspect::Registration,
    Aspect::Commissioning,
    Aspect::Networking,
    Aspect::Storage,
    Aspect::Platform,
    Aspect::Mark,
    Aspect::Lock,
];

/// What is known for the power parameters of a node's machine.
pub(super) fn power<'a>(subject: &Subject<'a>) -> Option<lower::power::Known<'a>> {
    let credentials = subject.bmc?;
    Some(lower::power::Known { credentials, cipher_suite: subject.cipher_suite })
}

/// A machine with all that its lowering needs.
pub(super) struct View {
    pub machine: Arc<wire::Machine>,
    pub inventory: Option<Inventory>,
    power: Option<Arc<wire::PowerParameters>>,
    ran: Option<Arc<Results>>,
    groups: Vec<wire::VolumeGroup>,
    raids: Vec<wire::Raid>,
    cache_sets: Vec<wire::CacheSet>,
    caches: Vec<wire::Bcache>,
    region: Arc<Region>,
}

impl View {
    /// The calls of one aspect.
    pub fn lower(&self, aspect: Aspect, subject: &Subject<'_>) -> Lowered {
        let seen = Seen { machine: &self.machine, inventory: self.inventory.as_ref() };
        let tags = &self.region.tags;
        Ok(match aspect {
            Aspect::Registration => {
                let seen = registration::Seen { machine: &self.machine, power: self.power.as_deref(), tags };
                registration::lower(subject.design, subject.identity, subject.take_over, power(subject), seen)
            }
            Aspect::Commissioning => match &self.ran {
                Some(ran) => {
                    let ran = commissioning::Ran { scripts: &ran.scripts, tests: &ran.tests };
                    commissioning::lower(&subject.design.commissioning, &self.machine, ran)
                }
                None => Vec::new(),
            },
            Aspect::Networking => {
                let networks = networking::Networks { fabrics: &self.region.fabrics, subnets: &self.region.subnets };
                networking::lower(subject.design, seen, networks)?
            }
            Aspect::Storage => {
                let made = storage::Made {
                    groups: &self.groups,
                    raids: &self.raids,
                    cache_sets: &self.cache_sets,
                    caches: &self.caches,
                };
                storage::lower(subject.design, seen, made)?
            }
            Aspect::Platform => platform::lower(subject.design, &self.machine, tags),
            Aspect::Lock => lock::lower(subject.design, &self.machine),
            Aspect::Mark => {
                mark::lower(subject.design, subject.identity, subject.design_hash, subject.generation, &self.machine)
            }
        })
    }

    /// What of a deployed machine is not as designed, and stays so until it is deployed anew.
    fn fixed(&self, subject: &Subject<'_>) -> Vec<String> {
        let names = registration::names(subject.design, &self.machine);
        let renamed = names.into_iter().map(|(field, wanted)| format!("set {field} to {wanted}"));
        // Storage of what Slipway deployed is not compared: MAAS refuses to change it while the machine runs.
        let adopted = subject.adopt.is_some();
        let others = adopted.then(|| fixed::otherwise_deployed(subject.design, &self.machine)).into_iter().flatten();
        let storage = adopted.then(|| self.lower(Aspect::Storage, subject)).map(fixed::storage);
        let networking = fixed::networking(self.lower(Aspect::Networking, subject));
        renamed.chain(others).chain(networking).chain(storage.into_iter().flatten()).collect()
    }

    /// The region's tags.
    pub fn tags(&self) -> &[wire::Tag] {
        &self.region.tags
    }

    pub fn phase(&self) -> Phase {
        Phase::of(self.machine.status)
    }

    pub fn owner(&self, us: &str) -> Owner {
        machine::owner(&self.machine, us)
    }

    pub fn mark(&self, subject: &Subject<'_>) -> Mark {
        machine::mark(&self.machine, subject.identity, subject.take_over)
    }
}

/// How a machine is read.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// With others, to look at it.
    Shared,
    /// By itself and now, to act on it.
    Own,
}

impl Maas {
    /// Looks for a node's machine, and at it.
    pub(super) async fn sight(&self, subject: &Subject<'_>) -> Result<Sighting, Error> {
        match self.find(subject, Reading::Shared).await? {
            (found @ (Found::Machine(_) | Found::Replaced(..)), Some(machine)) => {
                let rivals = match found {
                    Found::Replaced(_, rivals) => rivals,
                    _ => match self.rivals(&machine, subject).await? {
                        Ok(rivals) => rivals,
                        Err(text) => return Ok(Sighting::Conflict(text)),
                    },
                };
                let view = self.view(machine, subject, false).await?;
                let machine = self.report(&view, subject).await?;
                Ok(Sighting::Found(Box::new(Machine { rivals, ..machine })))
            }
            (Found::Nothing | Found::Machine(_) | Found::Replaced(..), _) => Ok(Sighting::Missing),
            (Found::Controller(id), _) => Ok(Sighting::Controller(id)),
            (Found::Conflict(text), _) => Ok(Sighting::Conflict(text)),
        }
    }

    /// A fresh view of a node's machine, for a write; with `lists` the region's lists are fetched anew as well.
    pub(super) async fn fresh(&self, subject: &Subject<'_>, lists: bool) -> Result<View, Error> {
        match self.find(subject, Reading::Own).await? {
            (Found::Machine(id), Some(machine)) => match subject.provider_id {
                Some(decided) if decided != id => {
                    Err(Error::Conflict(format!("machine {decided} is gone; the node's keys now point to {id}")))
                }
                _ => self.view(machine, subject, lists).await,
            },
            // By its id it may be given up; found by keys alone it is another's as well.
            (Found::Replaced(id, others), _) => {
                Err(Error::Conflict(format!("machine {id} is not the only one: {}", others.join("; "))))
            }
            (Found::Nothing | Found::Machine(_), _) => {
                Err(Error::Missing(format!("MAAS has no machine for node {}", subject.identity.name)))
            }
            (Found::Controller(id), _) => Err(Error::Conflict(format!("{id} is a controller of MAAS itself"))),
            (Found::Conflict(text), _) => Err(Error::Conflict(text)),
        }
    }

    /// By the remembered id, else by keys.
    async fn find(
        &self,
        subject: &Subject<'_>,
        reading: Reading,
    ) -> Result<(Found, Option<Arc<wire::Machine>>), Error> {
        if let Some(id) = subject.provider_id
            && let Some(machine) = self.read(id, reading).await?
            && is_settled(&machine, subject)
        {
            return Ok((Found::Machine(id.to_owned()), Some(machine)));
        }
        let index = self.directory.index(&self.client).await?;
        let found = index.find(subject);
        let machine = match &found {
            Found::Machine(id) | Found::Replaced(id, _) => self.read(id, reading).await?,
            _ => None,
        };
        Ok((found, machine))
    }

    /// The records beside a machine that is known as the node's; an error where its boot MAC is that of somebody else's machine.
    /// What is seen there on an index that is old is looked at once more.
    async fn rivals(
        &self,
        machine: &wire::Machine,
        subject: &Subject<'_>,
    ) -> Result<Result<Vec<String>, String>, Error> {
        let (id, design) = (&machine.system_id, subject.design);
        let Some(known) = self.directory.known(&self.client).await? else { return Ok(Ok(Vec::new())) };
        if !is_settled(machine, subject) || known.beside(id, design).is_ok_and(|others| others.is_empty()) {
            return Ok(Ok(Vec::new()));
        }
        let macs = machine::macs(machine);
        let has_mac = design.boot_mac.is_none_or(|mac| macs.contains(&mac.to_string()));
        Ok(match self.directory.fresh(&self.client).await?.beside(id, design) {
            // Machines of one enclosure may share what switches them.
            Err(_) if has_mac => Ok(Vec::new()),
            beside => beside,
        })
    }

    async fn read(&self, id: &str, reading: Reading) -> Result<Option<Arc<wire::Machine>>, Error> {
        // An id is a path segment: whatever has been remembered, it names a machine or nothing.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        match reading {
            Reading::Shared => self.readings.look(id, &self.client).await,
            Reading::Own => self.readings.fresh(id, &self.client).await,
        }
    }

    async fn view(&self, machine: Arc<wire::Machine>, subject: &Subject<'_>, lists: bool) -> Result<View, Error> {
        let id = machine.system_id.clone();
        let phase = Phase::of(machine.status);
        let power = async {
            if subject.bmc.is_none() || phase == Phase::Moving {
                return Ok(None);
            }
            self.readings.power(&id, &self.client).await
        };
        // What somebody else has deployed is compared in what Slipway would have decided itself.
        let compared = subject.adopt.is_some() && phase == Phase::Deployed;
        let configurable = matches!(phase, Phase::Configurable | Phase::Allocated);
        let configured = configurable || compared;
        let groups = async {
            let needed = configured && !machine.volume_groups.is_empty();
            if needed { self.client.get(&format!("nodes/{id}/volume-groups/"), &[]).await } else { Ok(Vec::new()) }
        };
        let raids = async {
            let needed = configured && !machine.raids.is_empty();
            if needed { self.client.get(&format!("nodes/{id}/raids/"), &[]).await } else { Ok(Vec::new()) }
        };
        let cache_sets = async {
            let needed = configured && !machine.cache_sets.is_empty();
            if needed { self.client.get(&format!("nodes/{id}/bcache-cache-sets/"), &[]).await } else { Ok(Vec::new()) }
        };
        let caches = async {
            let needed = configured && !machine.bcaches.is_empty();
            if needed { self.client.get(&format!("nodes/{id}/bcaches/"), &[]).await } else { Ok(Vec::new()) }
        };
        let found = async {
            if !is_commissioned(&machine) {
                return Ok(None);
            }
            self.findings.of(&machine, &self.client).await.map(Some)
        };
        let ran = async {
            if !configurable {
                return Ok(None);
            }
            self.runs.of(&subject.design.commissioning, &machine, &self.client).await
        };
        let region = async {
            if phase == Phase::Moving { Ok(Arc::default()) } else { self.lists.get(&self.client, lists).await }
        };
        let (power, ran, groups, raids, cache_sets, caches, found, region) =
            tokio::try_join!(power, ran, groups, raids, cache_sets, caches, found, region)?;
        let inventory = found.map(|found| inventory::inventory(&machine, &found));
        Ok(View { machine, inventory, power, ran, groups, raids, cache_sets, caches, region })
    }

    async fn report(&self, view: &View, subject: &Subject<'_>) -> Result<Machine, Error> {
        let wire = &view.machine;
        let us = self.us().await?;
        let (owner, mark) = (view.owner(us), view.mark(subject));
        let phase = view.phase();
        let mut pending = BTreeMap::new();
        let mut impossible = BTreeMap::new();
        for aspect in ASPECTS {
            let applies = match aspect {
                Aspect::Registration => phase != Phase::Moving,
                Aspect::Mark => matches!(phase, Phase::Allocated | Phase::Deployed) && owner == Owner::Us,
                Aspect::Commissioning | Aspect::Networking | Aspect::Storage => {
                    matches!(phase, Phase::Configurable | Phase::Allocated)
                }
                Aspect::Platform => matches!(phase, Phase::Configurable | Phase::Allocated | Phase::Deployed),
                Aspect::Lock => phase == Phase::Deployed && owner == Owner::Us,
            };
            if !applies {
                continue;
            }
            match view.lower(aspect, subject) {
                Ok(calls) if calls.is_empty() => {}
                Ok(calls) => {
                    pending.insert(aspect, calls.iter().map(Call::to_string).collect());
                }
                Err(Obstacle::Impossible(text)) => {
                    impossible.insert(aspect, text);
                }
                Err(Obstacle::Unprepared(text)) => {
                    pending.insert(aspect, vec![text]);
                }
            }
        }
        let status = machine::status(wire);
        let released = status == MachineStatus::Ready && subject.generation > 0 && mark.is_ours();
        let erased = released && events::erased_by_last_release(&wire.system_id, &self.client).await?;
        Ok(Machine {
            id: wire.system_id.clone(),
            hostname: wire.hostname.clone(),
            serial: machine::serial(wire).map(str::to_owned),
            macs: machine::macs(wire),
            rivals: Vec::new(),
            status,
            owner,
            mark,
            locked: wire.locked,
            power: machine::power(wire),
            has_system: !wire.osystem.is_empty(),
            pending,
            impossible,
            fixed: if phase == Phase::Deployed { view.fixed(subject) } else { Vec::new() },
            error: machine::error(wire),
            erased,
            inventory: view.inventory.clone(),
        })
    }
}

/// Whether the machine that is remembered needs no second look at its keys. One that shall be adopted is looked for by
/// them until it carries the mark.
fn is_settled(machine: &wire::Machine, subject: &Subject<'_>) -> bool {
    subject.adopt.is_none() || machine::mark(machine, subject.identity, subject.take_over).is_ours()
}

/// Whether its hardware is known.
fn is_commissioned(machine: &wire::Machine) -> bool {
    use MachineStatus as S;
    !matches!(machine::status(machine), S::New | S::Commissioning | S::FailedCommissioning | S::Missing | S::Retired)
}
