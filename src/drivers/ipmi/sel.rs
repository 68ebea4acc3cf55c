//! Entries of the System Event Log (IPMI 2.0 chapter 32), put into words.

use super::{meanings, meanings::Meaning, vendors};
use crate::model::{BmcEvent, SensorState};
use jiff::Timestamp;

/// Times below this count from when the BMC started: its clock was not set (IPMI 2.0 §37.1).
const CLOCK_WAS_SET: u32 = 0x2000_0000;
/// "Time unspecified".
const NO_TIME: u32 = 0xffff_ffff;

/// One entry: sixteen bytes.
pub(super) fn parse(bytes: &[u8]) -> Option<BmcEvent> {
    let entry = bytes.first_chunk::<16>()?;
    let id = u16::from_le_bytes([entry[0], entry[1]]);
    let seconds = u32::from_le_bytes([entry[3], entry[4], entry[5], entry[6]]);
    let (at, meaning) = match entry[2] {
        0x02 => (time(seconds), system_event(entry)),
        0xc0..=0xdf => (time(seconds), of_vendor(&entry[7..10], &entry[10..16])),
        0xe0..=0xff => (None, told("vendor record", &entry[3..16])),
        _ => (time(seconds), told("record of an unknown type", &entry[2..16])),
    };
    Some(BmcEvent { id: id.to_string(), at, state: meaning.0, message: meaning.1 })
}

fn time(seconds: u32) -> Option<Timestamp> {
    let is_set = seconds >= CLOCK_WAS_SET && seconds != NO_TIME;
    Timestamp::from_second(seconds.into()).ok().filter(|_| is_set)
}

/// Standard entries (§32.1): a sensor's event.
fn system_event(entry: &[u8; 16]) -> (SensorState, String) {
    let (kind, number, direction, data) = (entry[10], entry[11], entry[12], [entry[13], entry[14], entry[15]]);
    let gone = direction & 0x80 != 0;
    let offset = data[0] & 0x0f;
    let meaning = meanings::of(kind, direction & 0x7f, offset);
    let (state, text) = match meaning {
        Some(Meaning { state, text }) => (state, text.to_owned()),
        None => (SensorState::Ok, format!("event {offset} of type {:#04x}", direction & 0x7f)),
    };
    // What has passed is no trouble any more.
    let state = if gone { SensorState::Ok } else { state };
    let ended = if gone { " (ended)" } else { "" };
    (state, format!("{} {number:#04x}: {text}{ended}", meanings::kind(kind)))
}

fn of_vendor(manufacturer: &[u8], data: &[u8]) -> (SensorState, String) {
    let number = manufacturer.iter().rev().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    told(&format!("record of {}", vendors::name(number)), data)
}

fn told(what: &str, data: &[u8]) -> (SensorState, String) {
    let hex: Vec<String> = data.iter().map(|byte| format!("{byte:02x}")).collect();
    (SensorState::Ok, format!("{what}: {}", hex.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seconds: u32, tail: [u8; 6]) -> BmcEvent {
        let mut bytes = vec![7, 0, 2];
        bytes.extend(seconds.to_le_bytes());
        bytes.extend([0x20, 0x00, 0x04]);
        bytes.extend(tail);
        parse(&bytes).unwrap()
    }

    #[test]
    fn a_lost_supply_is_told_in_words() {
        let event = entry(1_700_000_000, [0x08, 0x51, 0x6f, 0x03, 0xff, 0xff]);
        assert_eq!(event.message, "Power Supply 0x51: power supply input lost");
        assert_eq!((event.id.as_str(), event.state), ("7", SensorState::Critical));
        assert_eq!(event.at.unwrap().to_string(), "2023-11-14T22:13:20Z");
        let event = entry(1_700_000_000, [0x08, 0x51, 0xef, 0x03, 0xff, 0xff]);
        assert_eq!((event.message.ends_with("(ended)"), event.state), (true, SensorState::Ok));
    }

    #[test]
    fn a_clock_that_was_not_set_tells_no_time() {
        assert_eq!(entry(120, [0x01, 0x04, 0x01, 0x59, 0xa0, 0x90]).at, None);
        assert_eq!(entry(NO_TIME, [0x01, 0x04, 0x01, 0x59, 0xa0, 0x90]).at, None);
        assert_eq!(entry(120, [0x01, 0x04, 0x01, 0x59, 0, 0]).state, SensorState::Critical);
    }

    #[test]
    fn vendors_entries_are_told_as_bytes() {
        let mut bytes = vec![1, 0, 0xc1, 0, 0, 0, 0x60, 0xa2, 0x02, 0x00];
        bytes.extend([1, 2, 3, 4, 5, 6]);
        assert_eq!(parse(&bytes).unwrap().message, "record of Dell: 01 02 03 04 05 06");
        assert!(parse(&bytes[..15]).is_none());
    }
}
