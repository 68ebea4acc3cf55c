//! What holds a step back: a pause, a faulty design, a site that is not prepared, an approval, an outcome that is still
//! looked for, a budget, a slot, a lock.

use super::{
    approval, backoff,
    decide::{Want, status_of},
    person,
    table::{Row, failed, spent},
};
use crate::{
    api::{
        memory::{NodeMemory, Waiting},
        site::ApprovalPolicy,
    },
    model::{Awaited, Blocked, MachineAction, MachineStatus, Observation, Orders, Reason, Sighting, Step},
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use std::time::Duration;

/// Lets a row pass, or says what it waits for.
pub(super) fn pass(
    mut row: Row,
    want: Want<'_>,
    seen: &Observation,
    memory: &mut NodeMemory,
    orders: &Orders,
    fresh_since: Timestamp,
    now: Timestamp,
) -> Step {
    let latched = row.latched.take();
    if orders.paused {
        return Step::Done { state: "Paused", message: "Paused: Slipway reports and touches nothing".into() };
    }
    // What would be done all the same: the end of a reboot, of rescue mode, of a shutdown that was not listened to.
    if let (Some(why), true) = (orders.touches_nothing, matches!(row.step, Step::Act(_)) || row.then.is_some()) {
        memory.waiting = None;
        let what = match &row.step {
            Step::Act(action) => action.name(),
            _ => row.then.as_ref().map_or("A step", MachineAction::name),
        };
        return Step::wait("Observed", format!("{what} would end what was begun, but {why}"));
    }
    // A machine at rest stays there while its design is faulty, and that is what is said of it.
    let asked = orders.goal.is_some() && orders.release.is_none();
    if let (Some(error), Step::Wait(_), true, true) = (&orders.design_error, &row.step, asked, is_at_rest(seen)) {
        return Step::blocked(Reason::DesignInvalid, error.clone());
    }
    let row = person::row(row, want, seen, memory, orders, fresh_since, now);
    let row = overdue(row, memory, fresh_since, now);
    let action = match (&row.step, row.destroys.is_empty()) {
        (Step::Act(action), _) => Some(action.clone()),
        // A block that an approval can lift.
        (Step::Blocked(_), false) => None,
        _ => return row.step,
    };
    // What is going away is released whatever has become of its design.
    let going = orders.release.as_ref().is_some_and(|release| release.confirmed);
    if let (Some(error), false) = (&orders.design_error, going) {
        return Step::blocked(Reason::DesignInvalid, error.clone());
    }
    // What the provisioner has forgotten is a person's to judge, whatever the policy.
    let policy = if action.is_some() { orders.approval_policy } else { ApprovalPolicy::Always };
    let approvals = [orders.approval.as_ref(), latched.as_ref()];
    if let Some(plan) = approval::missing(&row, want, seen, memory, orders, (policy, approvals)) {
        let approve = format!("approve with slipway.dev/approve: \"{} by <user>\"", plan.0);
        let asks = || row.says.unwrap_or_else(|| format!("{} would be done, which destroys", plan.1.join(", ")));
        let (reason, why) = match row.step {
            Step::Blocked(blocked) => (blocked.reason, blocked.message),
            _ => (Reason::ApprovalRequired, asks()),
        };
        return Step::Blocked(Blocked { reason, message: format!("{why}; {approve}"), plan: Some(plan) });
    }
    let Some(action) = action else {
        // Approved: what was remembered of the deployment does not hold any more.
        memory.deployed = None;
        memory.generation += 1;
        return Step::wait("Preparing", "Approved; looking anew");
    };
    held_back(&action, seen, memory, orders, now).unwrap_or(Step::Act(action))
}

/// Whether nothing is under way that would end by itself.
fn is_at_rest(seen: &Observation) -> bool {
    match &seen.sighting {
        Sighting::Missing => true,
        Sighting::Found(machine) => {
            matches!(machine.status, MachineStatus::New | MachineStatus::FailedCommissioning | MachineStatus::Ready)
        }
        Sighting::Controller(_) | Sighting::Conflict(_) => false,
    }
}

/// Why an action that would be right is not done now.
fn held_back(
    action: &MachineAction,
    seen: &Observation,
    memory: &NodeMemory,
    orders: &Orders,
    now: Timestamp,
) -> Option<Step> {
    let name = action.name();
    if let Sighting::Found(machine) = &seen.sighting
        && machine.locked
    {
        let message = format!("{name} is due, but machine {} is locked; Slipway never unlocks", machine.id);
        return Some(Step::blocked(Reason::Locked, message));
    }
    if let Err(why) = &orders.held {
        return Some(Step::wait("Held", why.clone()));
    }
    let needs_site = !matches!(action, MachineAction::Release { .. } | MachineAction::Adopt);
    if let (Err(why), true) = (&orders.site_prepared, needs_site) {
        return Some(Step::wait("WaitingForSite", why.clone()));
    }
    if let Some(begun) = memory.begun.as_ref().filter(|b| b.from == status_of(seen) && !action.is_convergent()) {
        let until = later(begun.at.0, orders.limits.request);
        // Found begun, and not answered: looked for until its deadline. Then it is done again without counting anew, or
        // another step takes its place.
        if now < until {
            return Some(Step::Wait(Awaited {
                state: "Preparing",
                message: format!("{} was requested; looking for its outcome", begun.step),
                until: Some(until),
            }));
        }
        if begun.step == name {
            return None;
        }
    }
    if spent(memory, name, orders) {
        let (reason, said) = match (&seen.sighting, memory.failure.as_ref().filter(|f| f.step == name)) {
            (Sighting::Found(machine), None) if name == "Commission" => {
                return Some(failed(Reason::CommissioningFailed, "commissioning", machine).step);
            }
            (_, Some(failure)) if failure.reason == "Rejected" => (Reason::Rejected, failure.message.clone()),
            (_, Some(failure)) => (Reason::RetriesSpent, failure.message.clone()),
            (_, None) if name == "NetworkBoot" => {
                (Reason::RetriesSpent, "the machine has not shown up in the provisioner".into())
            }
            (_, None) => (Reason::RetriesSpent, "no outcome was seen".into()),
        };
        let message = format!(
            "{name} was tried {} times: {}. When the cause is mended, annotate the node with a new slipway.dev/retry",
            memory.attempts.get(name).copied().unwrap_or_default(),
            said.trim_end_matches('.')
        );
        return Some(Step::blocked(reason, message));
    }
    if let Some(failure) = memory.failure.as_ref().filter(|f| f.step == name) {
        let attempts = memory.attempts.get(name).copied().unwrap_or_default();
        let until = later(failure.at.0, backoff(attempts, orders.limits.backoff, orders.limits.backoff_cap));
        if now < until {
            let said = failure.message.trim_end_matches('.');
            let message = format!("{name} failed: {said}. It is tried again at {}", at(until));
            return Some(Step::Wait(Awaited { state: "Retrying", message, until: Some(until) }));
        }
    }
    if let Some(why) = &orders.stopped {
        return Some(Step::blocked(Reason::GroupFailed, why.clone()));
    }
    if let Err(why) = &orders.slot {
        return Some(Step::wait("Queued", why.clone()));
    }
    None
}

/// Counts how long a wait has taken, and what comes of it when it took too long. Whoever waits no more forgets since when.
fn overdue(row: Row, memory: &mut NodeMemory, fresh_since: Timestamp, now: Timestamp) -> Row {
    let Step::Wait(awaited) = &row.step else {
        memory.waiting = None;
        return row;
    };
    let since = match &memory.waiting {
        Some(waiting) if waiting.step == awaited.state => waiting.since.0,
        _ => {
            memory.waiting = Some(Waiting { step: awaited.state.to_owned(), since: MicroTime(now) });
            now
        }
    };
    let Some(limit) = row.limit else { return row };
    let until = later(since.max(fresh_since), limit);
    if now < until {
        let message = format!("{}; due by {}", awaited.message, at(until));
        let awaited = Awaited { state: awaited.state, message, until: Some(until) };
        return Row { step: Step::Wait(awaited), ..row };
    }
    match row.then {
        Some(action) => {
            // It is counted as another attempt; the wait is over when it has been begun.
            memory.begun = None;
            Row::from(Step::Act(action))
        }
        None => Row::from(Step::blocked(
            Reason::DeadlineExceeded,
            format!("{}: since {}, longer than {} s", awaited.message, at(since), limit.as_secs()),
        )),
    }
}

/// A time, and so much later.
pub(super) fn later(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| time.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// A time as messages write it: to the second, in UTC.
fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
