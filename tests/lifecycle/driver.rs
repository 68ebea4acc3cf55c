//! The driver, as the `Provisioner` port promises it: a step that cannot be undone is looked at once more, and dropped where id,
//! status, owner or mark are not as decided on. And the network between it and the region.

use crate::{
    event::Fault,
    region::{Record, Region, Request},
};
use slipway::model::{Aspect, MachineAction as A, MachineStatus as S, Mark, Owner};

/// How a call ended, for whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// Nobody knows.
    Unknown,
    /// It was certainly not done: the class of the error.
    Failed(&'static str),
}

/// What a call is made with.
#[derive(Debug, Clone)]
pub struct Call {
    pub action: A,
    /// The status that it was decided on.
    pub decided_on: Option<S>,
    /// The mark of the node's present deployment.
    pub mark: Mark,
}

/// Why a fresh look forbids the call.
pub fn forbids(call: &Call, region: &Region) -> Option<&'static str> {
    if call.action == A::NetworkBoot || call.action == A::Create {
        return None;
    }
    let Some(record) = &region.record else { return Some("Missing") };
    if record.locked || matches!(record.mark, Mark::Foreign(_)) {
        return Some("Conflict");
    }
    let uncommissioned = matches!(record.status, S::New | S::Commissioning | S::FailedCommissioning);
    if matches!(record.owner, Owner::Other(_)) && !uncommissioned {
        return Some("Conflict");
    }
    (!as_decided(call, record)).then_some("Conflict")
}

fn as_decided(call: &Call, record: &Record) -> bool {
    let status = record.status;
    let same = call.decided_on == Some(status);
    match &call.action {
        A::Apply(Aspect::Registration) => !is_moving(status),
        A::Apply(Aspect::Networking) => matches!(status, S::Ready | S::Allocated),
        A::Apply(Aspect::Platform) => matches!(status, S::Ready | S::Allocated | S::Deployed),
        A::Apply(Aspect::Storage) => status == S::Ready,
        A::Apply(Aspect::Mark) => matches!(status, S::Allocated | S::Deployed) && record.owner == Owner::Us,
        A::Apply(Aspect::Lock) => status == S::Deployed && record.owner == Owner::Us,
        A::Apply(Aspect::Commissioning) => false,
        A::Commission => match status {
            S::New | S::FailedCommissioning => true,
            S::Ready => record.owner == Owner::Nobody,
            _ => false,
        },
        A::Adopt => {
            let is_held = matches!(status, S::Deployed | S::Allocated);
            same && if is_held { record.owner == Owner::Us } else { status == S::Ready }
        }
        A::Allocate => status == S::Ready && record.owner == Owner::Nobody,
        A::Deploy => {
            status == S::Allocated
                && record.owner == Owner::Us
                && record.mark == call.mark
                && record.wrong.iter().all(|aspect| *aspect == Aspect::Commissioning)
        }
        A::Release { .. } => same && record.owner == Owner::Us && record.mark.is_ours(),
        A::Forget => {
            same && matches!(status, S::New | S::FailedCommissioning | S::Ready)
                && record.owner == Owner::Nobody
                && record.mark.is_ours()
        }
        A::MarkBroken => same && status != S::Deployed && record.mark.is_ours(),
        A::PowerOn { .. } | A::PowerOff { .. } | A::PowerOffHard => {
            same && status == S::Deployed && record.has_system && record.mark.is_ours()
        }
        _ => same && record.mark.is_ours(),
    }
}

fn is_moving(status: S) -> bool {
    matches!(
        status,
        S::Commissioning
            | S::Testing
            | S::Deploying
            | S::Releasing
            | S::DiskErasing
            | S::EnteringRescueMode
            | S::ExitingRescueMode
    )
}

/// Sends it, with what the network makes of it.
pub fn send(call: &Call, region: &mut Region, fault: Option<Fault>, now: i64) -> Answer {
    // What converges is written by several calls, each awaited: none of them is left on its way.
    let is_late = matches!(fault, Some(Fault::Delayed(_) | Fault::Slow(_))) && !call.action.is_convergent();
    let late = is_late.then(|| call.decided_on.unwrap_or(S::Missing));
    let request = Request { action: call.action.clone(), mark: call.mark.clone(), late };
    if region.is_down {
        return Answer::Unknown;
    }
    match fault {
        Some(Fault::RequestLost) => Answer::Unknown,
        Some(Fault::Refused) => Answer::Failed("Rejected"),
        Some(Fault::AnswerLost) => {
            let _ = region.take(&request, now);
            Answer::Unknown
        }
        Some(Fault::Delayed(seconds)) if is_late => {
            region.sent.push((now + i64::from(seconds), request));
            Answer::Unknown
        }
        Some(Fault::Slow(seconds)) if is_late => {
            region.sent.push((now + i64::from(seconds), request));
            Answer::Done
        }
        _ => match region.take(&request, now) {
            Ok(()) => Answer::Done,
            Err(class) => Answer::Failed(class),
        },
    }
}
