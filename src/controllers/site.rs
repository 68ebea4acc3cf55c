//! A Site: its provisioner is observed, and brought to the design as far as somebody has asked.

use super::{
    cache::{Key, metadata},
    context::Context,
    design::settle,
    designs::Snapshot,
    lock::LockError,
    regressions::forgotten,
    rollouts,
    site_going::keep_in_use,
    site_report::{Provisioning, report},
    site_subject::{SiteFacts, is_approved, made, site_plan_hash},
    workers::Turn,
};
use crate::{
    api::{
        Site, SiteTask,
        site::{DriftPolicy, Mode},
        site_task::TaskAction,
    },
    drivers::{DriverError, ErrorClass, Provisioner},
    model::{Severity, SiteObservation},
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
    let lock = match context.locks.of(&context, &key.namespace).await {
        Ok(lock) => lock,
        Err(LockError::Api(error)) => return Err(error),
        Err(error) => {
            // The task says so as well, and ends.
            report(&context, site, &snapshot, true, &Provisioning::Failed(error.into())).await?;
            return Ok(Turn::again(poll(&context, site)));
        }
    };
    let snapshot = snapshot.locked(lock);
    let unsettled = snapshot.unsettled(settle(site));
    let shown = site.status.as_ref().and_then(|status| status.design_hash.as_ref()) == Some(&snapshot.design.hash);
    if unsettled.is_none() && !shown {
        // What was resolved is told before the provisioner is asked, which may take its time.
        report(&context, site, &snapshot, true, &Provisioning::Looking).await?;
        return Ok(Turn::again(SOON));
    }
    let provisioning = match unsettled {
        // What is locked is quiet, whatever is applied meanwhile.
        Some(_) if snapshot.lock.is_none() => Arc::new(Provisioning::Settling),
        _ => provision(&context, site, &snapshot).await,
    };
    let ready_for_nodes = match &*provisioning {
        Provisioning::Prepared(_) => Some(snapshot.part_hash().to_owned()),
        // What somebody changed since does not hold the nodes up: each step looks for what it needs itself.
        Provisioning::Differs(seen) if was_prepared(site, &snapshot, Some(seen)) => {
            Some(snapshot.part_hash().to_owned())
        }
        _ => None,
    };
    // An outage takes nothing back: what was prepared stays prepared.
    let forget =
        !matches!(*provisioning, Provisioning::Failed(_) | Provisioning::Settling | Provisioning::Recording(_));
    if (forget || ready_for_nodes.is_some()) && context.designs.set_prepared(&key.namespace, ready_for_nodes) {
        context.wake_nodes(&key.namespace);
    }
    context.rollouts.look(&context, site, &snapshot);
    report(&context, site, &snapshot, unsettled.is_none(), &provisioning).await?;
    context.wake_tasks(&key.namespace);
    let turn = Turn::again(match (&*provisioning, unsettled) {
        (_, Some(left)) => left,
        (Provisioning::Recording(_), _) => SOON,
        // A deletion has a deadline.
        _ if site.metadata.deletion_timestamp.is_some() => poll(&context, site),
        (Provisioning::Failed(_), _) => poll(&context, site),
        (Provisioning::Differs(seen), _) if may_act(&context, site, &snapshot, Some(seen)) => poll(&context, site),
        _ => resync(&context, site),
    });
    let now = context.clock.now();
    let opens = rollouts::opens(site, now).and_then(|opens| Duration::try_from(opens.duration_since(now)).ok());
    Ok(turn.no_later(opens.unwrap_or(Duration::MAX)))
}

/// A Site is gone: what was known of it is forgotten, and another of its namespace may lead now.
fn gone(context: &Context, key: &Key) {
    context.looks.forget(key);
    context.provisioners.forget(key);
    context.clusters.forget(key);
    context.rollouts.forget(&key.namespace);
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
    let (key, part_hash) = (Key::of(site), snapshot.part_hash());
    let acts = |seen: &SiteObservation| may_act(context, site, snapshot, Some(seen));
    let lasts = |look: &Provisioning| match look {
        Provisioning::Recording(_) => Duration::ZERO,
        Provisioning::Failed(_) => poll(context, site),
        Provisioning::Differs(seen) if acts(seen) && seen.conflicts.is_empty() && !seen.pending.is_empty() => {
            if is_all_withheld(site, snapshot, seen) {
                poll(context, site)
            } else {
                Duration::ZERO
            }
        }
        // Somebody may just have mended it, and waits; or it comes by itself.
        Provisioning::Differs(seen) if acts(seen) => poll(context, site),
        _ => resync(context, site),
    };
    if let Some(last) = context.looks.last(&key, part_hash, &provisioner, lasts) {
        return last;
    }
    let came_to = Arc::new(look(context, site, snapshot, &*provisioner).await);
    context.looks.put(&key, part_hash, &provisioner, &came_to, context.clock.now());
    came_to
}

/// What can be recorded of what the Site has made.
const MOST_MADE: usize = 4096;

/// Observes, and acts where that is asked for. What is made and cannot be marked is recorded first, in a turn of its own.
async fn look(context: &Context, site: &Site, snapshot: &Snapshot, provisioner: &dyn Provisioner) -> Provisioning {
    let part = snapshot.part();
    let facts = SiteFacts::read(context, site, part).await;
    let seen = match provisioner.observe_site(&facts.subject(part, &[])).await {
        Ok(seen) => seen,
        Err(error) => return Provisioning::Failed(error),
    };
    if seen.is_as_designed() {
        return Provisioning::Prepared(seen);
    }
    let withheld = is_all_withheld(site, snapshot, &seen);
    let acts = may_act(context, site, snapshot, Some(&seen));
    if !acts || !seen.conflicts.is_empty() || seen.pending.is_empty() || withheld {
        return Provisioning::Differs(seen);
    }
    let known = made(site);
    if !seen.makes.is_subset(&known) {
        if known.union(&seen.makes).count() > MOST_MADE {
            let message =
                format!("status.made would hold more than {MOST_MADE} things; what the Site makes is not recorded");
            return Provisioning::Failed(DriverError::new(ErrorClass::Rejected, message));
        }
        return Provisioning::Recording(seen);
    }
    let approved: &[String] = if may_destroy(site, snapshot, &seen.destructive) { &seen.destructive } else { &[] };
    let calls = seen.pending.len() - if approved.is_empty() { seen.destructive.len() } else { 0 };
    context
        .events
        .normal(site, "Preparing", &format!("Preparing the site in {}: {calls} calls", seen.provisioner))
        .await;
    let outcome = provisioner.perform_site(&facts.subject(part, approved), &context.permit).await;
    context.metrics.acted("PrepareSite", outcome.as_ref().map_or_else(|e| e.class.reason(), |()| "Done"));
    if let Err(error) = outcome {
        return Provisioning::Failed(error);
    }
    match provisioner.observe_site(&facts.subject(part, &[])).await {
        Ok(seen) if seen.is_as_designed() => {
            context.events.normal(site, "Prepared", "The site's objects in the provisioner are as designed").await;
            Provisioning::Prepared(seen)
        }
        Ok(seen) => Provisioning::Differs(seen),
        Err(error) => Provisioning::Failed(error),
    }
}

/// Whether a person has agreed to exactly these calls, or nobody has to.
fn may_destroy(site: &Site, snapshot: &Snapshot, destructive: &[String]) -> bool {
    let generation = site.status.as_ref().and_then(|status| status.plan_generation).unwrap_or_default();
    is_approved(site, &site_plan_hash(site, generation, snapshot, destructive))
}

/// Whether all that is left to do waits for an approval.
fn is_all_withheld(site: &Site, snapshot: &Snapshot, seen: &SiteObservation) -> bool {
    seen.pending.len() == seen.destructive.len() && !may_destroy(site, snapshot, &seen.destructive)
}

/// Whether the present design, with what of it stands elsewhere, was brought about once: what differs since has drifted.
pub(super) fn was_prepared(site: &Site, snapshot: &Snapshot, seen: Option<&SiteObservation>) -> bool {
    site.status.as_ref().is_some_and(|status| {
        status.prepared_hash.as_deref() == Some(snapshot.part_hash())
            && seen.is_none_or(|seen| seen.material == status.prepared_material)
    })
}

/// Whether the site's objects may be brought to the design now.
pub(super) fn may_act(context: &Context, site: &Site, snapshot: &Snapshot, seen: Option<&SiteObservation>) -> bool {
    rollouts::closed(site, context.clock.now()).is_none() && would_act(context, site, snapshot, seen)
}

/// The same, at a time at which work may begin.
pub(super) fn would_act(context: &Context, site: &Site, snapshot: &Snapshot, seen: Option<&SiteObservation>) -> bool {
    let errors = || snapshot.design.findings.iter().any(|f| f.severity == Severity::Error && touches_site(f));
    // What is locked was without a fault; what was edited since is not what is acted on.
    let faulty = snapshot.lock.is_none() && errors();
    let going = site.metadata.deletion_timestamp.is_some();
    let paused = site.spec.paused.unwrap_or_default();
    !faulty && !going && !paused && !is_lost(context, site) && is_asked(context, site, snapshot, seen)
}

/// Whether the provisioner may be another than the one that the site was prepared in: it has forgotten many nodes.
fn is_lost(context: &Context, site: &Site) -> bool {
    let nodes = context.caches.nodes.readable(site.metadata.namespace.as_deref().unwrap_or_default());
    forgotten(&nodes.iter().map(|node| &**node).collect::<Vec<_>>()).is_some()
}

/// Whether an error is about what the site's part is made from. A faulty node stops itself alone.
pub(super) fn touches_site(finding: &crate::model::Finding) -> bool {
    let about = finding.lent.as_ref().unwrap_or(&finding.object);
    finding.nodes.is_empty() || matches!(about.kind, "Network" | "NetworkLink")
}

/// Whether somebody has asked for the site to be prepared: an unfinished task, or the mode. A standing order leaves alone
/// what was changed after the design had been brought about, unless it is to be corrected.
fn is_asked(context: &Context, site: &Site, snapshot: &Snapshot, seen: Option<&SiteObservation>) -> bool {
    let asks = |task: &SiteTask| {
        let prepares =
            matches!(task.spec.action, TaskAction::PrepareSite | TaskAction::PrepareNodes | TaskAction::DeployNodes);
        prepares && task.is_unfinished() && task.has_begun()
    };
    let namespace = site.metadata.namespace.as_deref().unwrap_or_default();
    match site.spec.mode.unwrap_or_default() {
        Mode::Observe => false,
        _ if context.caches.tasks.readable(namespace).iter().any(|task| asks(task)) => true,
        Mode::OnTask => false,
        Mode::Continuous => {
            !was_prepared(site, snapshot, seen) || site.spec.drift_policy.unwrap_or_default() == DriftPolicy::Correct
        }
    }
}
