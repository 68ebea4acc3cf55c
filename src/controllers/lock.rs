//! The lock of a site's design: while a task of `PrepareSite` runs, the site is brought to the design as it was when the
//! task began, whatever is edited meanwhile.
//!
//! The site part of that design stands in a ConfigMap that the task owns. It is written before the task begins, so that
//! whoever leads next goes on with the same. What is edited is resolved, checked and told as ever, and waits: nothing is
//! made of half one design and half the next. The end of the task, however it comes, ends the lock.

use super::{context::Context, designs::Snapshot};
use crate::{
    api::{SiteTask, site_task::TaskAction, site_task::TaskSnapshot},
    design::canonical_hash,
    drivers::{DriverError, ErrorClass},
    model::SitePart,
    plan,
};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Resource, ResourceExt,
    api::{ObjectMeta, PostParams},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;

/// Key of the ConfigMap under which the site part stands.
const PART: &str = "site.json";
/// The most that is written into a ConfigMap, in bytes: the API server takes 1 MiB with everything around it.
const LARGEST: usize = 1_000_000;

/// Why a design cannot be locked, or what was locked cannot be read.
#[derive(Debug, Error)]
pub(super) enum LockError {
    /// It was there when the task began.
    #[error(
        "the ConfigMap {0}, which holds the design that this task began with, is gone: the task cannot go on; make another"
    )]
    Gone(String),
    /// Somebody has replaced it, or this version of Slipway reads it otherwise.
    #[error(
        "the ConfigMap {0} does not hold the design that this task began with any more: the task cannot go on; make another"
    )]
    Changed(String),
    /// More than a ConfigMap holds.
    #[error("the site part of the design has {0} bytes, and a ConfigMap, where it would be kept, holds {LARGEST}")]
    TooLarge(usize),
    /// The API server does not answer, or refuses.
    #[error("the design that a task began with cannot be kept, or read")]
    Api(#[from] kube::Error),
}

impl From<LockError> for DriverError {
    fn from(error: LockError) -> Self {
        let class = match error {
            LockError::Api(_) => ErrorClass::Unreachable,
            _ => ErrorClass::Conflict,
        };
        Self { source: Some(Box::new(error)), ..Self::new(class, "the design is locked by a task of PrepareSite") }
    }
}

/// Who holds a site's design, and what it is.
#[derive(Debug)]
pub(super) struct Lock {
    /// Name of the task.
    pub task: String,
    /// When it began.
    pub since: Timestamp,
    /// What the site is brought to.
    pub part: Arc<SitePart>,
    /// Hash of it.
    pub part_hash: String,
    uid: Option<String>,
}

impl Lock {
    /// Whether this task holds it.
    pub fn is_of(&self, task: &SiteTask) -> bool {
        self.uid == task.metadata.uid
    }

    /// Whether the design was edited since.
    pub fn is_edited(&self, present: &Snapshot) -> bool {
        self.part_hash != present.design.part_hash
    }

    /// Who holds it since when, as a sentence.
    pub fn told(&self, present: &Snapshot) -> String {
        let (task, since) = (&self.task, self.since.strftime("%Y-%m-%dT%H:%M:%SZ"));
        let edited =
            if self.is_edited(present) { "; what was edited since waits until the task has ended" } else { "" };
        format!("Task {task} brings the site to the design as it was at {since}{edited}")
    }
}

/// What is locked, by namespace, as it was read.
#[derive(Debug, Default)]
pub(super) struct Locks(Mutex<HashMap<String, Arc<Lock>>>);

impl Locks {
    /// The lock of a namespace's design; none where no task holds it.
    pub async fn of(&self, context: &Context, namespace: &str) -> Result<Option<Arc<Lock>>, LockError> {
        let Some((task, snapshot)) = holder(context, namespace) else {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(namespace);
            return Ok(None);
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(namespace).cloned();
        if let Some(known) = known.filter(|known| known.is_of(&task)) {
            return Ok(Some(known));
        }
        let part = read(context, namespace, &snapshot).await?;
        let since = task.status.as_ref().and_then(|status| status.started_at.as_ref());
        let lock = Arc::new(Lock {
            task: task.name_any(),
            since: since.map_or(Timestamp::UNIX_EPOCH, |since| since.0),
            part: Arc::new(part),
            part_hash: snapshot.hash,
            uid: task.metadata.uid.clone(),
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.to_owned(), Arc::clone(&lock));
        Ok(Some(lock))
    }
}

/// The task that holds the design of a namespace.
fn holder(context: &Context, namespace: &str) -> Option<(Arc<SiteTask>, TaskSnapshot)> {
    let tasks = context.caches.tasks.readable(namespace);
    let holds = |task: &Arc<SiteTask>| {
        let prepares = task.spec.action == TaskAction::PrepareSite && task.is_unfinished() && task.has_begun();
        let snapshot = task.status.as_ref().and_then(|status| status.snapshot.clone())?;
        prepares.then(|| (Arc::clone(task), snapshot))
    };
    tasks.iter().filter_map(holds).min_by_key(|(task, _)| plan::age(task))
}

/// Keeps the design that a task begins with. Where it was kept already, by an operator that came no further, that one
/// stays.
pub(super) async fn keep(context: &Context, task: &SiteTask, present: &Snapshot) -> Result<TaskSnapshot, LockError> {
    let text = serde_json::to_string(&*present.design.part).unwrap_or_default();
    if text.len() > LARGEST {
        return Err(LockError::TooLarge(text.len()));
    }
    let name = format!("slipway-design-{}", task.metadata.uid.as_deref().unwrap_or_default());
    let namespace = task.metadata.namespace.clone().unwrap_or_default();
    let map = ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            owner_references: task.owner_ref(&()).map(|owner| vec![owner]),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([(PART.to_owned(), text)])),
        immutable: Some(true),
        ..ConfigMap::default()
    };
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), &namespace);
    match api.create(&PostParams::default(), &map).await {
        Ok(_) => Ok(TaskSnapshot { config_map: name, hash: present.design.part_hash.clone() }),
        Err(kube::Error::Api(status)) if status.is_already_exists() => {
            let part = stored(context, &namespace, &name).await?;
            Ok(TaskSnapshot { hash: canonical_hash(&part), config_map: name })
        }
        Err(error) => Err(error.into()),
    }
}

/// What was kept, where it still is that.
async fn read(context: &Context, namespace: &str, snapshot: &TaskSnapshot) -> Result<SitePart, LockError> {
    let part = stored(context, namespace, &snapshot.config_map).await?;
    if canonical_hash(&part) != snapshot.hash {
        return Err(LockError::Changed(snapshot.config_map.clone()));
    }
    Ok(part)
}

async fn stored(context: &Context, namespace: &str, name: &str) -> Result<SitePart, LockError> {
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), namespace);
    let map = api.get_opt(name).await?.ok_or_else(|| LockError::Gone(name.to_owned()))?;
    let text = map.data.as_ref().and_then(|data| data.get(PART));
    text.and_then(|text| serde_json::from_str(text).ok()).ok_or_else(|| LockError::Changed(name.to_owned()))
}
