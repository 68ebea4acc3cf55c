//! What a node has been asked for: computed in every run, never stored.

use super::together;
use crate::{
    api::{
        BaremetalNode, Site, SiteTask, annotation,
        memory::{Approval, NodeMemory},
        site::{Deadlines, DeletionPolicy, DriftPolicy, Mode, Quarantine},
        site_task::{EraseMode, TaskAction},
        values,
    },
    model::{Afterwards, Limits, Milestone, NodeDesign, Orders, ReleaseOrder},
};
use std::time::Duration;

/// The longest value of `slipway.dev/reboot` that is remembered, in bytes.
const LONGEST_TOKEN: usize = 256;

/// The orders of a node, but for what only the controller knows (site, slot, faults of the design).
///
/// `task` is the oldest unfinished task that covers the node and takes it somewhere.
pub fn orders(
    site: &Site,
    task: Option<&SiteTask>,
    node: &BaremetalNode,
    memory: &NodeMemory,
    limits: Limits,
) -> Orders {
    let mode = site.spec.mode.unwrap_or_default();
    let annotations = node.metadata.annotations.as_ref();
    let annotation = |key: &str| annotations.and_then(|a| a.get(key)).map(String::as_str);
    // A Site that is being deleted asks for nothing any more, but for what it is held for.
    let going = site.metadata.deletion_timestamp.is_some();
    let action = task.map(|t| t.spec.action).filter(|_| mode != Mode::Observe && !going);
    let standing = match (mode, memory.released.is_some()) {
        _ if going => None,
        (Mode::Continuous, false) => Some(Milestone::Deployed),
        // Released by a task: it stays so until another task deploys it.
        (Mode::Continuous, true) | (Mode::Observe | Mode::OnTask, _) => None,
    };
    let destroys = task.filter(|_| action == Some(TaskAction::DestroyNodes));
    // Released by this task, which has it deployed again.
    let anew = destroys.is_some_and(|task| {
        task.spec.redeploy == Some(true) && task.metadata.uid.is_some() && memory.released_for == task.metadata.uid
    });
    let goal = match action {
        Some(TaskAction::DestroyNodes) if anew => Some(Milestone::Deployed),
        Some(TaskAction::PrepareNodes) => standing.max(Some(Milestone::Prepared)),
        Some(TaskAction::DeployNodes) => Some(Milestone::Deployed),
        _ => standing,
    };
    let released_by_task = destroys.filter(|_| !anew).map(of_task);
    let release = deletion(site, node, annotation(annotation::CONFIRM_DELETION))
        .filter(|_| mode != Mode::Observe)
        .or(released_by_task);
    let asks = is_of_task(release.as_ref()) || (release.is_none() && goal > standing);
    let lists = [
        task.and_then(|task| task.status.as_ref()?.approved.as_ref()),
        site.status.as_ref().and_then(|status| status.approved.as_ref()),
    ];
    let touches_nothing = match mode {
        Mode::Observe => Some("mode Observe touches nothing"),
        _ if going && release.is_none() => Some("its Site is being deleted"),
        Mode::OnTask | Mode::Continuous => None,
    };
    Orders {
        goal,
        release,
        touches_nothing,
        mode,
        paused: site.spec.paused.unwrap_or_default() || node.is_set_aside(),
        design_error: None,
        site_prepared: Ok(()),
        held: Ok(()),
        slot: Ok(()),
        stopped: None,
        rescue: node.spec.rescue.unwrap_or_default() && mode != Mode::Observe && !going,
        power: node.spec.power.filter(|_| mode != Mode::Observe && !going),
        reboot: annotation(annotation::REBOOT)
            .filter(|token| mode != Mode::Observe && !going && !token.is_empty() && token.len() <= LONGEST_TOKEN)
            .map(str::to_owned),
        marks_broken: site.spec.quarantine == Some(Quarantine::MarkBroken),
        // A person who has it deployed wants it as designed.
        corrects: action == Some(TaskAction::DeployNodes)
            || (standing.is_some() && site.spec.drift_policy == Some(DriftPolicy::Correct)),
        approval_policy: site.spec.approval.unwrap_or_default(),
        task: task.filter(|_| asks).and_then(|task| task.metadata.uid.clone()),
        approval: together::of_node(node, lists).or_else(|| annotation(annotation::APPROVE).and_then(approval)),
        acknowledged: annotation(annotation::ACKNOWLEDGE).map(str::to_owned),
        adopt: node.spec.adopt.clone(),
        claimed_by: None,
        take_over: site.metadata.annotations.as_ref().and_then(|a| a.get(annotation::TAKE_OVER)).cloned(),
        limits,
    }
}

/// The release that a task asks for.
fn of_task(task: &SiteTask) -> ReleaseOrder {
    let spec = &task.spec;
    let then = match (spec.forget, spec.redeploy) {
        (Some(true), _) => Afterwards::Forgotten,
        (_, Some(true)) => Afterwards::Redeployed,
        _ => Afterwards::Kept,
    };
    ReleaseOrder { erase: spec.erase.unwrap_or_default(), confirmed: false, then }
}

/// Whether a release is ordered by a task rather than by a deletion.
fn is_of_task(release: Option<&ReleaseOrder>) -> bool {
    release.is_some_and(|release| !release.confirmed)
}

/// The release that a deletion asks for: only where the policy says so and a person has confirmed it by name.
fn deletion(site: &Site, node: &BaremetalNode, confirmed: Option<&str>) -> Option<ReleaseOrder> {
    node.metadata.deletion_timestamp.as_ref()?;
    let policy = node.spec.deletion_policy.or(site.spec.deletion_policy).unwrap_or_default();
    let never_asks = site.spec.approval == Some(crate::api::site::ApprovalPolicy::Never);
    let confirmed = never_asks || confirmed == node.metadata.name.as_deref();
    match policy {
        DeletionPolicy::Retain => None,
        _ if !confirmed => None,
        DeletionPolicy::Release => Some(ReleaseOrder { erase: EraseMode::None, confirmed, then: Afterwards::Kept }),
        DeletionPolicy::ReleaseAndErase => {
            Some(ReleaseOrder { erase: EraseMode::Full, confirmed, then: Afterwards::Kept })
        }
    }
}

/// `HASH by USER`.
pub(super) fn approval(text: &str) -> Option<Approval> {
    let (hash, by) = text.split_once(" by ")?;
    let (hash, by) = (hash.trim(), by.trim());
    (!hash.is_empty() && !by.is_empty()).then(|| Approval { hash: hash.into(), by: by.into() })
}

/// Deadlines and budgets of a node: its own, or else those of its site. `scale` turns a designed duration into one of the
/// clock in force.
pub fn limits(site: &Site, design: Option<&NodeDesign>, scale: impl Fn(Duration) -> Duration) -> Limits {
    let deadlines: Deadlines = site.spec.deadlines.clone().unwrap_or_default();
    let own = design.map(|design| design.deadlines.clone()).unwrap_or_default();
    let or =
        |value: Option<values::Duration>, minutes: u64| scale(value.map_or(Duration::from_secs(60 * minutes), |d| d.0));
    Limits {
        enlist: or(own.enlist.or(deadlines.enlist), 20),
        commission: or(own.commission.or(deadlines.commission), 45),
        deploy: or(own.deploy.or(deadlines.deploy), 60),
        release: or(own.release.or(deadlines.release), 240),
        shutdown: or(own.shutdown.or(deadlines.shutdown), 5),
        request: scale(deadlines.request.map_or(Duration::from_secs(90), |d| d.0)),
        backoff: scale(Duration::from_secs(30)),
        backoff_cap: scale(Duration::from_mins(10)),
        retries: design.and_then(|design| design.retries).or(site.spec.retries).unwrap_or(3),
    }
}
