//! The command line, one file a subcommand.

mod adopt;
mod approve;
mod controller;
mod crds;
mod diff;
mod explain;
mod fields;
mod files;
mod get;
mod import;
mod live;
mod load;
mod ports;
mod rules;
mod table;
mod task;
mod validate;
pub mod yaml;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Turns a site design kept in Git into provisioned bare-metal machines.
#[derive(Parser)]
#[command(name = "slipway", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the operator
    Controller(controller::Args),
    /// Print the CustomResourceDefinitions
    Crds(crds::Args),
    /// Print a MAAS region that runs as Slipway's manifests, to take it over
    Adopt(adopt::Args),
    /// Print another design as Slipway's manifests
    Import(import::Args),
    /// Check a design without a cluster
    Validate(validate::Args),
    /// Show what a node is as designed, and which object gave each value
    Explain(explain::Args),
    /// Show what a change of the design means for each machine
    Diff(diff::Args),
    /// Get objects of a design by fine queries
    Get(get::Args),
    /// Ask for work on a site, and follow it
    Task(task::Args),
    /// Approve what would destroy something
    Approve(approve::Args),
    /// List what the design wants of the ports of the switches
    Ports(ports::Args),
    /// List what a design is checked for
    Rules(rules::Args),
}

/// Runs the program.
pub fn run() -> ExitCode {
    // kube and reqwest share one TLS provider, which rustls wants to be told of before the first client.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let result = match Cli::parse().command {
        Command::Controller(args) => controller::run(args),
        Command::Crds(args) => crds::run(&args),
        Command::Adopt(args) => unusable(adopt::run(&args)),
        Command::Import(args) => import::run(args),
        Command::Validate(args) => unusable(validate::run(&args)),
        Command::Explain(args) => unusable(explain::run(&args)),
        Command::Diff(args) => unusable(diff::run(&args)),
        Command::Get(args) => unusable(get::run(&args)),
        Command::Task(args) => unusable(task::run(&args)),
        Command::Approve(args) => unusable(approve::run(&args)),
        Command::Ports(args) => unusable(ports::run(&args)),
        Command::Rules(args) => rules::run(&args),
    };
    match result {
        Ok(code) => code,
        // Whoever reads has read enough.
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Where 1 has a meaning of its own, an error is 2.
fn unusable(result: Result<ExitCode, Box<dyn std::error::Error>>) -> Result<ExitCode, Box<dyn std::error::Error>> {
    result.or_else(|error| {
        if is_broken_pipe(error.as_ref()) {
            return Err(error);
        }
        eprintln!("error: {}", chain(error.as_ref()));
        Ok(ExitCode::from(2))
    })
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

/// An error with its causes, each saying its own level.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
