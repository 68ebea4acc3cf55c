//! What a long-running process needs: clock, lease, work queue, metrics, telemetry, an HTTP server for probes.

mod clock;
mod lease;
mod metrics;
mod probes;
mod queue;
pub mod telemetry;

pub use clock::Clock;
pub use lease::{Leadership, LeaseConfig, stand_for_election};
pub use metrics::{Labels, Metrics};
pub use probes::{Health, serve};
pub use queue::{InLane, Queue};
