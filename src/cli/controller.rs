//! `slipway controller`: the operator.

use crate::{
    controllers::{Settings, run as operate},
    runtime::{Clock, telemetry},
};
use std::{error::Error, net::SocketAddr, process::ExitCode, time::Duration};
use tokio_util::sync::CancellationToken;
use tower::timeout::TimeoutLayer;

/// Arguments of `slipway controller`.
#[derive(clap::Args)]
pub struct Args {
    /// Namespace of the Lease
    #[arg(long, env = "POD_NAMESPACE", default_value = "slipway-system")]
    namespace: String,
    /// Name of this instance, for the Lease and for events
    #[arg(long, env = "POD_NAME", default_value = "slipway")]
    instance: String,
    /// Address of probes and metrics
    #[arg(long, env = "SLIPWAY_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Objects of one namespace worked on at once; no namespace waits for another
    #[arg(long, env = "SLIPWAY_WORKERS", default_value_t = 16)]
    workers: usize,
    /// How long the Lease is held without renewal, in seconds
    #[arg(long, env = "SLIPWAY_LEASE_SECONDS", default_value_t = 15)]
    lease_seconds: u64,
    /// How fast configured time passes: that of the lab that the operator runs beside
    #[arg(long, env = "SLIPWAY_CLOCK_SPEED", default_value_t = 1.0, hide = true)]
    clock_speed: f64,
    /// Write logs as JSON
    #[arg(long, env = "SLIPWAY_LOG_JSON")]
    log_json: bool,
}

/// How long the API server may take to begin an answer; a watch begins at once, and lasts.
const API_DEADLINE: Duration = Duration::from_mins(1);
/// How long a connection may be silent within an answer: the API server ends a watch earlier.
const API_SILENCE: Duration = Duration::from_mins(6);

/// A client of the API server whose calls all have a deadline.
async fn client() -> Result<kube::Client, Box<dyn Error>> {
    let mut config = kube::Config::infer().await?;
    config.read_timeout = Some(API_SILENCE);
    let builder = kube::client::ClientBuilder::try_from(config)?;
    Ok(builder.with_layer(&TimeoutLayer::new(API_DEADLINE)).build())
}

/// Runs the operator until SIGTERM or SIGINT.
pub fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    telemetry::init(args.log_json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let client = client().await?;
        let stop = CancellationToken::new();
        let settings = Settings {
            namespace: args.namespace,
            identity: format!("{}_{:08x}", args.instance, rand::random::<u32>()),
            lease_duration: Duration::from_secs(args.lease_seconds.max(1)),
            clock: Clock::new(args.clock_speed),
            workers: args.workers,
            listen: args.listen,
        };
        let asked = stop.clone();
        tokio::spawn(async move {
            terminated().await;
            asked.cancel();
        });
        operate(client, settings, stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Returns at SIGTERM or SIGINT.
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut term) => tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
