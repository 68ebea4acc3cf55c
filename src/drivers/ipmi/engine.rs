//! The one task that speaks to all BMCs: it owns the sockets, the timers and every [`Actor`].
//!
//! One task is enough: a poll costs it some tens of microseconds. It never waits for a BMC, so a dead one costs a timer
//! and a few hundred bytes. Exchanges under way are limited, so that a sweep does not flood the management network; a
//! packet that has been out for several usual round trips counts no more, so that dead BMCs do not take the living
//! ones' places.

use super::{
    actor::{Actor, Demand, Out},
    job::Job,
    login::number_of,
    sockets::Sockets,
    wire,
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

/// What callers ask of the engine. There are at most two of these a BMC at any time, for its line is held by one caller.
pub(super) enum Ask {
    /// Do this, at that BMC.
    Do(u32, SocketAddr, Box<Job>),
    /// The holder of that BMC's line is done.
    Release(u32),
}

/// Asks and datagrams taken in one go, before timers are looked at again.
const BATCH: usize = 64;
/// An unanswered packet counts as under way for so many usual round trips, and for so long at least.
const HOLDS: u32 = 3;
const SHORTEST_HOLD: Duration = Duration::from_millis(20);
/// The round trip assumed before one was seen.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(30);
/// How much a new round trip counts in the smoothed one: one part in so many.
const SMOOTHING: u32 = 16;
/// Wake-up when there is nothing to wake up for.
const FAR: Duration = Duration::from_hours(24);

struct Seat {
    actor: Actor,
    /// It takes one of the places for exchanges under way.
    uses: bool,
    /// It stands in the queue for one.
    queued: bool,
    /// When its timer goes off.
    armed: Option<Instant>,
}

/// The engine.
pub(super) struct Engine {
    seats: Vec<Option<Box<Seat>>>,
    peers: HashMap<SocketAddr, u32>,
    sockets: Sockets,
    timers: BinaryHeap<Reverse<(Instant, u32)>>,
    waiting: VecDeque<u32>,
    limit: usize,
    under_way: usize,
    round_trip: Duration,
}

impl Engine {
    /// An engine with at most so many exchanges under way.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            seats: Vec::new(),
            peers: HashMap::new(),
            sockets: Sockets::default(),
            timers: BinaryHeap::new(),
            waiting: VecDeque::new(),
            limit: limit.max(1),
            under_way: 0,
            round_trip: FIRST_ROUND_TRIP,
        }
    }

    /// Works until nobody can ask any more, then closes what is open.
    pub(super) async fn run(mut self, mut asks: UnboundedReceiver<Ask>) {
        let mut batch = Vec::with_capacity(BATCH);
        let sleep = sleep_until(Instant::now() + FAR);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                count = asks.recv_many(&mut batch, BATCH) => if count == 0 { break },
                () = self.sockets.ready() => {}
                () = &mut sleep => {}
            }
            let now = Instant::now();
            for ask in batch.drain(..) {
                self.asked(ask, now);
            }
            self.receive(now);
            self.wake(now);
            self.admit(now);
            // A timer that goes off early costs less than one that is set anew each time.
            let next = self.timers.peek().map_or(now + FAR, |Reverse((at, _))| *at);
            if next < sleep.deadline() || sleep.is_elapsed() {
                sleep.as_mut().reset(next);
            }
        }
        self.shut_down();
    }

    fn asked(&mut self, ask: Ask, now: Instant) {
        match ask {
            Ask::Do(number, address, job) => {
                self.seat(number, address, now);
                self.with(number, now, |actor, _| actor.take(*job, now));
            }
            Ask::Release(number) => self.with(number, now, |actor, out| actor.release(now, out)),
        }
    }

    /// Makes an actor for a BMC that is asked for the first time.
    fn seat(&mut self, number: u32, address: SocketAddr, now: Instant) {
        let index = number as usize;
        if self.seats.len() <= index {
            self.seats.resize_with(index + 1, || None);
        }
        if let Some(place) = self.seats.get_mut(index)
            && place.is_none()
        {
            let actor = Actor::new(number, address, now);
            *place = Some(Box::new(Seat { actor, uses: false, queued: false, armed: None }));
            self.peers.insert(address, number);
        }
    }

    /// Lets an actor do something, and sees to what it wants then.
    fn with(&mut self, number: u32, now: Instant, act: impl FnOnce(&mut Actor, &mut Out)) {
        let hold = (self.round_trip * HOLDS).max(SHORTEST_HOLD);
        let Some(Some(seat)) = self.seats.get_mut(number as usize) else { return };
        let mut out = Out { hold, ..Out::default() };
        act(&mut seat.actor, &mut out);
        for packet in out.packets {
            if let Err(error) = self.sockets.send(&packet, seat.actor.address()) {
                seat.actor.not_sent(error);
            }
        }
        if let Some(taken) = out.round_trip {
            self.round_trip = (self.round_trip * (SMOOTHING - 1) + taken) / SMOOTHING;
        }
        let demand = seat.actor.demand(now);
        let uses = demand == Demand::Uses;
        self.under_way = self.under_way + usize::from(uses) - usize::from(seat.uses);
        seat.uses = uses;
        if demand == Demand::Wants && !seat.queued {
            seat.queued = true;
            self.waiting.push_back(number);
        }
        let deadline = seat.actor.deadline().filter(|_| !seat.queued);
        if let Some(deadline) = deadline
            && seat.armed.is_none_or(|armed| deadline < armed)
        {
            seat.armed = Some(deadline);
            self.timers.push(Reverse((deadline, number)));
        }
    }

    /// Gives free places to those that wait.
    fn admit(&mut self, now: Instant) {
        while self.under_way < self.limit
            && let Some(number) = self.waiting.pop_front()
        {
            if let Some(Some(seat)) = self.seats.get_mut(number as usize) {
                seat.queued = false;
            }
            self.with(number, now, |actor, out| actor.begin(now, out));
        }
    }

    fn wake(&mut self, now: Instant) {
        while let Some(Reverse((at, number))) = self.timers.peek().copied()
            && at <= now
        {
            self.timers.pop();
            let Some(Some(seat)) = self.seats.get_mut(number as usize) else { continue };
            // An earlier timer was set meanwhile, and has taken this one's place.
            if seat.armed != Some(at) {
                continue;
            }
            seat.armed = None;
            let due = seat.actor.deadline().is_some_and(|deadline| deadline <= now);
            self.with(number, now, |actor, out| {
                if due {
                    actor.wake(now, out);
                }
            });
        }
    }

    fn receive(&mut self, now: Instant) {
        let mut buffer = [0; wire::MAX_DATAGRAM];
        for _ in 0..BATCH {
            let Some((length, from)) = self.sockets.receive(&mut buffer) else { return };
            let datagram = buffer.get(..length).unwrap_or_default();
            if let Some(number) = self.addressee(datagram, from) {
                self.with(number, now, |actor, out| actor.receive(datagram, now, out));
            }
        }
    }

    /// Whom a datagram is for: by the session ID in it where there is one, else by where it came from. The actor looks
    /// closer.
    fn addressee(&self, datagram: &[u8], from: SocketAddr) -> Option<u32> {
        let named = wire::console_id(datagram).map(number_of).filter(|number| {
            let seat = self.seats.get(*number as usize).and_then(Option::as_ref);
            seat.is_some_and(|seat| seat.actor.may_answer_from(from))
        });
        named.or_else(|| self.peers.get(&from).copied())
    }

    fn shut_down(&mut self) {
        let sockets = &mut self.sockets;
        for seat in self.seats.iter_mut().flatten() {
            let mut out = Out::default();
            seat.actor.shut_down(&mut out);
            for packet in out.packets {
                // Nobody is left to be told.
                let _ = sockets.send(&packet, seat.actor.address());
            }
        }
    }
}
