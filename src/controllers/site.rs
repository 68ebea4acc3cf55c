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
    drivers::Provisioner,
    model::Severity,
};
use std::{sync::Arc, time::Duration};

/// How often everything is looked at without a cause, where the Site does not say.
const RESYNC: Duration = Duration::from_mins(10);
/// How often the provisioner is asked for news, where the Site does not say.
const POLL: Duration = Duration::from_secs(10);
/// A pause that only lets the watch catch up.
const SOON: Duration = Duration::from_millis(100);

/// How often everything is looked at without a cause.
pub(super) fn resync(context: &Context, site: &Site) -> Duration {
    context.clock.scale(site.spec.resync.map_or(RESYNC, |d| d.0))
}

/// How often the provisioner is asked for news.
pub(super) fn poll(context: &Context, site: &Site) -> Duration {
    context.clock.scale(site.spec.poll.map_or(POLL, |d| d.0))
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
    let about = finding.lent.as_ref().unwrap_or(&finding.object);
    finding.nodes.is_empty() || matches!(about.kind, "Network" | "NetworkLink")
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
