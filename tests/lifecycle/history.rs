//! A history: events in their order, told as a transcript, judged as they happen, and led to rest at its end.

use crate::{
    cluster::Cluster,
    controller::{Controller, World},
    event::{self, Begins, Event, Fault, Person, Start},
    judge::Judge,
    plant::Plant,
    region::{Fate, Region, Taken},
};
use slipway::api::baremetal_node::BaremetalNodeStatus;
use std::fmt::Write;

/// Events of a history.
pub const LENGTH: usize = 80;

/// What broke, after how many events, and how it came to it.
#[derive(Debug)]
pub struct Violation {
    pub what: String,
    pub after: usize,
    pub transcript: String,
}

/// All that there is.
struct History {
    now: i64,
    cluster: Cluster,
    region: Region,
    judge: Judge,
    controller: Controller,
    plant: Option<Plant>,
    transcript: Option<String>,
}

/// Runs the history of a seed.
pub fn run(seed: u64, plant: Option<Plant>) -> Option<Violation> {
    let (start, events) = event::history(seed, LENGTH);
    play(start, &events, plant, false)
}

/// Runs the history of a seed again; gives back the least of it that still breaks, told step by step.
pub fn explain(seed: u64, plant: Option<Plant>) -> Option<Violation> {
    let (start, mut events) = event::history(seed, LENGTH);
    let first = play(start, &events, plant, false)?;
    events.truncate(first.after);
    // Whatever can be left out is left out, the longest stretches first.
    let mut stretch = events.len();
    while stretch > 0 {
        let mut at = 0;
        while at + stretch <= events.len() {
            let mut fewer = events.clone();
            fewer.drain(at..at + stretch);
            if play(start, &fewer, plant, false).is_some() {
                events = fewer;
            } else {
                at += 1;
            }
        }
        stretch /= 2;
    }
    play(start, &events, plant, true)
}

fn play(start: Start, events: &[Event], plant: Option<Plant>, tells: bool) -> Option<Violation> {
    let mut history = History::new(start, plant, tells);
    for (count, event) in events.iter().enumerate() {
        history.happens(*event);
        if let Some(violation) = history.violation(count + 1) {
            return Some(violation);
        }
    }
    history.quiet();
    history.violation(events.len())
}

impl History {
    fn new(start: Start, plant: Option<Plant>, tells: bool) -> Self {
        let mut cluster = Cluster::new(start);
        let region = Region::new(start);
        let mut judge = Judge::default();
        if start.machine == Begins::Deployed {
            remember_deployment(&mut cluster);
            judge.remembers(true);
        }
        let controller = Controller::new(cluster.stands.clone(), start.enlistment);
        let transcript = tells.then(|| format!("{start:?}\n"));
        Self { now: 0, cluster, region, judge, controller, plant, transcript }
    }

    fn violation(&mut self, after: usize) -> Option<Violation> {
        let what = self.judge.violations.first()?.clone();
        let transcript = self.transcript.take().unwrap_or_default();
        Some(Violation { what, after, transcript })
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(transcript) = &mut self.transcript {
            let _ = writeln!(transcript, "{now:>7} s  {}", what());
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Pass(seconds) => self.pass(seconds),
            Event::Step => {
                self.step();
            }
            Event::Turn => {
                self.turn();
            }
            Event::Calm(turns) => {
                for _ in 0..turns {
                    self.pass(300);
                    self.turn();
                }
            }
            Event::Person(person) => {
                self.tell(|| format!("somebody {person:?}"));
                let hashes = self.judge.hashes();
                let uid = |cluster: &Cluster| cluster.stands.node.as_ref().and_then(|node| node.metadata.uid.clone());
                let before = uid(&self.cluster);
                if let Some(hash) = self.cluster.person(person, &hashes, self.now) {
                    self.tell(|| format!("  approved: {hash}"));
                    self.judge.says(&hash);
                }
                if person == Person::WipesStatus {
                    // What is remembered anew is remembered since another second.
                    self.pass(1);
                }
                if person == Person::WipesStatus || before != uid(&self.cluster) {
                    self.judge.forgets();
                }
            }
            Event::Hand(hand) => {
                self.tell(|| format!("somebody's hand {hand:?}"));
                self.region.hand(hand, self.now);
                self.judge.sees(&self.region);
            }
            Event::Fault(fault) => {
                self.tell(|| format!("fault {fault:?}"));
                match fault {
                    Fault::Crash => self.controller.crash(&self.cluster),
                    Fault::Lag(turns) => self.controller.lag = turns,
                    Fault::AnswerLost | Fault::RequestLost | Fault::Delayed(_) | Fault::Slow(_) | Fault::Refused => {
                        self.controller.call_fault = Some(fault);
                    }
                    Fault::ReportAnswerLost | Fault::ReportLost => self.controller.report_fault = Some(fault),
                    fault => self.region.fault(fault),
                }
                self.judge.sees(&self.region);
            }
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        self.region.goes_on(self.now);
        self.take_effects();
        self.judge.sees(&self.region);
        self.cluster.tasks_go_on(self.now);
        self.cluster.lists_go_on();
    }

    fn take_effects(&mut self) {
        for Taken { action, status, fate } in std::mem::take(&mut self.region.taken) {
            match fate {
                Fate::Done => self.judge.effect(&action, status),
                Fate::DoneLate => {}
                Fate::InVain => self.judge.in_vain(&action, status),
            }
            self.judge.sees(&self.region);
            self.tell(|| format!("  {fate:?}: {action:?} in {status:?}"));
        }
    }

    /// One step of the controller. Gives back until when it waits.
    fn step(&mut self) -> Option<i64> {
        let mut world = World {
            cluster: &mut self.cluster,
            region: &mut self.region,
            judge: &mut self.judge,
            plant: self.plant,
            now: self.now,
            told: Vec::new(),
        };
        let until = self.controller.step(&mut world);
        for told in world.told {
            self.tell(|| format!("  it {told}"));
        }
        self.take_effects();
        until
    }

    fn turn(&mut self) -> Option<i64> {
        let mut until = self.step();
        while !self.controller.is_between_turns() {
            until = self.step().or(until);
        }
        until
    }

    /// People and faults are quiet: time passes until nothing is written any more.
    fn quiet(&mut self) {
        self.tell(|| "all is quiet".into());
        for person in [Person::PreparesSite(true), Person::TakesSlots(false), Person::HoldsSite(false)] {
            self.cluster.person(person, &[], self.now);
        }
        self.controller.lag = 0;
        (self.controller.call_fault, self.controller.report_fault) = (None, None);
        (self.region.is_down, self.region.operation_fails, self.region.is_deaf) = (false, false, false);
        let mut idle = 0;
        for _ in 0..TURNS {
            let (written, version) = (self.cluster.writes, self.cluster.stands.version);
            let wait = self.turn().filter(|until| *until > self.now);
            if !self.judge.violations.is_empty() {
                return;
            }
            let still = self.cluster.writes == written && self.cluster.stands.version == version;
            let soon = if still { 8 * 3600 } else { 31 };
            let next = [wait, self.region.next()].into_iter().flatten().min();
            idle = if still && next.is_none() { idle + 1 } else { 0 };
            if idle == AT_REST {
                return;
            }
            self.pass(next.map_or(soon, |next| (next - self.now).clamp(1, soon)));
        }
        self.judge.violations.push(format!("nothing comes to rest in {TURNS} quiet turns"));
    }
}

/// Quiet turns in which everything comes to rest.
const TURNS: u32 = 1000;
/// Turns without a write, eight hours apart, after which it has.
const AT_REST: u32 = 4;

/// The status that a deployment by Slipway has left.
fn remember_deployment(cluster: &mut Cluster) {
    let status: BaremetalNodeStatus = serde_json::from_value(serde_json::json!({
        "observedGeneration": 0,
        "providerId": "m1",
        "memory": {"version": 1, "generation": 1, "deployed": {"designHash": crate::hash(0), "generation": 1}},
    }))
    .unwrap();
    cluster.edit(|node| node.status = Some(status));
}
