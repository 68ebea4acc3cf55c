//! The page: a legend, chapters, and tables whose rows are collapsed where they decide alike.

use slipway::model::{Blocked, MachineAction, MachineStatus, Reason, Step};
use std::fmt::Write;

pub const HEAD: &str = "\
# What Slipway does to a machine, and what it does not

This page is for those who review Slipway before it may touch their machines. Every cell is what the operator's one decision
(`src/plan`) says, written down by a test that fails where page and decision differ. What Slipway may do to a machine, it does
in no other way.

| written | meaning |
|---|---|
| **Deploy** | this is done now |
| approval: Release, Redeploy | nothing is done before a person has approved exactly these actions, for this machine and this design |
| waits: Deploying | something takes its time; nothing is done meanwhile |
| rests: Deployed | it stands where it was asked to stand; nothing is done |
| stops: NotOurs | a person is needed; nothing is done |

Statuses are MAAS's. Unless a table says otherwise: the site's `approval` is `Destructive` (the default), the design is valid,
the site is prepared, a slot is free, nothing is paused, and nobody has approved anything.
";

/// A chapter: its title, what it shows, and its tables.
pub struct Chapter {
    pub title: &'static str,
    pub text: String,
    pub tables: Vec<Table>,
}

/// A table: what stands in its first line, and its rows, the first cell of each naming it.
pub struct Table {
    pub header: Vec<String>,
    rows: Vec<(Vec<String>, Vec<String>)>,
}

impl Table {
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|title| (*title).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; one that decides as an earlier row only adds its name to that one.
    pub fn row(&mut self, name: &str, cells: Vec<String>) {
        assert_eq!(cells.len() + 1, self.header.len(), "{name}");
        match self.rows.iter_mut().find(|(_, same)| *same == cells) {
            Some((names, _)) => names.push(name.to_owned()),
            None => self.rows.push((vec![name.to_owned()], cells)),
        }
    }

    /// A row for every status, collapsed.
    pub fn statuses(&mut self, cells: impl Fn(MachineStatus) -> Vec<String>) {
        for status in MachineStatus::ALL {
            self.row(status.name(), cells(status));
        }
    }
}

pub fn page(head: &str, chapters: impl Iterator<Item = Chapter>) -> String {
    let mut page = head.to_owned();
    for Chapter { title, text, tables } in chapters {
        write!(page, "\n## {title}\n\n{}\n", wrapped(&text)).unwrap();
        for table in tables {
            write!(page, "\n| {} |\n|{}\n", table.header.join(" | "), "---|".repeat(table.header.len())).unwrap();
            for (names, cells) in &table.rows {
                // Names of several words hold commas of their own.
                let between = if names.iter().any(|name| name.contains(' ')) { "; " } else { ", " };
                writeln!(page, "| {} | {} |", names.join(between), cells.join(" | ")).unwrap();
            }
        }
    }
    page
}

/// Text in lines that fit a screen.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() >= 120 {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line.clear();
        }
        line.push_str(word);
        line.push(' ');
    }
    lines + line.trim_end()
}

/// A step, in the words of the legend.
pub fn cell(step: &Step) -> String {
    match step {
        Step::Act(action) => format!("**{}**", named(action)),
        Step::Wait(awaited) => format!("waits: {}", awaited.state),
        Step::Done { state, .. } => format!("rests: {state}"),
        Step::Blocked(Blocked { reason, plan: Some((_, actions)), .. }) => {
            let asks = format!("approval: {}", actions.join(", "));
            if *reason == Reason::ApprovalRequired { asks } else { format!("stops: {}; {asks}", reason.name()) }
        }
        Step::Blocked(Blocked { reason, .. }) => format!("stops: {}", reason.name()),
    }
}

/// An action, as people say it.
pub fn named(action: &MachineAction) -> String {
    match action {
        MachineAction::Release { erase } => format!("Release, erase {erase:?}"),
        MachineAction::Apply(aspect) => format!("write {}", aspect.name()),
        action => action.name().to_owned(),
    }
}
