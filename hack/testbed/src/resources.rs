//! What a process used, from `/proc` (see proc(5)).

use crate::{TestbedError, error::io};
use std::{fs, io::ErrorKind};

/// Clock ticks a second in `/proc`; fixed in the kernel's interface (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Highest resident memory so far, in units of 1024 bytes.
pub(crate) fn peak_rss_kib(pid: u32) -> Result<u64, TestbedError> {
    let text = read(pid, "status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).ok_or_else(|| malformed(pid, "status"))
}

/// Processor time so far, user and system, in seconds.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64, TestbedError> {
    let text = read(pid, "stat")?;
    let ticks = |number| field(&text, number)?.parse::<u32>().ok();
    let used = ticks(14).zip(ticks(15)).map(|(user, system)| (f64::from(user) + f64::from(system)) / TICKS);
    used.ok_or_else(|| malformed(pid, "stat"))
}

/// When the process started, in ticks since the system did: with the PID, a name that is never given twice.
pub(crate) fn start_time(pid: u32) -> Result<String, TestbedError> {
    let text = read(pid, "stat")?;
    field(&text, 22).map(str::to_owned).ok_or_else(|| malformed(pid, "stat"))
}

/// A field of `stat`, counted from 1 as in proc(5). The second one, the name, may hold anything, even blanks.
fn field(stat: &str, number: usize) -> Option<&str> {
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split_whitespace().nth(number.checked_sub(3)?)
}

fn read(pid: u32, file: &str) -> Result<String, TestbedError> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).map_err(io(format!("read {path}")))
}

fn malformed(pid: u32, file: &str) -> TestbedError {
    io(format!("understand /proc/{pid}/{file}"))(ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 2 3";
        assert_eq!(field(stat, 3), Some("S"));
        assert_eq!(field(stat, 4), Some("1"));
        assert_eq!(field(stat, 22), None);
    }

    #[test]
    fn this_process_uses_something() {
        let pid = std::process::id();
        assert!(peak_rss_kib(pid).unwrap() > 100);
        assert!(cpu_seconds(pid).unwrap() >= 0.0);
    }
}
