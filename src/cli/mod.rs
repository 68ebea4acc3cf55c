//! The command line, one file a subcommand.

mod controller;
mod crds;
mod import;
mod rules;
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
    /// Print another design as Slipway's manifests
    Import(import::Args),
    /// Check a design without a cluster
    Validate(validate::Args),
    /// List what a design is checked for
    Rules,
}

/// Runs the program.
pub fn run() -> ExitCode {
    // kube and reqwest share one TLS provider, which rustls wants to be told of before the first client.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let result = match Cli::parse().command {
        Command::Controller(args) => controller::run(args),
        Command::Crds(args) => crds::run(&args),
        Command::Import(args) => import::run(args),
        Command::Validate(args) => validate::run(&args),
        Command::Rules => Ok(rules::run()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
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
