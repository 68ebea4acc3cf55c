//! The API server: the objects as people and the controller have written them, each write a new version.

use crate::event::{Approves, On, Person, Start};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use slipway::api::{
    BaremetalNode, Site, SiteTask, annotation,
    baremetal_node::{Adoption, BaremetalNodeStatus},
    selector::{NodeFilter, NodeSelector},
    site::DeletionPolicy,
    site_task::{SiteTaskSpec, SiteTaskStatus, TaskAction},
};
use slipway::{
    model::Afterwards,
    plan::{Together, approved_together, together},
};
use std::{collections::BTreeMap, sync::Arc};

/// Name of the node.
pub const NODE: &str = "n1";

/// Everything that stands in the cluster at one moment, as a cache holds it.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub site: Arc<Site>,
    pub node: Option<Arc<BaremetalNode>>,
    /// The node's resourceVersion.
    pub version: u64,
    /// In the order of their creation.
    pub tasks: Vec<Arc<SiteTask>>,
    pub design: u8,
    pub design_is_broken: bool,
    pub design_changed: i64,
    pub prepared: bool,
    pub slots_taken: bool,
    pub held: bool,
}

/// A write was of an older version.
#[derive(Debug)]
pub struct Conflict;

#[derive(Debug)]
pub struct Cluster {
    pub stands: Snapshot,
    uids: u32,
    /// The lists of plans that were shown: the hash of each, and the plan of the node that it stands for.
    lists: Vec<(String, String)>,
    /// Writes by the controller.
    pub writes: u32,
}

impl Cluster {
    pub fn new(start: Start) -> Self {
        let mut site: Site = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "east"},
            "spec": {"provisioner": {"maas": {"url": "http://maas/MAAS", "credentialsRef": {"name": "maas"}}}},
        }))
        .unwrap();
        site.spec.mode = Some(start.mode);
        site.spec.approval = Some(start.approval);
        site.spec.deletion_policy = Some(start.deletion);
        site.spec.quarantine = start.breaks.then_some(slipway::api::site::Quarantine::MarkBroken);
        site.spec.drift_policy = Some(slipway::api::site::DriftPolicy::Correct);
        let stands = Snapshot {
            site: Arc::new(site),
            node: None,
            version: 0,
            tasks: Vec::new(),
            design: 0,
            design_is_broken: false,
            design_changed: -1000,
            prepared: true,
            slots_taken: false,
            held: false,
        };
        let mut cluster = Self { stands, uids: 0, lists: Vec::new(), writes: 0 };
        cluster.create();
        cluster
    }

    fn uid(&mut self) -> String {
        self.uids += 1;
        format!("uid-{}", self.uids)
    }

    fn create(&mut self) {
        let mut node = BaremetalNode::new(NODE, slipway::api::baremetal_node::BaremetalNodeSpec::default());
        node.metadata.uid = Some(self.uid());
        self.stands.node = Some(Arc::new(node));
        self.stands.version += 1;
    }

    /// Changes the node; what changes nothing is no new version.
    pub fn edit(&mut self, change: impl FnOnce(&mut BaremetalNode)) {
        let Some(node) = &self.stands.node else { return };
        let mut edited = BaremetalNode::clone(node);
        change(&mut edited);
        if edited != **node {
            self.stands.node = Some(Arc::new(edited));
            self.stands.version += 1;
        }
    }

    /// The controller writes the node's status.
    pub fn report(&mut self, version: u64, status: BaremetalNodeStatus) -> Result<(), Conflict> {
        if self.stands.node.is_none() || self.stands.version != version {
            return Err(Conflict);
        }
        self.writes += 1;
        self.edit(|node| node.status = Some(status));
        Ok(())
    }

    /// The controller sets or takes its finalizer.
    pub fn finalize(&mut self, version: u64, wanted: bool) -> Result<(), Conflict> {
        if self.stands.node.is_none() || self.stands.version != version {
            return Err(Conflict);
        }
        self.writes += 1;
        self.edit(|node| node.metadata.finalizers = wanted.then(|| vec![annotation::FINALIZER.to_owned()]));
        self.collect();
        Ok(())
    }

    /// What is deleted and held by nothing is gone.
    fn collect(&mut self) {
        let is_gone = self.stands.node.as_ref().is_some_and(|node| {
            node.metadata.deletion_timestamp.is_some() && node.metadata.finalizers.as_ref().is_none_or(Vec::is_empty)
        });
        if is_gone {
            self.stands.node = None;
            self.stands.version += 1;
        }
    }

    fn annotate(&mut self, key: &str, value: Option<String>) {
        self.edit(|node| {
            let annotations = node.metadata.annotations.get_or_insert_default();
            match value {
                Some(value) => annotations.insert(key.to_owned(), value),
                None => annotations.remove(key),
            };
        });
    }

    /// A person's word. Gives back the hash that was approved, if one was.
    pub fn person(&mut self, person: Person, shown: &[String], now: i64) -> Option<String> {
        match person {
            Person::EditsDesign(design) => {
                if self.stands.design != design {
                    self.stands.design_changed = now;
                }
                self.stands.design = design;
            }
            Person::BreaksDesign(broken) => self.stands.design_is_broken = broken,
            Person::SetsMode(mode) => self.site(|site| site.spec.mode = Some(mode)),
            Person::SetsApproval(policy) => self.site(|site| site.spec.approval = Some(policy)),
            Person::SetsDeletion(policy) => self.site(|site| site.spec.deletion_policy = Some(policy)),
            Person::PausesSite(paused) => self.site(|site| site.spec.paused = Some(paused)),
            Person::PausesNode(paused) => self.edit(|node| node.spec.paused = Some(paused)),
            Person::CreatesTask { action, erase, then, covers } => {
                let is = |what| (action == TaskAction::DestroyNodes && then == what).then_some(true);
                let (forget, redeploy) = (is(Afterwards::Forgotten), is(Afterwards::Redeployed));
                let erase = (action == TaskAction::DestroyNodes).then_some(erase);
                let elsewhere = NodeFilter { names: vec!["n2".into()], ..NodeFilter::default() };
                let elsewhere = NodeSelector { filters: vec![elsewhere], ..NodeSelector::default() };
                let node_selector = (!covers).then_some(elsewhere);
                self.create_task(
                    SiteTaskSpec {
                        action,
                        node_selector,
                        retry: None,
                        erase,
                        forget,
                        redeploy,
                        deadline: None,
                        cancel: None,
                        ttl_after_finished: None,
                    },
                    now,
                );
            }
            Person::CancelsTask(at) => self.task(at, |task| task.spec.cancel = Some(true)),
            Person::DeletesTask(at) => {
                if usize::from(at) < self.stands.tasks.len() {
                    self.stands.tasks.remove(at.into());
                }
            }
            Person::AppliesTaskAgain(at) => {
                if let Some(old) = self.stands.tasks.get(usize::from(at)) {
                    let spec = SiteTaskSpec { cancel: None, ..old.spec.clone() };
                    self.stands.tasks.remove(at.into());
                    self.create_task(spec, now);
                }
            }
            Person::Approves(approves) => return self.approve(approves, shown),
            Person::ApprovesTogether(on, approves) => return self.approve_together(on, approves),
            Person::DeletesNode => {
                self.edit(|node| {
                    node.metadata.deletion_timestamp.get_or_insert(Time(crate::clock(now)));
                });
                self.collect();
            }
            Person::ConfirmsDeletion(rightly) => {
                let name = if rightly { NODE } else { "n2" };
                self.annotate(annotation::CONFIRM_DELETION, Some(name.into()));
            }
            Person::ForcesDeletion => self.annotate(annotation::FORCE_DELETE, Some("yes".into())),
            Person::MakesNodeAnew => {
                if self.stands.node.is_none() {
                    self.create();
                }
            }
            Person::SetsRescue(rescue) => self.edit(|node| node.spec.rescue = Some(rescue)),
            Person::SetsPower(power) => self.edit(|node| node.spec.power = power),
            Person::Reboots(token) => self.annotate(annotation::REBOOT, Some(format!("reboot-{token}"))),
            Person::Retries(token) => self.annotate(annotation::RETRY, Some(format!("retry-{token}"))),
            Person::Adopts(adopts) => self.edit(|node| {
                node.spec.adopt = adopts.then(|| Adoption { provider_id: Some("m1".into()), ..Adoption::default() });
            }),
            Person::WipesStatus => self.edit(|node| node.status = None),
            Person::PreparesSite(prepared) => self.stands.prepared = prepared,
            Person::TakesSlots(taken) => self.stands.slots_taken = taken,
            Person::HoldsSite(held) => self.stands.held = held,
        }
        None
    }

    fn approve(&mut self, approves: Approves, shown: &[String]) -> Option<String> {
        let hash = match approves {
            Approves::Shown => self.stands.node.as_ref()?.status.as_ref()?.plan.as_ref()?.hash.clone(),
            Approves::Old(at) => shown.get(usize::from(at) % shown.len().max(1))?.clone(),
            Approves::Nonsense => "1-0000".to_owned(),
            Approves::Withdraws => {
                self.annotate(annotation::APPROVE, None);
                return None;
            }
        };
        self.stands.node.as_ref()?;
        self.annotate(annotation::APPROVE, Some(format!("{hash} by ann")));
        Some(hash)
    }

    /// A person approves a list, on the Site or on a task. Gives back the plan of the node that it stands for.
    fn approve_together(&mut self, on: On, approves: Approves) -> Option<String> {
        let list = match approves {
            Approves::Shown => Some(self.show_list()?.shown.hash),
            Approves::Old(at) => Some(self.lists.get(usize::from(at) % self.lists.len().max(1))?.0.clone()),
            Approves::Nonsense => Some("1-0000".to_owned()),
            Approves::Withdraws => None,
        };
        let text = list.as_ref().map(|hash| format!("{hash} by ann"));
        let write = |annotations: &mut Option<BTreeMap<String, String>>| {
            let annotations = annotations.get_or_insert_default();
            match text {
                Some(text) => annotations.insert(annotation::APPROVE.to_owned(), text),
                None => annotations.remove(annotation::APPROVE),
            };
        };
        match on {
            On::Site => self.site(|site| write(&mut site.metadata.annotations)),
            On::Task(at) => {
                self.stands.tasks.get(usize::from(at))?;
                self.task(at, |task| write(&mut task.metadata.annotations));
            }
        }
        let list = list?;
        self.lists.iter().find(|(hash, _)| *hash == list).map(|(_, plan)| plan.clone())
    }

    /// The list that is shown now, and is known from then on.
    fn show_list(&mut self) -> Option<Together> {
        let node = self.stands.node.as_deref();
        let plan = node.and_then(|node| Some(node.status.as_ref()?.plan.as_ref()?.hash.clone()))?;
        let shown = together(node)?;
        if !self.lists.iter().any(|(hash, _)| *hash == shown.shown.hash) {
            self.lists.push((shown.shown.hash.clone(), plan));
        }
        Some(shown)
    }

    /// The controllers of Site and tasks: they show the plans of their nodes, and keep what was approved of them.
    pub fn lists_go_on(&mut self) {
        let waiting = self.show_list();
        let said =
            |annotations: &Option<BTreeMap<String, String>>| annotations.as_ref()?.get(annotation::APPROVE).cloned();
        let site = Arc::make_mut(&mut self.stands.site);
        let status = site.status.get_or_insert_default();
        let text = said(&site.metadata.annotations);
        status.approved = approved_together(text.as_deref(), status.approved.as_ref(), waiting.as_ref());
        for task in self.stands.tasks.iter_mut().filter(|task| task.is_unfinished()) {
            // One of other nodes shows their plans.
            let waiting = waiting.as_ref().filter(|_| task.spec.node_selector.is_none());
            let task = Arc::make_mut(task);
            let text = said(&task.metadata.annotations);
            let status = task.status.get_or_insert_default();
            status.approved = approved_together(text.as_deref(), status.approved.as_ref(), waiting);
        }
    }

    fn site(&mut self, change: impl FnOnce(&mut Site)) {
        change(Arc::make_mut(&mut self.stands.site));
    }

    fn task(&mut self, at: u8, change: impl FnOnce(&mut SiteTask)) {
        if let Some(task) = self.stands.tasks.get_mut(usize::from(at)) {
            change(Arc::make_mut(task));
        }
    }

    fn create_task(&mut self, spec: SiteTaskSpec, now: i64) {
        // Few at a time, so that the oldest governs for a while and the next comes to its turn.
        if self.stands.tasks.len() >= 4 {
            self.stands.tasks.remove(0);
        }
        let mut task = SiteTask::new("task", spec);
        task.metadata.uid = Some(self.uid());
        task.metadata.creation_timestamp = Some(Time(crate::clock(now)));
        self.stands.tasks.push(Arc::new(task));
    }

    /// The task controller: tasks end when they have got what they want, when that has failed, and at their deadline.
    pub fn tasks_go_on(&mut self, now: i64) {
        let status = self.stands.node.as_ref().and_then(|node| node.status.clone()).unwrap_or_default();
        let memory = status.memory.clone().unwrap_or_default();
        let state = status.state.clone().unwrap_or_default();
        let is_stalled = status.conditions.iter().any(|c| c.type_ == "Stalled" && c.reason != "ApprovalRequired");
        let design = crate::hash(self.stands.design);
        let is_deployed = memory.deployed.as_ref().is_some_and(|deployed| deployed.design_hash == design);
        for task in &mut self.stands.tasks {
            if !task.is_unfinished() {
                continue;
            }
            let since = task.metadata.creation_timestamp.as_ref().map_or(0, |t| crate::seconds(t.0));
            let heard = memory.budget_for.ends_with(task.metadata.uid.as_deref().unwrap_or_default());
            let reached = match task.spec.action {
                TaskAction::DeployNodes => is_deployed,
                TaskAction::PrepareNodes => state == "Prepared",
                _ if task.spec.redeploy == Some(true) => is_deployed && memory.released_for == task.metadata.uid,
                _ if task.spec.forget == Some(true) => memory.released.is_some() && status.provider_id.is_none(),
                _ => memory.released.is_some(),
            };
            if (heard && (reached || is_stalled)) || now - since >= 8 * 3600 {
                let finished_at = Some(Time(crate::clock(now)));
                Arc::make_mut(task).status = Some(SiteTaskStatus { finished_at, ..SiteTaskStatus::default() });
            }
        }
    }

    /// The policy of deletion in force.
    pub fn deletion_policy(at: &Snapshot) -> DeletionPolicy {
        let own = at.node.as_ref().and_then(|node| node.spec.deletion_policy);
        own.or(at.site.spec.deletion_policy).unwrap_or_default()
    }
}
