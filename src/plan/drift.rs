//! Drift: what was brought to its design, and is so no more.
//!
//! Only a deployed machine drifts, and only from the design that it was deployed by: before that, a difference is work, and
//! a design that has changed since is a redeployment.

use super::decide::Want;
use crate::model::{Aspect, Machine, MachineStatus, Mark};

/// What on a deployed machine may be brought back while it runs: its record, not its substance.
const HARMLESS: [Aspect; 3] = [Aspect::Registration, Aspect::Platform, Aspect::Mark];

/// What a machine that runs its designed deployment has drifted by, in the words of what would bring it back.
pub fn drift(machine: &Machine, design_hash: &str) -> Vec<String> {
    if !runs_as_designed(machine, design_hash) {
        return Vec::new();
    }
    let pending = HARMLESS.iter().filter_map(|aspect| machine.pending.get(aspect)).flatten();
    pending.chain(&machine.fixed).cloned().collect()
}

/// The aspect to bring back next.
pub(super) fn correctable(machine: &Machine, want: Want<'_>) -> Option<Aspect> {
    let drifted = |aspect: &Aspect| machine.pending.contains_key(aspect);
    HARMLESS.into_iter().find(drifted).filter(|_| runs_as_designed(machine, want.hash))
}

fn runs_as_designed(machine: &Machine, design_hash: &str) -> bool {
    let Mark::Ours { design: Some(design), .. } = &machine.mark else { return false };
    machine.status == MachineStatus::Deployed && machine.has_system && design == design_hash
}
