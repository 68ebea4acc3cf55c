//! Airship's Seaworthy site, where it is there: `../shared/designs/airship-seaworthy.yaml`, or what SLIPWAY_SEAWORTHY names.

use crate::command::{counts, import, manifests, objects};
use slipway::{design::resolve, model::Severity};
use std::{collections::BTreeMap, path::PathBuf};

/// The file, where it is there; else it is said that a test is skipped.
pub fn file() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/designs/airship-seaworthy.yaml");
    let file = std::env::var_os("SLIPWAY_SEAWORTHY").map_or_else(beside, PathBuf::from);
    if !file.exists() {
        eprintln!("skipped: {} is not there; name the file by SLIPWAY_SEAWORTHY", file.display());
        return None;
    }
    Some(file)
}

#[test]
fn seaworthy_is_imported_whole() {
    let Some(file) = file() else { return };
    let run = import(&[file.to_str().unwrap()], "");
    println!("{}", run.stderr);
    assert_eq!(run.code, Some(0));
    let objects = objects(&run.stdout);
    let expected = [
        ("Secret", 1),
        ("Site", 1),
        ("NetworkLink", 3),
        ("Network", 6),
        ("HardwareProfile", 2),
        ("HostProfile", 3),
        ("BaremetalNode", 5),
        ("BootAction", 6),
    ];
    assert_eq!(counts(&objects), BTreeMap::from(expected));
    let site = resolve(&manifests(&objects));
    for finding in site.findings.iter() {
        println!("{}: {finding}", finding.severity.name());
    }
    let errors = site.findings.iter().filter(|finding| finding.severity == Severity::Error);
    assert_eq!(errors.count(), 0);
}
