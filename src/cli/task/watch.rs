//! `slipway task watch`: a line whenever a task has come further, until it ends.

use super::{Place, get, show};
use crate::api::SiteTask;
use futures::TryStreamExt;
use kube::{
    Api,
    runtime::{WatchStreamExt, watcher::watch_object},
};
use std::{collections::BTreeMap, error::Error, io, process::ExitCode};

/// Arguments of `slipway task watch`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the task
    name: String,
    #[command(flatten)]
    place: Place,
}

/// Follows a task to its end. Exit code 1 where that is no success.
pub async fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    follow(args.place.tasks().await?, &args.name).await
}

/// Follows a task to its end.
pub async fn follow(tasks: Api<SiteTask>, name: &str) -> Result<ExitCode, Box<dyn Error>> {
    get(&tasks, name).await?;
    let mut said = String::new();
    let mut changes = std::pin::pin!(watch_object(tasks, name).default_backoff());
    while let Some(task) = changes.try_next().await? {
        let Some(task) = task else { return Err(format!("task `{name}` was deleted").into()) };
        let line = progress(&task);
        if line != said {
            println!("{line}");
            said = line;
        }
        let status = task.status.clone().unwrap_or_default();
        if status.finished_at.is_some() {
            println!();
            show::print(&mut io::stdout().lock(), &task)?;
            let fine = status.state.as_deref() == Some("Success");
            return Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Err("the API server ended the watch".into())
}

/// `Running: 3 of 8 nodes done (Commissioning 1, Deploying 4)`.
fn progress(task: &SiteTask) -> String {
    let status = task.status.clone().unwrap_or_default();
    let said = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
    for step in status.nodes.iter().filter_map(|node| node.step.as_deref()) {
        *steps.entry(step).or_default() += 1;
    }
    let steps: Vec<String> = steps.iter().map(|(step, count)| format!("{step} {count}")).collect();
    let state = status.state.as_deref().unwrap_or("Pending");
    let message = said.map_or("not looked at yet", |condition| condition.message.as_str());
    if steps.is_empty() { format!("{state}: {message}") } else { format!("{state}: {message} ({})", steps.join(", ")) }
}
