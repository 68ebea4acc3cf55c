//! Findings for programs: a JSON list, each entry with all of these keys.
//!
//! | key | value |
//! |---|---|
//! | `file`, `line`, `column` | where it stands, from 1; null where it stands in no file |
//! | `namespace` | that of the object; null where no object is known; empty where its manifest names none |
//! | `severity` | `Error` or `Warning` |
//! | `rule` | id of the rule, as `slipway rules` lists it |
//! | `object` | `Kind/name`, or null |
//! | `field` | path of the field in it, such as `spec.addresses[oam].address`, or empty |
//! | `message` | what was found, and what was expected |
//! | `hint` | what to do |
//! | `nodes` | the nodes that are not acted on because of it; empty: the whole site |

use super::report::Report;
use serde_json::json;

/// Prints a report.
pub fn print(report: &Report) -> serde_json::Result<String> {
    let nowhere = report.faults.iter().filter(|fault| fault.place.is_none()).map(|fault| (None, fault));
    let list: Vec<_> = nowhere
        .chain(report.problems())
        .map(|(namespace, problem)| {
            let place = problem.place.as_ref();
            json!({
                "file": place.map(|place| &*place.file),
                "line": place.map(|place| place.at.line),
                "column": place.map(|place| place.at.column),
                "namespace": namespace,
                "severity": problem.severity.name(),
                "rule": problem.rule,
                "object": problem.object,
                "field": problem.field,
                "message": problem.message,
                "hint": problem.hint,
                "nodes": problem.nodes,
            })
        })
        .collect();
    serde_json::to_string_pretty(&list).map(|text| text + "\n")
}
