//! The lab as a program: reads a spec, prints one line of JSON when everything listens, and runs until it is told to
//! stop. `slipway-lab bmcs N` is a farm of BMCs alone.

use std::io::Write;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use slipway_lab::farm::{self, FarmSpec};
use slipway_lab::spec::LabSpec;
use slipway_lab::{LabError, Ports, start_on};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

/// A simulated bare-metal site: a MAAS region, BMCs and the machines behind them.
#[derive(Debug, Parser)]
#[command(name = "slipway-lab", args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The site, as YAML.
    #[arg(long, required = true)]
    spec: Option<PathBuf>,
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

#[derive(Debug, Subcommand)]
enum Command {
    /// Many BMCs and nothing else, to measure clients on: one address each, from 127.64.0.1 on, all on one port.
    Bmcs {
        /// How many.
        count: u32,
        /// How long each takes for a reply, such as `20ms`.
        #[arg(long, default_value = "0ms", value_parser = milliseconds)]
        delay: u64,
        /// How many packets are lost in each direction, such as `2%`.
        #[arg(long, default_value = "0%", value_parser = percent)]
        loss: u32,
        /// How many of the BMCs answer nothing, such as `10%`.
        #[arg(long, default_value = "0%", value_parser = percent)]
        dead: u32,
        /// The UDP port of all BMCs.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// End when standard input closes.
        #[arg(long)]
        exit_with_stdin: bool,
    },
}

fn milliseconds(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix("ms").ok_or("not a number of milliseconds, as `20ms`")?;
    number.parse().map_err(|error| format!("{error}"))
}

fn percent(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('%').ok_or("not a number of percent, as `2%`")?;
    number.parse().ok().filter(|number| *number <= 100).ok_or_else(|| "not between 0% and 100%".to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    if let Some(Command::Bmcs { count, delay, loss, dead, port, exit_with_stdin }) = args.command {
        let spec = FarmSpec { count, delay_ms: delay, loss_percent: loss.into(), dead_percent: dead, port };
        let farm = farm::start(spec).await?;
        writeln!(std::io::stdout(), "{}", serde_json::json!({"first": farm.first, "bmcPort": farm.port}))?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = stdin_closes(), if exit_with_stdin => {}
        }
        return Ok(());
    }
    let path = args.spec.unwrap_or_default();
    let text =
        std::fs::read_to_string(&path).map_err(|error| LabError::Spec(format!("{}: {error}", path.display())))?;
    let mut spec = LabSpec::from_yaml(&text)?;
    spec.speed = args.speed.unwrap_or(spec.speed);
    spec.seed = args.seed.unwrap_or(spec.seed);
    if args.bmc_port != 0 {
        spec.bmc.port = args.bmc_port;
    }
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
