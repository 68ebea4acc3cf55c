//! The ways in which MAAS writes a moment.

use jiff::Timestamp;
use jiff::tz::TimeZone;

fn utc(at: Timestamp, format: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

/// Of script sets and results: `Sun, 22 Nov 2026 08:59:11 +0000`.
pub(crate) fn long(at: Timestamp) -> String {
    utc(at, "%a, %d %b %Y %H:%M:%S +0000")
}

/// Of events and addresses: `Sun, 22 Nov. 2026 08:59:48`.
pub(crate) fn dotted(at: Timestamp) -> String {
    utc(at, "%a, %d %b. %Y %H:%M:%S")
}

/// Of boot sources and old results: `2026-11-22T09:06:43.747Z`.
pub(crate) fn iso(at: Timestamp) -> String {
    utc(at, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// The serial of an image that was made today: `20261122`.
pub(crate) fn serial(at: Timestamp) -> String {
    utc(at, "%Y%m%d")
}

/// A duration: `0:20:00`, `1 day, 0:00:00`.
pub(crate) fn duration(seconds: u64) -> String {
    let clock = format!("{}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}
