//! Power of a deployed machine, as designed and as asked for: through the provisioner alone, and never while something else is
//! under way.

use super::{decide::Want, table::Row};
use crate::{
    api::{baremetal_node::DesiredPower, memory::NodeMemory},
    model::{Machine, MachineAction as Action, Orders, Power, Reason, Step},
};

/// What comes next for the power of a deployed machine; nothing where it is as it shall be.
pub(super) fn row(want: Want<'_>, machine: &Machine, memory: &NodeMemory, orders: &Orders) -> Option<Row> {
    let off = orders.power == Some(DesiredPower::Off);
    let asked = orders.reboot.as_ref().filter(|token| memory.handled_reboot.as_ref() != Some(token));
    let reboot = memory.rebooting_for.as_ref().or(asked).filter(|_| !off).cloned();
    if orders.power.is_none() && reboot.is_none() {
        return None;
    }
    if want.design.by_hand {
        let message = "its BMC is of type Manual: whoever wants this machine on, off or rebooted does it at the machine. Take \
                       spec.power and the annotation slipway.dev/reboot off the node";
        return Some(Row::blocked(Reason::Unsupported, message));
    }
    let begun = |step: &str| memory.begun.as_ref().is_some_and(|begun| begun.step == step);
    match machine.power {
        Power::Unknown => {
            let message = "Waiting for the provisioner to read the machine's power, before it is switched";
            Some(Step::wait("PowerUnknown", message).into())
        }
        Power::On if !off && reboot.is_none() => None,
        Power::On if begun("PowerOffHard") => {
            Some(Row::wait("PoweringOff", "Waiting for the machine to be off", orders.limits.request))
        }
        Power::On if begun("PowerOff") => Some(
            Row::wait("PoweringOff", "Waiting for the operating system to shut down", orders.limits.shutdown)
                .then(Action::PowerOffHard),
        ),
        Power::On => {
            let what = if reboot.is_some() { "Reboot" } else { "PowerOff" };
            Some(Row::act(Action::PowerOff { reboot }).destroying(&[what]))
        }
        Power::Off if off => Some(Row::done("Off", "Deployed, and off as designed")),
        Power::Off if begun("PowerOn") => Some(
            Row::wait("PoweringOn", "Waiting for the machine to be on", orders.limits.request)
                .then(Action::PowerOn { reboot }),
        ),
        Power::Off => Some(Row::act(Action::PowerOn { reboot })),
    }
}

/// What a reading of the power answers.
pub(super) fn recall(machine: &Machine, memory: &mut NodeMemory) {
    let answered: &[&str] = match machine.power {
        Power::On => &["PowerOn"],
        Power::Off => &["PowerOff", "PowerOffHard"],
        Power::Unknown => return,
    };
    if !memory.begun.as_ref().is_some_and(|begun| answered.contains(&begun.step.as_str())) {
        return;
    }
    memory.begun = None;
    for step in answered {
        super::recall::succeeded(memory, step);
    }
    if machine.power == Power::On
        && let Some(token) = memory.rebooting_for.take()
    {
        memory.handled_reboot = Some(token);
    }
}
