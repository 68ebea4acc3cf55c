//! `slipway task cancel`.

use super::{Place, get};
use crate::cli::approve::MANAGER;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use std::{error::Error, process::ExitCode};

/// Arguments of `slipway task cancel`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the task
    name: String,
    #[command(flatten)]
    place: Place,
}

/// Asks for the end of a task.
pub async fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let tasks = args.place.tasks().await?;
    let task = get(&tasks, &args.name).await?;
    if !task.is_unfinished() {
        println!("sitetask/{} has ended already", args.name);
        return Ok(ExitCode::SUCCESS);
    }
    let params = PatchParams { field_manager: Some(MANAGER.into()), ..PatchParams::default() };
    tasks.patch(&args.name, &params, &Patch::Merge(json!({"spec": {"cancel": true}}))).await?;
    println!("sitetask/{} is cancelled: steps in flight are watched to their end, none follows", args.name);
    Ok(ExitCode::SUCCESS)
}
