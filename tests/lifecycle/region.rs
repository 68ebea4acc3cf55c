//! The provisioner and the machine behind it: statuses as MAAS moves them, and what is true of power and disks.

use crate::event::{Begins, Start};
use slipway::model::{Aspect, Machine, MachineAction, MachineStatus as S, Mark, Observation, Owner, Power, Sighting};
use std::collections::{BTreeMap, BTreeSet};

/// What the disks hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disks {
    /// Nothing that anybody needs.
    Free,
    /// An installation that has not ended.
    Half,
    /// A system that somebody uses.
    InUse,
}

/// The provisioner's record of the machine.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone)]
pub struct Record {
    pub id: String,
    pub status: S,
    /// Where tests, rescue mode and a mark as broken lead back to.
    pub before: S,
    pub owner: Owner,
    pub mark: Mark,
    pub locked: bool,
    /// Whether the power was ever read; a fresh record knows nothing.
    pub knows_power: bool,
    pub has_system: bool,
    pub erased: bool,
    pub erases: bool,
    pub wrong: BTreeSet<Aspect>,
}

/// A request, as it is on its way.
#[derive(Debug, Clone)]
pub struct Request {
    pub action: MachineAction,
    /// The mark of its deployment.
    pub mark: Mark,
    /// It arrives some time after it was sent: the status in which it was sent.
    pub late: Option<S>,
}

/// What became of a request of Slipway.
#[derive(Debug)]
pub struct Taken {
    pub action: MachineAction,
    /// The status in which it was done, or sent in vain.
    pub status: S,
    pub fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Done as it was sent.
    Done,
    /// Done some time after.
    DoneLate,
    /// Refused some time after.
    InVain,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub struct Region {
    pub record: Option<Record>,
    pub power: Power,
    pub disks: Disks,
    /// Requests on their way, and when they arrive.
    pub sent: Vec<(i64, Request)>,
    /// When what the machine is at ends.
    pub ends: Option<i64>,
    /// When a machine that booted from the network shows up.
    pub enlists: Option<i64>,
    pub is_down: bool,
    pub operation_fails: bool,
    pub is_deaf: bool,
    pub locks: bool,
    records: u32,
    /// Installations that ended well.
    pub installed: u32,
    /// What Slipway's requests did, in order, until somebody fetches it.
    pub taken: Vec<Taken>,
}

const BOB: &str = "bob";

/// The account of somebody else.
pub fn bob() -> Owner {
    Owner::Other(BOB.into())
}

impl Region {
    pub fn new(start: Start) -> Self {
        let mut region = Self {
            record: None,
            power: Power::Off,
            disks: Disks::Free,
            sent: Vec::new(),
            ends: None,
            enlists: None,
            is_down: false,
            operation_fails: false,
            is_deaf: false,
            locks: start.locks,
            records: 0,
            installed: 0,
            taken: Vec::new(),
        };
        match start.machine {
            Begins::Cold => {}
            Begins::Running => region.power = Power::On,
            Begins::New => region.enlist(),
            Begins::Ready => {
                region.enlist();
                region.known().status = S::Ready;
                region.known().knows_power = true;
            }
            Begins::Deployed | Begins::Bobs => {
                region.enlist();
                let ours = start.machine == Begins::Deployed;
                let mark = Mark::Ours { generation: Some(1), design: Some(crate::hash(0)) };
                let record = region.known();
                (record.status, record.has_system, record.knows_power) = (S::Deployed, true, true);
                (record.owner, record.mark) = if ours { (Owner::Us, mark) } else { (bob(), Mark::None) };
                record.wrong.clear();
                (region.power, region.disks) = (Power::On, Disks::InUse);
            }
        }
        region
    }

    /// The machine gets a record.
    pub fn enlist(&mut self) {
        self.records += 1;
        self.record = Some(Record {
            id: format!("m{}", self.records),
            status: S::New,
            before: S::New,
            owner: Owner::Nobody,
            mark: Mark::None,
            locked: false,
            knows_power: false,
            has_system: false,
            erased: false,
            erases: false,
            wrong: BTreeSet::from([Aspect::Registration]),
        });
        self.enlists = None;
    }

    /// The record, which is there.
    pub fn known(&mut self) -> &mut Record {
        self.record.as_mut().expect("a record")
    }

    /// What the driver sees for a node that would mark the machine so.
    pub fn sight(&self, wanted: &Mark) -> Observation {
        let Some(record) = &self.record else {
            return Observation { sighting: Sighting::Missing, bmc_power: None };
        };
        let mut pending: BTreeMap<Aspect, Vec<String>> =
            record.wrong.iter().map(|aspect| (*aspect, vec![format!("set {}", aspect.name())])).collect();
        if record.status == S::Allocated && record.mark != *wanted {
            pending.insert(Aspect::Mark, vec!["set owner data".into()]);
        }
        if record.status == S::Deployed && self.locks && !record.locked {
            pending.insert(Aspect::Lock, vec!["lock".into()]);
        }
        let machine = Machine {
            id: record.id.clone(),
            hostname: crate::cluster::NODE.into(),
            serial: None,
            macs: Vec::new(),
            rivals: Vec::new(),
            status: record.status,
            owner: record.owner.clone(),
            mark: record.mark.clone(),
            locked: record.locked,
            power: if record.knows_power { self.power } else { Power::Unknown },
            has_system: record.has_system,
            pending,
            impossible: BTreeMap::new(),
            error: None,
            fixed: Vec::new(),
            erased: record.erased,
            inventory: None,
        };
        Observation { sighting: Sighting::Found(Box::new(machine)), bmc_power: None }
    }

    /// Time has passed.
    pub fn goes_on(&mut self, now: i64) {
        loop {
            let arrival = self.sent.iter().map(|(at, _)| *at).min();
            let next = [arrival, self.ends, self.enlists].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= now) else { return };
            if let Some(at) = self.sent.iter().position(|(at, _)| *at == next) {
                let (_, request) = self.sent.remove(at);
                if let (Err(_), Some(status)) = (self.take(&request, next), request.late) {
                    // Nobody hears it.
                    self.taken.push(Taken { action: request.action, status, fate: Fate::InVain });
                }
            } else if self.ends == Some(next) {
                self.ends = None;
                self.operation_ends(next);
            } else {
                self.enlist();
            }
        }
    }

    /// The next moment at which something happens by itself.
    pub fn next(&self) -> Option<i64> {
        self.sent.iter().map(|(at, _)| *at).chain(self.ends).chain(self.enlists).min()
    }

    /// Carries out a request of Slipway, or refuses it.
    pub fn take(&mut self, request: &Request, now: i64) -> Result<(), &'static str> {
        use MachineAction as A;
        let status = self.record.as_ref().map(|record| record.status);
        let was = self.record.clone();
        match (&request.action, status) {
            (A::NetworkBoot, _) => {
                self.power = Power::On;
                if status.is_none() {
                    self.enlists = Some(now + 300);
                }
            }
            (A::Create, None) => self.enlist(),
            (_, None) => return Err("Missing"),
            (_, Some(_)) if was.as_ref().is_some_and(|record| record.locked) => return Err("Conflict"),
            (A::Apply(aspect), Some(_)) => self.write(*aspect, &request.mark)?,
            (A::Commission, Some(S::New | S::FailedCommissioning | S::Ready)) => {
                self.begins(S::Commissioning, now + 600);
                self.power = Power::On;
                let record = self.known();
                (record.owner, record.knows_power) = (Owner::Us, true);
            }
            (A::Adopt, Some(status @ (S::Deployed | S::Allocated | S::Ready))) => {
                let Mark::Ours { generation, design } = request.mark.clone() else { return Err("Conflict") };
                self.known().mark = match status {
                    S::Deployed => Mark::Ours { generation, design },
                    S::Allocated => Mark::Ours { generation, design: None },
                    _ => Mark::Ours { generation: None, design: None },
                };
            }
            (A::Allocate, Some(S::Ready)) => {
                let record = self.known();
                (record.status, record.owner) = (S::Allocated, Owner::Us);
            }
            (A::Deploy, Some(S::Allocated)) => {
                self.begins(S::Deploying, now + 900);
                self.power = Power::On;
                self.disks = Disks::Half;
            }
            (
                A::Release { erase },
                Some(S::Deployed | S::Allocated | S::FailedDeployment | S::ReleasingFailed | S::FailedDiskErasing),
            ) => self.release(*erase != slipway::api::site_task::EraseMode::None, now),
            (A::Forget, Some(_)) => self.record = None,
            (A::OverrideFailedTests, Some(S::FailedTesting)) => {
                let before = self.known().before;
                self.known().status = before;
            }
            (A::MarkBroken, Some(status)) => self.breaks(status),
            (A::EnterRescue, Some(S::Deployed | S::Ready | S::Broken)) => {
                self.known().before = status.unwrap_or(S::Ready);
                self.begins(S::EnteringRescueMode, now + 200);
            }
            (A::ExitRescue, Some(S::RescueMode | S::FailedExitingRescueMode)) => {
                self.begins(S::ExitingRescueMode, now + 200);
            }
            (A::PowerOn { .. }, Some(S::Deployed)) => self.power = Power::On,
            (A::PowerOff { .. }, Some(S::Deployed)) => {
                if !std::mem::take(&mut self.is_deaf) {
                    self.power = Power::Off;
                }
            }
            (A::PowerOffHard, Some(S::Deployed)) => self.power = Power::Off,
            _ => return Err("Conflict"),
        }
        let (action, status) = (request.action.clone(), status.unwrap_or(S::Missing));
        let fate = if request.late.is_some() { Fate::DoneLate } else { Fate::Done };
        self.taken.push(Taken { action, status, fate });
        Ok(())
    }

    fn write(&mut self, aspect: Aspect, mark: &Mark) -> Result<(), &'static str> {
        let record = self.known();
        match aspect {
            Aspect::Lock if record.status == S::Deployed => record.locked = true,
            Aspect::Mark if matches!(record.status, S::Allocated | S::Deployed) => record.mark = mark.clone(),
            Aspect::Storage if record.status != S::Ready => return Err("Conflict"),
            Aspect::Networking if !matches!(record.status, S::Ready | S::Allocated) => return Err("Conflict"),
            Aspect::Registration if record.mark == Mark::None => {
                record.mark = Mark::Ours { generation: None, design: None };
            }
            _ => {}
        }
        record.wrong.remove(&aspect);
        Ok(())
    }

    /// The machine is at something for a while.
    pub fn begins(&mut self, status: S, until: i64) {
        self.known().status = status;
        self.ends = Some(until);
    }

    pub fn release(&mut self, erase: bool, now: i64) {
        self.known().erases = erase;
        self.known().erased = false;
        self.begins(S::Releasing, now + 300);
        // Whatever was on it, nobody counts on it any more.
        self.disks = Disks::Free;
    }

    pub fn breaks(&mut self, status: S) {
        self.ends = None;
        self.power = Power::Off;
        let record = self.known();
        (record.before, record.status, record.owner) = (status, S::Broken, Owner::Nobody);
    }

    fn operation_ends(&mut self, now: i64) {
        let fails = std::mem::take(&mut self.operation_fails);
        let Some(mut record) = self.record.take() else { return };
        match record.status {
            S::Commissioning if fails => record.status = S::FailedCommissioning,
            S::Commissioning => {
                (record.status, record.owner) = (S::Ready, Owner::Nobody);
                record.wrong.remove(&Aspect::Commissioning);
                record.wrong.extend([Aspect::Networking, Aspect::Storage, Aspect::Platform]);
                self.power = Power::Off;
            }
            S::Deploying if fails => record.status = S::FailedDeployment,
            S::Deploying => {
                (record.status, record.has_system) = (S::Deployed, true);
                self.disks = Disks::InUse;
                self.installed += 1;
            }
            S::Releasing if fails => record.status = S::ReleasingFailed,
            S::Releasing if record.erases => {
                record.status = S::DiskErasing;
                self.ends = Some(now + 1200);
            }
            S::DiskErasing if fails => record.status = S::FailedDiskErasing,
            S::Releasing | S::DiskErasing => {
                record.erased = record.erases;
                (record.status, record.owner, record.has_system) = (S::Ready, Owner::Nobody, false);
                if record.mark.is_ours() {
                    record.mark = Mark::Ours { generation: None, design: None };
                }
                record.wrong.insert(Aspect::Storage);
                self.power = Power::Off;
            }
            S::Testing if fails => record.status = S::FailedTesting,
            S::EnteringRescueMode if fails => record.status = S::FailedEnteringRescueMode,
            S::EnteringRescueMode => record.status = S::RescueMode,
            S::ExitingRescueMode if fails => record.status = S::FailedExitingRescueMode,
            S::Testing | S::ExitingRescueMode => record.status = record.before,
            _ => {}
        }
        self.record = Some(record);
    }
}
