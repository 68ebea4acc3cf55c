//! Slipway's client, in a process of its own: polls every BMC so many times, and tells what it took.

use serde::{Deserialize, Serialize};
use slipway::{
    drivers::{
        Bmc,
        ipmi::{Fleet, IpmiBmc, IpmiConfig, Limits, SessionPolicy, Timing},
    },
    model::Power,
};
use std::{
    fs,
    net::Ipv4Addr,
    process::Command,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Names what a client process is to do.
const RUN: &str = "SLIPWAY_BENCH_OOB_RUN";

/// What is polled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    pub first: Ipv4Addr,
    pub port: u16,
    pub bmcs: u32,
    pub in_flight: u32,
    /// Polls of each BMC.
    pub rounds: u32,
    pub dead_percent: u32,
    /// Sessions stay open between polls.
    pub kept: bool,
}

/// What it took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Polls of living BMCs that told the power, and that did not.
    pub polls: u32,
    pub lost: u32,
    /// Until the last living BMC was polled.
    pub seconds: f64,
    pub cpu_seconds: f64,
    pub resident_mib: f64,
    /// How long a poll took from its start to its answer, in milliseconds: half of them, and 99 of 100.
    pub median_ms: f64,
    pub slow_ms: f64,
}

impl Outcome {
    /// Polls a second.
    pub fn rate(&self) -> f64 {
        f64::from(self.polls) / self.seconds
    }

    /// CPU time of a poll, in milliseconds.
    pub fn cpu_ms(&self) -> f64 {
        self.cpu_seconds * 1000.0 / f64::from(self.polls.max(1))
    }
}

/// What this process was started for, if it is a client.
pub fn asked_for() -> Option<Run> {
    let text = std::env::var(RUN).ok()?;
    Some(serde_json::from_str(&text).expect("the run that the benchmark wrote"))
}

/// Does a run in a process of its own.
pub fn start(run: &Run) -> Outcome {
    let program = std::env::current_exe().expect("its own path");
    let text = serde_json::to_string(run).expect("plain values");
    let output = Command::new(program).env(RUN, text).output().expect("a client process");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let line = out.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|_| panic!("the client failed: {out}{error}"))
}

/// Polls, and prints the outcome.
pub fn poll(run: &Run) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(polled(run));
    println!("{}", serde_json::to_string(&outcome).expect("plain values"));
}

async fn polled(run: &Run) -> Outcome {
    let fleet = Fleet::start(Limits { in_flight: run.in_flight as usize });
    let begun = Instant::now();
    let mut living = JoinSet::new();
    let mut dead = JoinSet::new();
    for number in 0..run.bmcs {
        let address = Ipv4Addr::from(u32::from(run.first) + number);
        let config = IpmiConfig {
            timing: Timing { interval: Duration::ZERO, ..Timing::default() },
            sessions: if run.kept { SessionPolicy::Keep(Duration::from_secs(30)) } else { SessionPolicy::Close },
            ..IpmiConfig::new((address, run.port).into(), "root", "calvin".into())
        };
        let bmc = IpmiBmc::new(&fleet, config).expect("a usual configuration");
        let wanted = if number.is_multiple_of(2) { Power::On } else { Power::Off };
        let polls = each(bmc, wanted, run.rounds);
        let _ =
            if slipway_lab::farm::is_dead(number, run.dead_percent) { dead.spawn(polls) } else { living.spawn(polls) };
    }
    let (mut took, mut lost) = (Vec::new(), 0);
    while let Some(polls) = living.join_next().await {
        let (each, failed) = polls.expect("polls do not panic");
        took.extend(each);
        lost += failed;
    }
    let seconds = begun.elapsed().as_secs_f64();
    dead.abort_all();
    took.sort_unstable();
    let at = |part: f64| -> f64 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = (took.len() as f64 * part) as usize;
        took.get(place).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    };
    Outcome {
        polls: u32::try_from(took.len()).expect("so many"),
        lost,
        seconds,
        cpu_seconds: cpu_seconds(),
        resident_mib: peak_resident_mib(),
        median_ms: at(0.5),
        slow_ms: at(0.99),
    }
}

/// Microseconds of each poll that told the right power, and how many did not.
async fn each(bmc: IpmiBmc, wanted: Power, rounds: u32) -> (Vec<u32>, u32) {
    let (mut took, mut lost) = (Vec::with_capacity(rounds as usize), 0);
    for _ in 0..rounds {
        let begun = Instant::now();
        match bmc.power().await {
            Ok(power) if power == wanted => took.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX)),
            _ => lost += 1,
        }
    }
    (took, lost)
}

fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a time after the beginning").as_secs_f64()
}

/// The most memory that this process has had, in MiB (proc(5)).
fn peak_resident_mib() -> f64 {
    let text = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}
