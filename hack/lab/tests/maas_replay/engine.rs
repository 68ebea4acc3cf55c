//! Plays the story, and finds the places of exchanges that the story does not know.
//!
//! A known exchange is played where the story has it. Before it the machine that it speaks about goes on by itself until
//! it is in a state that the exchange implies. When the answer still differs, a write that nobody placed yet may be what
//! is missing: the one after which the answer differs least is taken into the story.
//!
//! What then is left is tried at the moments of its own group at which everything that it names is known and its machine
//! is in a state that it implies; the moment next to exchanges of similar names comes first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use slipway_lab::Lab;

use crate::client::form;
use crate::compare::Miss;
use crate::exchange::Exchange;
use crate::precondition;
use crate::report::{Line, Report};
use crate::stage::{Moment, Played, Stage};
use crate::story::{self, Step};

/// How many steps a machine goes on by itself at most: power, boot, work, boot, work.
const FAR: usize = 8;

/// A moment at which exchanges can be tried.
pub(crate) struct Place {
    pub(crate) group: u32,
    pub(crate) label: String,
    pub(crate) moment: Moment,
}

pub(crate) struct Engine {
    pub(crate) stage: Stage,
    pub(crate) all: Vec<Exchange>,
    /// Names of exchanges that the story does not place, and that nobody placed yet.
    pub(crate) open: BTreeSet<String>,
    pub(crate) places: Vec<Place>,
    pub(crate) lines: BTreeMap<String, Line>,
    /// Where writes that the story does not know were taken into it.
    pub(crate) taken_in: BTreeMap<String, String>,
    pub(crate) remarks: Vec<String>,
}

/// Something to play.
#[derive(Clone)]
pub(crate) enum Item {
    Exchange(Box<Exchange>),
    Other(Step),
}

/// A group that was played: its items, what came of them, and the moments before, between and after them.
pub(crate) struct Track {
    pub(crate) items: Vec<Item>,
    pub(crate) lines: Vec<Line>,
    pub(crate) places: Vec<Place>,
    pub(crate) end: Moment,
}

/// Everything that an exchange names is known at the moment.
pub(crate) fn knows(moment: &Moment, exchange: &Exchange) -> bool {
    let unknown = moment.ids.unknown(&exchange.url, exchange.path(), exchange.op(), &exchange.params);
    unknown.is_empty() || exchange.status == 404
}

/// How alike the names are of an exchange and of the one after which a moment is.
pub(crate) fn likeness(label: &str, exchange: &Exchange) -> usize {
    let label = label.trim_start_matches("after ");
    label.bytes().zip(exchange.name.bytes()).take_while(|(a, b)| a == b).count()
}

/// What to try before an exchange.
#[derive(Clone, Debug)]
struct Way {
    settle: bool,
    fault: Option<Value>,
    steps: usize,
}

/// Plays everything.
pub(crate) async fn replay(lab: Lab, all: Vec<Exchange>, hold_out: Option<u64>, adopt: bool) -> Report {
    let steps = story::steps();
    let told = |step: &Step| match step {
        Step::Told(name) => Some((*name).to_owned()),
        _ => None,
    };
    let mut known: BTreeSet<String> = steps.iter().filter_map(told).collect();
    if let Some(seed) = hold_out {
        known.retain(|name| !held(name, seed));
    }
    let open = all.iter().map(|one| one.name.clone()).filter(|name| !known.contains(name)).collect();
    let mut engine = Engine {
        stage: Stage::new(lab),
        all,
        open,
        places: Vec::new(),
        lines: BTreeMap::new(),
        taken_in: BTreeMap::new(),
        remarks: Vec::new(),
    };
    engine.find_files();
    engine.play_story(&steps, &known, adopt).await;
    engine.place_rest().await;
    engine.stage.stop().await;
    let mut report = Report { lines: engine.lines.into_values().collect(), remarks: engine.remarks };
    report.lines.sort_by(|a, b| a.name.cmp(&b.name));
    report
}

/// Whether an exchange is held out under this seed: one of four.
fn held(name: &str, seed: u64) -> bool {
    let mut hash = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash >> 33).is_multiple_of(4)
}

impl Engine {
    pub(crate) fn exchange(&self, name: &str) -> Option<Exchange> {
        self.all.iter().find(|one| one.name == name).cloned()
    }

    /// What files held: what was downloaded again, or as many bytes as were received.
    fn find_files(&mut self) {
        for one in &self.all {
            for field in &one.files {
                let script = one.param("name").map(|name| format!("scripts/{name}"));
                let download = self
                    .all
                    .iter()
                    .find(|other| other.op() == Some("download") && script.as_deref() == Some(other.path()));
                let mut sizes = Vec::new();
                sizes_in(&one.body, &mut sizes);
                let content = match download {
                    Some(download) => download.text().as_bytes().to_vec(),
                    None if field == "script" => b"#!/bin/sh\n".to_vec(),
                    None => vec![b'x'; sizes.first().copied().unwrap_or(8)],
                };
                // A part that only makes the body multipart is no file.
                if field != "_" {
                    self.stage.files.insert(format!("{}/{field}", one.name), content);
                }
            }
        }
    }

    async fn play_story(&mut self, steps: &[Step], known: &BTreeSet<String>, adopt: bool) {
        let mut groups: BTreeMap<u32, Vec<Item>> = BTreeMap::new();
        for step in steps {
            let item = match step {
                Step::Told(name) if !known.contains(*name) => continue,
                Step::Told(name) => match self.exchange(name) {
                    Some(exchange) => Item::Exchange(Box::new(exchange)),
                    None => continue,
                },
                other => Item::Other(*other),
            };
            groups.entry(step.group()).or_default().push(item);
        }
        // A group of which nothing is known still has its moment.
        for one in &self.all {
            groups.entry(one.group).or_default();
        }
        for (group, items) in groups {
            let begin = self.stage.moment();
            let mut track = self.play_group(group, items, &begin).await;
            if adopt {
                self.adopt(group, &mut track).await;
            }
            self.stage.go_back(&track.end);
            for line in track.lines {
                self.open.remove(&line.name);
                self.lines.insert(line.name.clone(), line);
            }
            self.places.extend(track.places);
        }
    }

    /// Plays the items of a group from a moment on. Writes that nobody placed are taken in where an item needs them.
    pub(crate) async fn play_group(&mut self, group: u32, items: Vec<Item>, begin: &Moment) -> Track {
        self.stage.go_back(begin);
        let mut track = Track { items: Vec::new(), lines: Vec::new(), places: Vec::new(), end: begin.clone() };
        let place = |label: String, moment: Moment| Place { group, label, moment };
        track.places.push(place("at the beginning of its group".to_owned(), begin.clone()));
        for item in items {
            let label = match &item {
                Item::Exchange(exchange) => {
                    let (played, taken) = self.perform(exchange).await;
                    for (write, moment) in taken {
                        let placed = Some(format!("before {}", exchange.name));
                        track.lines.push(Line::of(&write, placed, Vec::new()));
                        self.open.remove(&write.name);
                        track.places.push(place(format!("after {}", write.name), moment));
                        track.items.push(Item::Exchange(Box::new(write)));
                    }
                    let placed = self.taken_in.get(&exchange.name).cloned();
                    track.lines.push(Line::of(exchange, placed, played.misses));
                    format!("after {}", exchange.name)
                }
                Item::Other(Step::Unrecorded(_, method, path, pairs)) => {
                    self.unrecorded(method, path, pairs).await;
                    format!("after {method} {path}")
                }
                Item::Other(Step::Key(user)) => {
                    self.stage.give_key(user).await;
                    format!("after the key of {user}")
                }
                Item::Other(Step::Told(_)) => continue,
            };
            track.items.push(item);
            track.places.push(place(label, self.stage.moment()));
        }
        track.end = self.stage.moment();
        track
    }

    fn note(&mut self, exchange: &Exchange, placed: Option<String>, misses: Vec<Miss>) {
        let line = Line::of(exchange, placed, misses);
        self.lines.insert(exchange.name.clone(), line);
        self.open.remove(&exchange.name);
    }

    async fn unrecorded(&mut self, method: &str, path: &str, pairs: &[(&str, &str)]) {
        self.stage.settle().await;
        let url = format!("/MAAS/api/2.0/{path}");
        let op = path.split("op=").nth(1);
        let below = path.split('?').next().unwrap_or_default();
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), self.stage.ids.param(below, op, key, value))).collect();
        // The machine comes to a state in which this can be done.
        let machine = below.split('/').nth(1).filter(|id| id.len() == 6).map(str::to_owned);
        let machine = machine.or_else(|| pairs.iter().find(|(key, _)| key == "system_id").map(|_| "qgtrww".to_owned()));
        for _ in 0..FAR {
            let url = self.stage.ids.path(&url);
            let base = self.stage.moment();
            let answer = self.stage.request(method, &url, &form(&pairs)).await;
            self.stage.unsettled = true;
            let status = answer.as_ref().map_or(0, |answer| answer.status);
            // A BMC that cannot be reached is no state of the machine.
            if (200..300).contains(&status) || status >= 500 {
                return;
            }
            self.stage.go_back(&base);
            let moved = match &machine {
                Some(machine) => self.stage.advance(machine).await,
                None => false,
            };
            if !moved {
                let said = answer.map(|answer| answer.text()).unwrap_or_default();
                self.remarks.push(format!("{method} {path} was refused: {status} {said}"));
                return;
            }
        }
    }

    /// Plays an exchange of the story, with writes that nobody placed yet before it when that helps.
    async fn perform(&mut self, exchange: &Exchange) -> (Played, Vec<(Exchange, Moment)>) {
        let mut taken: Vec<(Exchange, Moment)> = Vec::new();
        let mut base = self.stage.moment();
        let mut best = self.ways(&base, exchange, true).await;
        while !best.0.matches() {
            let pool: Vec<Exchange> = self
                .open
                .iter()
                .filter_map(|name| self.exchange(name))
                .filter(|one| one.is_write() && one.group <= exchange.group)
                .filter(|one| related(one, exchange))
                .collect();
            let mut better: Option<(Exchange, Moment, (Played, Moment))> = None;
            for write in pool.into_iter().rev() {
                let (first, after) = self.ways(&base, &write, true).await;
                if !first.matches() {
                    continue;
                }
                let then = self.ways(&after, exchange, true).await;
                let so_far = better.as_ref().map_or(best.0.misses.len(), |(_, _, (played, _))| played.misses.len());
                if then.0.misses.len() < so_far {
                    let perfect = then.0.matches();
                    better = Some((write, after, then));
                    if perfect {
                        break;
                    }
                }
            }
            let Some((write, after, then)) = better else { break };
            self.open.remove(&write.name);
            taken.push((write, after.clone()));
            base = after;
            best = then;
        }
        self.stage.go_back(&best.1);
        (best.0, taken)
    }

    /// Tries the ways to an exchange from a moment; the first that matches, else the one that differs least. The moment
    /// is that after it.
    pub(crate) async fn ways(&mut self, from: &Moment, exchange: &Exchange, far: bool) -> (Played, Moment) {
        let wanted = precondition::states(exchange);
        let machine = exchange.machine().or_else(|| exchange.shown("system_id")).map(str::to_owned);
        let machine = machine.filter(|id| from.ids.get("node", id).is_some());
        let mut ways = vec![Way { settle: true, fault: None, steps: 0 }];
        if from.unsettled && exchange.method == "GET" {
            ways.push(Way { settle: false, fault: None, steps: 0 });
        }
        if far && machine.is_some() && exchange.status != 404 {
            let mut faults: Vec<Option<Value>> =
                precondition::faults(exchange, &self.all).into_iter().map(Some).collect();
            faults.push(None);
            for fault in faults {
                ways.extend((1..=FAR).map(|steps| Way { settle: true, fault: fault.clone(), steps }));
            }
        }
        let mut best: Option<(bool, Played, Moment)> = None;
        let mut stuck: Option<Way> = None;
        for way in ways {
            // A machine that stopped going on does not go further.
            if stuck.as_ref().is_some_and(|stuck| stuck.fault == way.fault && way.steps >= stuck.steps && way.steps > 0)
            {
                continue;
            }
            if !self.go(from, &way, machine.as_deref()).await {
                stuck = Some(way);
                continue;
            }
            let fits = self.is_in(machine.as_deref(), &wanted).await;
            if !fits && way.steps > 0 {
                continue;
            }
            let played = self.stage.play(exchange).await;
            let after = self.stage.moment();
            if fits && played.matches() {
                return (played, after);
            }
            let better = best.as_ref().is_none_or(|(fitted, known, _)| {
                (fits && !fitted) || (fits == *fitted && played.misses.len() < known.misses.len())
            });
            if better {
                best = Some((fits, played, after));
            }
        }
        let (_, played, after) = best.unwrap_or_else(|| {
            let miss = Miss::new("", format!("a machine in one of {wanted:?}"), "no such state");
            (false, Played { misses: vec![miss] }, from.clone())
        });
        (played, after)
    }

    /// Goes to the moment and on from there. Says whether the machine went as far.
    async fn go(&mut self, from: &Moment, way: &Way, machine: Option<&str>) -> bool {
        self.stage.go_back(from);
        if way.settle {
            self.stage.settle().await;
        }
        if let Some(fault) = &way.fault {
            self.stage.fault(fault).await;
        }
        let mut went = 0;
        if let Some(machine) = machine {
            while went < way.steps && self.stage.advance(machine).await {
                went += 1;
            }
        }
        self.stage.no_faults().await;
        went == way.steps
    }

    async fn is_in(&self, machine: Option<&str>, states: &[&str]) -> bool {
        let Some(machine) = machine.filter(|_| !states.is_empty()) else { return true };
        let now = self.stage.machine(machine).await;
        let name = now["status_name"].as_str().unwrap_or_default();
        now.is_null() || states.contains(&name)
    }

    /// Places what the story does not know. What one exchange makes another may need, so this goes round until nothing
    /// more finds its place.
    async fn place_rest(&mut self) {
        let mut failed: BTreeMap<String, (Vec<Miss>, String)> = BTreeMap::new();
        for far in [false, true] {
            loop {
                let before = self.open.len();
                for name in self.open.clone() {
                    let Some(exchange) = self.exchange(&name) else { continue };
                    if let Err((misses, label)) = self.place(&exchange, far).await {
                        failed.insert(name, (misses, label));
                    }
                }
                if self.open.len() == before {
                    break;
                }
            }
        }
        for name in self.open.clone() {
            let Some(exchange) = self.exchange(&name) else { continue };
            if self.bring_about(&exchange).await {
                continue;
            }
            let (misses, label) = failed.remove(&name).unwrap_or_default();
            self.note(&exchange, Some(label), misses.clone());
            let unknown = misses.is_empty();
            if let Some(line) = self.lines.get_mut(&name).filter(|_| unknown) {
                line.unreachable = Some("no moment of its group knows what it names".to_owned());
            }
        }
    }

    /// Tries the moments of the exchange's group.
    async fn place(&mut self, exchange: &Exchange, far: bool) -> Result<(), (Vec<Miss>, String)> {
        let mut order: Vec<usize> = (0..self.places.len())
            .filter(|at| self.places[*at].group == exchange.group && knows(&self.places[*at].moment, exchange))
            .collect();
        if order.is_empty() {
            return Err((Vec::new(), String::new()));
        }
        order.sort_by_key(|at| std::cmp::Reverse(likeness(&self.places[*at].label, exchange)));
        let mut best: Option<(Vec<Miss>, String)> = None;
        for at in order {
            let (moment, label) = (self.places[at].moment.clone(), self.places[at].label.clone());
            let (played, after) = self.ways(&moment, exchange, far).await;
            if played.matches() {
                if exchange.is_write() {
                    let label = format!("after {}", exchange.name);
                    self.places.push(Place { group: exchange.group, label, moment: after });
                }
                self.note(exchange, Some(label), Vec::new());
                return Ok(());
            }
            if best.as_ref().is_none_or(|(misses, _)| played.misses.len() < misses.len()) {
                best = Some((played.misses, label));
            }
        }
        Err(best.unwrap_or_default())
    }

    /// Brings the machine into the state that an exchange implies when no moment of the story has it.
    async fn bring_about(&mut self, exchange: &Exchange) -> bool {
        let wanted: Vec<String> = precondition::states(exchange).into_iter().map(str::to_owned).collect();
        let Some(machine) = exchange.machine().map(str::to_owned) else { return false };
        let knows = |place: &&Place| place.group <= exchange.group && place.moment.ids.get("node", &machine).is_some();
        let Some(place) = self.places.iter().rev().find(knows) else { return false };
        let moment = place.moment.clone();
        for state in &wanted {
            self.stage.go_back(&moment);
            self.stage.settle().await;
            let mut preset = json!({"status": state});
            if let Some(owner) = exchange.shown("owner") {
                preset["owner"] = json!(owner);
            }
            self.stage.control("POST", &format!("machines/{machine}/preset"), &preset).await;
            let played = self.stage.play(exchange).await;
            if played.matches() {
                self.note(exchange, Some(format!("with {machine} brought to {state}")), Vec::new());
                return true;
            }
        }
        false
    }
}

/// A write may be what an exchange needs: they speak of the same machine, or the write of none.
fn related(write: &Exchange, exchange: &Exchange) -> bool {
    let subject = |one: &Exchange| one.machine().or_else(|| one.shown("system_id")).map(str::to_owned);
    match (subject(write), subject(exchange)) {
        (Some(a), Some(b)) => a == b || write.path() == "machines/",
        _ => true,
    }
}

/// The sizes of files that an answer tells of.
fn sizes_in(value: &Value, found: &mut Vec<usize>) {
    match value {
        Value::Object(map) => {
            if let Some(size) = map.get("size").and_then(Value::as_u64) {
                found.extend(usize::try_from(size));
            }
            map.values().for_each(|value| sizes_in(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| sizes_in(value, found)),
        _ => {}
    }
}
