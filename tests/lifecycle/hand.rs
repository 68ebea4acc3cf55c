//! Somebody else's hand: on the machine, on its record, on the provisioner itself.

use crate::{
    event::{Fault, Hand},
    region::{Disks, Record, Region, bob},
};
use slipway::model::{Aspect, MachineStatus as S, Mark, Owner, Power};

impl Region {
    /// An administrator, another account, or whoever stands at the machine.
    pub fn hand(&mut self, hand: Hand, now: i64) {
        if self.record.is_none() {
            match hand {
                Hand::Enlists => self.enlist(),
                Hand::Switches => self.switch(),
                _ => {}
            }
            return;
        }
        let record = self.known();
        let (status, locked) = (record.status, record.locked);
        let is_bobs = record.owner == bob();
        match hand {
            Hand::Switches => self.switch(),
            Hand::Locks => record.locked = matches!(status, S::Deployed),
            Hand::Unlocks => record.locked = false,
            _ if locked => {}
            Hand::Releases if matches!(status, S::Deployed | S::FailedDeployment | S::Allocated) => {
                self.release(false, now);
            }
            Hand::TakesForBob if status == S::Ready => (record.status, record.owner) = (S::Allocated, bob()),
            Hand::DeploysForBob if is_bobs && status == S::Allocated => {
                (record.status, record.has_system) = (S::Deployed, true);
                (self.power, self.disks) = (Power::On, Disks::InUse);
            }
            Hand::GivesBack if is_bobs && matches!(status, S::Allocated | S::Deployed) => self.release(false, now),
            Hand::MarksBroken if status != S::Broken => self.breaks(status),
            Hand::MarksFixed if status == S::Broken => {
                (record.status, record.owner, record.has_system) = (S::Ready, Owner::Nobody, false);
                if let Mark::Ours { .. } = record.mark {
                    record.mark = Mark::Ours { generation: None, design: None };
                }
                self.disks = Disks::Free;
            }
            Hand::TakesMarkAway => record.mark = Mark::None,
            Hand::MarksForeign => record.mark = Mark::Foreign("c2/east/n1".into()),
            Hand::Tests if matches!(status, S::Deployed | S::Ready) => {
                record.before = status;
                self.begins(S::Testing, now + 400);
            }
            Hand::Rescues if matches!(status, S::Deployed | S::Ready) => {
                record.before = status;
                self.begins(S::EnteringRescueMode, now + 200);
            }
            Hand::EndsRescue if status == S::RescueMode => self.begins(S::ExitingRescueMode, now + 200),
            Hand::Drifts if status == S::Deployed => {
                record.wrong.insert(Aspect::Platform);
            }
            Hand::WantsScripts if matches!(status, S::Ready | S::Allocated) => {
                record.wrong.insert(Aspect::Commissioning);
            }
            _ => {}
        }
    }

    fn switch(&mut self) {
        self.power = if self.power == Power::On { Power::Off } else { Power::On };
    }

    /// The provisioner's own faults. Others are the network's or the controller's.
    pub fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Down => self.is_down = true,
            Fault::Up => self.is_down = false,
            Fault::OperationFails => self.operation_fails = true,
            Fault::Deaf => self.is_deaf = true,
            Fault::RecordLost => (self.record, self.ends) = (None, None),
            Fault::Restored => self.forgets(|record| {
                (record.status, record.owner, record.has_system) = (S::Ready, Owner::Nobody, false);
                record.mark = Mark::Ours { generation: None, design: None };
            }),
            Fault::Doubts => self.forgets(|record| {
                (record.status, record.has_system) = (S::FailedDeployment, false);
            }),
            _ => {}
        }
    }

    /// The record of a deployed machine becomes another, and the machine runs on.
    fn forgets(&mut self, into: impl FnOnce(&mut Record)) {
        if let Some(record) = self.record.as_mut().filter(|record| record.status == S::Deployed && !record.locked) {
            into(record);
        }
    }
}
