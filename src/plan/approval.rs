//! Approval of what destroys: the plan's hash, and the latch.

use super::decide::{Want, is_begun};
use crate::{
    api::{memory::NodeMemory, site::ApprovalPolicy},
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

/// The plan that lacks approval; `None` where nothing is destroyed or an approval holds. An approval that is seen with a
/// valid hash is latched in `memory`.
pub(super) fn missing(
    destroys: &[&'static str],
    want: Want<'_>,
    seen: &Observation,
    memory: &mut NodeMemory,
    orders: &Orders,
    policy: ApprovalPolicy,
) -> Option<(String, Vec<String>)> {
    let confirmed = orders.release.as_ref().is_some_and(|release| release.confirmed);
    if destroys.is_empty() || policy == ApprovalPolicy::Never || confirmed {
        return None;
    }
    let id = match &seen.sighting {
        Sighting::Found(machine) => Some(machine.id.as_str()),
        _ => None,
    };
    // What was begun has raised the generation; until it is answered, its plan is still the approved one.
    let begun = is_begun(memory, "Release", seen) || is_recommissioning(memory, seen);
    let generation = memory.generation - i64::from(begun);
    let hash = plan_hash(&want.identity.uid, id, generation, want.hash, destroys);
    if let Some(approval) = orders.approval.as_ref().filter(|approval| approval.hash == hash) {
        memory.approval = Some(approval.clone());
    }
    if memory.approval.as_ref().is_some_and(|approval| approval.hash == hash) {
        return None;
    }
    Some((hash, destroys.iter().map(|action| (*action).to_owned()).collect()))
}
