//! Findings for people: `file:line:column`, as editors and terminals make links of; a hint below; a sum a site.

use super::{super::files::Problem, report::Report};
use crate::model::Severity;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// Prints a report, coloured.
pub fn print(report: &Report) -> String {
    let mut out = String::new();
    for problem in report.faults.iter().filter(|problem| problem.place.is_some()) {
        tell(&mut out, problem);
    }
    for site in &report.sites {
        for problem in &site.problems {
            tell(&mut out, problem);
        }
        // What is written into a String cannot fail.
        let _ = writeln!(
            out,
            "{}: {}, {}, {}",
            site.title(),
            count(site.nodes, "node"),
            count(site.count(Severity::Error), "error"),
            count(site.count(Severity::Warning), "warning"),
        );
    }
    out
}

fn tell(out: &mut String, problem: &Problem) {
    let bold = Style::new().bold();
    let (word, colour) = match problem.severity {
        Severity::Error => ("error", AnsiColor::Red),
        Severity::Warning => ("warning", AnsiColor::Yellow),
    };
    let severity = bold.fg_color(Some(colour.into()));
    if let Some(place) = &problem.place {
        let _ = write!(out, "{bold}{place}:{bold:#} ");
    }
    let _ = writeln!(out, "{severity}{word}{severity:#} {} {}", problem.rule, problem.sentence());
    let _ = writeln!(out, "    {}", problem.hint);
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}
