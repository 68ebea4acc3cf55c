//! A node, what was seen of it, what is remembered and ordered: small, and changed by each test where it matters.

use jiff::{SignedDuration, Timestamp};
use slipway::{
    api::{
        baremetal_node::Adoption,
        memory::{DeployedAs, MEMORY_VERSION, NodeMemory},
        site::{ApprovalPolicy, Mode},
        site_task::EraseMode,
    },
    model::{
        Afterwards, Aspect, Blocked, Limits, Machine, MachineAction, MachineStatus, Mark, Milestone, NodeDesign,
        NodeIdentity, Observation, Orders, Owner, PlatformDesign, Power, Reason, ReleaseOrder, Sighting, Step,
    },
    plan::{self, Decision, Want},
};
use std::{collections::BTreeMap, time::Duration};

/// Hash of the design in force.
pub const HASH: &str = "1-aaaa";
/// Hash of another design.
pub const OTHER_HASH: &str = "1-bbbb";
/// The machine's id.
pub const ID: &str = "abc123";
/// The machine's serial number.
pub const SERIAL: &str = "CZ3029B4TK";
/// The MAC address of its network card.
pub const MAC: &str = "52:54:00:00:01:01";
/// UID of the node.
pub const UID: &str = "uid-1";
/// The aspects that a machine needs before it can be deployed.
pub const ASPECTS: [Aspect; 5] =
    [Aspect::Registration, Aspect::Networking, Aspect::Storage, Aspect::Platform, Aspect::Mark];

/// Everything that a decision is made of.
#[derive(Debug, Clone)]
pub struct Scene {
    pub design: NodeDesign,
    pub hash: String,
    pub retry: String,
    pub seen: Observation,
    pub memory: NodeMemory,
    pub orders: Orders,
    pub fresh_since: Timestamp,
    pub now: Timestamp,
}

impl Scene {
    /// A free machine that shall be deployed and that nothing holds back.
    pub fn new(status: MachineStatus) -> Self {
        Self {
            design: design(),
            hash: HASH.into(),
            retry: String::new(),
            seen: Observation { sighting: Sighting::Found(Box::new(machine(status))), bmc_power: None },
            memory: NodeMemory { version: MEMORY_VERSION, ..NodeMemory::default() },
            orders: orders(),
            fresh_since: start(),
            now: start(),
        }
    }

    /// A machine that the provisioner does not know.
    pub fn missing(bmc_power: Power) -> Self {
        let mut scene = Self::new(MachineStatus::New);
        scene.seen = Observation { sighting: Sighting::Missing, bmc_power: Some(bmc_power) };
        scene
    }

    /// A machine in a status in which it is ours: allocated to us, and marked.
    pub fn ours(status: MachineStatus) -> Self {
        let mut scene = Self::new(status);
        scene.machine().owner = Owner::Us;
        scene.machine().mark = ours(HASH);
        scene.memory.generation = 1;
        scene
    }

    /// A machine that we deployed by the design in force.
    pub fn deployed() -> Self {
        let mut scene = Self::ours(MachineStatus::Deployed);
        scene.machine().has_system = true;
        scene.machine().power = Power::On;
        scene.memory.deployed = Some(DeployedAs { design_hash: HASH.into(), generation: 1 });
        scene
    }

    /// The machine that is seen.
    pub fn machine(&mut self) -> &mut Machine {
        match &mut self.seen.sighting {
            Sighting::Found(machine) => machine,
            other => panic!("no machine is seen: {other:?}"),
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn decide(&self) -> Decision {
        let identity = identity();
        let want = Want { design: &self.design, hash: &self.hash, identity: &identity, retry: &self.retry };
        plan::decide(want, &self.seen, &self.memory, &self.orders, self.fresh_since, self.now)
    }

    /// Decides, and remembers as the controller does.
    pub fn turn(&mut self) -> Step {
        let decision = self.decide();
        self.memory = match &decision.step {
            Step::Act(action) => plan::begin(action, &self.seen, &decision.memory, self.now),
            _ => decision.memory,
        };
        decision.step
    }

    /// Decides, and does not do what was decided because the driver refuses it.
    pub fn refused(&mut self, class: &str) -> Step {
        let step = self.turn();
        if let Step::Act(action) = &step {
            self.memory = plan::failed(action, class, "no", &self.memory, self.now);
        }
        step
    }

    /// Decides, and does not do what was decided because nobody can be reached.
    pub fn unreached(&mut self) -> Step {
        let decision = self.decide();
        self.memory = match &decision.step {
            Step::Act(action) => plan::not_begun(action, "Unreachable", "no answer", &decision.memory, self.now),
            _ => decision.memory,
        };
        decision.step
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    /// The machine is now seen in another status.
    pub fn becomes(&mut self, status: MachineStatus) {
        self.machine().status = status;
    }
}

pub fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub fn identity() -> NodeIdentity {
    NodeIdentity { cluster: "c1".into(), namespace: "east".into(), name: "n1".into(), uid: UID.into() }
}

pub fn ours(hash: &str) -> Mark {
    Mark::Ours { generation: Some(1), design: Some(hash.into()) }
}

pub fn pending(aspects: &[Aspect]) -> BTreeMap<Aspect, Vec<String>> {
    aspects.iter().map(|aspect| (*aspect, vec![format!("set {}", aspect.name())])).collect()
}

pub fn machine(status: MachineStatus) -> Machine {
    Machine {
        id: ID.into(),
        hostname: "n1".into(),
        serial: Some(SERIAL.into()),
        macs: vec![MAC.into()],
        rivals: Vec::new(),
        status,
        owner: Owner::Nobody,
        mark: Mark::Ours { generation: None, design: None },
        locked: false,
        power: Power::Off,
        has_system: false,
        pending: BTreeMap::new(),
        impossible: BTreeMap::new(),
        error: None,
        fixed: Vec::new(),
        erased: false,
        inventory: None,
    }
}

/// A machine to be taken over, by its id.
#[expect(clippy::unnecessary_wraps, reason = "as orders hold it")]
pub fn adopts(id: &str) -> Option<Adoption> {
    Some(Adoption { provider_id: Some(id.into()), ..Adoption::default() })
}

#[expect(clippy::unnecessary_wraps, reason = "as orders hold it")]
pub fn release(erase: EraseMode, confirmed: bool) -> Option<ReleaseOrder> {
    Some(ReleaseOrder { erase, confirmed, then: Afterwards::Kept })
}

/// The reason of a block.
pub fn reason(step: &Step) -> Option<Reason> {
    if let Step::Blocked(Blocked { reason, .. }) = step { Some(*reason) } else { None }
}

/// The hash that a block asks to be approved.
pub fn asked(step: &Step) -> String {
    match step {
        Step::Blocked(Blocked { plan: Some((hash, _)), .. }) => hash.clone(),
        other => panic!("no approval is asked for: {other:?}"),
    }
}

/// The state of a wait or of being done.
pub fn state(step: &Step) -> &'static str {
    match step {
        Step::Wait(awaited) => awaited.state,
        Step::Done { state, .. } => state,
        other => panic!("neither waits nor is done: {other:?}"),
    }
}

pub fn acts(step: &Step, action: &MachineAction) -> bool {
    matches!(step, Step::Act(act) if act == action)
}

pub const RELEASE: MachineAction = MachineAction::Release { erase: EraseMode::None };

fn orders() -> Orders {
    Orders {
        goal: Some(Milestone::Deployed),
        release: None,
        mode: Mode::OnTask,
        paused: false,
        touches_nothing: None,
        design_error: None,
        site_prepared: Ok(()),
        held: Ok(()),
        slot: Ok(()),
        stopped: None,
        rescue: false,
        power: None,
        reboot: None,
        marks_broken: false,
        corrects: false,
        approval_policy: ApprovalPolicy::Destructive,
        task: None,
        approval: None,
        acknowledged: None,
        adopt: None,
        claimed_by: None,
        take_over: None,
        limits: Limits {
            enlist: Duration::from_mins(20),
            commission: Duration::from_mins(45),
            deploy: Duration::from_hours(1),
            release: Duration::from_hours(4),
            request: Duration::from_secs(90),
            shutdown: Duration::from_mins(5),
            backoff: Duration::from_secs(30),
            backoff_cap: Duration::from_mins(10),
            retries: 3,
        },
    }
}

fn design() -> NodeDesign {
    NodeDesign {
        domain: "example.com".into(),
        boot_mode: slipway::api::hardware_profile::BootMode::Uefi,
        platform: PlatformDesign { image: Some("noble".into()), ..PlatformDesign::default() },
        ..NodeDesign::named("n1")
    }
}
