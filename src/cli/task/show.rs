//! `slipway task show`: how a task went, node by node, and what happened meanwhile.

use super::{Place, ago, get, span};
use crate::{
    api::{
        SiteTask,
        site_task::{CheckOutcome, SiteTaskStatus, TaskNode},
    },
    cli::{table, yaml},
};
use clap::ValueEnum;
use jiff::Timestamp;
use k8s_openapi::api::events::v1::Event;
use kube::{Api, Client, ResourceExt, api::ListParams};
use std::{
    collections::BTreeSet,
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

/// Arguments of `slipway task show`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the task
    name: String,
    /// Every step of its nodes too, as their events tell it
    #[arg(long)]
    events: bool,
    #[command(flatten)]
    place: Place,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// How tasks are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Table,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// Kind and name
    Name,
}

/// Prints a task.
pub async fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let (client, namespace) = args.place.connect().await?;
    let task = get(&Api::namespaced(client.clone(), &namespace), &args.name).await?;
    match args.output {
        Output::Table => {
            let mut out = io::stdout().lock();
            print(&mut out, &task)?;
            if args.events {
                print_events(&mut out, &task, &events(client, &namespace, &task).await?)?;
            }
        }
        Output::Json => println!("{}", serde_json::to_string_pretty(&task)?),
        Output::Yaml => print!("{}", yaml::document(&task)?),
        Output::Name => println!("sitetask/{}", args.name),
    }
    Ok(ExitCode::SUCCESS)
}

/// A task as a person reads it.
pub fn print(out: &mut impl Write, task: &SiteTask) -> io::Result<()> {
    let status = task.status.clone().unwrap_or_default();
    let said = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<10} {value}");
    line("Task:", &task.name_any())?;
    line("Action:", task.spec.action.name())?;
    line("State:", status.state.as_deref().unwrap_or("Pending"))?;
    line("Message:", said.map_or("", |condition| condition.message.as_str()))?;
    if let Some(began) = &status.started_at {
        line("Began:", &format!("{} ({} ago)", began.0, ago(began.0)))?;
    }
    if let (Some(began), Some(ended)) = (&status.started_at, &status.finished_at) {
        line("Took:", &span(ended.0.duration_since(began.0).as_secs()))?;
    }
    print_checks(out, &status)?;
    if status.nodes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let rows: Vec<Vec<String>> = status.nodes.iter().map(|node| row(node, Timestamp::now())).collect();
    table::print(out, &["NODE", "STATE", "TOOK", "STEPS", "MESSAGE"], &rows)
}

fn print_checks(out: &mut impl Write, status: &SiteTaskStatus) -> io::Result<()> {
    if status.checks.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let outcome = |outcome: CheckOutcome| match outcome {
        CheckOutcome::Passed => "Passed",
        CheckOutcome::Warning => "Warning",
        CheckOutcome::Failed => "Failed",
        CheckOutcome::Skipped => "Skipped",
    };
    let rows = status.checks.iter().map(|c| vec![c.name.clone(), outcome(c.outcome).to_owned(), c.message.clone()]);
    table::print(out, &["CHECK", "OUTCOME", "MESSAGE"], &rows.collect::<Vec<_>>())
}

/// `Commissioning 5m12s, Deploying 11m (2nd Deploy)`.
fn row(node: &TaskNode, now: Timestamp) -> Vec<String> {
    let running = node.step.as_ref().zip(node.since.as_ref());
    let running = running.map(|(step, since)| (step.clone(), now.duration_since(since.0).as_secs().max(0)));
    let mut steps: Vec<(String, i64)> = node.seconds.iter().map(|(step, seconds)| (step.clone(), *seconds)).collect();
    // In the order of their names they say little; the present one comes last.
    steps.sort_by_key(|(step, _)| order(step));
    steps.extend(running);
    let took = steps.iter().map(|(_, seconds)| seconds).sum();
    let mut told: Vec<String> = steps
        .iter()
        .filter(|(_, seconds)| *seconds > 0)
        .map(|(step, seconds)| format!("{step} {}", span(*seconds)))
        .collect();
    told.extend(node.attempts.iter().map(|(step, times)| format!("{times} times {step}")));
    let message = match (&node.message, node.skipped) {
        (Some(message), _) => message.clone(),
        (None, Some(true)) => "Was there already: nothing had to be done".to_owned(),
        (None, _) => String::new(),
    };
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let took = if steps.is_empty() { "-".to_owned() } else { span(took) };
    vec![node.name.clone(), node.state.clone(), took, or_dash(told.join(", ")), message]
}

/// The order in which a node comes through its states.
fn order(step: &str) -> usize {
    const ORDER: [&str; 8] =
        ["Queued", "Enlisting", "Registering", "Commissioning", "Preparing", "Allocating", "Deploying", "Releasing"];
    ORDER.iter().position(|known| *known == step).unwrap_or(ORDER.len())
}

/// What happened to a task's nodes while it ran.
async fn events(client: Client, namespace: &str, task: &SiteTask) -> Result<Vec<Event>, kube::Error> {
    let status = task.status.clone().unwrap_or_default();
    let nodes: BTreeSet<&str> = status.nodes.iter().map(|node| node.name.as_str()).collect();
    let api: Api<Event> = Api::namespaced(client, namespace);
    let params = ListParams::default().fields("regarding.kind=BaremetalNode");
    let mut events = api.list(&params).await?.items;
    let began = status.started_at.map(|began| began.0);
    let ended = status.finished_at.map_or(Timestamp::MAX, |ended| ended.0);
    events.retain(|event| {
        let of = event.regarding.as_ref().and_then(|regarding| regarding.name.as_deref()).unwrap_or_default();
        let fits = |at: Timestamp| began.is_some_and(|began| began <= at) && at <= ended;
        nodes.contains(of) && event.event_time.as_ref().is_some_and(|at| fits(at.0))
    });
    events.sort_by_key(|event| event.event_time.as_ref().map(|at| at.0));
    Ok(events)
}

fn print_events(out: &mut impl Write, task: &SiteTask, events: &[Event]) -> io::Result<()> {
    let began = task.status.as_ref().and_then(|status| status.started_at.as_ref()).map(|began| began.0);
    let rows: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let at = event.event_time.as_ref().zip(began).map(|(at, began)| at.0.duration_since(began).as_secs());
            let of = event.regarding.as_ref().and_then(|regarding| regarding.name.clone());
            vec![
                at.map(|at| format!("+{}", span(at))).unwrap_or_default(),
                of.unwrap_or_default(),
                event.reason.clone().unwrap_or_default(),
                event.note.clone().unwrap_or_default(),
            ]
        })
        .collect();
    writeln!(out)?;
    table::print(out, &["AT", "NODE", "REASON", "NOTE"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_task_is_shown_node_by_node() {
        let task: SiteTask = serde_json::from_value(json!({
            "metadata": {"name": "deploy-r01"}, "spec": {"action": "DeployNodes"},
            "status": {
                "state": "PartialSuccess", "startedAt": "2026-03-01T10:00:00Z", "finishedAt": "2026-03-01T10:31:00Z",
                "conditions": [{"type": "Ready", "status": "False", "reason": "PartialSuccess", "message": "3 of 3 nodes done",
                    "lastTransitionTime": "2026-03-01T10:31:00Z"}],
                "nodes": [
                    {"name": "r01-u10", "state": "Success", "seconds": {"Deploying": 660, "Commissioning": 312}, "attempts": {"Deploy": 2}},
                    {"name": "r01-u11", "state": "Success", "skipped": true},
                    {"name": "r01-u12", "state": "Failure", "message": "the BMC refused", "seconds": {"Enlisting": 60}},
                ],
            },
        }))
        .unwrap();
        let mut out = Vec::new();
        print(&mut out, &task).unwrap();
        let text = String::from_utf8(out).unwrap();
        let began = text.lines().find(|line| line.starts_with("Began:")).unwrap().to_owned();
        insta::assert_snapshot!(text.replace(&began, "Began:     (then)"), @r"
        Task:      deploy-r01
        Action:    DeployNodes
        State:     PartialSuccess
        Message:   3 of 3 nodes done
        Began:     (then)
        Took:      31m

        NODE      STATE     TOOK     STEPS                                                MESSAGE
        r01-u10   Success   16m12s   Commissioning 5m12s, Deploying 11m, 2 times Deploy
        r01-u11   Success   -        -                                                    Was there already: nothing had to be done
        r01-u12   Failure   1m       Enlisting 1m                                         the BMC refused
        ");
    }
}
