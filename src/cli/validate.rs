//! `slipway validate`: a design checked without a cluster.

use super::design_files::DesignFiles;
use crate::{
    design::resolve,
    model::{Finding, Severity},
};
use clap::ValueEnum;
use serde_json::json;
use std::{error::Error, process::ExitCode};

/// Exit code where there is something to mend.
const FINDINGS: u8 = 1;
/// Exit code where nothing could be checked, or not all of it.
const UNUSABLE: u8 = 2;

/// Arguments of `slipway validate`.
#[derive(clap::Args)]
pub struct Args {
    /// Files, folders with all below them, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// How findings are printed
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people: one finding and its hint at a time, and a sum
    Text,
    /// For programs: a list of findings
    Json,
}

/// Prints what is wrong. Exit code 0: nothing; 1: something is; 2: some of it cannot be read.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let files = DesignFiles::read(&args.paths);
    for fault in &files.faults {
        eprintln!("error: {fault}");
    }
    let mut listed = Vec::new();
    for (namespace, manifests) in &files.namespaces {
        let design = resolve(manifests);
        if args.output == Output::Text {
            design.findings.iter().for_each(|finding| tell(&files, namespace, finding));
            let count = |severity| design.findings.iter().filter(|f| f.severity == severity).count();
            let site = manifests.site.as_ref().and_then(|s| s.metadata.name.as_deref());
            println!(
                "{}: {} nodes, {} errors, {} warnings",
                site.map_or_else(|| "no Site".to_owned(), |name| format!("Site/{name}")),
                manifests.nodes.len(),
                count(Severity::Error),
                count(Severity::Warning),
            );
        }
        listed.extend(design.findings.iter().map(|finding| as_json(&files, namespace, finding)));
    }
    if args.output == Output::Json {
        println!("{}", serde_json::to_string_pretty(&listed)?);
    }
    if files.namespaces.is_empty() {
        eprintln!("error: no object of Slipway's is in {}", args.paths.join(", "));
    }
    Ok(if !files.faults.is_empty() || files.namespaces.is_empty() {
        UNUSABLE.into()
    } else if listed.is_empty() {
        ExitCode::SUCCESS
    } else {
        FINDINGS.into()
    })
}

fn tell(files: &DesignFiles, namespace: &str, finding: &Finding) {
    let place = files.place(namespace, &finding.object).map(|place| format!("{place}: ")).unwrap_or_default();
    let severity = finding.severity.name().to_lowercase();
    println!("{place}{severity} {}: {} {}: {}", finding.rule, finding.object, finding.field, finding.message);
    println!("    {}", finding.hint);
}

fn as_json(files: &DesignFiles, namespace: &str, finding: &Finding) -> serde_json::Value {
    json!({
        "place": files.place(namespace, &finding.object),
        "namespace": namespace,
        "severity": finding.severity.name(),
        "rule": finding.rule,
        "object": finding.object.to_string(),
        "field": finding.field,
        "message": finding.message,
        "hint": finding.hint,
        "nodes": finding.nodes,
    })
}
