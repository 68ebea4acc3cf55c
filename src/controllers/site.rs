//! A Site: its provisioner is observed, and brought to the design as far as somebody has asked.

use super::{
    cache::{Key, metadata},
    context::Context,
    design::settle,
    designs::Snapshot,
    site_going::keep_in_use,
    site_report::{Provisioning, report},
    workers::Turn,
};
use crate::{
    api::{Site, SiteTask, site::Mode, site_task::TaskAction},
    drivers::{
        DriverError, ErrorClass, Provisioner,
        maas::{Maas, MaasConfig, TrustBundle},
    },
    model::Severity,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How often everything is looked at without a cause, where the Site does not say.
const RESYNC: Duration = Duration::from_mins(10);
/// How often the provisioner is asked for news, where the Site does not say.
const POLL: Duration = Duration::from_secs(10);
/// A pause that only lets the watch catch up.
const SOON: Duration = Duration::from_millis(100);
/// Requests in flight at once, where the Site does not say: what one region worker of MAAS serves.
const IN_FLIGHT: usize = 4;

/// How often everything is looked at without a cause.
pub(super) fn resync(context: &Context, site: &Site) -> Duration {
    context.clock.scale(site.spec.resync.map_or(RESYNC, |d| d.0))
}

/// How often the provisioner is asked for news.
pub(super) fn poll(context: &Context, site: &Site) -> Duration {
    context.clock.scale(site.spec.poll.map_or(POLL, |d| d.0))
}

/// A provisioner, and the settings it was made from.
type Known = (String, Arc<dyn Provisioner>);

/// The provisioners in use, one a Site; made anew when their settings or credentials change.
#[derive(Default)]
pub(super) struct Provisioners {
    known: Mutex<HashMap<Key, Known>>,
}

impl Provisioners {
    /// The provisioner of a Site.
    pub async fn get(&self, context: &Context, site: &Site) -> Result<Arc<dyn Provisioner>, DriverError> {
        let key = Key::of(site);
        let Some(spec) = &site.spec.provisioner.maas else {
            return Err(DriverError::new(ErrorClass::Unsupported, "the Site names no provisioner"));
        };
        let secret = Key::new(key.namespace.clone(), spec.credentials_ref.name.clone());
        let (api_key, version) = context.secrets.value(&context.client, &secret, "apiKey").await?;
        let (trust, trust_version) = match &spec.cert_secret_ref {
            Some(reference) => {
                let secret = Key::new(key.namespace.clone(), reference.name.clone());
                let (bundle, version) = context.secrets.value(&context.client, &secret, "ca.crt").await?;
                (Some(TrustBundle { secret: secret.name, pem: bundle }), version)
            }
            None => (None, String::new()),
        };
        let poll = poll(context, site);
        let settings = format!("{spec:?} {version} {trust_version} {poll:?}");
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, provisioner)) = known.get(&key).filter(|(of, _)| *of == settings) {
            return Ok(Arc::clone(provisioner));
        }
        let max_in_flight = spec.max_in_flight.and_then(|n| usize::try_from(n).ok()).unwrap_or(IN_FLIGHT);
        let config = MaasConfig { url: spec.url.clone(), api_key, trust, max_in_flight, poll };
        let provisioner: Arc<dyn Provisioner> = Arc::new(Maas::new(&config).map_err(DriverError::from)?);
        known.insert(key, (settings, Arc::clone(&provisioner)));
        Ok(provisioner)
    }

    /// The provisioner of a Site as it was used last, for a release that was confirmed: a namespace that is deleted loses
    /// its Secrets before its nodes.
    pub fn last(&self, site: &Site) -> Option<Arc<dyn Provisioner>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&Key::of(site)).map(|(_, provisioner)| Arc::clone(provisioner))
    }

    /// Forgets a Site that is gone.
    fn forget(&self, key: &Key) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// One Site's turn.
pub(super) async fn turn(context: Arc<Context>, key: Key) -> Result<Turn, kube::Error> {
    let Some(entry) = context.caches.sites.entry(&key) else {
        gone(&context, &key);
        return Ok(Turn::settled());
    };
    if !context.caches.sites.is_current(&key) {
        return Ok(Turn::again(SOON));
    }
    let leads = context.first_site(&key.namespace).is_some_and(|first| metadata(&first).uid == metadata(&entry).uid);
    if keep_in_use(&context, &key, &entry, leads).await? {
        return Ok(Turn::again(SOON));
    }
    let site = match &entry {
        Ok(site) => site,
        // Its nodes say that it cannot be read. A deletion has a deadline.
        Err(unreadable) if unreadable.metadata.deletion_timestamp.is_some() => return Ok(Turn::again(POLL)),
        Err(_) => return Ok(Turn::settled()),
    };
    let Some(snapshot) = context.designs.get(&key.namespace) else {
        context.queues.designs.add(key.namespace.clone());
        return Ok(Turn::again(SOON));
    };
    if !leads {
        report(&context, site, &snapshot, true, &Provisioning::SecondSite).await?;
        return Ok(Turn::settled());
    }
    let unsettled = snapshot.unsettled(settle(site));
    let shown = site.status.as_ref().and_then(|status| status.design_hash.as_ref()) == Some(&snapshot.design.hash);
    if unsettled.is_none() && !shown {
        // What was resolved is told before the provisioner is asked, which may take its time.
        report(&context, site, &snapshot, true, &Provisioning::Looking).await?;
        return Ok(Turn::again(SOON));
    }
    let provisioning = match unsettled {
        Some(_) => Arc::new(Provisioning::Settling),
        None => provision(&context, site, &snapshot).await,
    };
    let ready_for_nodes = match &*provisioning {
        Provisioning::Prepared(_) => Some(snapshot.design.part_hash.clone()),
        _ => None,
    };
    // An outage takes nothing back: what was prepared stays prepared.
    let forget = !matches!(*provisioning, Provisioning::Failed(_) | Provisioning::Settling);
    if (forget || ready_for_nodes.is_some()) && context.designs.set_prepared(&key.namespace, ready_for_nodes) {
        context.wake_nodes(&key.namespace);
    }
    report(&context, site, &snapshot, unsettled.is_none(), &provisioning).await?;
    context.wake_tasks(&key.namespace);
    Ok(Turn::again(match (&*provisioning, unsettled) {
        (_, Some(left)) => left,
        // A deletion has a deadline.
        _ if site.metadata.deletion_timestamp.is_some() => poll(&context, site),
        (Provisioning::Failed(_), _) => poll(&context, site),
        (Provisioning::Differs(_), _) if may_act(&context, site, &snapshot) => poll(&context, site),
        _ => resync(&context, site),
    }))
}

/// A Site is gone: what was known of it is forgotten, and another of its namespace may lead now.
fn gone(context: &Context, key: &Key) {
    context.looks.forget(key);
    context.provisioners.forget(key);
    let others = context.caches.sites.in_namespace(&key.namespace);
    if others.is_empty() {
        context.designs.set_prepared(&key.namespace, None);
    }
    for name in others.into_keys() {
        context.queues.sites.add(Key::new(key.namespace.clone(), name));
    }
}

/// How the provisioner stands to the design: looked at anew where the last look does not hold any more, or where there is
/// something to do.
async fn provision(context: &Context, site: &Site, snapshot: &Snapshot) -> Arc<Provisioning> {
    let provisioner = match context.provisioners.get(context, site).await {
        Ok(provisioner) => provisioner,
        Err(error) => return Arc::new(Provisioning::Failed(error)),
    };
    let (key, part_hash) = (Key::of(site), &snapshot.design.part_hash);
    let acts = may_act(context, site, snapshot);
    let lasts = |look: &Provisioning| match look {
        Provisioning::Failed(_) => poll(context, site),
        Provisioning::Differs(seen) if acts && seen.conflicts.is_empty() => Duration::ZERO,
        // Somebody may just have mended it, and waits.
        Provisioning::Differs(_) if acts => poll(context, site),
        _ => resync(context, site),
    };
    if let Some(last) = context.looks.last(&key, part_hash, &provisioner, lasts) {
        return last;
    }
    let came_to = Arc::new(look(context, site, snapshot, &*provisioner, acts).await);
    context.looks.put(&key, part_hash, &provisioner, &came_to);
    came_to
}

/// Observes, and acts where that is asked for.
async fn look(
    context: &Context,
    site: &Site,
    snapshot: &Snapshot,
    provisioner: &dyn Provisioner,
    acts: bool,
) -> Provisioning {
    let design = &snapshot.design;
    let seen = match provisioner.observe_site(&design.part).await {
        Ok(seen) => seen,
        Err(error) => return Provisioning::Failed(error),
    };
    if seen.pending.is_empty() && seen.conflicts.is_empty() {
        return Provisioning::Prepared(seen);
    }
    if !acts || !seen.conflicts.is_empty() {
        return Provisioning::Differs(seen);
    }
    let calls = seen.pending.len();
    context
        .events
        .normal(site, "Preparing", &format!("Preparing the site in {}: {calls} calls", seen.provisioner))
        .await;
    let outcome = provisioner.perform_site(&design.part, &context.permit).await;
    context.metrics.acted("PrepareSite", outcome.as_ref().map_or_else(|e| e.class.reason(), |()| "Done"));
    if let Err(error) = outcome {
        return Provisioning::Failed(error);
    }
    match provisioner.observe_site(&design.part).await {
        Ok(seen) if seen.pending.is_empty() && seen.conflicts.is_empty() => {
            context.events.normal(site, "Prepared", "The site's objects in the provisioner are as designed").await;
            Provisioning::Prepared(seen)
        }
        Ok(seen) => Provisioning::Differs(seen),
        Err(error) => Provisioning::Failed(error),
    }
}

/// Whether the site's objects may be brought to the design now.
fn may_act(context: &Context, site: &Site, snapshot: &Snapshot) -> bool {
    let faulty = snapshot.design.findings.iter().any(|f| f.severity == Severity::Error && touches_site(f));
    let going = site.metadata.deletion_timestamp.is_some();
    !faulty && !going && !site.spec.paused.unwrap_or_default() && is_asked(context, site)
}

/// Whether an error is about what the site's part is made from. A faulty node stops itself alone.
pub(super) fn touches_site(finding: &crate::model::Finding) -> bool {
    finding.nodes.is_empty() || matches!(finding.object.kind, "Network" | "NetworkLink")
}

/// Whether somebody has asked for the site to be prepared: the mode, or an unfinished task.
fn is_asked(context: &Context, site: &Site) -> bool {
    let asks = |task: &SiteTask| {
        let prepares =
            matches!(task.spec.action, TaskAction::PrepareSite | TaskAction::PrepareNodes | TaskAction::DeployNodes);
        prepares && task.is_unfinished() && crate::plan::task_refusal(task).is_none()
    };
    let namespace = site.metadata.namespace.as_deref().unwrap_or_default();
    match site.spec.mode.unwrap_or_default() {
        Mode::Observe => false,
        Mode::Continuous => true,
        Mode::OnTask => context.caches.tasks.readable(namespace).iter().any(|task| asks(task)),
    }
}

/// Asks every Site's provisioner for news, each at its own pace, and wakes the nodes that it is about. A region that does
/// not answer holds up no other.
pub(super) async fn follow_news(context: Arc<Context>, stop: CancellationToken) {
    let mut leadership = context.leadership.clone();
    let mut asked: HashMap<Key, Instant> = HashMap::new();
    let mut asking: HashMap<Key, tokio::task::JoinHandle<()>> = HashMap::new();
    let tick = context.clock.scale(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = async { leadership.held().await; tokio::time::sleep(tick).await } => {}
        }
        asking.retain(|_, task| !task.is_finished());
        for key in context.caches.sites.keys() {
            let Some(site) = context.caches.sites.get(&key) else { continue };
            let due = asked.get(&key).is_none_or(|at| at.elapsed() >= poll(&context, &site));
            if due && !asking.contains_key(&key) {
                asked.insert(key.clone(), Instant::now());
                asking.insert(key, tokio::spawn(ask_for_news(Arc::clone(&context), site)));
            }
        }
        asked.retain(|key, _| context.caches.sites.get(key).is_some());
    }
}

async fn ask_for_news(context: Arc<Context>, site: Arc<Site>) {
    let Ok(provisioner) = context.provisioners.get(&context, &site).await else { return };
    match provisioner.news().await {
        Ok(ids) if ids.is_empty() => {}
        Ok(ids) => wake(&context, site.metadata.namespace.as_deref().unwrap_or_default(), &ids),
        Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "news"),
    }
}

/// Wakes the nodes with these machines, and those that have none yet: news of a stranger may be about them.
fn wake(context: &Context, namespace: &str, ids: &std::collections::BTreeSet<String>) {
    for node in context.caches.nodes.readable(namespace) {
        let id = node.status.as_ref().and_then(|s| s.provider_id.as_ref());
        if id.is_none_or(|id| ids.contains(id)) {
            context.queues.nodes.add(Key::of(&*node));
        }
    }
}
