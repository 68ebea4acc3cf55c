//! `slipway crds`: the CustomResourceDefinitions, as one stream or as files.

use std::{error::Error, io::Write, path::PathBuf, process::ExitCode};

/// Arguments of `slipway crds`.
#[derive(clap::Args)]
pub struct Args {
    /// Write one file a kind into this folder instead of printing
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Prints or writes the CRDs.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let mut stdout = std::io::stdout().lock();
    for crd in crate::api::crds() {
        let text = crate::cli::yaml::document(&crd)?;
        match &args.out {
            Some(folder) => {
                std::fs::write(folder.join(format!("{}.yaml", crd.spec.names.plural)), text)?;
            }
            None => write!(stdout, "---\n{text}")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
