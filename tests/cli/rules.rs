//! `slipway rules`, and the page that is made of them.

use crate::run::slipway;
use slipway::design::RULES;
use std::{fs, path::Path};

#[test]
fn every_rule_is_listed_and_told_in_full() {
    let run = slipway(&["rules"], "");
    assert_eq!(run.stdout.lines().count(), RULES.len());
    for rule in RULES {
        assert!(run.stdout.contains(rule.id) && run.stdout.contains(rule.title), "{}", rule.id);
    }
    let run = slipway(&["rules", "duplicate-address"], "");
    assert!(run.stdout.starts_with("SLW1004 duplicate-address (Drydock: DD2005)\n  Checks: "), "{}", run.stdout);
    let run = slipway(&["rules", "nonsense"], "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}

#[test]
fn the_page_of_rules_is_what_they_say() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).unwrap_or_default();
    assert!(page == slipway(&["rules", "-o", "markdown"], "").stdout, "docs/rules.md is out of date: `make generate`");
}
