//! `slipway task list`.

use super::{Place, ago, show::Output};
use crate::{
    api::SiteTask,
    cli::{table, yaml},
};
use kube::{ResourceExt, api::ListParams};
use std::{error::Error, process::ExitCode};

/// Arguments of `slipway task list`.
#[derive(clap::Args)]
pub struct Args {
    /// Only those that have not ended
    #[arg(long)]
    unfinished: bool,
    #[command(flatten)]
    place: Place,
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// Prints the tasks of a site, the newest last.
pub async fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let mut tasks = args.place.tasks().await?.list(&ListParams::default()).await?.items;
    tasks.retain(|task| !args.unfinished || task.is_unfinished());
    tasks.sort_by_key(crate::plan::age);
    match args.output {
        Output::Table => {
            let header = ["NAME", "ACTION", "STATE", "DONE", "AGE", "MESSAGE"];
            let rows: Vec<Vec<String>> = tasks.iter().map(row).collect();
            table::print(&mut std::io::stdout().lock(), &header, &rows)?;
        }
        Output::Json => println!("{}", serde_json::to_string_pretty(&tasks)?),
        Output::Yaml => print!("{}", yaml::document(&tasks)?),
        Output::Name => tasks.iter().for_each(|task| println!("sitetask/{}", task.name_any())),
    }
    Ok(ExitCode::SUCCESS)
}

fn row(task: &SiteTask) -> Vec<String> {
    let status = task.status.clone().unwrap_or_default();
    let said = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    vec![
        task.name_any(),
        task.spec.action.name().to_owned(),
        status.state.unwrap_or_else(|| "Pending".to_owned()),
        status.summary.unwrap_or_else(|| "-".to_owned()),
        task.creation_timestamp().map_or_else(|| "-".to_owned(), |created| ago(created.0)),
        said.map(|condition| condition.message.clone()).unwrap_or_default(),
    ]
}
