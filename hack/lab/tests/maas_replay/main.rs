//! The replay: recorded exchanges of a real MAAS region, played against the lab over a real socket. Every answer must be
//! the recorded one in status, content type and shape, and in every value that MAAS determines.
//!
//! The recordings are not part of the repository. They are looked for in the folder that `SLIPWAY_MAAS_EXCHANGES` names,
//! else beside the project; without them the test says that it is skipped.
//!
//! `--hold-out SEED` forgets where a quarter of the known exchanges belong, to see that they find their place.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod adopt;
mod client;
mod compare;
mod engine;
mod exchange;
mod hardware;
mod ids;
mod precondition;
mod report;
mod stage;
mod story;

use std::process::ExitCode;

use slipway_lab::spec::LabSpec;

/// The share of reachable exchanges that must match.
const ENOUGH: f64 = 0.95;

fn main() -> ExitCode {
    let Some(folder) = exchange::folder() else {
        println!("maas replay: skipped, no recorded exchanges (SLIPWAY_MAAS_EXCHANGES names their folder)");
        return ExitCode::SUCCESS;
    };
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| arguments.iter().position(|one| one == flag).and_then(|at| arguments.get(at + 1));
    let hold_out = after("--hold-out").and_then(|seed| seed.parse().ok());
    let exchanges = exchange::read_all(&folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let known: usize = exchanges.len();
    let mut report = runtime.block_on(play(exchanges.clone(), hold_out, true));
    if report.matched() < known {
        // A write taken into the story at the wrong place shows later: then the story goes on without them.
        let other = runtime.block_on(play(exchanges, hold_out, false));
        if other.matched() > report.matched() {
            report = other;
        }
    }
    report.print();
    if report.share() >= ENOUGH { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn play(exchanges: Vec<exchange::Exchange>, hold_out: Option<u64>, adopt: bool) -> report::Report {
    let spec = LabSpec::from_yaml(&hardware::spec(&exchanges)).unwrap();
    let lab = slipway_lab::start(spec).await.unwrap();
    engine::replay(lab, exchanges, hold_out, adopt).await
}
