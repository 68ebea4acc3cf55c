//! A node's turn: what it is asked, and what stands in the way, before it is worked on.
//!
//! `node_work` is the order observe, decide, report, act and nothing else: what may be done to a machine stands in
//! `plan`, how it is done in `drivers`, and how it is told in `node_report`.

use super::{
    cache::Key,
    context::Context,
    design::settle,
    node_going::{behind_unreadable_site, is_past_deadline, keep_finalizer, let_go, let_go_unreadable},
    node_report::{self, Told},
    node_slot,
    node_work::{SOON, Work},
    workers::Turn,
    write::{is_conflict, is_gone},
};
use crate::{
    api::{BaremetalNode, Rack, SiteTask, annotation, memory::NodeMemory},
    design::SiteNode,
    model::{NodeDesign, NodeIdentity, Reason, Step},
    plan,
};
use jiff::Timestamp;
use kube::ResourceExt;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Since when each node has been observed without a gap: deadlines count from there at the earliest.
#[derive(Debug, Default)]
pub(super) struct Freshness(Mutex<HashMap<Key, Timestamp>>);

impl Freshness {
    pub fn since(&self, key: &Key, now: Timestamp) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_insert(now)
    }

    pub fn lost(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// One node's turn.
pub(super) async fn turn(context: Arc<Context>, key: Key) -> Result<Turn, kube::Error> {
    if let Some(Err(unreadable)) = context.caches.nodes.entry(&key) {
        // It cannot be read, which the Site says; what it was doing counts on.
        return let_go_unreadable(&context, &key, &unreadable).await;
    }
    let Some(node) = context.caches.nodes.get(&key) else {
        if context.slots.free(&key, true) {
            node_slot::wake(&context, &key.namespace);
        }
        context.freshness.lost(&key);
        context.silences.over(&key);
        context.rounds.over(&key);
        return Ok(Turn::settled());
    };
    if !context.caches.nodes.is_current(&key) {
        return Ok(Turn::again(Duration::from_millis(200)));
    }
    let site = match context.first_site(&key.namespace) {
        Some(Ok(site)) => site,
        Some(Err(unreadable)) => return behind_unreadable_site(&context, &node, &unreadable).await,
        None => return without_site(&context, &node).await,
    };
    let Some(snapshot) = context.designs.get(&key.namespace) else {
        return Ok(Turn::again(Duration::from_millis(200)));
    };
    let going = node.metadata.deletion_timestamp.is_some();
    let design = snapshot.design.nodes.get(&key.name);
    if let Some(left) = snapshot.unsettled(settle(&site))
        && !going
    {
        return Ok(Turn::again(left));
    }
    let error = snapshot.design.findings.stopping(&key.name);
    let memory = memory_of(&node);
    let task = design.and_then(|design| governing_task(&context, &key, design, &snapshot.design.racks));
    let described = design.map(SiteNode::design);
    let limits = plan::limits(&site, described.as_ref(), |duration| context.clock.scale(duration));
    let mut orders = plan::orders(&site, task.as_deref(), &node, &memory, limits);
    if going && (orders.release.is_none() || is_past_deadline(&context, &site, &node)) {
        return let_go(&context, &node, "the machine keeps running").await;
    }
    let design = match described {
        Some(design) => Arc::new(design),
        // Its profile may have been deleted with it: what was confirmed is done all the same.
        None if going => Arc::new(NodeDesign::named(&key.name)),
        None => {
            let message = error.map_or_else(|| "Waiting for the design".into(), ToString::to_string);
            let step = Step::blocked(Reason::DesignInvalid, message);
            tell(&context, &node, Told { step: &step, ..Told::nothing(&memory) }).await?;
            return Ok(Turn::settled());
        }
    };
    orders.design_error = error.map(ToString::to_string);
    if context.designs.prepared(&key.namespace).as_deref() != Some(snapshot.design.part_hash.as_str()) {
        orders.site_prepared = Err("Waiting for the site's networks to be prepared in the provisioner".into());
    }
    orders.held = context.regressions.held(&key, || context.caches.nodes.in_namespace(&key.namespace).len());
    let Some(node) = keep_finalizer(&context, node, &site, &key).await? else {
        return Ok(Turn::again(SOON));
    };
    if node_report::write_effective(&context, &key, &node, &design).await? {
        return Ok(Turn::again(SOON));
    }
    let hash = snapshot.design.nodes.get(&key.name).map(SiteNode::hash).unwrap_or_default();
    let work = Work {
        context: &context,
        key: &key,
        site: &site,
        design: &design,
        hash: &hash,
        identity: NodeIdentity {
            cluster: context.cluster.clone(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            uid: node.metadata.uid.clone().unwrap_or_default(),
        },
        retry: retry_token(&node, task.as_deref()),
        credentials: None,
        orders,
        node,
    };
    work.go(memory).await
}

/// Tells; gives back the node as it stands then, or nothing where we decided on something old.
pub(super) async fn tell(
    context: &Context,
    node: &Arc<BaremetalNode>,
    told: Told<'_>,
) -> Result<Option<Arc<BaremetalNode>>, kube::Error> {
    match node_report::report(context, node, told).await {
        Ok(written) => Ok(Some(written.map_or_else(|| Arc::clone(node), Arc::new))),
        Err(error) if is_conflict(&error) || is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn memory_of(node: &BaremetalNode) -> NodeMemory {
    node.status.as_ref().and_then(|s| s.memory.clone()).unwrap_or_default()
}

/// The oldest task that has begun, has not ended, and takes this node somewhere.
fn governing_task(
    context: &Context,
    key: &Key,
    node: &SiteNode,
    racks: &BTreeMap<String, Arc<Rack>>,
) -> Option<Arc<SiteTask>> {
    let mut tasks = context.caches.tasks.readable(&key.namespace);
    tasks.retain(|task| plan::takes_nodes(task.spec.action) && task.is_unfinished() && task.has_begun());
    if tasks.is_empty() {
        return None;
    }
    let now = context.clock.now();
    tasks.retain(|task| !plan::time_left(task, now, |d| context.clock.scale(d)).is_zero());
    tasks.sort_by_key(|task| plan::age(task));
    tasks.into_iter().find(|task| {
        let earlier = earlier(context, task);
        plan::task_scope(task, earlier.as_deref()).is_ok_and(|scope| scope.covers(node.candidate(), racks))
    })
}

/// The task of which another takes up the results.
pub(super) fn earlier(context: &Context, task: &SiteTask) -> Option<Arc<SiteTask>> {
    let retry = task.spec.retry.as_ref()?;
    context.caches.tasks.get(&Key::new(task.metadata.namespace.clone().unwrap_or_default(), retry.task.clone()))
}

/// What starts the retry budget anew: the annotation, and the task that gives the order.
fn retry_token(node: &BaremetalNode, task: Option<&SiteTask>) -> String {
    let annotation = node.annotations().get(annotation::RETRY).map_or("", String::as_str);
    let task = task.and_then(|t| t.metadata.uid.as_deref()).unwrap_or_default();
    format!("{annotation}/{task}")
}

/// A node in a namespace without a Site waits for one.
async fn without_site(context: &Context, node: &Arc<BaremetalNode>) -> Result<Turn, kube::Error> {
    if node.metadata.deletion_timestamp.is_some() {
        return let_go(context, node, "its Site is gone; the machine keeps running").await;
    }
    let step = Step::wait("WaitingForSite", "Waiting for a Site in this namespace");
    tell(context, node, Told { step: &step, ..Told::nothing(&memory_of(node)) }).await?;
    Ok(Turn::settled())
}
