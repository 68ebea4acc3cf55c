//! [`Actor`] against a fake BMC in a world of its own: its time jumps, its network loses, doubles, delays and damages.
//! Whatever happens, every job is answered, nothing goes wrong for good, and the BMC never has two sessions of ours.

use super::{
    CipherSuite, IpmiConfig, IpmiError, Privilege, SessionPolicy, Timing,
    actor::{Actor, Demand, Out},
    fake_bmc::FakeBmc,
    job::{Answer, Job, Request, Sending},
};
use proptest::prelude::*;
use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::Instant};

const ADDRESS: ([u8; 4], u16) = ([192, 0, 2, 1], 623);

/// What the network does with a packet.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    Lost,
    Doubled,
    /// It comes after the next one.
    Late,
    /// A bit of it is flipped.
    Damaged(u16),
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        6 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Late),
        1 => any::<u16>().prop_map(Fate::Damaged),
    ];
    prop::collection::vec(fate, 1..60)
}

struct Net {
    actor: Actor,
    bmc: FakeBmc,
    now: Instant,
    fates: VecDeque<Fate>,
    held: Option<Vec<u8>>,
    to_bmc: VecDeque<Vec<u8>>,
}

impl Net {
    fn new(bmc: FakeBmc, fates: Vec<Fate>) -> Self {
        let now = Instant::now();
        let actor = Actor::new(7, SocketAddr::from(ADDRESS), now);
        Self { actor, bmc, now, fates: fates.into(), held: None, to_bmc: VecDeque::new() }
    }

    fn job(config: &Arc<IpmiConfig>, number: u8, last: bool) -> (Job, oneshot::Receiver<Result<Answer, IpmiError>>) {
        let request = Request { netfn: 0, lun: 0, number, data: if number == 2 { vec![1] } else { Vec::new() } };
        let (mut job, answer) = Job::new(Arc::clone(config), request);
        job.last = last;
        if number == 2 {
            (job.sending, job.needs) = (Sending::Once, Privilege::Operator);
        }
        (job, answer)
    }

    fn with(&mut self, act: impl FnOnce(&mut Actor, Instant, &mut Out)) {
        let mut out = Out { hold: Duration::from_millis(60), ..Out::default() };
        act(&mut self.actor, self.now, &mut out);
        self.to_bmc.extend(out.packets);
        if self.actor.demand(self.now) == Demand::Wants {
            let mut out = Out { hold: Duration::from_millis(60), ..Out::default() };
            self.actor.begin(self.now, &mut out);
            self.to_bmc.extend(out.packets);
        }
    }

    /// What comes out of the network for a packet that goes in.
    fn carried(&mut self, mut packet: Vec<u8>) -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = self.held.take().into_iter().collect();
        match self.fates.pop_front().unwrap_or(Fate::Arrives) {
            Fate::Arrives => out.insert(0, packet),
            Fate::Lost => {}
            Fate::Doubled => out.extend([packet.clone(), packet]),
            Fate::Late => self.held = Some(packet),
            Fate::Damaged(at) => {
                let bit = usize::from(at) % (packet.len() * 8);
                packet[bit / 8] ^= 1 << (bit % 8);
                out.push(packet);
            }
        }
        out
    }

    /// Goes on until the answer is there, or nothing more will happen.
    fn run(&mut self, answer: &mut oneshot::Receiver<Result<Answer, IpmiError>>) -> Option<Result<Answer, IpmiError>> {
        for _ in 0..10_000 {
            if let Ok(outcome) = answer.try_recv() {
                return Some(outcome);
            }
            self.step()?;
        }
        panic!("it goes on for ever");
    }

    /// The next thing that happens; `None` if nothing does.
    fn step(&mut self) -> Option<()> {
        if let Some(packet) = self.to_bmc.pop_front() {
            // The fake BMC takes only what a client sends; damage is for the answers.
            let Some(reply) = self.bmc.answer(&packet) else { return Some(()) };
            for datagram in self.carried(reply) {
                self.with(|actor, now, out| actor.receive(&datagram, now, out));
            }
            return Some(());
        }
        self.now = self.now.max(self.actor.deadline()?);
        self.with(Actor::wake);
        Some(())
    }

    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.step().is_none() {
                return;
            }
        }
        panic!("it never rests");
    }
}

fn config(sessions: SessionPolicy) -> Arc<IpmiConfig> {
    let timing = Timing { interval: Duration::from_millis(100), ..Timing::default() };
    Arc::new(IpmiConfig { sessions, timing, ..IpmiConfig::new(ADDRESS.into(), "admin", "password".into()) })
}

fn closings(bmc: &FakeBmc) -> usize {
    bmc.log.iter().filter(|command| **command == (0x06, 0x3c)).count()
}

#[test]
fn a_poll_takes_five_exchanges() {
    let mut net = Net::new(FakeBmc::new(&[CipherSuite::Seventeen]), vec![]);
    let (job, mut answer) = Net::job(&config(SessionPolicy::Close), 1, true);
    net.with(|actor, now, _| actor.take(job, now));
    assert!(net.run(&mut answer).unwrap().is_ok());
    net.settle();
    assert_eq!(net.bmc.log, [(0x00, 0x01), (0x06, 0x3c)], "no privilege is raised for a read");
    assert_eq!(net.bmc.datagrams, 5);
}

#[test]
fn the_winner_is_used_first() {
    let mut net = Net::new(FakeBmc::new(&[CipherSuite::Three]), vec![]);
    for expected in [6, 11] {
        let (job, mut answer) = Net::job(&config(SessionPolicy::Close), 1, true);
        net.with(|actor, now, _| actor.take(job, now));
        assert!(net.run(&mut answer).unwrap().is_ok());
        net.settle();
        assert_eq!(net.bmc.datagrams, expected);
    }
}

#[test]
fn a_kept_session_takes_one_exchange_and_ends_when_idle() {
    let mut net = Net::new(FakeBmc::new(&[CipherSuite::Seventeen]), vec![]);
    let config = config(SessionPolicy::Keep(Duration::from_mins(10)));
    for expected in [4, 5, 6] {
        let (job, mut answer) = Net::job(&config, 1, true);
        net.with(|actor, now, _| actor.take(job, now));
        assert!(net.run(&mut answer).unwrap().is_ok());
        assert_eq!((net.bmc.datagrams, closings(&net.bmc)), (expected, 0));
    }
    let begun = net.now;
    net.settle();
    assert_eq!(closings(&net.bmc), 1);
    assert!(net.now - begun <= Duration::from_secs(50), "no session is kept longer than BMCs keep it");
}

#[test]
fn a_kept_session_that_the_bmc_has_forgotten_is_opened_anew() {
    for number in [1, 2] {
        let mut net = Net::new(FakeBmc::new(&[CipherSuite::Seventeen]), vec![]);
        let config = config(SessionPolicy::Keep(Duration::from_secs(30)));
        let (job, mut answer) = Net::job(&config, 1, true);
        net.with(|actor, now, _| actor.take(job, now));
        assert!(net.run(&mut answer).unwrap().is_ok());
        net.bmc.forget_session();
        let (job, mut answer) = Net::job(&config, number, true);
        net.with(|actor, now, _| actor.take(job, now));
        assert!(net.run(&mut answer).unwrap().is_ok(), "command {number}");
        let commands = net.bmc.log.iter().filter(|command| **command == (0x00, number)).count();
        assert_eq!(commands, if number == 1 { 2 } else { 1 });
    }
}

#[test]
fn a_silent_bmc_rests_and_is_probed() {
    let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
    bmc.is_dead = true;
    let mut net = Net::new(bmc, vec![]);
    let config = config(SessionPolicy::Close);
    let ask = |net: &mut Net| {
        let (job, mut answer) = Net::job(&config, 1, true);
        net.with(|actor, now, _| actor.take(job, now));
        net.run(&mut answer).unwrap()
    };
    for _ in 0..3 {
        assert!(matches!(ask(&mut net), Err(IpmiError::NoAnswer(..))));
    }
    let sent = net.bmc.datagrams;
    assert!(matches!(ask(&mut net), Err(IpmiError::Resting { times: 3, .. })));
    assert_eq!(net.bmc.datagrams, sent, "nothing is sent while it rests");
    net.now += Duration::from_secs(6);
    assert!(matches!(ask(&mut net), Err(IpmiError::NoAnswer(..))));
    assert_eq!(net.bmc.datagrams, sent + 3, "a probe is short: twice, and a knock between");
    net.bmc.is_dead = false;
    net.now += Duration::from_secs(11);
    assert!(ask(&mut net).is_ok());
}

#[test]
fn a_released_line_ends_what_is_under_way() {
    let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
    bmc.silent_control = true;
    let mut net = Net::new(bmc, vec![]);
    let (job, answer) = Net::job(&config(SessionPolicy::Close), 2, false);
    net.with(|actor, now, _| actor.take(job, now));
    while !net.bmc.log.contains(&(0x00, 0x02)) {
        net.step().unwrap();
    }
    drop(answer);
    net.with(Actor::release);
    net.settle();
    assert_eq!(net.bmc.log.last(), Some(&(0x06, 0x3c)));
}

#[test]
fn nobody_waits_for_a_session_that_is_closed_already() {
    let mut net = Net::new(FakeBmc::new(&[CipherSuite::Seventeen]), vec![]);
    let config = config(SessionPolicy::Close);
    let (job, mut answer) = Net::job(&config, 1, true);
    net.with(|actor, now, _| actor.take(job, now));
    // The answer to the fifth packet, Close Session, is lost.
    net.fates = [vec![Fate::Arrives; 4], vec![Fate::Lost]].concat().into();
    assert!(net.run(&mut answer).unwrap().is_ok());
    let (job, mut answer) = Net::job(&config, 1, true);
    net.with(|actor, now, _| actor.take(job, now));
    let begun = net.now;
    assert!(net.run(&mut answer).unwrap().is_ok());
    assert!(net.now - begun <= Duration::from_millis(600), "{:?}", net.now - begun);
}

pub(super) fn survives_any_network(cases: u32) {
    let policy = prop_oneof![Just(SessionPolicy::Close), Just(SessionPolicy::Keep(Duration::from_secs(30)))];
    let commands = prop::collection::vec((prop_oneof![Just(1_u8), Just(2)], any::<bool>()), 1..5);
    let suite = prop_oneof![Just(CipherSuite::Three), Just(CipherSuite::Seventeen)];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(fates(), policy, commands, suite), |(fates, policy, commands, suite)| {
            let mut net = Net::new(FakeBmc::new(&[suite]), fates);
            let config = config(policy);
            for (number, last) in commands {
                let controls = net.bmc.log.iter().filter(|command| **command == (0x00, 0x02)).count();
                let (job, mut answer) = Net::job(&config, number, last);
                net.with(|actor, now, _| actor.take(job, now));
                let outcome = net.run(&mut answer);
                prop_assert!(outcome.is_some(), "every job is answered");
                let sent = net.bmc.log.iter().filter(|command| **command == (0x00, 0x02)).count() - controls;
                prop_assert!(sent <= 1, "what is to be sent once was sent {sent} times");
                if !last {
                    net.with(Actor::release);
                }
            }
            net.settle();
            // With the network well again everything works.
            net.fates.clear();
            net.now += Duration::from_mins(10);
            let (job, mut answer) = Net::job(&config, 1, true);
            net.with(|actor, now, _| actor.take(job, now));
            prop_assert!(matches!(net.run(&mut answer), Some(Ok(_))));
            net.settle();
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_network_is_survived() {
    survives_any_network(200);
}
