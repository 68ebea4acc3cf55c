//! No input makes the program panic.
//!
//! `SLIPWAY_FUZZ_SECONDS=600 cargo test --test cli fuzz -- --ignored` goes on for ten minutes.

use crate::run::{sample, slipway};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use slipway::manifest::{schema::Schemas, yaml};
use std::time::{Duration, Instant};

/// What is done to a stream: at a line, something.
#[derive(Debug, Clone)]
enum Change {
    Delete,
    Duplicate,
    Swap,
    Indent,
    Insert(usize, String),
    Cut(usize),
}

fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let signs = prop::sample::select(vec![
        "[", "]", "{", "}", ":", ": ", "- ", "'", "\"", "#", "&a ", "*a", "!x ", "|", ">", "\t", "---\n", "\u{0}",
        "\u{feff}", "<<: ", "? ", "null", "-1", "1e999", "é", "On", "%", "@",
    ]);
    let change = prop_oneof![
        Just(Change::Delete),
        Just(Change::Duplicate),
        Just(Change::Swap),
        Just(Change::Indent),
        (0..60_usize, signs.prop_map(str::to_owned)).prop_map(|(at, sign)| Change::Insert(at, sign)),
        (0..60_usize).prop_map(Change::Cut),
    ];
    prop::collection::vec((any::<prop::sample::Index>().prop_map(|index| index.index(100_000)), change), 1..12)
}

fn changed(changes: &[(usize, Change)]) -> String {
    let mut lines: Vec<String> = sample().lines().map(str::to_owned).collect();
    for (at, change) in changes {
        let at = at % lines.len();
        let byte = |line: &str, column: usize| line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte);
        match change {
            Change::Delete if lines.len() > 1 => drop(lines.remove(at)),
            Change::Delete => {}
            Change::Duplicate => lines.insert(at, lines[at].clone()),
            Change::Swap => lines.swap(at, 0),
            Change::Indent => lines[at].insert(0, ' '),
            Change::Insert(column, sign) => {
                let byte = byte(&lines[at], *column);
                lines[at].insert_str(byte, sign);
            }
            Change::Cut(column) => {
                let byte = byte(&lines[at], *column);
                lines[at].truncate(byte);
            }
        }
    }
    lines.join("\n")
}

/// Reads a stream and holds every object in it against every schema; every place is one in the text.
fn read(schemas: &Schemas, text: &str) {
    let lines = u32::try_from(text.split('\n').count() + 1).unwrap();
    let (documents, faults) = yaml::read(text);
    for fault in &faults {
        assert!(fault.place.line >= 1 && fault.place.column >= 1 && fault.place.line <= lines, "{fault:?}");
    }
    for document in &documents {
        for kind in schemas.kinds() {
            for violation in schemas.check(kind, &document.value, &document.marks) {
                assert!(violation.place.line >= 1 && violation.place.line <= lines, "{violation:?}");
                assert!(!violation.message.is_empty() && !violation.hint.is_empty(), "{violation:?}");
                document.marks.locate(&document.value, &violation.field);
            }
        }
    }
}

fn run(input: &[u8]) {
    for output in ["text", "sarif", "junit"] {
        let run = slipway(&["validate", "-", "-o", output], input);
        assert!(matches!(run.code, Some(0..=2)), "{:?} {}", run.code, run.stderr);
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

fn reads_anything(schemas: &Schemas, cases: u32) {
    let text = prop_oneof![
        any::<String>(),
        "[-a:{}\\[\\],'\"#&*!|> \n\t0-9?%<]{0,80}",
        changes().prop_map(|changes| changed(&changes)),
    ];
    runner(cases)
        .run(&text, |text| {
            read(schemas, &text);
            Ok(())
        })
        .unwrap();
}

fn runs_on_anything(cases: u32) {
    let bytes = prop_oneof![any::<Vec<u8>>(), changes().prop_map(|changes| changed(&changes).into_bytes())];
    runner(cases)
        .run(&bytes, |bytes| {
            run(&bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_text_breaks_the_reader() {
    reads_anything(&Schemas::of_slipway(), 200);
}

#[test]
fn no_input_breaks_the_program() {
    runs_on_anything(12);
}

#[test]
#[ignore = "runs for SLIPWAY_FUZZ_SECONDS, by default for ten minutes"]
fn fuzz() {
    let seconds = std::env::var("SLIPWAY_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(600);
    let (schemas, end) = (Schemas::of_slipway(), Instant::now() + Duration::from_secs(seconds));
    while Instant::now() < end {
        reads_anything(&schemas, 500);
        runs_on_anything(10);
    }
}
