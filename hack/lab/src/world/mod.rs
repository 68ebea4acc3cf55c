//! The state of the whole lab in one plain struct behind one lock. Everything here is synchronous and quick: nobody
//! waits while holding the world.

mod boot;
pub(crate) mod clock;
pub(crate) mod dice;
mod documents;
mod drive;
pub(crate) mod faults;
mod inventory;
pub(crate) mod journal;
pub(crate) mod machine;
mod power;
mod preset;
mod replace;

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::region::Region;
use crate::region::status::Status;
use crate::spec::{LabSpec, MaasSpec, Times};

use boot::Run;
use clock::{LabClock, LabTime, micros};
use dice::Dice;
use faults::Faults;
use journal::Journal;
use machine::{Machine, PowerAction};
pub(crate) use power::BmcTrouble;

/// What happens next, at a point of lab time.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A power command takes effect.
    Power { machine: usize, action: PowerAction },
    /// The firmware is done; the machine boots.
    Posted { machine: usize, epoch: u64 },
    /// Something that runs on the machine has ended.
    Ran { machine: usize, epoch: u64, run: Run },
    /// MAAS moves power after its answer was given.
    MaasPower { node: String, epoch: u64, action: PowerAction },
    /// A released machine becomes Ready.
    Released { node: String, epoch: u64 },
    /// MAAS gives up waiting for a machine.
    Timeout { node: String, epoch: u64 },
    /// MAAS shows the state that an operation led to, and powers the machine off.
    Settled { node: String, epoch: u64, status: Status },
    /// AUTO links give their addresses back.
    AddressesFreed { node: String },
    /// MAAS has read the index of an image server.
    IndexRead { source: u64 },
    /// An import of images has ended.
    Imported,
}

/// The lab's state.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) clock: LabClock,
    pub(crate) dice: Dice,
    pub(crate) times: Times,
    pub(crate) zero_delay: bool,
    pub(crate) machines: Vec<Machine>,
    pub(crate) region: Region,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    /// The region as it was before the last writes, the newest last; kept while reads are stale.
    pub(crate) before: VecDeque<Region>,
    /// The region is stopped: nobody listens on its port.
    pub(crate) stopped: bool,
    /// What the region was made of, to make an empty one.
    maas: MaasSpec,
    seed: u64,
    steps: BTreeMap<(LabTime, u64), Step>,
    next_step: u64,
}

/// The world and what wakes the tasks that wait for it.
#[derive(Debug)]
pub(crate) struct Site {
    world: Mutex<World>,
    /// A step was planned or the speed changed.
    pub(crate) planned: Notify,
    /// Faults were cleared.
    pub(crate) cleared: Notify,
    /// The region was stopped or started.
    pub(crate) switched: Notify,
}

impl Site {
    pub(crate) fn new(world: World) -> Self {
        Self { world: Mutex::new(world), planned: Notify::new(), cleared: Notify::new(), switched: Notify::new() }
    }

    /// Looks at or changes the world.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let (result, planned) = {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            let before = world.next_step;
            let result = act(&mut world);
            (result, world.next_step != before)
        };
        if planned {
            self.planned.notify_one();
        }
        result
    }

    /// Carries out the planned steps as their time comes; never returns.
    pub(crate) async fn drive(&self) {
        loop {
            let planned = self.planned.notified();
            match self.with(World::run_due) {
                Some(wait) if wait.is_zero() => tokio::task::yield_now().await,
                Some(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = planned => {}
                    }
                }
                None => planned.await,
            }
        }
    }
}

impl World {
    pub(crate) fn new(spec: &LabSpec) -> Result<Self, String> {
        let mut dice = Dice::new(spec.seed);
        let mut machines = Vec::new();
        for machine in &spec.machines {
            let listen = spec.bmc.translate.apply(machine.bmc.address);
            let listen = listen.ok_or_else(|| format!("BMC {} is not translated to loopback", machine.bmc.address))?;
            let (a, b) = (dice.draw("guid"), dice.draw("guid"));
            let mut guid = [0; 16];
            guid[..8].copy_from_slice(&a.to_be_bytes());
            guid[8..].copy_from_slice(&b.to_be_bytes());
            // A random UUID (RFC 9562 section 5.4), in the order in which it is printed.
            guid[6] = guid[6] & 0x0f | 0x40;
            guid[8] = guid[8] & 0x3f | 0x80;
            let drawn = dice.word("serial", 7).to_uppercase();
            let serial = if machine.serial.is_empty() { drawn } else { machine.serial.clone() };
            machines.push(Machine::new(machine.clone(), listen, guid, serial));
        }
        let mut world = Self {
            clock: LabClock::new(spec.speed),
            dice,
            times: spec.times.clone(),
            zero_delay: spec.zero_delay,
            machines,
            region: Region::new(&spec.maas, spec.seed)?,
            journal: Journal::default(),
            faults: Faults::default(),
            before: VecDeque::new(),
            stopped: false,
            maas: spec.maas.clone(),
            seed: spec.seed,
            steps: BTreeMap::new(),
            next_step: 0,
        };
        world.adopt_rack(&spec.maas.rack_controller)?;
        for existing in &spec.existing {
            world.add_existing(existing)?;
        }
        Ok(world)
    }

    pub(crate) fn machine_index(&self, name: &str) -> Option<usize> {
        self.machines.iter().position(|machine| machine.spec.name == name)
    }

    /// The machine whose BMC was designed to have this address.
    pub(crate) fn by_bmc(&self, address: Ipv4Addr) -> Option<usize> {
        self.machines.iter().position(|machine| machine.spec.bmc.address == address)
    }

    /// The lab's name of the machine behind a record.
    pub(crate) fn name_of(&self, node: &str) -> Option<String> {
        let index = self.region.nodes.get(node)?.machine?;
        self.machines.get(index).map(|machine| machine.spec.name.clone())
    }

    pub(crate) fn note(&mut self, machine: usize, kind: &'static str, detail: impl Into<String>) {
        let name = self.machines.get(machine).map(|machine| machine.spec.name.as_str());
        self.journal.add(name, kind, detail);
    }

    /// Plans a step after so many seconds of lab time, give or take the jitter of this machine and event.
    pub(crate) fn plan(&mut self, seconds: f64, purpose: &str, step: Step) {
        let delay = if self.zero_delay {
            0.0
        } else {
            seconds * (1.0 + self.times.jitter.clamp(0.0, 1.0) * (2.0 * self.dice.unit(purpose) - 1.0))
        };
        self.plan_exact(delay, step);
    }

    pub(crate) fn plan_exact(&mut self, seconds: f64, step: Step) {
        self.next_step += 1;
        self.steps.insert((self.clock.now() + micros(seconds), self.next_step), step);
    }

    /// Carries out what is due now, though not what that plans in turn. Says how long until the next step.
    fn run_due(&mut self) -> Option<Duration> {
        let now = self.clock.now();
        let later = self.steps.split_off(&(now + 1, 0));
        for (_, step) in std::mem::replace(&mut self.steps, later) {
            self.run(step);
        }
        self.steps.keys().next().map(|(due, _)| self.clock.until(*due))
    }

    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.clock.set_speed(speed);
        self.next_step += 1;
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Power { machine, action } => self.power_happens(machine, action),
            Step::Posted { machine, epoch } if self.current(machine, epoch) => self.boot(machine),
            Step::Ran { machine, epoch, run } if self.current(machine, epoch) => self.ran(machine, run),
            Step::MaasPower { node, epoch, action } if self.is_at(&node, epoch) => self.maas_power_now(&node, action),
            Step::Released { node, epoch } if self.is_at(&node, epoch) => self.release_ends(&node),
            Step::Timeout { node, epoch } if self.is_at(&node, epoch) => self.times_out(&node),
            Step::Settled { node, epoch, status } if self.is_at(&node, epoch) => {
                self.region.set_status(&node, status);
                self.maas_power_now(&node, PowerAction::Off);
            }
            Step::AddressesFreed { node } => self.free_addresses(&node),
            Step::IndexRead { source } => {
                if let Some(source) = self.region.boot_sources.get_mut(source) {
                    source.readable = true;
                }
            }
            Step::Imported if self.region.importing => self.region.imported(),
            _ => {}
        }
    }

    fn current(&self, machine: usize, epoch: u64) -> bool {
        self.machines.get(machine).is_some_and(|machine| machine.epoch == epoch)
    }

    fn is_at(&self, node: &str, epoch: u64) -> bool {
        self.region.nodes.get(node).is_some_and(|node| node.epoch == epoch)
    }
}
