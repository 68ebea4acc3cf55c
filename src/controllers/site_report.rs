//! The status of a Site.

use super::{
    cache::Key,
    conditions::{Conditions, find, is_true, told},
    context::Context,
    design::sentence,
    designs::Snapshot,
    regressions::forgotten,
    rollouts,
    site::{was_prepared, would_act},
    site_objects::{MAX_LISTED, bounded, prepared, records},
    write::{MANAGER, apply_status, is_conflict, is_gone},
};
use crate::{
    api::{
        BaremetalNode, Site, annotation,
        node_plans::NodePlans,
        site::{NodeCounts, ReportedFinding, SiteLock, SitePlan, SiteStatus},
        status::condition::{
            APPROVAL_GUARDED, BMCS_REACHABLE, DEPLOYED, DESIGN_LOCKED, DESIGN_VALID, DRIFTED, NODES_READY, PAUSED,
            PREPARED, PROVISIONER_REACHABLE, READY, STALLED,
        },
    },
    drivers::{DriverError, ErrorClass},
    model::{Finding, SiteObservation},
    plan::{approved_together, together, waits_for_approval},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use std::fmt::Write;

/// Findings that are reported at most.
const MAX_FINDINGS: usize = 50;
/// Most images that are listed.
const MAX_IMAGES: usize = 256;

/// How the provisioner stands to the design.
pub(super) enum Provisioning {
    /// The design has not been quiet for long enough: not looked at.
    Settling,
    /// The design has been resolved; the provisioner has not been asked yet.
    Looking,
    /// Another Site was in the namespace first.
    SecondSite,
    /// The provisioner could not be asked, or refused.
    Failed(DriverError),
    /// What is to be made must be recorded first.
    Recording(SiteObservation),
    /// Something differs, and nobody has asked for it to be changed, or something stands in the way.
    Differs(SiteObservation),
    /// As designed.
    Prepared(SiteObservation),
}

/// Writes the status, if it differs from the one that stands.
pub(super) async fn report(
    context: &Context,
    site: &Site,
    snapshot: &Snapshot,
    settled: bool,
    provisioning: &Provisioning,
) -> Result<(), kube::Error> {
    let before = site.status.clone().unwrap_or_default();
    let status = status(context, site, &before, snapshot, settled, provisioning);
    if status == before {
        return Ok(());
    }
    let stalled = |status: &SiteStatus| is_true(&status.conditions, STALLED);
    let drifted = |status: &SiteStatus| is_true(&status.conditions, DRIFTED);
    if drifted(&status)
        && !drifted(&before)
        && let Some(condition) = find(&status.conditions, DRIFTED)
    {
        context.events.warning(site, "Drifted", &condition.message).await;
    }
    let silent = |status: &SiteStatus| find(&status.conditions, BMCS_REACHABLE).is_some_and(|c| c.status == "False");
    if silent(&status)
        && !silent(&before)
        && let Some(condition) = find(&status.conditions, BMCS_REACHABLE)
    {
        context.events.warning(site, "BmcsSilent", &condition.message).await;
    }
    if stalled(&status) && !stalled(&before) {
        let reason = find(&status.conditions, STALLED);
        if let Some(condition) = reason {
            context.events.warning(site, &condition.reason, &condition.message).await;
        }
    }
    let key = Key::of(site);
    match apply_status::<Site, _>(context, &key, MANAGER, site.resource_version().as_deref(), &status).await {
        Ok(written) => {
            context.caches.sites.written(&written);
            if status.approved.is_some() && status.approved != before.approved {
                context.wake_nodes(&key.namespace);
            }
        }
        Err(error) if is_conflict(&error) => context.queues.sites.add(key),
        Err(error) if is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn status(
    context: &Context,
    site: &Site,
    before: &SiteStatus,
    snapshot: &Snapshot,
    settled: bool,
    provisioning: &Provisioning,
) -> SiteStatus {
    let generation = site.metadata.generation.unwrap_or_default();
    let namespace = site.metadata.namespace.clone().unwrap_or_default();
    let design = &snapshot.design;
    let nodes = context.caches.nodes.readable(&namespace);
    let nodes: Vec<&BaremetalNode> = nodes.iter().map(|n| &**n).collect();
    let counts = count(&nodes);
    let plans = together(nodes.iter().copied());
    let mut conditions = Conditions::new(&before.conditions, generation, context.clock.now());
    let mut status = SiteStatus {
        observed_generation: if settled { generation } else { before.observed_generation },
        mode: Some(site.spec.mode.unwrap_or_default()),
        design_hash: if settled { Some(design.hash.clone()) } else { before.design_hash.clone() },
        prepared_hash: before.prepared_hash.clone(),
        prepared_material: before.prepared_material.clone(),
        provisioner: before.provisioner.clone(),
        images: before.images.clone(),
        made: before.made.clone(),
        made_in: before.made_in.clone(),
        leftovers: before.leftovers.clone(),
        lock: snapshot.lock.as_ref().map(|lock| SiteLock {
            task: lock.task.clone(),
            since: Time(lock.since),
            edited: lock.is_edited(snapshot),
        }),
        plan: before.plan.clone(),
        plan_generation: before.plan_generation,
        approved: approved_together(
            site.annotations().get(annotation::APPROVE).map(String::as_str),
            before.approved.as_ref(),
            plans.as_ref(),
        ),
        node_plans: plans.map(|plans| plans.shown),
        findings: design.findings.iter().take(MAX_FINDINGS).map(reported).collect(),
        ..SiteStatus::default()
    };
    if let Provisioning::SecondSite = provisioning {
        let message = "This namespace has another Site, which is older; a namespace holds one";
        conditions.stalled("SecondSite", message);
        return SiteStatus { state: Some("SecondSite".into()), conditions: conditions.finish(), ..status };
    }
    if let Some(lock) = &snapshot.lock {
        conditions.set(DESIGN_LOCKED, Some(true), "PreparingSite", &lock.told(snapshot));
    }
    let findings = &design.findings;
    let (error, errors, warnings) = (findings.first_error(), findings.errors(), findings.warnings());
    match error {
        Some(_) => conditions.set(DESIGN_VALID, Some(false), "Invalid", &summed(errors, warnings)),
        None if warnings > 0 => conditions.set(DESIGN_VALID, Some(true), "Valid", &summed(errors, warnings)),
        None => conditions.set(DESIGN_VALID, Some(true), "Valid", "The design is valid"),
    }
    match provisioning {
        Provisioning::Settling | Provisioning::Looking | Provisioning::SecondSite => {
            conditions.keep(PROVISIONER_REACHABLE);
            conditions.keep(PREPARED);
            conditions.keep(DRIFTED);
        }
        Provisioning::Failed(error) => {
            let message = with_cause(error);
            conditions.set(PROVISIONER_REACHABLE, Some(false), error.class.reason(), &message);
            conditions.keep(PREPARED);
            conditions.keep(DRIFTED);
        }
        Provisioning::Recording(seen) | Provisioning::Differs(seen) | Provisioning::Prepared(seen) => {
            let advice = seen.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
            let message = format!("{} answers{advice}", seen.provisioner);
            conditions.set(PROVISIONER_REACHABLE, Some(true), "Answers", &message);
            status.provisioner = Some(seen.provisioner.clone());
            status.images = seen.images.iter().take(MAX_IMAGES).cloned().collect();
            status.leftovers = seen.leftovers.iter().take(MAX_LISTED).map(|text| bounded(text)).collect();
            records(&mut status, site, snapshot, seen, provisioning, before);
            prepared(&mut conditions, &mut status, site, snapshot, seen, provisioning);
        }
    }
    match context.heard.is_reachable(&namespace) {
        None => conditions.keep(BMCS_REACHABLE),
        Some(true) => conditions.set(BMCS_REACHABLE, Some(true), "Answer", "The BMCs answer, or most of them do"),
        Some(false) => {
            let message =
                "Most BMCs do not answer: rather the network that they are on than each of them, so none is judged";
            conditions.set(BMCS_REACHABLE, Some(false), "Silent", message);
        }
    }
    match context.guard.seen() {
        None => conditions.keep(APPROVAL_GUARDED),
        Some(seen) => conditions.set(APPROVAL_GUARDED, seen.is, seen.reason, &seen.message),
    }
    status.groups = context.rollouts.told(&namespace);
    let all_ready = counts.due == 0;
    let reason = if all_ready { "AllReady" } else { "NotAllReady" };
    let sentence = nodes_sentence(&nodes, &counts, status.node_plans.as_ref());
    conditions.set(NODES_READY, Some(all_ready), reason, &sentence);
    let seen = match provisioning {
        Provisioning::Recording(seen) | Provisioning::Differs(seen) | Provisioning::Prepared(seen) => Some(seen),
        _ => None,
    };
    let closed = rollouts::closed(site, context.clock.now());
    let acts = would_act(context, site, snapshot, seen);
    let stand = Stand {
        acts: acts && closed.is_none(),
        drifted: was_prepared(site, snapshot, seen),
        closed: closed.filter(|_| acts),
        plan: status.plan.as_ref(),
        nodes: &sentence,
    };
    let state = overall(&mut conditions, site, error, settled, provisioning, &stand, &counts, &nodes);
    status.nodes = Some(counts);
    SiteStatus { state: Some(state.to_owned()), conditions: conditions.finish(), ..status }
}

/// How the site's objects stand.
struct Stand<'a> {
    /// Whether they may be brought to the design now.
    acts: bool,
    /// Whether they had been brought to it before.
    drifted: bool,
    /// Why they are not, though somebody has asked for it: nothing may begin now.
    closed: Option<String>,
    /// How its nodes stand, in a sentence.
    nodes: &'a str,
    /// What waits for an approval.
    plan: Option<&'a SitePlan>,
}

/// `Ready`, `Reconciling`, `Stalled`, and the state that goes with them.
#[allow(clippy::too_many_arguments, reason = "what a state follows from")]
fn overall(
    conditions: &mut Conditions<'_>,
    site: &Site,
    error: Option<&Finding>,
    settled: bool,
    provisioning: &Provisioning,
    stand: &Stand<'_>,
    counts: &NodeCounts,
    nodes: &[&BaremetalNode],
) -> &'static str {
    if site.spec.paused.unwrap_or_default() {
        conditions.set(PAUSED, Some(true), "Paused", "spec.paused is set: Slipway reports and touches nothing");
        conditions.keep(READY);
        return "Paused";
    }
    // Before all else that could be wrong: what is lost elsewhere explains the rest.
    if let Some(message) = forgotten(nodes) {
        conditions.stalled("ProviderRegressed", &message);
        return "ProviderRegressed";
    }
    match (error, provisioning) {
        (Some(error), _) if settled => {
            conditions.stalled("DesignInvalid", &format!("{}, {}", error.object, sentence(error)));
            "DesignInvalid"
        }
        (_, Provisioning::Settling) | (Some(_), _) => {
            conditions.reconciling("WaitingForDesign", "Waiting for the design to be quiet");
            "Settling"
        }
        (None, Provisioning::Looking) => {
            conditions.reconciling("Preparing", "Comparing the site's objects in the provisioner with the design");
            "Preparing"
        }
        (None, Provisioning::Failed(failure)) if failure.class == ErrorClass::Unreachable => {
            conditions.reconciling("ProvisionerUnreachable", &with_cause(failure));
            "Unreachable"
        }
        (None, Provisioning::Failed(failure)) if failure.class == ErrorClass::Conflict => {
            conditions.reconciling("Conflict", &with_cause(failure));
            "Preparing"
        }
        (None, Provisioning::Failed(failure)) => {
            conditions.stalled(failure.class.reason(), &with_cause(failure));
            "Failed"
        }
        (None, Provisioning::Recording(seen)) => {
            conditions.reconciling("Preparing", &format!("{} calls are needed", seen.pending.len()));
            "Preparing"
        }
        (None, Provisioning::Differs(seen)) if !seen.conflicts.is_empty() && (stand.acts || !stand.drifted) => {
            conditions.stalled("Conflict", first(&seen.conflicts));
            "Conflict"
        }
        (None, Provisioning::Differs(seen)) if stand.acts && stand.plan.is_some() && !seen.destructive.is_empty() => {
            let hash = stand.plan.map_or("", |plan| plan.hash.as_str());
            let message = format!(
                "An approval is needed to {}; approve plan {hash} with the annotation {}=\"{hash} by <you>\" on the Site",
                told(seen.destructive.iter()),
                crate::api::annotation::APPROVE
            );
            conditions.stalled("ApprovalRequired", &message);
            "ApprovalRequired"
        }
        (None, Provisioning::Differs(_)) if stand.closed.is_some() => {
            conditions.reconciling("WindowClosed", stand.closed.as_deref().unwrap_or_default());
            "Waiting"
        }
        (None, Provisioning::Differs(seen)) if stand.acts => {
            conditions.reconciling("Preparing", &told(seen.differences()));
            "Preparing"
        }
        (None, Provisioning::Differs(_) | Provisioning::Prepared(_)) if counts.stalled > 0 => {
            conditions.stalled("NodesStalled", stand.nodes);
            "NodesStalled"
        }
        (None, Provisioning::Differs(seen)) if stand.drifted => {
            let message = format!(
                "The site's objects were changed since they had been brought to the design; driftPolicy Correct in mode \
                 Continuous, or a SiteTask PrepareSite, brings them back: {}",
                told(seen.differences())
            );
            conditions.ready("Drifted", &message);
            "Drifted"
        }
        (None, Provisioning::Differs(_)) => {
            let message =
                "The site's objects differ from the design; a SiteTask PrepareSite or DeployNodes brings them to it";
            conditions.ready("NotPrepared", message);
            "NotPrepared"
        }
        (None, Provisioning::SecondSite) => "SecondSite",
        (None, Provisioning::Prepared(_)) if counts.due > 0 => {
            conditions.reconciling("NodesNotReady", stand.nodes);
            "Working"
        }
        (None, Provisioning::Prepared(_)) => {
            conditions.ready("AsDesigned", stand.nodes);
            "Ready"
        }
    }
}

/// How much is wrong with a design, and how to see it all.
fn summed(errors: usize, warnings: usize) -> String {
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let counts = match (errors, warnings) {
        (0, warnings) => of(warnings, "warning"),
        (errors, 0) => of(errors, "error"),
        (errors, warnings) => format!("{} and {}", of(errors, "error"), of(warnings, "warning")),
    };
    format!("{counts} in the design; `slipway validate --live` lists all")
}

fn count(nodes: &[&BaremetalNode]) -> NodeCounts {
    let those = |fit: &dyn Fn(&BaremetalNode) -> bool| {
        i32::try_from(nodes.iter().filter(|node| fit(node)).count()).unwrap_or(i32::MAX)
    };
    let is = |node: &BaremetalNode, type_: &str| {
        node.status.as_ref().is_some_and(|status| is_true(&status.conditions, type_))
    };
    let (total, ready) = (those(&|_| true), those(&|node| is(node, READY)));
    NodeCounts {
        total,
        ready,
        deployed: those(&|node| is(node, DEPLOYED)),
        stalled: those(&|node| !node.is_set_aside() && is(node, STALLED)),
        paused: those(&BaremetalNode::is_set_aside),
        due: those(&|node| !node.is_set_aside() && !is(node, READY)),
        summary: format!("{ready}/{total}"),
    }
}

/// `7/8 ready, 8 deployed; stalled: r01-u10 (ApprovalRequired)`.
fn nodes_sentence(nodes: &[&BaremetalNode], counts: &NodeCounts, plans: Option<&NodePlans>) -> String {
    let mut text = format!("{} nodes ready, {} deployed", counts.summary, counts.deployed);
    if counts.paused > 0 {
        let _ = write!(text, ", {} paused", counts.paused);
    }
    let stalled = nodes.iter().filter(|node| !node.is_set_aside()).filter_map(|node| {
        let condition = find(&node.status.as_ref()?.conditions, STALLED)?;
        Some(format!("{} ({})", node.name_any(), condition.reason))
    });
    let stalled: Vec<String> = stalled.take(3).collect();
    if !stalled.is_empty() {
        let _ = write!(text, "; stalled: {}", stalled.join(", "));
        let more = usize::try_from(counts.stalled).unwrap_or_default().saturating_sub(stalled.len());
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
    }
    if let Some(plans) = plans {
        let _ = write!(text, "; {}", waits_for_approval(plans));
    }
    text
}

fn reported(finding: &Finding) -> ReportedFinding {
    ReportedFinding {
        rule: finding.rule.to_owned(),
        severity: finding.severity.name().to_owned(),
        object: finding.object.to_string(),
        field: finding.field.clone(),
        message: finding.message.clone(),
        hint: finding.hint.clone(),
    }
}

fn first(list: &[String]) -> &str {
    list.first().map_or("", String::as_str)
}

/// An error with its causes, for a person.
pub(super) fn with_cause(error: &DriverError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
