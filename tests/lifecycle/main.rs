//! A node's life, at random: a model of the provisioner, of the controller around the real `slipway::plan`, of people, and of all
//! that fails between them. Whatever happens, no machine is erased, released or redeployed without an approval that names
//! that plan, or a confirmed deletion; none is deployed twice; nobody else's gets a write, nor does a paused one; and once
//! all is quiet, everything comes to rest.
//!
//! `make test-lifecycle` plays 100,000 histories; `SLIPWAY_LIFECYCLE_HISTORIES` says how many. A history follows from its
//! seed: `SLIPWAY_LIFECYCLE_SEED` plays that one alone, and tells it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod cluster;
mod controller;
mod driver;
mod event;
mod hand;
mod history;
mod judge;
mod plant;
mod random;
mod region;
mod report;

use history::{explain, run};
use jiff::{SignedDuration, Timestamp};
use plant::Plant;
use std::collections::BTreeSet;

/// Histories that are played where nobody says how many.
const HISTORIES: u64 = 20_000;
/// Histories within which a planted bug is found.
const ENOUGH: u64 = 40_000;

/// The time on the clock, so many seconds after the begin.
fn clock(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(BEGIN + seconds)).unwrap()
}

/// Seconds from the begin to a time.
fn seconds(time: Timestamp) -> i64 {
    time.as_second() - BEGIN
}

/// When histories begin: 2026-01-01T00:00:00Z.
const BEGIN: i64 = 1_767_225_600;

/// The hash of a design.
fn hash(design: u8) -> String {
    format!("1-d{design}")
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn no_history_breaks_a_law() {
    if let Some(seed) = number("SLIPWAY_LIFECYCLE_SEED") {
        if let Some(violation) = explain(seed, None) {
            panic!("seed {seed}: {}\n{}", violation.what, violation.transcript);
        }
        return;
    }
    let histories = number("SLIPWAY_LIFECYCLE_HISTORIES").unwrap_or(HISTORIES);
    let mut violations = 0_u64;
    // The first history that breaks in a way is told.
    let mut ways = BTreeSet::new();
    for seed in 0..histories {
        if let Some(violation) = run(seed, None) {
            violations += 1;
            if ways.insert(violation.what.clone()) {
                let transcript = explain(seed, None).map(|shrunk| shrunk.transcript).unwrap_or_default();
                println!("SLIPWAY_LIFECYCLE_SEED={seed}: {}\n{transcript}", violation.what);
            }
        }
    }
    println!("lifecycle: {histories} histories, {violations} violations");
    assert_eq!(violations, 0);
}

#[test]
fn planted_bugs_are_found() {
    for plant in Plant::ALL {
        let found = (0..ENOUGH).find_map(|seed| run(seed, Some(plant)).map(|violation| (seed, violation)));
        let Some((seed, violation)) = found else { panic!("{plant:?} is not found in {ENOUGH} histories") };
        println!("{plant:?} is found in history {}: {}", seed + 1, violation.what);
        let shrunk = explain(seed, Some(plant)).expect("the same history breaks again");
        assert!(shrunk.transcript.lines().count() > 1);
    }
}
