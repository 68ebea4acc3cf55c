//! The controller around the real functions of `slipway::plan`, one step at a time: it looks, decides and reports, acts, and tells
//! how it went, as `src/controllers/node*.rs` do; between any two steps anything may happen.

use crate::{
    cluster::{Cluster, Conflict, NODE, Snapshot},
    driver::{self, Answer, Call},
    event::Fault,
    judge::Judge,
    plant::Plant,
    region::Region,
    report::{shown, status, told},
};
use slipway::{
    api::{
        BaremetalNode, SiteTask, annotation,
        baremetal_node::{BaremetalNodeStatus, Enlistment},
        memory::{Approval, NodeMemory},
        site::DeletionPolicy,
    },
    model::{
        Candidate, MachineAction, MachineStatus as S, Mark, NodeDesign, NodeIdentity, Observation, Orders,
        PlatformDesign, Power, Sighting, Step,
    },
    plan::{self, Want},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What was looked at, and is decided on next.
#[derive(Debug)]
pub struct Look {
    pub at: Arc<Snapshot>,
    pub node: Arc<BaremetalNode>,
    pub task: Option<Arc<SiteTask>>,
    pub orders: Orders,
    pub seen: Observation,
    pub fresh_since: i64,
    pub now: i64,
    pub effects: u32,
    pub losses: u32,
}

/// What is due next.
#[derive(Debug)]
enum Phase {
    Look,
    Report(Box<Look>),
    Act { look: Box<Look>, action: MachineAction, begun: NodeMemory, version: u64 },
    Tell { action: MachineAction, class: &'static str, begun: NodeMemory, version: u64 },
}

/// What a process keeps, and loses with its end.
#[derive(Debug)]
pub struct Controller {
    phase: Phase,
    fresh_since: Option<i64>,
    cache: Snapshot,
    pub lag: u8,
    pub report_fault: Option<Fault>,
    pub call_fault: Option<Fault>,
    /// The observation before, for a planted bug.
    before: Option<Observation>,
    design: NodeDesign,
}

/// What the controller works on.
pub struct World<'a> {
    pub cluster: &'a mut Cluster,
    pub region: &'a mut Region,
    pub judge: &'a mut Judge,
    pub plant: Option<Plant>,
    pub now: i64,
    /// What is told of the step.
    pub told: Vec<String>,
}

/// Seconds for which a process that hangs may still write: its permit is void then.
const LEASE: i64 = 30;

impl Controller {
    pub fn new(cache: Snapshot, enlistment: Enlistment) -> Self {
        let design = NodeDesign {
            domain: "example.com".into(),
            enlistment,
            platform: PlatformDesign { image: Some("noble".into()), ..PlatformDesign::default() },
            ..NodeDesign::named(NODE)
        };
        Self {
            phase: Phase::Look,
            fresh_since: None,
            cache,
            lag: 0,
            report_fault: None,
            call_fault: None,
            before: None,
            design,
        }
    }

    /// The process ends, and another one begins.
    pub fn crash(&mut self, cluster: &Cluster) {
        (self.phase, self.fresh_since, self.lag) = (Phase::Look, None, 0);
        self.cache = cluster.stands.clone();
    }

    pub fn is_between_turns(&self) -> bool {
        matches!(self.phase, Phase::Look)
    }

    /// The next step. Gives back until when nothing need be looked at, if it waits.
    pub fn step(&mut self, world: &mut World<'_>) -> Option<i64> {
        match std::mem::replace(&mut self.phase, Phase::Look) {
            Phase::Look => {
                if let Some(look) = self.look(world) {
                    self.phase = Phase::Report(Box::new(look));
                }
                None
            }
            Phase::Report(look) => self.report(*look, world),
            Phase::Act { look, action, begun, version } => {
                self.act(&look, action, begun, version, world);
                None
            }
            Phase::Tell { action, class, begun, version } => {
                let failed = plan::failed(&action, class, "no", &begun, crate::clock(world.now));
                world.told.push(format!("tells that {action} failed: {class}"));
                let status =
                    world.cluster.stands.node.as_ref().and_then(|node| node.status.clone()).unwrap_or_default();
                let _ = self.write(BaremetalNodeStatus { memory: Some(failed), ..status }, version, world);
                None
            }
        }
    }

    fn look(&mut self, world: &mut World<'_>) -> Option<Look> {
        if self.lag == 0 {
            self.cache = world.cluster.stands.clone();
        } else {
            self.lag -= 1;
        }
        let at = Arc::new(self.cache.clone());
        let Some(node) = at.node.clone() else {
            self.fresh_since = None;
            return None;
        };
        let going = node.metadata.deletion_timestamp.is_some();
        if world.now - at.design_changed < 15 && !going {
            return None;
        }
        let memory = memory_of(&node);
        let task = governing(&at);
        let limits = plan::limits(&at.site, None, |duration| duration);
        let mut orders = plan::orders(&at.site, task.as_deref(), &node, &memory, limits);
        if going && (orders.release.is_none() || is_past_deadline(&node, world.now)) {
            self.let_go(&at, world);
            return None;
        }
        orders.design_error = at.design_is_broken.then(|| "wrong".into());
        orders.site_prepared = if at.prepared { Ok(()) } else { Err("not yet".into()) };
        if world.plant == Some(Plant::ListReplayed) && has_list(&at, task.as_deref()) {
            let shown = node.status.as_ref().and_then(|status| status.plan.clone());
            orders.approval = shown.map(|plan| Approval { hash: plan.hash, by: "ann".into() });
        }
        orders.held = if at.held { Err("held".into()) } else { Ok(()) };
        let wanted = Cluster::deletion_policy(&at) != DeletionPolicy::Retain;
        let has = node.metadata.finalizers.as_ref().is_some_and(|all| !all.is_empty());
        if !going && wanted != has {
            if world.cluster.finalize(at.version, wanted).is_ok() {
                self.wrote(world.cluster);
            }
            return None;
        }
        if world.region.is_down {
            self.fresh_since = None;
            return None;
        }
        let mut seen = world.region.sight(&mark(&at, &memory));
        if self.needs_bmc(&seen, &memory, &orders) {
            seen.bmc_power = Some(world.region.power);
        }
        if world.plant == Some(Plant::StaleObservation) {
            let fresh = seen.clone();
            seen = self.before.replace(fresh.clone()).unwrap_or(fresh);
        }
        world.judge.looks(&seen, world.now);
        let fresh_since = *self.fresh_since.get_or_insert(world.now);
        let (effects, losses) = (world.judge.effects, world.judge.losses);
        Some(Look { at, node, task, orders, seen, fresh_since, now: world.now, effects, losses })
    }

    fn needs_bmc(&self, seen: &Observation, memory: &NodeMemory, orders: &Orders) -> bool {
        let unknown = match &seen.sighting {
            Sighting::Missing => self.design.enlistment == Enlistment::Discover,
            Sighting::Found(machine) => {
                let fresh = matches!(machine.status, S::New | S::FailedCommissioning);
                fresh && machine.power == Power::Unknown && !memory.powered_on.unwrap_or_default()
            }
            _ => false,
        };
        unknown && orders.goal.is_some() && memory.deployed.is_none() && !orders.paused && orders.design_error.is_none()
    }

    fn report(&mut self, mut look: Look, world: &mut World<'_>) -> Option<i64> {
        let memory = memory_of(&look.node);
        let mut decision = self.decide(&look, &memory, world.plant);
        if let Step::Act(action) = &decision.step
            && !action.is_convergent()
            && look.at.slots_taken
        {
            look.orders.slot = Err("taken".into());
            decision = self.decide(&look, &memory, world.plant);
        }
        let remembered = match &decision.step {
            Step::Act(action) => plan::begin(action, &look.seen, &decision.memory, crate::clock(look.now)),
            _ => decision.memory,
        };
        let going = look.node.metadata.deletion_timestamp.is_some();
        if going && matches!(&decision.step, Step::Done { state: "Released", .. }) {
            self.let_go(&look.at, world);
            return None;
        }
        world.told.push(format!("decides {:?}", told(&decision.step)));
        let status = status(&look, &decision.step, &remembered);
        if let Some(plan) = &status.plan {
            world.judge.shows(&plan.hash, shown(&look, plan));
        }
        let known = look.node.status.as_ref() == Some(&status) || self.write(status.clone(), look.at.version, world);
        let stands = world.cluster.stands.node.as_ref().and_then(|node| node.status.as_ref()) == Some(&status);
        if let (Step::Act(action), true) = (&decision.step, stands) {
            world.judge.begins(action, &look.at, &look.seen, world.region, look.now);
        }
        if !known {
            return None;
        }
        // Its own write is the newest version that it knows of.
        let version = self.cache.version;
        match decision.step {
            Step::Act(action) => {
                self.phase = Phase::Act { look: Box::new(look), action, begun: remembered, version };
                None
            }
            Step::Wait(awaited) => awaited.until.map(crate::seconds),
            _ => None,
        }
    }

    /// Writes the status; gives back whether it is known to stand.
    fn write(&mut self, status: BaremetalNodeStatus, version: u64, world: &mut World<'_>) -> bool {
        let known = status.memory.as_ref().is_some_and(|memory| memory.deployed.is_some());
        match self.report_fault.take() {
            Some(Fault::ReportLost) => {
                world.told.push("its report is lost".into());
                false
            }
            fault => {
                let written = world.cluster.report(version, status);
                if let Err(Conflict) = written {
                    world.told.push("it decided on something old".into());
                    return false;
                }
                world.judge.remembers(known);
                if fault.is_some() {
                    world.told.push("its report stands, and it does not know".into());
                    return false;
                }
                self.wrote(world.cluster);
                true
            }
        }
    }

    /// The cache has what was just written of the node.
    fn wrote(&mut self, cluster: &Cluster) {
        self.cache.node.clone_from(&cluster.stands.node);
        self.cache.version = cluster.stands.version;
    }

    fn decide(&self, look: &Look, memory: &NodeMemory, plant: Option<Plant>) -> plan::Decision {
        let identity = identity(&look.node);
        let (hash, retry) = (crate::hash(look.at.design), retry(look));
        let want = Want { design: &self.design, hash: &hash, identity: &identity, retry: &retry };
        let (now, fresh) = (crate::clock(look.now), crate::clock(look.fresh_since));
        let decide = |orders: &Orders, memory: &NodeMemory| plan::decide(want, &look.seen, memory, orders, fresh, now);
        crate::plant::tells(plant, &look.orders, memory, decide)
    }

    fn act(&mut self, look: &Look, action: MachineAction, begun: NodeMemory, version: u64, world: &mut World<'_>) {
        let decided_on = match &look.seen.sighting {
            Sighting::Found(machine) => Some(machine.status),
            _ => None,
        };
        let call = Call { action, decided_on, mark: mark(&look.at, &begun) };
        let forbidden = driver::forbids(&call, world.region).filter(|_| world.plant != Some(Plant::StaleObservation));
        if world.now - look.now > LEASE {
            world.told.push("has lost its lease: nothing is sent".into());
            return;
        }
        let answer = if let Some(class) = forbidden {
            Answer::Failed(class)
        } else {
            world.judge.sends(&call, &look.at, &look.seen, world.region, (look.now, look.losses));
            let sent = world.region.sent.len();
            let answer = driver::send(&call, world.region, self.call_fault.take(), world.now);
            if world.region.sent.len() > sent {
                // It will arrive: what is approved from now on is approved beside it.
                world.judge.effect(&call.action, decided_on.unwrap_or(S::Missing));
            }
            answer
        };
        world.told.push(format!("sends {:?}: {answer:?}", call.action));
        world.judge.hears(&call.action, answer);
        if world.plant == Some(Plant::MemoryLost) && !call.action.is_convergent() {
            let old = memory_of(&look.node);
            world.cluster.edit(|node| {
                if let Some(status) = &mut node.status {
                    status.memory = Some(old);
                }
            });
            self.wrote(world.cluster);
        }
        let class = match answer {
            Answer::Done => return,
            Answer::Unknown if world.plant == Some(Plant::UnknownRepeated) => "Unreachable",
            Answer::Unknown => {
                self.fresh_since = None;
                return;
            }
            Answer::Failed("Conflict" | "Missing") if call.action.is_convergent() => return,
            Answer::Failed(class) => class,
        };
        self.phase = Phase::Tell { action: call.action, class, begun, version };
    }

    fn let_go(&mut self, at: &Snapshot, world: &mut World<'_>) {
        world.told.push("lets the node go".into());
        if world.cluster.finalize(at.version, false).is_ok() {
            self.wrote(world.cluster);
        }
    }
}

fn memory_of(node: &BaremetalNode) -> NodeMemory {
    node.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default()
}

pub fn identity(node: &BaremetalNode) -> NodeIdentity {
    NodeIdentity {
        cluster: "c1".into(),
        namespace: "east".into(),
        name: NODE.into(),
        uid: node.metadata.uid.clone().unwrap_or_default(),
    }
}

/// The mark that the machine shall carry.
fn mark(at: &Snapshot, memory: &NodeMemory) -> Mark {
    Mark::Ours { generation: Some(memory.generation), design: Some(crate::hash(at.design)) }
}

fn governing(at: &Snapshot) -> Option<Arc<SiteTask>> {
    let owner_data = BTreeMap::new();
    let labels = BTreeMap::new();
    let racks = BTreeMap::new();
    let candidate = Candidate { name: NODE, tags: &[], owner_data: &owner_data, rack: None, labels: &labels };
    // None takes up the results of another here.
    let covers = |task: &SiteTask| plan::task_scope(task, None).is_ok_and(|scope| scope.covers(candidate, &racks));
    at.tasks.iter().find(|task| plan::takes_nodes(task.spec.action) && task.is_unfinished() && covers(task)).cloned()
}

/// Whether a list of plans stands approved that the node looks at.
fn has_list(at: &Snapshot, task: Option<&SiteTask>) -> bool {
    let of_task = task.and_then(|task| task.status.as_ref()).is_some_and(|status| status.approved.is_some());
    of_task || at.site.status.as_ref().is_some_and(|status| status.approved.is_some())
}

fn retry(look: &Look) -> String {
    let annotation = look.node.metadata.annotations.as_ref().and_then(|all| all.get(annotation::RETRY));
    let task = look.task.as_ref().and_then(|task| task.metadata.uid.clone()).unwrap_or_default();
    format!("{}/{task}", annotation.map_or("", String::as_str))
}

fn is_past_deadline(node: &BaremetalNode, now: i64) -> bool {
    let forced = node.metadata.annotations.as_ref().is_some_and(|all| all.contains_key(annotation::FORCE_DELETE));
    let since = node.metadata.deletion_timestamp.as_ref().map_or(now, |at| crate::seconds(at.0));
    forced || now - since >= i64::try_from(Duration::from_mins(30).as_secs()).unwrap()
}
