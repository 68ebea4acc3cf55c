//! `slipway task create`.

use super::{Place, labels, watch};
use crate::{
    api::{
        SiteTask,
        selector::{NodeFilter, NodeSelector},
        site_task::{EraseMode, SiteTaskSpec, TaskAction, TaskResult, TaskResults},
        values::Duration,
    },
    cli::{approve::MANAGER, live, yaml},
};
use clap::ValueEnum;
use kube::{Api, ResourceExt, api::PostParams};
use std::{error::Error, process::ExitCode};

/// Arguments of `slipway task create`.
#[derive(clap::Args)]
#[command(
    after_help = "Nodes must fit all of what is given; with nothing given, every node of the site is meant.\n\nExamples:\n  slipway task create deploy-nodes --racks r01 --watch\n  slipway task create deploy-nodes --retry deploynodes-x7k2p\n  slipway task create destroy-nodes --names r01-u10 --erase quick --dry-run"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// What is to be done
    #[arg(value_enum)]
    action: Action,
    /// Name of the task; absent: made from the action
    #[arg(long)]
    name: Option<String>,
    /// Nodes by name
    #[arg(long, value_delimiter = ',', value_name = "NODE")]
    names: Vec<String>,
    /// Nodes that carry these tags
    #[arg(long, value_delimiter = ',', value_name = "TAG")]
    tags: Vec<String>,
    /// Nodes in these racks
    #[arg(long, value_delimiter = ',', value_name = "RACK")]
    racks: Vec<String>,
    /// Nodes with this in their owner data
    #[arg(long, value_delimiter = ',', value_name = "KEY=VALUE", value_parser = pair)]
    owner_data: Vec<(String, String)>,
    /// Nodes in racks with these labels
    #[arg(long, value_delimiter = ',', value_name = "KEY=VALUE", value_parser = pair)]
    rack_labels: Vec<(String, String)>,
    /// Nodes by their labels, as kubectl takes it
    #[arg(short = 'l', long, value_name = "SELECTOR", value_parser = labels::selector)]
    selector: Option<crate::api::selector::LabelSelector>,
    /// Only the nodes that this earlier task ended with
    #[arg(long, value_name = "TASK")]
    retry: Option<String>,
    /// Which of them
    #[arg(long, value_enum, requires = "retry", default_value_t = Results::Failures)]
    results: Results,
    /// How thoroughly destroy-nodes erases
    #[arg(long, value_enum)]
    erase: Option<Erase>,
    /// destroy-nodes: remove the machines' records from the provisioner, once their release is proven
    #[arg(long, conflicts_with = "redeploy")]
    forget: bool,
    /// destroy-nodes: deploy them again
    #[arg(long)]
    redeploy: bool,
    /// destroy-nodes: really every node of the site
    #[arg(long)]
    all: bool,
    /// How long the task may take, such as 4h
    #[arg(long)]
    deadline: Option<Duration>,
    /// Print the manifest, and ask for nothing
    #[arg(long)]
    dry_run: bool,
    /// Follow it to its end
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Resolve and validate the design
    #[value(alias = "ValidateDesign", alias = "validate_design")]
    ValidateDesign,
    /// Check that the provisioner answers and can serve
    #[value(alias = "VerifySite", alias = "verify_site")]
    VerifySite,
    /// Bring the site's objects in the provisioner to the design
    #[value(alias = "PrepareSite", alias = "prepare_site")]
    PrepareSite,
    /// Ask the nodes' BMCs how they are
    #[value(alias = "VerifyNodes", alias = "verify_nodes")]
    VerifyNodes,
    /// Register and commission the nodes
    #[value(alias = "PrepareNodes", alias = "prepare_nodes")]
    PrepareNodes,
    /// Take the nodes to Deployed
    #[value(alias = "DeployNodes", alias = "deploy_nodes")]
    DeployNodes,
    /// Release the nodes
    #[value(alias = "DestroyNodes", alias = "destroy_nodes")]
    DestroyNodes,
    /// Write the nodes' owner data to the cluster they became
    #[value(alias = "RelabelNodes", alias = "relabel_nodes")]
    RelabelNodes,
}

impl From<Action> for TaskAction {
    fn from(action: Action) -> Self {
        match action {
            Action::ValidateDesign => Self::ValidateDesign,
            Action::VerifySite => Self::VerifySite,
            Action::PrepareSite => Self::PrepareSite,
            Action::VerifyNodes => Self::VerifyNodes,
            Action::PrepareNodes => Self::PrepareNodes,
            Action::DeployNodes => Self::DeployNodes,
            Action::DestroyNodes => Self::DestroyNodes,
            Action::RelabelNodes => Self::RelabelNodes,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Results {
    /// Where it failed, and where it did not come to
    Failures,
    /// Where it ended in success
    Successes,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Erase {
    /// Not at all
    None,
    /// The first and last parts of each disk
    Quick,
    /// By the disk's own secure erase
    Secure,
    /// Every block
    Full,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}`: write KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Asks for work, or prints how it would be asked for.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let task = manifest(args)?;
    if args.dry_run {
        print!("{}", yaml::document(&task)?);
        return Ok(ExitCode::SUCCESS);
    }
    live::run(async {
        let tasks: Api<SiteTask> = args.place.tasks().await?;
        let params = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
        let name = tasks.create(&params, &task).await?.name_any();
        println!("sitetask/{name} created");
        if args.watch { watch::follow(tasks, &name).await } else { Ok(ExitCode::SUCCESS) }
    })
}

fn manifest(args: &Args) -> Result<SiteTask, Box<dyn Error>> {
    let action = TaskAction::from(args.action);
    let filter = NodeFilter {
        names: args.names.clone(),
        tags: args.tags.clone(),
        racks: args.racks.clone(),
        labels: args.owner_data.iter().cloned().collect(),
        rack_labels: args.rack_labels.iter().cloned().collect(),
        ..NodeFilter::default()
    };
    let has_filter = filter != NodeFilter::default();
    let selects = has_filter || args.selector.is_some() || args.retry.is_some();
    if selects && action.is_for_site() {
        return Err(format!("{} is about the site: it takes no nodes", action.name()).into());
    }
    if action == TaskAction::DestroyNodes && !selects && !args.all {
        return Err("this would release every node of the site; name the nodes, or say --all".into());
    }
    let node_selector = (has_filter || args.selector.is_some()).then(|| NodeSelector {
        combine: None,
        filters: has_filter.then_some(filter).into_iter().collect(),
        label_selector: args.selector.clone(),
    });
    let spec = SiteTaskSpec {
        action,
        node_selector,
        retry: args.retry.as_ref().map(|task| TaskResults {
            task: task.clone(),
            results: (args.results == Results::Successes).then_some(TaskResult::Successes),
        }),
        erase: args.erase.map(|erase| match erase {
            Erase::None => EraseMode::None,
            Erase::Quick => EraseMode::Quick,
            Erase::Secure => EraseMode::Secure,
            Erase::Full => EraseMode::Full,
        }),
        forget: args.forget.then_some(true),
        redeploy: args.redeploy.then_some(true),
        deadline: args.deadline,
        cancel: None,
        ttl_after_finished: None,
    };
    let mut task = SiteTask::new("", spec);
    task.metadata.namespace.clone_from(&args.place.namespace);
    task.metadata.name.clone_from(&args.name);
    if args.name.is_none() {
        task.metadata.generate_name = Some(format!("{}-", action.name().to_lowercase()));
    }
    Ok(task)
}
