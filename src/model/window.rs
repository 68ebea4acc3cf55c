//! Windows of a roll-out: spans of time, again and again, in which steps may begin.

use crate::api::rollout::RolloutWindow;
use jiff::{SignedDuration, Timestamp};

/// Whether steps may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// They may, until then at least; absent: at any time.
    Open(Option<Timestamp>),
    /// They may not, until then; absent: no window opens any more.
    Closed(Option<Timestamp>),
}

/// Whether one of the windows is open. Without any, steps may begin at any time. One that cannot be read is never open, and
/// is an error Finding beside that.
pub fn opening(windows: &[RolloutWindow], now: Timestamp) -> Opening {
    if windows.is_empty() {
        return Opening::Open(None);
    }
    let seen: Vec<Opening> = windows.iter().filter_map(|window| one(window, now).ok()).collect();
    let open = seen.iter().filter_map(|opening| match opening {
        Opening::Open(until) => *until,
        Opening::Closed(_) => None,
    });
    if let Some(until) = open.max() {
        return Opening::Open(Some(until));
    }
    Opening::Closed(seen.iter().filter_map(|o| if let Opening::Closed(opens) = o { *opens } else { None }).min())
}

/// Why a window can never open; nothing where it can.
pub fn window_fault(window: &RolloutWindow) -> Option<String> {
    if window.duration.0.is_zero() {
        return Some("it stays open for no time at all".to_owned());
    }
    schedule(window).err()
}

fn schedule(window: &RolloutWindow) -> Result<cronexpr::Crontab, String> {
    let zone = window.time_zone.as_deref().unwrap_or("UTC");
    cronexpr::parse_crontab(&format!("{} {zone}", window.schedule)).map_err(|error| {
        // The parser draws below its sentence where it stumbled.
        error.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    })
}

fn one(window: &RolloutWindow, now: Timestamp) -> Result<Opening, String> {
    let schedule = schedule(window)?;
    let lasts = SignedDuration::try_from(window.duration.0).map_err(|error| error.to_string())?;
    let after = |time: Timestamp| schedule.find_next(time).map(|next| next.timestamp()).ok();
    // One that opened less than its duration ago is open. The latest of those counts.
    let mut at = now.checked_sub(lasts).unwrap_or(Timestamp::MIN);
    let mut opened = None;
    while let Some(next) = after(at).filter(|next| *next <= now && *next > at) {
        opened = Some(next);
        at = next;
        if next.duration_since(now).abs() > lasts {
            break;
        }
    }
    Ok(match opened {
        Some(opened) => Opening::Open(opened.checked_add(lasts).ok()),
        None => Opening::Closed(after(now)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(schedule: &str, duration: &str, zone: Option<&str>) -> RolloutWindow {
        RolloutWindow {
            name: "w".into(),
            schedule: schedule.into(),
            duration: duration.parse().unwrap(),
            time_zone: zone.map(str::to_owned),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_is_open_from_its_schedule_for_its_duration() {
        let night = [window("0 22 * * *", "8h", None)];
        let seen = |now: &str| opening(&night, at(now));
        assert_eq!(seen("2026-03-02T21:59:59Z"), Opening::Closed(Some(at("2026-03-02T22:00:00Z"))));
        assert_eq!(seen("2026-03-02T22:00:00Z"), Opening::Open(Some(at("2026-03-03T06:00:00Z"))));
        assert_eq!(seen("2026-03-03T05:59:59Z"), Opening::Open(Some(at("2026-03-03T06:00:00Z"))));
        assert_eq!(seen("2026-03-03T06:00:00Z"), Opening::Closed(Some(at("2026-03-03T22:00:00Z"))));
        assert_eq!(opening(&[], at("2026-03-03T06:00:00Z")), Opening::Open(None));
    }

    #[test]
    fn it_keeps_the_time_of_its_zone_in_summer_and_in_winter() {
        let berlin = [window("0 22 * * 5", "2h", Some("Europe/Berlin"))];
        assert_eq!(opening(&berlin, at("2026-01-16T21:30:00Z")), Opening::Open(Some(at("2026-01-16T23:00:00Z"))));
        assert_eq!(opening(&berlin, at("2026-07-17T20:30:00Z")), Opening::Open(Some(at("2026-07-17T22:00:00Z"))));
        assert!(matches!(opening(&berlin, at("2026-07-17T22:30:00Z")), Opening::Closed(Some(_))));
    }

    #[test]
    fn several_windows_are_open_when_one_is() {
        let two = [window("0 22 * * *", "1h", None), window("30 22 * * *", "1h", None)];
        assert_eq!(opening(&two, at("2026-03-02T22:45:00Z")), Opening::Open(Some(at("2026-03-02T23:30:00Z"))));
        assert_eq!(opening(&two, at("2026-03-02T23:45:00Z")), Opening::Closed(Some(at("2026-03-03T22:00:00Z"))));
        // One that opens anew before it closes stays open.
        let always = [window("* * * * *", "2m", None)];
        assert_eq!(opening(&always, at("2026-03-02T22:45:30Z")), Opening::Open(Some(at("2026-03-02T22:47:00Z"))));
    }

    #[test]
    fn what_can_never_open_says_why_and_never_opens() {
        for (window, part) in [
            (window("61 22 * * *", "1h", None), "61"),
            (window("0 22 * * *", "1h", Some("Europe/Atlantis")), "Europe/Atlantis"),
            (window("0 22 * * *", "0s", None), "no time"),
        ] {
            let fault = window_fault(&window).unwrap();
            assert!(fault.contains(part), "{fault}");
            assert!(!matches!(opening(&[window], at("2026-03-02T22:30:00Z")), Opening::Open(_)));
        }
        assert_eq!(window_fault(&window("0 22 * * MON-FRI", "1h", None)), None);
    }
}
