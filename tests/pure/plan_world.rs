//! A machine as MAAS would move it, in a few lines: acting changes its status, time lets it go on.

use crate::plan_scene::{ASPECTS, Scene, machine};
use slipway::{
    api::{memory::NodeMemory, site_task::EraseMode},
    model::{Aspect, Machine, MachineAction, MachineStatus as S, Mark, Observation, Owner, Power, Sighting, Step},
    plan,
};
use std::collections::{BTreeSet, VecDeque};

/// Seconds between two turns of the controller.
pub const TURN: i64 = 30;

/// What happens to the controller in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It dies before its report stands: nothing is reported, nothing done.
    BeforeReport,
    /// It dies with the report standing and the action not done.
    BeforeAct,
    /// The node's status is wiped before it looks.
    Wiped,
}

/// The world that the controller acts on.
#[derive(Debug, Clone)]
pub struct World {
    /// The machine's record; `None`: the provisioner does not know it.
    pub machine: Option<Machine>,
    bmc: Power,
    wrong: BTreeSet<Aspect>,
    /// Turns until what goes on by itself ends.
    left: u32,
    /// Turns until a request shows.
    delay: u32,
    underway: Option<(u32, MachineAction)>,
    /// Whether the next commissionings and deployments fail, in turn.
    pub commissionings_fail: VecDeque<bool>,
    pub deployments_fail: VecDeque<bool>,
    /// Deployments that were begun, and those that ended well.
    pub begun: u32,
    pub deployed: u32,
    /// Releases of a machine that was deployed.
    pub released: u32,
    /// Whether the release that is under way erases.
    erases: bool,
}

impl World {
    /// A machine that is off and that nobody knows. Requests show `delay` turns after they were sent.
    pub fn cold(delay: u32) -> Self {
        Self {
            machine: None,
            bmc: Power::Off,
            wrong: BTreeSet::new(),
            left: 0,
            delay,
            underway: None,
            commissionings_fail: VecDeque::new(),
            deployments_fail: VecDeque::new(),
            begun: 0,
            deployed: 0,
            released: 0,
            erases: false,
        }
    }

    /// What is seen by a controller that remembers `memory`.
    pub fn observe(&self, scene: &Scene, memory: &NodeMemory) -> Observation {
        let Some(machine) = &self.machine else {
            return Observation { sighting: Sighting::Missing, bmc_power: Some(self.bmc) };
        };
        let mut machine = machine.clone();
        if matches!(machine.status, S::New | S::FailedCommissioning | S::Ready | S::Allocated) {
            machine.pending = self.wrong.iter().map(|aspect| (*aspect, vec!["set".into()])).collect();
        }
        if machine.status == S::Allocated && machine.mark != marked(scene, memory) {
            machine.pending.insert(Aspect::Mark, vec!["set owner data".into()]);
        }
        Observation { sighting: Sighting::Found(Box::new(machine)), bmc_power: None }
    }

    /// One turn of time.
    pub fn goes_on(&mut self) {
        if let Some((left, action)) = self.underway.take() {
            if left == 0 { self.shows(&action) } else { self.underway = Some((left - 1, action)) }
        }
        if self.left > 0 {
            self.left -= 1;
            return;
        }
        let Some(machine) = &mut self.machine else {
            if self.bmc == Power::On {
                let mut new = machine(S::New);
                new.mark = Mark::None;
                self.machine = Some(new);
                self.wrong.insert(Aspect::Registration);
            }
            return;
        };
        match machine.status {
            S::Commissioning if self.commissionings_fail.pop_front().unwrap_or_default() => {
                machine.status = S::FailedCommissioning;
            }
            S::Commissioning => {
                *machine = Machine { status: S::Ready, owner: Owner::Nobody, power: Power::Off, ..machine.clone() };
                self.wrong.extend([Aspect::Networking, Aspect::Storage, Aspect::Platform]);
            }
            S::Deploying if self.deployments_fail.pop_front().unwrap_or_default() => {
                machine.status = S::FailedDeployment;
            }
            S::Deploying => {
                self.deployed += 1;
                machine.status = S::Deployed;
                machine.has_system = true;
            }
            S::Releasing => {
                self.bmc = Power::Off;
                let mark = Mark::Ours { generation: None, design: None };
                *machine = Machine {
                    status: S::Ready,
                    owner: Owner::Nobody,
                    power: Power::Off,
                    has_system: false,
                    erased: self.erases,
                    mark,
                    ..machine.clone()
                };
                self.wrong.insert(Aspect::Storage);
            }
            _ => {}
        }
    }

    /// A request is sent.
    pub fn perform(&mut self, action: &MachineAction, scene: &Scene, memory: &NodeMemory) {
        match action {
            MachineAction::Apply(Aspect::Mark) => self.known().mark = marked(scene, memory),
            MachineAction::Apply(aspect) => {
                assert!(self.known().status != S::Deployed, "{aspect:?} is written to a deployed machine");
                self.wrong.remove(aspect);
                if *aspect == Aspect::Registration && !self.known().mark.is_ours() {
                    self.known().mark = Mark::Ours { generation: None, design: None };
                }
            }
            _ => {
                if *action == MachineAction::Deploy {
                    self.begun += 1;
                    assert_eq!(self.known().mark, marked(scene, memory), "deployed under another mark");
                    assert_eq!(self.known().status, S::Allocated);
                }
                assert!(self.underway.is_none(), "{action} while {:?} is on its way", self.underway);
                if self.delay == 0 {
                    self.shows(action);
                } else {
                    self.underway = Some((self.delay - 1, action.clone()));
                }
            }
        }
    }

    fn shows(&mut self, action: &MachineAction) {
        self.left = 2;
        if *action == MachineAction::NetworkBoot {
            self.bmc = Power::On;
            return;
        }
        let machine = self.known();
        let was = machine.status;
        match (action, was) {
            (MachineAction::Commission, S::New | S::FailedCommissioning | S::Ready) => {
                machine.status = S::Commissioning;
                machine.owner = Owner::Us;
                machine.power = Power::On;
            }
            (MachineAction::Allocate, S::Ready) => {
                machine.status = S::Allocated;
                machine.owner = Owner::Us;
            }
            (MachineAction::Deploy, S::Allocated) => {
                assert!(self.wrong.is_empty(), "deployed while {:?} is wrong", self.wrong);
                let machine = self.known();
                machine.status = S::Deploying;
                machine.power = Power::On;
            }
            (MachineAction::Forget, S::Ready) => self.machine = None,
            (MachineAction::Release { erase }, S::Allocated | S::FailedDeployment | S::Deployed) => {
                machine.status = S::Releasing;
                self.erases = *erase != EraseMode::None;
                self.released += u32::from(was == S::Deployed);
            }
            (action, status) => panic!("{action} in {status:?}"),
        }
    }

    fn known(&mut self) -> &mut Machine {
        self.machine.as_mut().expect("a machine that is known")
    }
}

fn marked(scene: &Scene, memory: &NodeMemory) -> Mark {
    Mark::Ours { generation: Some(memory.generation), design: Some(scene.hash.clone()) }
}

/// One turn of the controller in that world. `scene` holds what is ordered and what is remembered, as last reported.
pub fn turn(scene: &mut Scene, world: &mut World, mishap: Option<Mishap>) -> Step {
    scene.pass(TURN);
    world.goes_on();
    if mishap == Some(Mishap::Wiped) {
        scene.memory = NodeMemory::default();
    }
    scene.seen = world.observe(scene, &scene.memory);
    let decision = scene.decide();
    if mishap == Some(Mishap::BeforeReport) {
        return decision.step;
    }
    match &decision.step {
        Step::Act(action) => {
            scene.memory = plan::begin(action, &scene.seen, &decision.memory, scene.now);
            if mishap != Some(Mishap::BeforeAct) {
                let memory = scene.memory.clone();
                world.perform(action, scene, &memory);
            }
        }
        _ => scene.memory = decision.memory,
    }
    decision.step
}

/// Every aspect but the mark, which only an allocated machine carries.
pub fn everything_is_wrong(world: &mut World) {
    world.wrong.extend(ASPECTS.into_iter().filter(|aspect| *aspect != Aspect::Mark));
}
