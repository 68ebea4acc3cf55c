//! What may happen, as data: a history is a start and a list of events, and both come from a seed.

use crate::random::Random;
use slipway::api::{
    baremetal_node::{DesiredPower, Enlistment},
    site::{ApprovalPolicy, DeletionPolicy, Mode},
    site_task::{EraseMode, TaskAction},
};
use slipway::model::Afterwards;

/// How a history begins.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub machine: Begins,
    pub enlistment: Enlistment,
    pub mode: Mode,
    pub approval: ApprovalPolicy,
    pub deletion: DeletionPolicy,
    pub locks: bool,
    pub breaks: bool,
}

/// What the machine is when a history begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// Off, and known to nobody.
    Cold,
    /// On, and known to nobody.
    Running,
    /// Enlisted by hand.
    New,
    /// Commissioned by hand.
    Ready,
    /// Deployed by Slipway, which remembers it.
    Deployed,
    /// Deployed by another account.
    Bobs,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// Time passes: seconds.
    Pass(i64),
    /// The controller takes a whole turn, or ends the one that it is at.
    Turn,
    /// The controller takes one step of a turn: looks, reports, acts, tells how it went.
    Step,
    /// So many turns, five minutes apart.
    Calm(u8),
    /// Somebody says something to the cluster.
    Person(Person),
    /// Somebody else's hand on the machine or on its record.
    Hand(Hand),
    /// Something fails.
    Fault(Fault),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Person {
    EditsDesign(u8),
    BreaksDesign(bool),
    SetsMode(Mode),
    SetsApproval(ApprovalPolicy),
    SetsDeletion(DeletionPolicy),
    PausesNode(bool),
    PausesSite(bool),
    CreatesTask { action: TaskAction, erase: EraseMode, then: Afterwards, covers: bool },
    CancelsTask(u8),
    DeletesTask(u8),
    AppliesTaskAgain(u8),
    Approves(Approves),
    ApprovesTogether(On, Approves),
    DeletesNode,
    ConfirmsDeletion(bool),
    ForcesDeletion,
    MakesNodeAnew,
    SetsRescue(bool),
    SetsPower(Option<DesiredPower>),
    Reboots(u8),
    Retries(u8),
    Adopts(bool),
    WipesStatus,
    PreparesSite(bool),
    TakesSlots(bool),
    HoldsSite(bool),
}

/// Where plans of many nodes are approved at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Site,
    /// The task of this number.
    Task(u8),
}

/// What an approval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approves {
    /// The plan that is shown.
    Shown,
    /// A plan that was shown some time.
    Old(u8),
    /// A plan that nobody has shown.
    Nonsense,
    /// Nothing any more.
    Withdraws,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Releases,
    TakesForBob,
    DeploysForBob,
    GivesBack,
    MarksBroken,
    MarksFixed,
    Locks,
    Unlocks,
    TakesMarkAway,
    MarksForeign,
    Tests,
    Rescues,
    EndsRescue,
    Switches,
    Drifts,
    WantsScripts,
    Enlists,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process ends, wherever it is.
    Crash,
    /// The caches lag for so many turns.
    Lag(u8),
    /// The region does not answer until `Up`.
    Down,
    Up,
    /// The answer to the next request is lost.
    AnswerLost,
    /// The next request is lost, and so is its answer.
    RequestLost,
    /// The next request takes so many seconds to arrive, and nobody waits for its answer.
    Delayed(u8),
    /// The next request is answered at once, and shows so many seconds later.
    Slow(u8),
    /// The next request is refused.
    Refused,
    /// The next report is written, and its answer lost.
    ReportAnswerLost,
    /// The next report is lost.
    ReportLost,
    /// What the machine is at, or is at next, fails.
    OperationFails,
    /// The operating system does not listen to the next shutdown.
    Deaf,
    /// The provisioner has lost the record.
    RecordLost,
    /// The provisioner was restored from a time before the deployment.
    Restored,
    /// The provisioner takes what is deployed for a failed deployment.
    Doubts,
}

/// A history from a seed. Most of its events are of a few that are drawn for it, so that they meet again and again (Groce and
/// others: Swarm Testing, 2012).
pub fn history(seed: u64, length: usize) -> (Start, Vec<Event>) {
    let mut random = Random::new(seed);
    let start = start(&mut random);
    let few: Vec<Event> = (0..8).map(|_| word(&mut random)).collect();
    let events = (0..length).map(|_| match random.below(100) {
        0..10 => Event::Pass(random.of(&[1, 20, 40, 95, 320, 1300, 5000, 30_000])),
        10..32 => Event::Turn,
        32..44 => Event::Step,
        44..54 => Event::Calm(random.of(&[2, 5, 12])),
        54..62 => Event::Person(Person::Approves(Approves::Shown)),
        62..64 => Event::Person(Person::ApprovesTogether(on(&mut random), Approves::Shown)),
        64..94 => random.of(&few),
        _ => word(&mut random),
    });
    (start, events.collect())
}

/// Something that people, others or faults do.
fn word(random: &mut Random) -> Event {
    match random.below(10) {
        0..6 => Event::Person(person(random)),
        6..8 => Event::Hand(random.of(&HANDS)),
        _ => Event::Fault(fault(random)),
    }
}

fn start(random: &mut Random) -> Start {
    use Begins as B;
    Start {
        machine: random.of(&[B::Cold, B::Running, B::New, B::Ready, B::Deployed, B::Deployed, B::Deployed, B::Bobs]),
        enlistment: random.of(&[Enlistment::Create, Enlistment::Discover]),
        mode: random.of(&[Mode::OnTask, Mode::Continuous, Mode::Continuous]),
        approval: approval(random),
        deletion: deletion(random),
        locks: random.once_in(6),
        breaks: random.once_in(6),
    }
}

fn approval(random: &mut Random) -> ApprovalPolicy {
    use ApprovalPolicy as P;
    random.of(&[P::Destructive, P::Destructive, P::Destructive, P::Always, P::Never])
}

fn deletion(random: &mut Random) -> DeletionPolicy {
    random.of(&[DeletionPolicy::Retain, DeletionPolicy::Release, DeletionPolicy::ReleaseAndErase])
}

fn on(random: &mut Random) -> On {
    random.of(&[On::Site, On::Task(0), On::Task(1), On::Task(2)])
}

fn approves(random: &mut Random) -> Approves {
    match random.below(10) {
        0..5 => Approves::Shown,
        5..8 => Approves::Old(u8::try_from(random.below(8)).unwrap()),
        8 => Approves::Nonsense,
        _ => Approves::Withdraws,
    }
}

const HANDS: [Hand; 17] = [
    Hand::Releases,
    Hand::TakesForBob,
    Hand::DeploysForBob,
    Hand::GivesBack,
    Hand::MarksBroken,
    Hand::MarksFixed,
    Hand::Locks,
    Hand::Unlocks,
    Hand::TakesMarkAway,
    Hand::MarksForeign,
    Hand::Tests,
    Hand::Rescues,
    Hand::EndsRescue,
    Hand::Switches,
    Hand::Drifts,
    Hand::WantsScripts,
    Hand::Enlists,
];

fn person(random: &mut Random) -> Person {
    let some = |random: &mut Random| u8::try_from(random.below(4)).unwrap();
    match random.below(68) {
        0..10 => Person::Approves(approves(random)),
        64..68 => Person::ApprovesTogether(on(random), approves(random)),
        10..26 => Person::EditsDesign(some(random)),
        26 => Person::BreaksDesign(random.once_in(2)),
        27 => Person::SetsMode(random.of(&[Mode::Observe, Mode::OnTask, Mode::Continuous])),
        28 => Person::SetsApproval(approval(random)),
        29 => Person::SetsDeletion(deletion(random)),
        30 => Person::PausesNode(random.once_in(2)),
        31 => Person::PausesSite(random.once_in(2)),
        32..40 => Person::CreatesTask {
            action: random.of(&[TaskAction::PrepareNodes, TaskAction::DeployNodes, TaskAction::DestroyNodes]),
            erase: random.of(&[EraseMode::None, EraseMode::None, EraseMode::Quick, EraseMode::Full]),
            then: random.of(&[Afterwards::Kept, Afterwards::Kept, Afterwards::Forgotten, Afterwards::Redeployed]),
            covers: !random.once_in(8),
        },
        40 => Person::CancelsTask(some(random)),
        41 => Person::DeletesTask(some(random)),
        42 => Person::AppliesTaskAgain(some(random)),
        43..45 => Person::DeletesNode,
        45..47 => Person::ConfirmsDeletion(!random.once_in(4)),
        47 => Person::ForcesDeletion,
        48..50 => Person::MakesNodeAnew,
        50..52 => Person::SetsRescue(random.once_in(2)),
        52..54 => Person::SetsPower(random.of(&[None, Some(DesiredPower::On), Some(DesiredPower::Off)])),
        54..56 => Person::Reboots(some(random)),
        56 => Person::Retries(some(random)),
        57 => Person::Adopts(!random.once_in(3)),
        58..60 => Person::WipesStatus,
        60 => Person::PreparesSite(!random.once_in(3)),
        61 => Person::TakesSlots(random.once_in(2)),
        62 => Person::HoldsSite(random.once_in(2)),
        _ => Person::Approves(Approves::Withdraws),
    }
}

fn fault(random: &mut Random) -> Fault {
    let seconds = random.of(&[5, 30, 55]);
    let lag = random.of(&[1, 2, 4]);
    random.of(&[
        Fault::Crash,
        Fault::Crash,
        Fault::Lag(lag),
        Fault::Lag(lag),
        Fault::Down,
        Fault::Up,
        Fault::AnswerLost,
        Fault::RequestLost,
        Fault::Delayed(seconds),
        Fault::Slow(seconds),
        Fault::Refused,
        Fault::ReportAnswerLost,
        Fault::ReportLost,
        Fault::OperationFails,
        Fault::Deaf,
        Fault::RecordLost,
        Fault::Restored,
        Fault::Doubts,
    ])
}
