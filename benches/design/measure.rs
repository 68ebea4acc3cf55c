//! CPU time and memory, as the kernel counts them.

use std::{fs, hint::black_box, time::Duration};

/// Least time that is measured for, so that short runs are repeated.
const LONG_ENOUGH: Duration = Duration::from_millis(600);
/// Most runs.
const RUNS: usize = 50;

/// CPU time of one thread.
#[derive(Debug, Clone, Copy)]
pub struct Cost(pub Duration);

impl Cost {
    /// As milliseconds.
    pub fn ms(&self) -> String {
        format!("{:.2} ms", self.0.as_secs_f64() * 1e3)
    }
}

/// CPU time of the least costly of several runs; what a run gives is dropped outside of it.
pub fn cpu<T>(mut run: impl FnMut() -> T) -> Cost {
    let (mut least, mut total) = (Duration::MAX, Duration::ZERO);
    for at in 0..RUNS {
        let before = thread_time();
        let made = black_box(run());
        let took = thread_time().saturating_sub(before);
        drop(made);
        least = least.min(took);
        total += took;
        if at >= 2 && total > LONG_ENOUGH {
            break;
        }
    }
    Cost(least)
}

/// CPU time of this thread so far.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a time after the beginning")
}

/// Memory of this process, in KiB (proc(5)).
pub fn resident_kib() -> u32 {
    let text = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
