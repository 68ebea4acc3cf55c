//! What reading the power of many BMCs costs: polls a second, CPU time a poll, memory; `make bench-oob`.
//!
//! A poll is a login, a chassis status and the end of the session: five exchanges. The BMCs are the lab's, in a process of
//! their own, 20 ms a reply; the client is another process, so that the two are told apart. `ipmitool` and `ipmipower`
//! poll the same BMCs in the same run. The last line sums up.

#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run ends")]

mod client;
mod farm;
mod others;
mod table;

use client::{Outcome, Run};
use farm::Farm;
use table::Row;

/// How long a BMC takes for a reply, in milliseconds.
const DELAY: u32 = 20;
/// Exchanges of a poll.
const EXCHANGES: u32 = 5;
/// Polls of one run of Slipway's client, about.
const POLLS: u32 = 30_000;
/// BMCs that `ipmitool` polls: it is slow, and its pace does not depend on their number.
const FEW: u32 = 200;
/// BMCs at once that `ipmipower` can poll.
const FANOUT: u32 = 1000;

fn main() {
    if let Some(run) = client::asked_for() {
        return client::poll(&run);
    }
    println!("load average before: {}", table::load());
    println!("{}", table::head());
    let mut at_512 = None;
    let mut at_2000 = None;
    for bmcs in [1000, 5000] {
        let farm = Farm::start(bmcs, DELAY, 0, 0);
        for in_flight in [512, 2000] {
            let outcome = slipway(&farm, "Slipway", bmcs, in_flight, 0);
            if bmcs == 5000 {
                *if in_flight == 512 { &mut at_512 } else { &mut at_2000 } = Some(outcome);
            }
        }
        if bmcs == 1000 {
            kept(&farm, bmcs);
            for processes in [8, 64] {
                row(&others::ipmitool(&farm, FEW, processes));
            }
            for fanout in [64, FANOUT] {
                row(&others::ipmipower(&farm, bmcs, fanout));
            }
        }
        drop(farm);
        for loss in [2, 10] {
            slipway(&Farm::start(bmcs, DELAY, loss, 0), &format!("Slipway, {loss}% lost"), bmcs, 512, 0);
        }
        slipway(&Farm::start(bmcs, DELAY, 0, 10), "Slipway, 10% dead", bmcs, 512, 10);
    }
    let (normal, wide) = (at_512.expect("it ran"), at_2000.expect("it ran"));
    println!("load average after: {}", table::load());
    println!("with 2000 in flight: {:.0} polls/s, CPU {:.3} ms a poll", wide.rate(), wide.cpu_ms());
    println!(
        "oob: 5000 BMCs, {:.0} polls/s, bound {:.0}, ratio {:.2}, CPU {:.3} ms a poll, {:.1} MiB",
        normal.rate(),
        bound(512),
        bound(512) / normal.rate(),
        normal.cpu_ms(),
        normal.resident_mib
    );
}

/// Polls a second that the BMCs' own latency allows.
fn bound(in_flight: u32) -> f64 {
    f64::from(in_flight) * 1000.0 / f64::from(EXCHANGES * DELAY)
}

fn slipway(farm: &Farm, who: &str, bmcs: u32, in_flight: u32, dead_percent: u32) -> Outcome {
    let rounds = (POLLS / bmcs).max(1);
    let run = Run { first: farm.first, port: farm.port, bmcs, in_flight, rounds, dead_percent, kept: false };
    told(farm, who, &run)
}

/// Sessions that stay open: one exchange a poll.
fn kept(farm: &Farm, bmcs: u32) {
    let rounds = 4 * POLLS / bmcs;
    let run = Run { first: farm.first, port: farm.port, bmcs, in_flight: 512, rounds, dead_percent: 0, kept: true };
    told(farm, "Slipway, sessions kept", &run);
}

fn told(farm: &Farm, who: &str, run: &Run) -> Outcome {
    let before = farm.cpu_seconds();
    let outcome = client::start(run);
    row(&Row {
        who: format!("{who}, {} in flight", run.in_flight),
        bmcs: run.bmcs,
        bound: (!run.kept).then(|| bound(run.in_flight.min(run.bmcs))),
        farm_cpu_seconds: farm.cpu_seconds() - before,
        outcome: outcome.clone(),
    });
    outcome
}

fn row(row: &Row) {
    println!("{row}");
}
