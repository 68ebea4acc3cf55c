//! Hardware that is another than before: a board or a network card was replaced, or the design speaks of another machine.
//!
//! The provisioner's record is that of the old hardware. Nothing that would be done by it is sure to befall the right machine,
//! so nothing is done: what was known and what is there stand side by side, with what leads on. What destroys is a task's,
//! under its own approval; disks and cards that merely drifted are no replacement.

use super::{decide::Want, table::Row};
use crate::{
    api::memory::NodeMemory,
    model::{Machine, MachineStatus as S, Observation, Orders, Reason, Sighting},
};

/// The row of a machine whose hardware was replaced; none where it is as it was, or is given up by order.
pub(super) fn row(want: Want<'_>, seen: &Observation, memory: &NodeMemory, orders: &Orders) -> Option<Row> {
    let Sighting::Found(machine) = &seen.sighting else { return None };
    // Only what was known is another than before.
    if !machine.mark.is_ours() || orders.release.is_some() || !is_judged(machine.status) {
        return None;
    }
    // That the provisioner forgot it is told first.
    if memory.deployed.is_some() && machine.status != S::Deployed {
        return None;
    }
    let signs = signs(want, machine);
    (!signs.is_empty()).then(|| Row::blocked(Reason::HardwareReplaced, message(machine, &signs)))
}

/// Statuses in which the record says what the machine is made of, and nothing is under way that would change it.
fn is_judged(status: S) -> bool {
    matches!(status, S::FailedCommissioning | S::Ready | S::Allocated | S::Deployed | S::FailedDeployment)
}

/// What shows that the hardware is another.
fn signs(want: Want<'_>, machine: &Machine) -> Vec<String> {
    let designed = want.design.boot_mac.map(|mac| mac.to_string());
    let has = |wanted: &String| machine.macs.iter().any(|mac| mac.eq_ignore_ascii_case(wanted));
    let mac = designed.filter(|wanted| !machine.macs.is_empty() && !has(wanted));
    let mac = mac.map(|wanted| {
        format!("the design's bootMac is {wanted}, and the record has {} instead", machine.macs.join(" and "))
    });
    mac.into_iter().chain(machine.rivals.iter().cloned()).collect()
}

fn message(machine: &Machine, signs: &[String]) -> String {
    let (id, status) = (&machine.id, machine.status.name());
    let serial = machine.serial.as_ref().map_or(String::new(), |serial| format!(", serial number {serial}"));
    let runs = if machine.status == S::Deployed { ", which gives up what is deployed," } else { "" };
    format!(
        "the hardware is another than that of the node's machine {id} ({status}{serial}): {}. Nothing is touched. If it was \
         replaced: correct bootMac where it has changed; a SiteTask DestroyNodes with forget: true{runs} removes the old record once \
         that is approved, and DeployNodes then has the machine enlisted, commissioned and deployed anew. If it was not: correct \
         bootMac and the BMC's address, or delete the record that is too many in the provisioner",
        signs.join("; ")
    )
}
