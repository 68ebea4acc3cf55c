//! No input makes the program panic.
//!
//! `SLIPWAY_FUZZ_SECONDS=600 cargo test --test cli fuzz -- --ignored` goes on for ten minutes.

use crate::run::{sample, slipway};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use slipway::{
    api::{
        selector::{Combine, NodeFilter, NodeSelector},
        values::{BitRate, ByteSize, Cidr, Duration, IpAddress, MacAddress, PciAddress, ScsiAddress, StorageSize},
    },
    design::selects,
    manifest::{schema::Schemas, yaml},
    model::Candidate,
};
use std::{
    fmt::{Debug, Display},
    str::FromStr,
    time::Instant,
};

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

fn changed(text: &str, changes: &[(usize, Change)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
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
        changes().prop_map(|changes| changed(&sample(), &changes)),
    ];
    runner(cases)
        .run(&text, |text| {
            read(schemas, &text);
            Ok(())
        })
        .unwrap();
}

fn runs_on_anything(cases: u32) {
    let bytes = prop_oneof![any::<Vec<u8>>(), changes().prop_map(|changes| changed(&sample(), &changes).into_bytes())];
    runner(cases)
        .run(&bytes, |bytes| {
            run(&bytes);
            Ok(())
        })
        .unwrap();
    let design = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/two-nodes.yaml")).unwrap();
    runner(cases)
        .run(&changes(), |changes| {
            let run = slipway(&["import", "drydock", "-"], changed(&design, &changes));
            assert!(matches!(run.code, Some(0 | 1)), "{:?} {}", run.code, run.stderr);
            Ok(())
        })
        .unwrap();
}

/// Every value with a syntax of its own reads anything, and reads back what it prints.
fn parses_anything(cases: u32) {
    fn parse<T: FromStr + Display + PartialEq + Debug>(text: &str) {
        if let Ok(value) = text.parse::<T>() {
            assert_eq!(value.to_string().parse::<T>().ok(), Some(value), "{text}");
        }
    }
    let text = prop_oneof![any::<String>(), "[>]?[0-9]{0,21}[kmgtMGTi%bB]{0,3}", "[0-9a-fA-FhmsP:./,-]{0,40}"];
    runner(cases)
        .run(&text, |text| {
            parse::<ByteSize>(&text);
            parse::<StorageSize>(&text);
            parse::<BitRate>(&text);
            parse::<Duration>(&text);
            parse::<Cidr>(&text);
            parse::<IpAddress>(&text);
            parse::<MacAddress>(&text);
            parse::<PciAddress>(&text);
            parse::<ScsiAddress>(&text);
            Ok(())
        })
        .unwrap();
}

/// A selector of any criteria means a node or not.
fn selects_anything(cases: u32) {
    let word = || prop::collection::vec("[a-c]", 0..3);
    let map = || prop::collection::btree_map("[a-c]", "[a-c]", 0..3);
    let filter = (word(), word(), map(), word(), map(), any::<Option<bool>>()).prop_map(
        |(names, tags, labels, racks, rack_labels, union)| NodeFilter {
            combine: union.map(|union| if union { Combine::Union } else { Combine::Intersection }),
            names,
            tags,
            labels,
            racks,
            rack_labels,
        },
    );
    let node = ("[a-c]", word(), map(), prop::option::of("[a-c]"), map());
    runner(cases)
        .run(&(prop::collection::vec(filter, 0..3), node), |(filters, (name, tags, owner_data, rack, labels))| {
            let node =
                Candidate { name: &name, tags: &tags, owner_data: &owner_data, rack: rack.as_deref(), labels: &labels };
            let any = NodeSelector { filters, combine: Some(Combine::Union), label_selector: None };
            let all = NodeSelector { combine: None, ..any.clone() };
            let racks = std::collections::BTreeMap::new();
            prop_assert!(
                !selects(&all, node, &racks) || selects(&any, node, &racks),
                "what all filters mean, any does"
            );
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_text_breaks_a_value() {
    parses_anything(2000);
}

#[test]
fn selectors_keep_to_their_logic() {
    selects_anything(500);
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
    let (schemas, end) = (Schemas::of_slipway(), Instant::now() + std::time::Duration::from_secs(seconds));
    while Instant::now() < end {
        reads_anything(&schemas, 500);
        runs_on_anything(10);
        parses_anything(20_000);
        selects_anything(5_000);
    }
}
