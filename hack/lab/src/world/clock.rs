//! Lab time: how far the machines have got, which runs faster than the wall clock.

use std::time::{Duration, Instant};

/// A point of lab time, in microseconds since the lab started.
pub(crate) type LabTime = u64;

/// Turns wall time into lab time. Changing the speed keeps the lab time reached so far.
#[derive(Clone, Debug)]
pub(crate) struct LabClock {
    origin: Instant,
    at_origin: LabTime,
    speed: f64,
}

impl LabClock {
    pub(crate) fn new(speed: f64) -> Self {
        Self { origin: Instant::now(), at_origin: 0, speed: sane(speed) }
    }

    pub(crate) fn now(&self) -> LabTime {
        self.at_origin + micros(self.origin.elapsed().as_secs_f64() * self.speed)
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.at_origin = self.now();
        self.origin = Instant::now();
        self.speed = sane(speed);
    }

    /// How long until that lab time, on the wall clock.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn until(&self, due: LabTime) -> Duration {
        Duration::from_secs_f64(due.saturating_sub(self.now()) as f64 / 1e6 / self.speed)
    }
}

/// Seconds as microseconds of lab time.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn micros(seconds: f64) -> LabTime {
    (seconds.max(0.0) * 1e6) as LabTime
}

fn sane(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.01, 1_000_000.0) } else { 1.0 }
}
