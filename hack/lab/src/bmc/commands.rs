//! IPMI commands, on behalf of a client that is logged in (or not yet, for the few that need no login).

use std::fmt::Write;
use std::time::Instant;

use serde_json::json;

use super::server::Facts;
use super::wire::Message;
use crate::spec::Quirk;
use crate::world::World;
use crate::world::machine::PowerAction;

/// A completion code with the data that follows.
pub(crate) type Completion = (u8, Vec<u8>);

const OPERATOR: u8 = 3;
const SUPERMICRO: u32 = 10876;
const TOO_SHORT: u8 = 0xc7;
const INVALID_FIELD: u8 = 0xcc;
const NO_PRIVILEGE: u8 = 0xd4;
const WRONG_STATE: u8 = 0xd5;
const NO_PARAMETER: u8 = 0x80;

/// What a command did beside answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// Commands that need no login.
pub(crate) fn before_login(facts: &Facts, message: &Message<'_>) -> Option<Completion> {
    match (message.net_fn, message.command) {
        (0x06, 0x38) => {
            // Bit 5 of the third byte: a BMC key is needed.
            let key = if facts.key.is_some() { 0x20 } else { 0 };
            Some((0, vec![0x01, 0x80, 0x04 | key, 0x02, 0, 0, 0, 0]))
        }
        (0x06, 0x54) => Some((0, cipher_suites(facts, message.data))),
        (0x06, 0x37) => Some((0, facts.guid.to_vec())),
        _ => None,
    }
}

fn cipher_suites(facts: &Facts, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x01];
    let index = data.get(2).map_or(0, |byte| usize::from(byte & 0x3f));
    let mut records = Vec::new();
    for suite in &facts.suites {
        let [authentication, integrity, confidentiality] = suite.algorithms();
        records.extend([0xc0, suite.number(), authentication, 0x40 | integrity, 0x80 | confidentiality]);
    }
    out.extend(records.chunks(16).nth(index).unwrap_or_default());
    out
}

/// Commands that are about the BMC alone; `None` if this one is not.
pub(crate) fn about_itself(facts: &Facts, on: bool, message: &Message<'_>) -> Option<Completion> {
    let traits = facts.traits;
    Some(match (message.net_fn, message.command) {
        (0x00, 0x00) => (0, vec![0x00, 0x20, 0x20, 0x20, 0x20]),
        (0x06, 0x01) => {
            let [m0, m1, m2, _] = traits.manufacturer.to_le_bytes();
            let [p0, p1] = traits.product.to_le_bytes();
            let [major, minor] = traits.firmware;
            (0, vec![0x20, 0x01, major, minor, 0x02, 0x9f, m0, m1, m2, p0, p1, 0, 0, 0, 0])
        }
        (0x06, 0x02 | 0x03) => (0, Vec::new()),
        (0x06, 0x04) => (0, vec![0x55, 0x00]),
        (0x06, 0x08) => (0, facts.guid.to_vec()),
        (0x06, 0x42) => (0, vec![0x01, 0x04, 0x01, 0x81, 0xf2, 0x1b, 0x00, 0x00, 0x00]),
        // Supermicro's own "Get Board ID", which ipmitool asks for before it prints a log.
        (0x30, 0x21) if facts.traits.manufacturer == SUPERMICRO => (0, vec![0x09, 0x1c]),
        (0x2c, 0x02) if message.data.first() == Some(&0xdc) => {
            let [now, least, most, average] =
                if on { [302_u16, 11, 480, 290] } else { [11, 11, 480, 290] }.map(u16::to_le_bytes);
            let statistics = [[0xdc].as_slice(), &now, &least, &most, &average].concat();
            (0, [statistics, vec![0, 0, 0, 0, 0xe8, 0x03, 0, 0, 0x40]].concat())
        }
        _ => return before_login(facts, message),
    })
}

/// Whether a command takes an operator.
fn takes_operator(message: &Message<'_>) -> bool {
    matches!((message.net_fn, message.command), (0x00, 0x02 | 0x04 | 0x08 | 0x09) | (0x06, 0x02 | 0x03) | (0x0a, 0x47))
}

/// Commands of a session that look at the machine or change it. The world is held while they do, and no longer.
pub(crate) fn in_session(
    world: &mut World,
    facts: &Facts,
    privilege: u8,
    message: &Message<'_>,
) -> Option<(Completion, Effect)> {
    let (machine, data) = (facts.machine, message.data);
    if takes_operator(message) && privilege < OPERATOR {
        return Some(((NO_PRIVILEGE, Vec::new()), Effect::Read));
    }
    let target = world.machines.get(machine)?;
    let read = |code: u8, data: Vec<u8>| ((code, data), Effect::Read);
    Some(match (message.net_fn, message.command) {
        (0x00, 0x01) => read(0, vec![u8::from(target.on), 0x00, 0x40]),
        (0x00, 0x02) => control(world, facts, data),
        (0x00, 0x04) => {
            note(world, machine, if data == [0] { "identify: off" } else { "identify: on" }, 0);
            read(0, Vec::new())
        }
        (0x00, 0x07) => read(0, vec![0x00, 0x00]),
        (0x00, 0x08) => set_boot_option(world, facts, data),
        (0x00, 0x09) => {
            let (code, data) = get_boot_option(world, machine, data);
            read(code, data)
        }
        _ => return None,
    })
}

fn note(world: &mut World, machine: usize, detail: &str, code: u8) {
    let Some(name) = world.machines.get(machine).map(|machine| machine.spec.name.clone()) else { return };
    let request = json!({"completionCode": code});
    world.faults.bmc_told(&name, detail);
    world.journal.push(Some(&name), "BmcCommand", detail.to_owned(), Some(request));
}

fn control(world: &mut World, facts: &Facts, data: &[u8]) -> (Completion, Effect) {
    let machine = facts.machine;
    let Some(byte) = data.first() else { return ((TOO_SHORT, Vec::new()), Effect::Read) };
    let (action, name) = match byte & 0x0f {
        0 => (PowerAction::Off, "power off"),
        1 => (PowerAction::On, "power on"),
        2 => (PowerAction::Cycle, "power cycle"),
        3 => (PowerAction::Reset, "hard reset"),
        5 => (PowerAction::SoftOff, "soft off"),
        _ => return ((INVALID_FIELD, Vec::new()), Effect::Read),
    };
    let on = world.machines.get(machine).is_some_and(|machine| machine.on);
    let idle = !on && matches!(action, PowerAction::Cycle | PowerAction::Reset);
    let silent = idle && facts.does(&mut world.faults, Quirk::CycleWithoutEffect);
    let code = if idle && !silent { WRONG_STATE } else { 0 };
    note(world, machine, &format!("chassis control: {name}"), code);
    if !idle {
        world.power(machine, action);
    }
    ((code, Vec::new()), Effect::Write)
}

fn set_boot_option(world: &mut World, facts: &Facts, data: &[u8]) -> (Completion, Effect) {
    let machine = facts.machine;
    let Some((selector, value)) = data.split_first() else { return ((TOO_SHORT, Vec::new()), Effect::Read) };
    let selector = selector & 0x7f;
    let refuses = selector == 3 && facts.does(&mut world.faults, Quirk::NoParameter3);
    let Some(target) = world.machines.get_mut(machine) else { return ((0xff, Vec::new()), Effect::Read) };
    let flags = &mut target.flags;
    let code = match (selector, value) {
        (3, _) if refuses => NO_PARAMETER,
        (0, [progress, ..]) => {
            flags.progress = progress & 0x03;
            0
        }
        (3, [keep, ..]) => {
            flags.keep = keep & 0x1f;
            0
        }
        (4, [mask, bits, ..]) => {
            flags.acknowledge = [*mask, *bits];
            0
        }
        (5, given) if given.len() >= 5 => {
            flags.data.copy_from_slice(&given[..5]);
            flags.set_at = Some(Instant::now());
            flags.lasting = false;
            0
        }
        (0 | 3 | 4 | 5, _) => TOO_SHORT,
        _ => NO_PARAMETER,
    };
    let mut detail = format!("set boot option {selector}:");
    for byte in value {
        let _ = write!(detail, " {byte:02x}");
    }
    note(world, machine, &detail, code);
    ((code, Vec::new()), Effect::Write)
}

fn get_boot_option(world: &World, machine: usize, data: &[u8]) -> Completion {
    let (Some(selector), Some(target)) = (data.first(), world.machines.get(machine)) else {
        return (TOO_SHORT, Vec::new());
    };
    let selector = selector & 0x7f;
    let flags = &target.flags;
    let value: Vec<u8> = match selector {
        0 => vec![flags.progress],
        3 => vec![flags.keep],
        4 => vec![0x00, flags.acknowledge[1]],
        5 => flags.read().to_vec(),
        _ => return (NO_PARAMETER, Vec::new()),
    };
    let mut out = vec![0x01, selector];
    out.extend(value);
    (0, out)
}
