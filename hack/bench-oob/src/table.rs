//! The table that is printed.

use super::client::Outcome;
use std::{fmt, fs};

/// A line of the table.
pub struct Row {
    pub who: String,
    pub bmcs: u32,
    /// Polls a second that the BMCs' latency allows.
    pub bound: Option<f64>,
    pub farm_cpu_seconds: f64,
    pub outcome: Outcome,
}

/// The head of the table.
pub fn head() -> String {
    format!(
        "{:<40} {:>5} {:>7} {:>5} {:>9} {:>6} {:>11} {:>11} {:>7} {:>9} {:>9}",
        "client",
        "BMCs",
        "polls",
        "lost",
        "polls/s",
        "ratio",
        "ms CPU/poll",
        "ms BMC/poll",
        "MiB",
        "median ms",
        "99% ms"
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { polls, lost, resident_mib, median_ms, slow_ms, .. } = &self.outcome;
        let or_dash =
            |value: Option<f64>, digits: usize| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"));
        let told = |value: &f64, digits| or_dash(Some(*value).filter(|value| *value > 0.0), digits);
        write!(
            f,
            "{:<40} {:>5} {polls:>7} {lost:>5} {:>9.0} {:>6} {:>11.3} {:>11.3} {:>7} {:>9} {:>9}",
            self.who,
            self.bmcs,
            self.outcome.rate(),
            or_dash(self.bound.map(|bound| bound / self.outcome.rate()), 2),
            self.outcome.cpu_ms(),
            self.farm_cpu_seconds * 1000.0 / f64::from((*polls).max(1)),
            told(resident_mib, 1),
            told(median_ms, 0),
            told(slow_ms, 0),
        )
    }
}

/// How busy the machine has been, over 1, 5 and 15 minutes.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
