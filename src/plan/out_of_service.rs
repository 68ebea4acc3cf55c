//! Machines that are out of service: in rescue mode, with failed tests, marked broken, retired.

use super::{
    decide::Want,
    table::{Row, said},
};
use crate::{
    api::memory::NodeMemory,
    model::{Machine, MachineAction as Action, MachineStatus as S, Milestone, Orders, Reason},
};

/// What comes next for a machine that is out of service, or shall be.
pub(super) fn row(want: Want<'_>, machine: &Machine, memory: &NodeMemory, orders: &Orders) -> Option<Row> {
    rescue(machine, memory, orders).or_else(|| overridden(want, machine, orders)).or_else(|| left_alone(machine))
}

/// Into rescue mode, and out of it where Slipway has led there.
fn rescue(machine: &Machine, memory: &NodeMemory, orders: &Orders) -> Option<Row> {
    let id = &machine.id;
    let led = memory.rescue.unwrap_or_default();
    let boots = |what: String| Row::wait("Rescue", what, orders.limits.commission);
    Some(match machine.status {
        _ if orders.release.is_some() => return None,
        S::RescueMode if orders.rescue => Row::done("Rescue", format!("Machine {id} is in rescue mode, as asked")),
        S::RescueMode | S::FailedExitingRescueMode if led => Row::act(Action::ExitRescue),
        S::EnteringRescueMode if orders.rescue || led => boots(format!("Machine {id} boots into rescue mode")),
        S::ExitingRescueMode if led => boots(format!("Machine {id} leaves rescue mode")),
        S::Deployed if orders.rescue => Row::act(Action::EnterRescue).destroying(&["RescueMode"]),
        S::Ready | S::Broken if orders.rescue && machine.mark.is_ours() => Row::act(Action::EnterRescue),
        _ => return None,
    })
}

/// Failed tests that the design says hold nothing back.
fn overridden(want: Want<'_>, machine: &Machine, orders: &Orders) -> Option<Row> {
    let overrides = want.design.commissioning.override_failed_tests.unwrap_or_default();
    let asked = orders.goal.is_some_and(|goal| goal >= Milestone::Prepared);
    (machine.status == S::FailedTesting && overrides && asked).then(|| Row::act(Action::OverrideFailedTests))
}

/// Statuses that a person brought about, and a person ends.
fn left_alone(machine: &Machine) -> Option<Row> {
    let id = &machine.id;
    let (reason, message) = match machine.status {
        S::Broken => (
            Reason::MarkedBroken,
            format!("machine {id} is marked broken{}; mark it fixed in the provisioner", said(machine)),
        ),
        S::Missing => {
            (Reason::OutOfService, format!("machine {id} is Missing in the provisioner; bring it back there"))
        }
        S::Retired => {
            (Reason::OutOfService, format!("machine {id} is retired in the provisioner; bring it back there"))
        }
        S::Reserved => (Reason::OutOfService, format!("machine {id} is reserved in the provisioner; free it there")),
        S::FailedTesting => (
            Reason::TestingFailed,
            format!(
                "tests of machine {id} failed{}; look at their results, then test it again or override them",
                said(machine)
            ),
        ),
        S::RescueMode
        | S::EnteringRescueMode
        | S::FailedEnteringRescueMode
        | S::ExitingRescueMode
        | S::FailedExitingRescueMode => {
            (Reason::InRescueMode, format!("machine {id} is in rescue mode; end it in the provisioner"))
        }
        _ => return None,
    };
    Some(Row::blocked(reason, message))
}
