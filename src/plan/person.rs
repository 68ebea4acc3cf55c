//! Machines that no BMC switches: what a person shall do at them, and until when that is waited for.
//!
//! A step that starts only when somebody switches the machine asks for it, once. It goes on by itself when the provisioner
//! sees the machine move, and its deadline begins when the person says that it is done. When that has passed and nothing
//! has moved, the person is asked again, under another token.

use super::{decide::Want, gates::later, table::Row};
use crate::{
    api::memory::{AskedPerson, NodeMemory},
    design::canonical_hash,
    model::{MachineStatus as S, Observation, Orders, Power, Reason, Sighting, Step},
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

/// Length of a token: short enough to be typed, long enough that no earlier one is typed by mistake.
const TOKEN: usize = 10;

/// Powered off by hand, after a release.
const OFF: &str = "PowerOff";

/// What a person is needed for.
struct Due {
    /// Its name, under which it is remembered.
    step: &'static str,
    /// What the person shall do, with `{}` in the place of the machine.
    says: &'static str,
}

/// Turns a row that starts only by hand into one that asks a person; lets every other pass.
pub(super) fn row(
    row: Row,
    want: Want<'_>,
    seen: &Observation,
    memory: &mut NodeMemory,
    orders: &Orders,
    fresh_since: Timestamp,
    now: Timestamp,
) -> Row {
    let due = if want.design.by_hand { due(&row, seen, orders) } else { None };
    let Some(due) = due else {
        memory.person = None;
        return row;
    };
    let asked = match memory.person.take().filter(|asked| asked.step == due.step) {
        Some(asked) => match (&asked.acknowledged, row.limit) {
            (Some(at), limit) if limit.is_none_or(|limit| now < later(at.0.max(fresh_since), limit)) => {
                memory.person = Some(asked);
                return row;
            }
            // It was said to be done, and nothing came of it.
            (Some(_), _) => ask(due.step, want, now),
            (None, _) => asked,
        },
        None => ask(due.step, want, now),
    };
    let message = sentence(&due, want, &asked.token);
    memory.person = Some(asked);
    Row::blocked(Reason::PersonNeeded, message)
}

/// What the annotation answers.
pub(super) fn recall(memory: &mut NodeMemory, orders: &Orders, now: Timestamp) {
    if let Some(asked) = &mut memory.person
        && asked.acknowledged.is_none()
        && orders.acknowledged.as_deref() == Some(asked.token.as_str())
    {
        asked.acknowledged = Some(MicroTime(now));
    }
}

/// Whether a person has said that the released machine is off.
pub(super) fn is_off(memory: &NodeMemory) -> bool {
    memory.person.as_ref().is_some_and(|asked| asked.step == OFF && asked.acknowledged.is_some())
}

fn due(row: &Row, seen: &Observation, orders: &Orders) -> Option<Due> {
    let boot = |step, says| Some(Due { step, says });
    let machine = match (&seen.sighting, &row.step) {
        (Sighting::Missing, Step::Wait(awaited)) if awaited.state == "Enlisting" => {
            return boot("Enlist", "Power on {} and boot it from the network, so that it enlists");
        }
        // What MAAS does on its own account, as with every machine that enlists, somebody has started already.
        (Sighting::Found(machine), _) if machine.mark.is_ours() => machine,
        _ => return None,
    };
    match (machine.status, &row.step) {
        (S::Commissioning, Step::Wait(_)) => boot(
            "Commission",
            "Power on {}, or restart it if it runs, and boot it from the network, so that it is commissioned",
        ),
        (S::Deploying, Step::Wait(_)) => boot(
            "Deploy",
            "Power on {}, or restart it if it runs, and boot it from the network, so that it is installed",
        ),
        (S::DiskErasing, Step::Wait(_)) => {
            boot("Erase", "Restart {} and boot it from the network, so that its disks are erased")
        }
        (S::EnteringRescueMode, Step::Wait(_)) => {
            boot("EnterRescue", "Restart {} and boot it from the network, so that it comes up in rescue mode")
        }
        (S::ExitingRescueMode, Step::Wait(_)) => boot("ExitRescue", "Restart {}, so that it leaves rescue mode"),
        (S::Ready, Step::Done { .. }) if orders.release.is_some() && machine.power != Power::Off => {
            boot(OFF, "Power off {}: it is released, and nobody else can see that it is off")
        }
        _ => None,
    }
}

fn ask(step: &'static str, want: Want<'_>, now: Timestamp) -> AskedPerson {
    // Never one that was used before: an old annotation may still stand.
    let hash = canonical_hash(&(&want.identity.uid, step, now.to_string()));
    let digits = hash.rsplit('-').next().unwrap_or(&hash);
    let token = digits.chars().take(TOKEN).collect();
    AskedPerson { step: step.to_owned(), token, since: MicroTime(now), acknowledged: None }
}

fn sentence(due: &Due, want: Want<'_>, token: &str) -> String {
    let (name, namespace) = (&want.identity.name, &want.identity.namespace);
    let rack = want.design.rack.as_ref().map(|rack| format!(" (rack {rack})")).unwrap_or_default();
    let says = due.says.replace("{}", &format!("the machine {name}{rack}"));
    format!("{says}; then: kubectl annotate --overwrite bmn {name} -n {namespace} slipway.dev/acknowledge={token}")
}
