//! What came of the replay.

use std::collections::BTreeMap;

use crate::compare::Miss;
use crate::exchange::Exchange;

/// How an exchange was placed, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) group: u32,
    /// Where it was played, when the story does not say.
    pub(crate) placed: Option<String>,
    /// Why it could not be played.
    pub(crate) unreachable: Option<String>,
    pub(crate) misses: Vec<Miss>,
}

impl Line {
    pub(crate) fn of(exchange: &Exchange, placed: Option<String>, misses: Vec<Miss>) -> Self {
        Self { name: exchange.name.clone(), group: exchange.group, placed, unreachable: None, misses }
    }
}

/// All exchanges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
    /// What went wrong beside exchanges.
    pub(crate) remarks: Vec<String>,
}

impl Report {
    fn reachable(&self) -> usize {
        self.lines.iter().filter(|line| line.unreachable.is_none()).count()
    }

    pub(crate) fn matched(&self) -> usize {
        self.lines.iter().filter(|line| line.unreachable.is_none() && line.misses.is_empty()).count()
    }

    #[allow(clippy::cast_precision_loss, reason = "a share need not be exact")]
    pub(crate) fn share(&self) -> f64 {
        self.matched() as f64 / self.reachable().max(1) as f64
    }

    pub(crate) fn print(&self) {
        for remark in &self.remarks {
            println!("remark: {remark}");
        }
        for line in &self.lines {
            if let Some(placed) = &line.placed {
                println!("placed: {} {placed}", line.name);
            }
        }
        for line in &self.lines {
            if let Some(why) = &line.unreachable {
                println!("unreachable: {}: {why}", line.name);
            } else if !line.misses.is_empty() {
                println!("miss: {}", line.name);
                for miss in line.misses.iter().take(8) {
                    println!("    {}: expected {}, got {}", miss.at, miss.expected, miss.got);
                }
                if line.misses.len() > 8 {
                    println!("    and {} more", line.misses.len() - 8);
                }
            }
        }
        let mut areas: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for line in &self.lines {
            let area = areas.entry(line.group).or_default();
            area.1 += 1;
            area.0 += usize::from(line.unreachable.is_none() && line.misses.is_empty());
        }
        println!("\narea  matched of total");
        for (area, (matched, total)) in areas {
            println!("  {area:02}  {matched:4} of {total}");
        }
        let unreachable = self.lines.len() - self.reachable();
        println!("maas replay: {} of {} exchanges match, {unreachable} unreachable", self.matched(), self.lines.len());
    }
}
