//! Taking over a machine that already runs: decided once more on a fresh reading, and nothing but the mark is written.

use super::{Error, Maas, lower, machine, perform::not_others, perform::unexpected};
use crate::{
    drivers::Subject,
    model::{MachineStatus, Owner, Permit},
};

impl Maas {
    /// Marks the machine that the design wants to be adopted as the node's.
    pub(super) async fn adopt(&self, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        let view = self.fresh(subject, true).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        let status = machine::status(&view.machine);
        let (serial, macs) = (machine::serial(&view.machine), machine::macs(&view.machine));
        let is_meant =
            |wanted: &crate::api::baremetal_node::Adoption| wanted.means(&view.machine.system_id, serial, &macs);
        if !subject.adopt.is_some_and(is_meant) {
            return Err(unexpected(&view, "it is not the one that shall be adopted"));
        }
        let can_be = match (status, view.owner(us)) {
            (MachineStatus::Deployed | MachineStatus::Allocated, owner) => owner == Owner::Us,
            (status, _) => status == MachineStatus::Ready,
        };
        if !can_be {
            return Err(unexpected(&view, "it cannot be adopted as it is now"));
        }
        if subject.decided_on.is_some_and(|decided_on| decided_on != status) {
            return Err(unexpected(&view, "that is not what its adoption was decided on"));
        }
        if status == MachineStatus::Deployed && view.machine.osystem.is_empty() {
            return Err(unexpected(&view, "no operating system is on record for it"));
        }
        self.keys_are_its_own(&view, subject).await?;
        let calls = lower::adoption::lower(
            subject.identity,
            subject.design_hash,
            subject.generation,
            &view.machine,
            view.tags(),
        );
        self.run(&calls, permit).await
    }
}
