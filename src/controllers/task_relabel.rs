//! `RelabelNodes`: the owner data of each machine, as labels on the Node that it has become.
//!
//! Each look asks for the nodes that are not done yet, a few at once. A Node that is not in the cluster yet is waited for, and
//! so is a kubeconfig that is missing or of no use: whoever mends it need not ask again. Labels are convergent writes, so
//! nothing is remembered but what the record of each node says.

use super::{
    cache::Key,
    context::Context,
    site_report::with_cause,
    task_record::{Progress, Verdict, finish, record},
};
use crate::{
    api::{
        BaremetalNode, Site, SiteTask,
        site::Mode,
        site_task::{TaskAction, TaskNode},
    },
    design::{SiteDesign, SiteNode},
    drivers::{ClusterNodes, DriverError, ErrorClass},
    model::{LabelChange, NodeLabels},
    plan::TaskScope,
};
use futures::future::join_all;
use kube::ResourceExt;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Nodes that are asked for at once.
const AT_ONCE: usize = 8;
/// How long one look may take, in real time. What it does not come to is looked at next time, so that the end of a task is
/// heard.
const LOOK: Duration = Duration::from_secs(30);
/// The longest message of a node, in characters.
const LONGEST: usize = 500;

const PENDING: &str = "Pending";
const SUCCESS: &str = "Success";
const FAILURE: &str = "Failure";

/// One look at the nodes that a task covers.
pub(super) async fn relabel(
    context: &Context,
    task: &SiteTask,
    scope: TaskScope<'_>,
    site: &Site,
    design: &SiteDesign,
) -> Result<(), kube::Error> {
    if site.spec.cluster.is_none() {
        let message = "The Site does not say which cluster its machines become: set spec.cluster.kubeconfigSecretRef to a \
                       Secret with a kubeconfig, and make the task anew";
        return finish(context, task, Verdict::Failure, message).await;
    }
    let (mut nodes, mut open) = (known(task), Vec::new());
    for node in context.caches.nodes.readable(task.metadata.namespace.as_deref().unwrap_or_default()) {
        let name = node.name_any();
        match design.nodes.get(&name) {
            _ if nodes.contains_key(&name) => {}
            Some(designed) if scope.covers(designed.candidate(), &design.racks) => match held(site, &node) {
                Some(why) => told(&mut nodes, &name, PENDING, why),
                None => open.push(designed),
            },
            None if scope.covers_unresolved(&name) => {
                told(&mut nodes, &name, FAILURE, "Its design cannot be resolved; the Site's findings say why");
            }
            _ => {}
        }
    }
    if !open.is_empty() {
        match context.clusters.get(context, site).await {
            Ok(cluster) => ask(context, task, &*cluster, &open, &mut nodes).await,
            Err(error) => open.iter().for_each(|node| told(&mut nodes, node.name(), PENDING, &with_cause(&error))),
        }
    }
    let nodes: Vec<TaskNode> = nodes.into_values().collect();
    let waits_for = nodes.iter().find(|node| node.state == PENDING).and_then(|node| node.message.clone());
    record(context, task, &Progress::of(nodes).waiting_for(waits_for.as_deref())).await
}

/// The deadline has passed: what was waited for has failed.
pub(super) async fn run_out(context: &Context, task: &SiteTask) -> Result<(), kube::Error> {
    let mut nodes = task.status.as_ref().map(|status| status.nodes.clone()).unwrap_or_default();
    if nodes.is_empty() {
        return finish(context, task, Verdict::Failure, "The task's deadline has passed").await;
    }
    for node in nodes.iter_mut().filter(|node| node.state == PENDING) {
        let waited = node.message.take().unwrap_or_else(|| "it was not come to".to_owned());
        node.message = Some(bounded(&format!("The task's deadline has passed: {waited}")));
        FAILURE.clone_into(&mut node.state);
    }
    record(context, task, &Progress::of(nodes)).await
}

/// The nodes that a task is done with, by name.
fn known(task: &SiteTask) -> BTreeMap<String, TaskNode> {
    let nodes = task.status.iter().flat_map(|status| &status.nodes);
    nodes.filter(|node| node.state != PENDING).map(|node| (node.name.clone(), node.clone())).collect()
}

/// Why nothing is done about a node now.
fn held(site: &Site, node: &BaremetalNode) -> Option<&'static str> {
    if site.spec.mode == Some(Mode::Observe) {
        Some("Waiting: spec.mode of the Site is Observe, which writes nothing")
    } else if site.spec.paused == Some(true) || node.is_set_aside() {
        Some("Waiting: spec.paused or spec.maintenance is set, here or on the Site")
    } else {
        None
    }
}

/// Asks for all that are open, until the cluster falls silent, the look has taken long enough, or the task has ended.
async fn ask(
    context: &Context,
    task: &SiteTask,
    cluster: &dyn ClusterNodes,
    open: &[&SiteNode],
    nodes: &mut BTreeMap<String, TaskNode>,
) {
    let began = Instant::now();
    let key = Key::of(task);
    let mut silent = None;
    for some in open.chunks(AT_ONCE) {
        let is_over = || context.caches.tasks.get(&key).is_none_or(|task| !task.is_unfinished());
        if silent.is_none() && (began.elapsed() > LOOK || is_over()) {
            silent = Some("Waiting for its turn".to_owned());
        }
        if let Some(why) = &silent {
            for node in some {
                told(nodes, node.name(), PENDING, why);
            }
            continue;
        }
        let asked = join_all(some.iter().map(|node| one(context, cluster, node))).await;
        for (node, (outcome, left_out)) in some.iter().zip(asked) {
            context.metrics.acted(
                TaskAction::RelabelNodes.name(),
                outcome.as_ref().map_or_else(|error| error.class.reason(), |_| "Done"),
            );
            match outcome {
                Ok(change) => {
                    told(nodes, node.name(), SUCCESS, &done(&change, &left_out));
                    if let Some(node) = nodes.get_mut(node.name()) {
                        node.skipped = change.is_empty().then_some(true);
                    }
                }
                Err(error) if error.class == ErrorClass::Rejected => {
                    told(nodes, node.name(), FAILURE, &with_cause(&error));
                }
                Err(error) => {
                    told(nodes, node.name(), PENDING, &with_cause(&error));
                    // What is true of the cluster, or of us, is true for the other nodes too.
                    if error.class == ErrorClass::Unreachable || error.is_lease_lost() {
                        silent = Some(with_cause(&error));
                    }
                }
            }
        }
    }
}

/// Asks for one node. Gives back what of its owner data is no label, too.
async fn one(
    context: &Context,
    cluster: &dyn ClusterNodes,
    node: &SiteNode,
) -> (Result<LabelChange, DriverError>, BTreeMap<String, String>) {
    let NodeLabels { labels, left_out } = NodeLabels::of(node.candidate().owner_data);
    let (name, domain) = (node.name(), &node.shared().domain);
    let names = [name.to_owned(), format!("{name}.{domain}").to_lowercase()];
    (cluster.relabel(&names, &labels, &context.permit).await, left_out)
}

/// What was done to a Node, in one sentence.
fn done(change: &LabelChange, left_out: &BTreeMap<String, String>) -> String {
    let set: Vec<String> = change.set.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut parts = Vec::new();
    if !set.is_empty() {
        parts.push(format!("set {}", set.join(", ")));
    }
    if !change.removed.is_empty() {
        parts.push(format!("removed {}", change.removed.join(", ")));
    }
    if change.is_empty() {
        parts.push("the labels were as designed".to_owned());
    }
    let left: Vec<String> = left_out.iter().map(|(key, why)| format!("{key} ({why})")).collect();
    if !left.is_empty() {
        parts.push(format!("left out {}", left.join(", ")));
    }
    format!("Node {}: {}", change.node, parts.join("; "))
}

fn told(nodes: &mut BTreeMap<String, TaskNode>, name: &str, state: &str, message: &str) {
    let node = nodes.entry(name.to_owned()).or_default();
    *node = TaskNode {
        name: name.to_owned(),
        state: state.to_owned(),
        message: Some(bounded(message)),
        ..TaskNode::default()
    };
}

fn bounded(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_one_sentence() {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let none = LabelChange { node: "n1".into(), ..LabelChange::default() };
        assert_eq!(done(&none, &BTreeMap::new()), "Node n1: the labels were as designed");
        let some = LabelChange { set: map(&[("a", "1"), ("b", "")]), removed: vec!["c".into()], ..none };
        let left = map(&[("k8s.io/x", "labels of k8s.io belong to Kubernetes itself")]);
        assert_eq!(
            done(&some, &left),
            "Node n1: set a=1, b=; removed c; left out k8s.io/x (labels of k8s.io belong to Kubernetes itself)"
        );
    }
}
