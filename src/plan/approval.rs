//! Approval of what destroys: the plan's hash, and the latch.

use super::{
    decide::{Want, is_begun},
    table::Row,
};
use crate::{
    api::{
        memory::{Approval, NodeMemory},
        site::ApprovalPolicy,
    },
    design::canonical_hash,
    model::{Observation, Orders, Sighting},
};

/// A machine that was commissioned before is being commissioned anew, and that has not been answered.
fn is_recommissioning(memory: &NodeMemory, seen: &Observation) -> bool {
    memory.recommissioned_for.is_some() && is_begun(memory, "Commission", seen)
}

/// Hash of a plan: node UID, provider id, deploy generation, design and the destructive actions in order; never power,
/// times, progress or attempts. The generation rises with each deploy and release, so no hash returns.
pub fn plan_hash(uid: &str, provider_id: Option<&str>, generation: i64, design: &str, destructive: &[&str]) -> String {
    canonical_hash(&(uid, provider_id, generation, design, destructive))
}

/// Destructive actions that a node's own fields and annotations ask for, whatever task there is.
const OF_THE_NODE: [&str; 4] = ["Adopt", "PowerOff", "Reboot", "RescueMode"];

/// Whose a plan is: the node's, by the memory in which its generations are counted, and the task's that asks for it. A memory that
/// was lost counts from the beginning, and another task is another request: what was approved before approves nothing then.
fn asked_for(uid: &str, memory: &NodeMemory, orders: &Orders, destroys: &[&str]) -> String {
    let since = memory.since.as_ref().map(|since| since.0.as_second().to_string());
    let task = orders.task.clone().filter(|_| !destroys.iter().all(|action| OF_THE_NODE.contains(action)));
    [Some(uid.to_owned()), since, task].into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// The plan that lacks approval; `None` where nothing is destroyed or an approval holds. An approval that is seen with a
/// valid hash is latched in `memory`. `approvals` are those that stand now, and the one that was latched before: what waits for
/// a slot or a lock stays approved, though nobody is shown its plan any more.
pub(super) fn missing(
    row: &Row,
    want: Want<'_>,
    seen: &Observation,
    memory: &mut NodeMemory,
    orders: &Orders,
    (policy, approvals): (ApprovalPolicy, [Option<&Approval>; 2]),
) -> Option<(String, Vec<String>)> {
    let destroys = row.destroys.as_slice();
    let confirmed = orders.release.as_ref().is_some_and(|release| release.confirmed);
    if destroys.is_empty() || policy == ApprovalPolicy::Never || confirmed {
        return None;
    }
    let id = match &seen.sighting {
        Sighting::Found(machine) => Some(machine.id.as_str()),
        _ => None,
    };
    // What was begun has raised the generation; until it is answered, its plan is still the approved one.
    let begun = ["Adopt", "Release", "EnterRescue"].into_iter().any(|step| is_begun(memory, step, seen))
        || is_recommissioning(memory, seen);
    let generation = memory.generation - i64::from(begun);
    let ends = |plan: &Vec<&str>, approved: &Approval| {
        let who = asked_for(&want.identity.uid, memory, orders, plan);
        approved.hash == plan_hash(&who, id, memory.generation - 1, want.hash, plan)
    };
    if memory.approval.as_ref().is_some_and(|approved| row.ends.iter().any(|plan| ends(plan, approved))) {
        return None;
    }
    let who = asked_for(&want.identity.uid, memory, orders, destroys);
    let hash = plan_hash(&who, id, generation, want.hash, destroys);
    if let Some(approval) = approvals.into_iter().flatten().find(|approval| approval.hash == hash) {
        memory.approval = Some(approval.clone());
    }
    if memory.approval.as_ref().is_some_and(|approval| approval.hash == hash) {
        return None;
    }
    Some((hash, destroys.iter().map(|action| (*action).to_owned()).collect()))
}
