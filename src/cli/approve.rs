//! `slipway approve`: shows what would be destroyed, and approves exactly that, in the name of whoever asks.

use super::live;
use crate::{
    api::{BaremetalNode, Site, SiteTask, annotation, node_plans::NodePlans},
    plan,
};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::{
    error::Error,
    fmt::Debug,
    io::{IsTerminal, Write, stdin, stdout},
    process::ExitCode,
};

/// Who writes what a person asks for.
pub const MANAGER: &str = "slipway-cli";

/// Arguments of `slipway approve`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  slipway approve node/r01-u10\n  slipway approve task/destroy-rack-r01\n  slipway approve site/harbour --hash 2-8a1eb19eb7272b2d1a3b --yes"
)]
pub struct Args {
    /// What it stands on: node/NAME, task/NAME or site/NAME
    #[arg(value_name = "KIND/NAME", value_parser = object)]
    object: Object,
    /// Only if its hash is still this one
    #[arg(long)]
    hash: Option<String>,
    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
    /// Namespace of the site; absent: that of your kubeconfig
    #[arg(short, long, value_name = "NS")]
    namespace: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Node,
    Task,
    Site,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Object {
    kind: Kind,
    name: String,
}

fn object(text: &str) -> Result<Object, String> {
    let (kind, name) = text.split_once('/').unwrap_or((text, ""));
    let kind = match kind.to_lowercase().as_str() {
        "node" | "bmn" | "baremetalnode" | "baremetalnodes" => Kind::Node,
        "task" | "sitetask" | "sitetasks" => Kind::Task,
        "site" | "sites" => Kind::Site,
        other => return Err(format!("`{other}` has no plans; name node/NAME, task/NAME or site/NAME")),
    };
    if name.is_empty() {
        return Err("give a name, such as node/r01-u10".into());
    }
    Ok(Object { kind, name: name.to_owned() })
}

/// What waits, in the words for a person.
#[derive(Debug, PartialEq, Eq)]
struct Waiting {
    hash: String,
    says: String,
}

/// Approves what waits. Exit code 1 where nothing does, or the person does not want it; 2 where nothing could be done.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    live::run(approve(args))
}

async fn approve(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let (client, namespace) = live::connect(args.namespace.as_deref()).await?;
    let name = args.object.name.as_str();
    let waiting = match args.object.kind {
        Kind::Node => of_node(&get::<BaremetalNode>(&client, &namespace, name).await?),
        Kind::Task => of_task(&get::<SiteTask>(&client, &namespace, name).await?),
        Kind::Site => of_site(&get::<Site>(&client, &namespace, name).await?),
    };
    let Some(waiting) = waiting else {
        println!("{} waits for no approval", shown(&args.object));
        return Ok(ExitCode::FAILURE);
    };
    if let Some(hash) = args.hash.as_ref().filter(|hash| **hash != waiting.hash) {
        return Err(format!("the plan is {} now, and not {hash}; look at it again", waiting.hash).into());
    }
    let user = whoami(&client).await?;
    println!("{}: {}", shown(&args.object), waiting.says);
    if !args.yes && !agrees(&user)? {
        println!("not approved");
        return Ok(ExitCode::FAILURE);
    }
    let patch = json!({"metadata": {"annotations": {annotation::APPROVE: format!("{} by {user}", waiting.hash)}}});
    match args.object.kind {
        Kind::Node => annotate::<BaremetalNode>(&client, &namespace, name, &patch).await?,
        Kind::Task => annotate::<SiteTask>(&client, &namespace, name, &patch).await?,
        Kind::Site => annotate::<Site>(&client, &namespace, name, &patch).await?,
    }
    println!("{} approved by {user}: plan {}", shown(&args.object), waiting.hash);
    Ok(ExitCode::SUCCESS)
}

fn shown(object: &Object) -> String {
    let kind = match object.kind {
        Kind::Node => "baremetalnode",
        Kind::Task => "sitetask",
        Kind::Site => "site",
    };
    format!("{kind}/{}", object.name)
}

fn of_node(node: &BaremetalNode) -> Option<Waiting> {
    let plan = node.status.as_ref()?.plan.as_ref()?;
    Some(Waiting { hash: plan.hash.clone(), says: format!("{} would be done", plan.destructive.join(", ")) })
}

fn of_task(task: &SiteTask) -> Option<Waiting> {
    task.status.as_ref()?.node_plans.as_ref().map(of_nodes)
}

/// The site's own plan comes before those of its nodes.
fn of_site(site: &Site) -> Option<Waiting> {
    let status = site.status.as_ref()?;
    match &status.plan {
        Some(plan) => {
            let says = format!("these would be done in the provisioner:\n  {}", plan.destructive.join("\n  "));
            Some(Waiting { hash: plan.hash.clone(), says })
        }
        None => status.node_plans.as_ref().map(of_nodes),
    }
}

fn of_nodes(plans: &NodePlans) -> Waiting {
    let more = usize::try_from(plans.nodes).unwrap_or_default().saturating_sub(plans.first.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (done, nodes, first) = (plan::counted(plans), plans.nodes, plans.first.join(", "));
    Waiting { hash: plans.hash.clone(), says: format!("{done} would be done to {nodes} nodes: {first}{more}") }
}

fn agrees(user: &str) -> Result<bool, Box<dyn Error>> {
    if !stdin().is_terminal() {
        return Err("there is nobody to ask; look at it, and say --yes".into());
    }
    print!("Approve it as {user}? [y/N] ");
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The user that the API server takes us for.
async fn whoami(client: &Client) -> Result<String, Box<dyn Error>> {
    let reviews: Api<SelfSubjectReview> = Api::all(client.clone());
    let review = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await?;
    let user = review.status.and_then(|status| status.user_info?.username);
    user.ok_or_else(|| "the API server does not say who you are".into())
}

async fn get<K>(client: &Client, namespace: &str, name: &str) -> Result<K, Box<dyn Error>>
where
    K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    Ok(Api::namespaced(client.clone(), namespace).get(name).await?)
}

async fn annotate<K>(
    client: &Client,
    namespace: &str,
    name: &str,
    patch: &serde_json::Value,
) -> Result<(), Box<dyn Error>>
where
    K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    let params = PatchParams { field_manager: Some(MANAGER.into()), ..PatchParams::default() };
    api.patch(name, &params, &Patch::Merge(patch)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_kubectl_names_them() {
        let name = || "r01-u10".to_owned();
        for text in ["node/r01-u10", "bmn/r01-u10", "BaremetalNode/r01-u10"] {
            assert_eq!(object(text), Ok(Object { kind: Kind::Node, name: name() }));
        }
        assert_eq!(object("sitetask/r01-u10"), Ok(Object { kind: Kind::Task, name: name() }));
        assert!(object("rack/r01").unwrap_err().contains("has no plans"));
        assert!(object("node").unwrap_err().contains("give a name"));
    }

    #[test]
    fn many_plans_are_told_in_one_line() {
        let plans = NodePlans {
            hash: "2-aa".into(),
            nodes: 12,
            destructive: [("Release".to_owned(), 12), ("Erase".to_owned(), 9)].into(),
            first: vec!["r01-u10".into(), "r01-u11".into()],
        };
        let says = "Erase 9, Release 12 would be done to 12 nodes: r01-u10, r01-u11 and 10 more";
        assert_eq!(of_nodes(&plans), Waiting { hash: "2-aa".into(), says: says.into() });
    }
}
