//! Releases that were asked for: given back, proven, and then kept, forgotten or deployed again.

use super::{decide::Want, table::Row};
use crate::{
    api::{memory::NodeMemory, site_task::EraseMode},
    model::{
        Afterwards, Machine, MachineAction as Action, MachineStatus as S, Mark, Power, Reason, ReleaseOrder, Step,
    },
};

/// All that a release destroys, in order.
fn plan(release: &ReleaseOrder) -> Vec<&'static str> {
    let erase = (release.erase != EraseMode::None).then_some("Erase");
    let then = match release.then {
        Afterwards::Kept => None,
        Afterwards::Forgotten => Some("Forget"),
        Afterwards::Redeployed => Some("Redeploy"),
    };
    [Some("Release"), erase, then].into_iter().flatten().collect()
}

/// What comes next for a machine whose release has been asked for.
pub(super) fn row(want: Want<'_>, machine: &Machine, memory: &NodeMemory, release: &ReleaseOrder) -> Row {
    let erase = release.erase;
    match machine.status {
        S::Deployed | S::FailedDeployment | S::Allocated | S::ReleasingFailed | S::FailedDiskErasing => {
            Row::act(Action::Release { erase }).destroying(&plan(release))
        }
        S::Ready if machine.power == Power::On && memory.generation > 0 && !want.design.by_hand => {
            Step::wait("Releasing", "Waiting for the released machine to be off").into()
        }
        S::Ready if erase != EraseMode::None && memory.generation > 0 && !machine.erased => Row::blocked(
            Reason::ReleaseFailed,
            "the machine was released, but nothing proves that its disks were erased; erase them before it is used again",
        ),
        _ if release.then == Afterwards::Forgotten => forgetting(machine, memory, release),
        _ => released(release, "Released"),
    }
}

/// A record goes only where it is Slipway's, and nothing runs on the machine as far as anybody knows.
fn forgetting(machine: &Machine, memory: &NodeMemory, release: &ReleaseOrder) -> Row {
    let id = &machine.id;
    if memory.deployed.is_some() {
        let status = machine.status.name();
        let what = format!(
            "machine {id} was deployed by Slipway, and was not released, but the provisioner now reports it as {status}: \
             its system may still run. Approve to have its record removed all the same"
        );
        return Row::blocked(Reason::ProviderRegressed, what).destroying(&["Forget"]);
    }
    // What was to go is gone, and this is another record: the machine's new board has enlisted. What was released is Ready.
    let is_new = matches!(machine.status, S::New | S::Commissioning | S::FailedCommissioning);
    if is_new && machine.mark == Mark::None && memory.released.is_some() {
        return released(release, "Released, and its record is removed");
    }
    if !machine.mark.is_ours() {
        return Row::blocked(
            Reason::NotOurs,
            format!("machine {id} carries no mark of Slipway, so its record stays; delete it in the provisioner"),
        );
    }
    Row { ends: vec![plan(release), vec!["Forget"]], ..Row::act(Action::Forget).destroying(&["Forget"]) }
}

/// There is nothing to release any more.
pub(super) fn released(release: &ReleaseOrder, why: &str) -> Row {
    let row = match release.then {
        Afterwards::Redeployed => Step::wait("Released", format!("{why}; it is deployed again next")).into(),
        Afterwards::Kept | Afterwards::Forgotten => Row::done("Released", why),
    };
    Row { is_released: true, ..row }
}
