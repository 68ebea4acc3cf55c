//! IPMI commands, on behalf of a client that is logged in (or not yet, for the few that need no login).

use std::fmt::Write;
use std::time::Instant;

use serde_json::json;

use super::crypto::Suite;
use super::wire::Message;
use crate::world::World;
use crate::world::machine::PowerAction;

/// A completion code with the data that follows.
pub(crate) type Completion = (u8, Vec<u8>);

const OPERATOR: u8 = 3;
const NOT_SUPPORTED: u8 = 0xc1;
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
pub(crate) fn before_login(world: &World, machine: usize, message: &Message<'_>) -> Option<Completion> {
    match (message.net_fn, message.command) {
        (0x06, 0x38) => Some((0, vec![0x01, 0x80, 0x04, 0x02, 0, 0, 0, 0])),
        (0x06, 0x54) => Some((0, cipher_suites(world, machine, message.data))),
        (0x06, 0x37) => Some((0, world.machines.get(machine)?.guid.to_vec())),
        _ => None,
    }
}

fn cipher_suites(world: &World, machine: usize, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x01];
    let index = data.get(2).map_or(0, |byte| usize::from(byte & 0x3f));
    let offered = world.machines.get(machine).map(|machine| machine.spec.bmc.cipher_suites.as_slice());
    let mut records = Vec::new();
    for suite in offered.unwrap_or_default().iter().filter_map(|number| Suite::from_number(*number)) {
        let [authentication, integrity, confidentiality] = suite.algorithms();
        records.extend([0xc0, suite.number(), authentication, 0x40 | integrity, 0x80 | confidentiality]);
    }
    out.extend(records.chunks(16).nth(index).unwrap_or_default());
    out
}

/// Commands of a session.
pub(crate) fn in_session(
    world: &mut World,
    machine: usize,
    privilege: u8,
    message: &Message<'_>,
) -> (Completion, Effect) {
    let data = message.data;
    let Some(target) = world.machines.get(machine) else { return ((0xff, Vec::new()), Effect::Read) };
    let operator = matches!((message.net_fn, message.command), (0x00, 0x02 | 0x04 | 0x08 | 0x09));
    if operator && privilege < OPERATOR {
        return ((NO_PRIVILEGE, Vec::new()), Effect::Read);
    }
    let read = |code: u8, data: Vec<u8>| ((code, data), Effect::Read);
    match (message.net_fn, message.command) {
        (0x00, 0x00) => read(0, vec![0x00, 0x20, 0x20, 0x20, 0x20]),
        (0x00, 0x01) => read(0, vec![u8::from(target.on), 0x00, 0x40]),
        (0x00, 0x02) => control(world, machine, data),
        (0x00, 0x04) => read(0, Vec::new()),
        (0x00, 0x07) => read(0, vec![0x00, 0x00]),
        (0x00, 0x08) => set_boot_option(world, machine, data),
        (0x00, 0x09) => {
            let (code, data) = get_boot_option(world, machine, data);
            read(code, data)
        }
        (0x06, 0x01) => {
            // Manufacturer 674 is Dell's number.
            read(0, vec![0x20, 0x01, 0x05, 0x10, 0x02, 0x9f, 0xa2, 0x02, 0x00, 0x00, 0x01, 0, 0, 0, 0])
        }
        (0x06, 0x04) => read(0, vec![0x55, 0x00]),
        (0x06, 0x08) => read(0, target.guid.to_vec()),
        (0x06, 0x42) => read(0, vec![0x01, 0x04, 0x01, 0x81, 0xf2, 0x1b, 0x00, 0x00, 0x00]),
        // Empty repositories: no sensors, no events.
        (0x0a, 0x20 | 0x40) => read(0, vec![0x51, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x00]),
        (0x0a, 0x22 | 0x42) => read(0, vec![0x01, 0x00]),
        (0x0a, 0x10 | 0x11 | 0x23 | 0x43) => read(0xcb, Vec::new()),
        _ => match before_login(world, machine, message) {
            Some((code, data)) => read(code, data),
            None => read(NOT_SUPPORTED, Vec::new()),
        },
    }
}

fn note(world: &mut World, machine: usize, detail: &str, code: u8) {
    let Some(name) = world.machines.get(machine).map(|machine| machine.spec.name.clone()) else { return };
    let request = json!({"completionCode": code});
    world.journal.push(Some(&name), "BmcCommand", detail.to_owned(), Some(request));
}

fn control(world: &mut World, machine: usize, data: &[u8]) -> (Completion, Effect) {
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
    let refused = !on && matches!(action, PowerAction::Cycle | PowerAction::Reset);
    let code = if refused { WRONG_STATE } else { 0 };
    note(world, machine, &format!("chassis control: {name}"), code);
    if !refused {
        world.power(machine, action);
    }
    ((code, Vec::new()), Effect::Write)
}

fn set_boot_option(world: &mut World, machine: usize, data: &[u8]) -> (Completion, Effect) {
    let Some((selector, value)) = data.split_first() else { return ((TOO_SHORT, Vec::new()), Effect::Read) };
    let selector = selector & 0x7f;
    let Some(target) = world.machines.get_mut(machine) else { return ((0xff, Vec::new()), Effect::Read) };
    let flags = &mut target.flags;
    let code = match (selector, value) {
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
