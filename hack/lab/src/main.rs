//! The lab as a program: reads a spec, prints one line of JSON when everything listens, and runs until it is told to
//! stop.

use std::io::Write;
use std::path::PathBuf;

use clap::Parser;
use slipway_lab::spec::LabSpec;
use slipway_lab::{LabError, Ports, start_on};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

/// A simulated bare-metal site: a MAAS region, BMCs and the machines behind them.
#[derive(Debug, Parser)]
#[command(name = "slipway-lab")]
struct Args {
    /// The site, as YAML.
    #[arg(long)]
    spec: PathBuf,
    /// How many times faster than real machines the lab's are; overrides the spec.
    #[arg(long)]
    speed: Option<f64>,
    /// What everything random is drawn from; overrides the spec.
    #[arg(long)]
    seed: Option<u64>,
    /// The region's HTTP port.
    #[arg(long, default_value_t = 0)]
    maas_port: u16,
    /// The control API's port.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// The UDP port of all BMCs, and the TCP port of those that speak Redfish; overrides the spec when not 0.
    #[arg(long, default_value_t = 0)]
    bmc_port: u16,
    /// End when standard input closes.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let text = std::fs::read_to_string(&args.spec)
        .map_err(|error| LabError::Spec(format!("{}: {error}", args.spec.display())))?;
    let mut spec = LabSpec::from_yaml(&text)?;
    spec.speed = args.speed.unwrap_or(spec.speed);
    spec.seed = args.seed.unwrap_or(spec.seed);
    if args.bmc_port != 0 {
        spec.bmc.port = args.bmc_port;
    }
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let lab = start_on(spec, Ports { maas: args.maas_port, control: args.control_port }).await?;
    let line = serde_json::json!({
        "maasUrl": lab.maas_url, "apiKey": lab.api_key, "controlUrl": lab.control_url, "bmcPort": lab.bmc_port,
        "bmcCa": lab.bmc_ca,
    });
    writeln!(std::io::stdout(), "{line}")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_closes(), if args.exit_with_stdin => {}
    }
    lab.stop().await;
    Ok(())
}

/// Reads standard input to its end.
async fn stdin_closes() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0; 256];
    while stdin.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}
