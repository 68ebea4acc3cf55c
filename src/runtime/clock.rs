//! The one place that turns configured durations into real ones.

use jiff::Timestamp;
use std::time::Duration;

/// Time as the operator reads it. Durations are divided by `speed`, so that an operator beside a fast lab waits as
/// little as the lab does; points in time are always real.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    speed: f64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { speed: 1.0 }
    }
}

impl Clock {
    /// A clock on which configured time passes `speed` times as fast; 1 everywhere but beside the lab.
    pub fn new(speed: f64) -> Self {
        Self { speed: if speed.is_finite() && speed > 0.0 { speed } else { 1.0 } }
    }

    /// A configured duration as a real one; at least 20 ms, so that nothing spins.
    pub fn scale(&self, configured: Duration) -> Duration {
        configured.div_f64(self.speed).max(Duration::from_millis(20))
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
