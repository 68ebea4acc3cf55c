//! `slipway validate`: a design checked without a cluster, as a person, an editor or a pipeline wants it.
//!
//! `files` reads the objects and holds each against the schema of its kind, `report` resolves each site and puts places to what is found; the rest prints: [`text`], [`json`], [`sarif`], [`junit`].

mod json;
mod junit;
mod report;
mod sarif;
mod text;

use super::{files::DesignFiles, live};
use crate::model::Severity;
use clap::ValueEnum;
use std::{
    error::Error,
    io::{ErrorKind, Write},
    process::ExitCode,
};

/// Exit code where there is something to mend.
const FINDINGS: u8 = 1;
/// Exit code where nothing could be checked, or not all of it.
const UNUSABLE: u8 = 2;

/// Arguments of `slipway validate`.
#[derive(clap::Args)]
#[command(after_help = "Exit code: 0 nothing is found, 1 something is, 2 not everything could be read.")]
pub struct Args {
    /// Files, folders with all below them, or `-` for standard input
    #[arg(required_unless_present = "live", value_name = "PATH")]
    paths: Vec<String>,
    /// Check what the cluster of your kubeconfig holds: every finding, where status shows the first
    #[arg(long, conflicts_with = "paths")]
    live: bool,
    /// Namespace of the site in the cluster; absent: that of your kubeconfig
    #[arg(short, long, value_name = "NS", requires = "live")]
    namespace: Option<String>,
    /// How findings are printed
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// The least severity that is printed and that counts for the exit code
    #[arg(long, value_enum, default_value_t = Least::Warning)]
    severity: Least,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people: one finding and its hint at a time, and a sum
    Text,
    /// For programs: a list of findings
    Json,
    /// For code review: SARIF 2.1.0
    Sarif,
    /// For pipelines: JUnit XML, a test an object
    Junit,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Least {
    /// Everything
    Warning,
    /// Errors only
    Error,
}

/// Prints what is wrong. Exit code 0: nothing; 1: something is; 2: some of it cannot be read.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let least = match args.severity {
        Least::Warning => Severity::Warning,
        Least::Error => Severity::Error,
    };
    let report = if args.live {
        report::Report::of_cluster(&live::manifests(args.namespace.as_deref())?, args.namespace.as_deref(), least)
    } else {
        report::Report::make(DesignFiles::read(&args.paths), &args.paths, least)
    };
    let printed = match args.output {
        Output::Text => text::print(&report),
        Output::Json => json::print(&report)?,
        Output::Sarif => sarif::print(&report)?,
        Output::Junit => junit::print(&report)?,
    };
    for problem in report.faults.iter().filter(|problem| problem.place.is_none()) {
        eprintln!("error: {}", problem.message);
    }
    // Takes colours out where nobody would see them: not a terminal, or NO_COLOR.
    match anstream::stdout().write_all(printed.as_bytes()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        other => other?,
    }
    Ok(if !report.faults.is_empty() {
        UNUSABLE.into()
    } else if report.sites.iter().all(|site| site.problems.is_empty()) {
        ExitCode::SUCCESS
    } else {
        FINDINGS.into()
    })
}
