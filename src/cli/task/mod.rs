//! `slipway task`: work that people ask for, follow and cancel. What Git asks for is a manifest of the same kind, which
//! `create --dry-run` prints.

mod cancel;
mod create;
mod labels;
mod list;
mod show;
mod watch;

use super::live;
use crate::api::SiteTask;
use clap::Subcommand;
use jiff::Timestamp;
use kube::{Api, Client};
use std::{error::Error, process::ExitCode};

/// Arguments of `slipway task`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Ask for work
    Create(Box<create::Args>),
    /// List tasks, the newest last
    List(list::Args),
    /// Show how a task went, node by node
    Show(show::Args),
    /// Follow a task to its end
    Watch(watch::Args),
    /// End a task: steps in flight are watched to their end, none follows
    Cancel(cancel::Args),
}

/// Where a task is.
#[derive(clap::Args)]
struct Place {
    /// Namespace of the site; absent: that of your kubeconfig
    #[arg(short, long, value_name = "NS")]
    namespace: Option<String>,
}

impl Place {
    /// The tasks there.
    async fn tasks(&self) -> Result<Api<SiteTask>, Box<dyn Error>> {
        let (client, namespace) = self.connect().await?;
        Ok(Api::namespaced(client, &namespace))
    }

    async fn connect(&self) -> Result<(Client, String), Box<dyn Error>> {
        live::connect(self.namespace.as_deref()).await
    }
}

/// Does what was asked for. Exit code 1 where a task that was followed did not end in success, 2 where nothing could be done.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    match &args.command {
        Command::Create(args) => create::run(args),
        Command::List(args) => live::run(list::run(args)),
        Command::Show(args) => live::run(show::run(args)),
        Command::Watch(args) => live::run(watch::run(args)),
        Command::Cancel(args) => live::run(cancel::run(args)),
    }
}

/// One task.
async fn get(tasks: &Api<SiteTask>, name: &str) -> Result<SiteTask, Box<dyn Error>> {
    let found = tasks.get_opt(name).await?;
    found.ok_or_else(|| {
        format!("there is no task `{name}` in this namespace; `slipway task list` names those there are").into()
    })
}

/// A span of time in two units at most: `45s`, `12m3s`, `2h5m`, `3d4h`.
fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |large: i64, unit: char, small: i64, lesser: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{lesser}") }
    };
    match seconds {
        ..60 => format!("{}s", seconds.max(0)),
        60..3600 => two(minutes, 'm', seconds % 60, 's'),
        3600..86_400 => two(hours, 'h', minutes, 'm'),
        _ => two(days, 'd', hours, 'h'),
    }
}

/// How long ago something was.
fn ago(since: Timestamp) -> String {
    span(Timestamp::now().duration_since(since).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        let spans = [0, 45, 60, 723, 7500, 7200, 273_600].map(span);
        assert_eq!(spans, ["0s", "45s", "1m", "12m3s", "2h5m", "2h", "3d4h"]);
    }
}
