//! Logs: structured, to standard error.

use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging. `RUST_LOG` chooses what; `json` chooses how.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,kube=warn,hyper=warn"));
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second subscriber in one process (tests) is no reason to end.
    let _ = if json { logs.json().try_init() } else { logs.try_init() };
}
