//! A BMC's stores and how they are read: sensor records, readings, the log, the inventory of parts.

use super::commands::Completion;
use super::personality::{Reading, Traits};
use super::records;
use super::wire::Message;

const TOO_SHORT: u8 = 0xc7;
const LOST_RESERVATION: u8 = 0xc5;
const TOO_MUCH: u8 = 0xca;
const NOT_THERE: u8 = 0xcb;
const OUT_OF_RANGE: u8 = 0xc9;
/// What a BMC that reads in small parts gives at once.
const SMALL: usize = 16;
/// Bytes of data that fit into a reply.
const MOST: usize = 200;

/// The stores of one BMC.
#[derive(Debug)]
pub(crate) struct Stores {
    traits: &'static Traits,
    records: Vec<Vec<u8>>,
    log: Vec<[u8; 16]>,
    inventory: Option<Vec<u8>>,
    reservation: u16,
    log_reservation: u16,
    /// No more than a few bytes are given at once.
    small: bool,
}

impl Stores {
    pub(crate) fn new(traits: &'static Traits, inventory: Option<Vec<u8>>, small: bool) -> Self {
        let (records, log) = (records::sensor_records(traits), records::log(traits));
        Self { traits, records, log, inventory, reservation: 0, log_reservation: 0, small }
    }

    /// Another board is in the machine: its inventory is told where one was told.
    pub(crate) fn has_another(&mut self, inventory: Vec<u8>) {
        self.inventory = self.inventory.take().map(|_| inventory);
    }

    /// Answers a command about the stores; `None` if it is none.
    pub(crate) fn answer(&mut self, on: bool, message: &Message<'_>) -> Option<Completion> {
        let data = message.data;
        Some(match (message.net_fn, message.command) {
            (0x04, 0x2d) => self.reading(on, data),
            (0x04, 0x27) => self.thresholds(data),
            (0x0a, 0x10) => match &self.inventory {
                Some(bytes) if data == [0] => {
                    let [low, high] = u16::try_from(bytes.len()).unwrap_or(0).to_le_bytes();
                    (0, vec![low, high, 0])
                }
                _ => (NOT_THERE, Vec::new()),
            },
            (0x0a, 0x11) => self.read_inventory(data),
            (0x0a, 0x20) => (0, info(0x51, self.records.len(), &[0, 0, 0, 0, 0, 0, 0, 0, 0x02])),
            (0x0a, 0x22) => {
                self.reservation = self.reservation.wrapping_add(1).max(1);
                (0, self.reservation.to_le_bytes().to_vec())
            }
            (0x0a, 0x23) => self.read_record(data),
            (0x0a, 0x40) => (0, info(0x51, self.log.len(), &[0, 0, 0, 0, 0, 0, 0, 0, 0x02])),
            (0x0a, 0x42) => {
                self.log_reservation = self.log_reservation.wrapping_add(1).max(1);
                (0, self.log_reservation.to_le_bytes().to_vec())
            }
            (0x0a, 0x43) => self.read_log(data),
            (0x0a, 0x47) => self.clear_log(data),
            (0x0a, 0x48) => (0, seconds().to_le_bytes().to_vec()),
            _ => return None,
        })
    }

    fn sensor(&self, number: Option<&u8>) -> Option<&Reading> {
        let sensor = self.traits.sensors.iter().find(|sensor| Some(&sensor.number) == number)?;
        Some(&sensor.reading)
    }

    fn reading(&self, on: bool, data: &[u8]) -> Completion {
        match self.sensor(data.first()) {
            None => (NOT_THERE, Vec::new()),
            Some(Reading::Discrete { states }) => {
                let [low, high] = states.to_le_bytes();
                (0, vec![0, 0xc0, low, 0x80 | high])
            }
            Some(Reading::Analog { on: raw, off, thresholds, .. }) => match if on { Some(*raw) } else { *off } {
                Some(raw) => {
                    let [lower_critical, lower, upper, upper_critical] = *thresholds;
                    let crossed = [
                        (lower != 0 && raw <= lower, 0),
                        (lower_critical != 0 && raw <= lower_critical, 1),
                        (upper != 0 && raw >= upper, 3),
                        (upper_critical != 0 && raw >= upper_critical, 4),
                    ];
                    let states = crossed.iter().filter(|(is, _)| *is).fold(0xc0, |states, (_, bit)| states | 1 << bit);
                    (0, vec![raw, 0xc0, states])
                }
                None => (0, vec![0, 0xe0, 0xc0]),
            },
        }
    }

    fn thresholds(&self, data: &[u8]) -> Completion {
        match self.sensor(data.first()) {
            Some(Reading::Analog { thresholds: [lower_critical, lower, upper, upper_critical], .. }) => {
                let raw = [*lower, *lower_critical, 0, *upper, *upper_critical, 0];
                let mask = raw.iter().rev().fold(0, |mask, raw| mask << 1 | u8::from(*raw != 0));
                (0, [vec![mask], raw.to_vec()].concat())
            }
            Some(Reading::Discrete { .. }) => (0xcd, Vec::new()),
            None => (NOT_THERE, Vec::new()),
        }
    }

    fn read_inventory(&self, data: &[u8]) -> Completion {
        let [0, low, high, count, ..] = *data else { return (NOT_THERE, Vec::new()) };
        let Some(bytes) = &self.inventory else { return (NOT_THERE, Vec::new()) };
        let (from, count) = (usize::from(u16::from_le_bytes([low, high])), usize::from(count));
        if count > if self.small { SMALL } else { MOST } {
            return (TOO_MUCH, Vec::new());
        }
        let Some(rest) = bytes.get(from..) else { return (OUT_OF_RANGE, Vec::new()) };
        let part = &rest[..count.min(rest.len())];
        (0, [vec![u8::try_from(part.len()).unwrap_or(0)], part.to_vec()].concat())
    }

    fn read_record(&self, data: &[u8]) -> Completion {
        let [r0, r1, i0, i1, offset, count] = *data else { return (TOO_SHORT, Vec::new()) };
        let (reservation, id) = (u16::from_le_bytes([r0, r1]), u16::from_le_bytes([i0, i1]));
        let at = match id {
            0 => 0,
            0xffff => self.records.len().saturating_sub(1),
            id => usize::from(id - 1),
        };
        let Some(record) = self.records.get(at) else { return (NOT_THERE, Vec::new()) };
        if offset != 0 && reservation != self.reservation {
            return (LOST_RESERVATION, Vec::new());
        }
        let Some(rest) = record.get(usize::from(offset)..) else { return (OUT_OF_RANGE, Vec::new()) };
        let count = if count == 0xff { rest.len() } else { usize::from(count) };
        if self.small && count > SMALL {
            return (TOO_MUCH, Vec::new());
        }
        (0, [next(at, self.records.len()), rest[..count.min(rest.len())].to_vec()].concat())
    }

    fn read_log(&self, data: &[u8]) -> Completion {
        let [_, _, i0, i1, offset, count] = *data else { return (TOO_SHORT, Vec::new()) };
        let at = match u16::from_le_bytes([i0, i1]) {
            0 => Some(0),
            0xffff => self.log.len().checked_sub(1),
            id => self.log.iter().position(|entry| entry[..2] == id.to_le_bytes()),
        };
        let Some((at, entry)) = at.and_then(|at| Some((at, self.log.get(at)?))) else { return (NOT_THERE, Vec::new()) };
        let rest = entry.get(usize::from(offset)..).unwrap_or_default();
        (0, [next(at, self.log.len()), rest[..usize::from(count).min(rest.len())].to_vec()].concat())
    }

    fn clear_log(&mut self, data: &[u8]) -> Completion {
        match *data {
            [r0, r1, b'C', b'L', b'R', what] if u16::from_le_bytes([r0, r1]) == self.log_reservation => {
                if what == 0xaa {
                    self.log.clear();
                }
                (0, vec![0x01])
            }
            [_, _, b'C', b'L', b'R', _] => (LOST_RESERVATION, Vec::new()),
            _ => (0xcc, Vec::new()),
        }
    }
}

/// The ID of the record behind the one at this place: they count from 1.
fn next(at: usize, count: usize) -> Vec<u8> {
    let id = if at + 1 < count { u16::try_from(at + 2).unwrap_or(u16::MAX) } else { u16::MAX };
    id.to_le_bytes().to_vec()
}

/// What a store's info says: version, records, free bytes, and the rest.
fn info(version: u8, count: usize, rest: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    [&[version, low, high, 0x00, 0x10], rest].concat()
}

fn seconds() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.ok().and_then(|since| u32::try_from(since.as_secs()).ok()).unwrap_or(u32::MAX)
}
