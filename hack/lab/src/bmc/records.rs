//! A personality's data as the bytes of IPMI's stores: sensor records, log entries, the inventory of parts.

use super::personality::{LOG, Reading, Sensor, Traits};

/// Sensor record version 1.5, as IPMI 2.0 has it.
const VERSION: u8 = 0x51;
const BMC: u8 = 0x20;

/// All sensor records, with IDs from 1.
pub(crate) fn sensor_records(traits: &Traits) -> Vec<Vec<u8>> {
    let sensors = traits.sensors.iter().map(|sensor| match &sensor.reading {
        Reading::Analog { .. } => full(sensor),
        Reading::Discrete { states } => compact(sensor, *states),
    });
    let others = [controller(traits.controller), inventory_locator()];
    sensors.chain(others).zip(1_u16..).map(|((kind, body), id)| record(id, kind, &body)).collect()
}

fn record(id: u16, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = id.to_le_bytes().to_vec();
    out.extend([VERSION, kind, low(body.len())]);
    out.extend(body);
    out
}

fn low(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

fn named(mut body: Vec<u8>, name: &str) -> Vec<u8> {
    let name = &name.as_bytes()[..name.len().min(16)];
    body.push(0xc0 | low(name.len()));
    body.extend(name);
    body
}

/// Owner to event type.
fn key(sensor: &Sensor, capabilities: u8, event: u8) -> Vec<u8> {
    let [entity, instance] = sensor.entity;
    vec![BMC, 0, sensor.number, entity, instance, 0x7f, capabilities, sensor.kind, event]
}

fn full(sensor: &Sensor) -> (u8, Vec<u8>) {
    let Reading::Analog { unit, m, b, exponent, on, thresholds, .. } = sensor.reading else {
        return (0x01, Vec::new());
    };
    let [lower_critical, lower, upper, upper_critical] = thresholds;
    // Bits: lower non-critical, critical, non-recoverable, then the upper ones.
    let bits = [(lower, 0), (lower_critical, 1), (upper, 3), (upper_critical, 4)];
    let readable = bits.iter().filter(|(raw, _)| *raw != 0).fold(0, |mask, (_, bit)| mask | 1 << bit);
    let access = if readable == 0 { 0x40 } else { 0x68 };
    let mut body = key(sensor, access, 0x01);
    body.extend([0, readable << 4 & 0x70, 0, readable << 4 & 0x70, readable, readable]);
    body.extend([0, unit, 0, 0]);
    let split = |number: i16| {
        let [low, high] = number.to_le_bytes();
        [low, high << 6]
    };
    body.extend(split(m));
    body.extend(split(b));
    body.extend([0, (exponent << 4).cast_unsigned()]);
    // Nominal reading given; no normal range; the sensor's own range is a byte's.
    body.extend([0x01, on, 0, 0, 0xff, 0x00]);
    body.extend([0, upper_critical, upper, 0, lower_critical, lower, 1, 1, 0, 0, 0]);
    (0x01, named(body, sensor.name))
}

fn compact(sensor: &Sensor, states: u16) -> (u8, Vec<u8>) {
    let mut body = key(sensor, 0x40, 0x6f);
    let [low, high] = (states | 0x000f).to_le_bytes();
    body.extend([low, high, low, high, low, high, 0xc0, 0, 0]);
    body.extend([0x01, 0x00, 0, 0, 0, 0, 0, 0]);
    (0x02, named(body, sensor.name))
}

fn controller(name: &str) -> (u8, Vec<u8>) {
    (0x12, named(vec![BMC, 0, 0, 0xbf, 0, 0, 0, 0x2e, 1, 0], name))
}

fn inventory_locator() -> (u8, Vec<u8>) {
    (0x11, named(vec![BMC, 0, 0x80, 0, 0, 0x10, 0, 7, 1, 0], "System Board"))
}

/// The log as it is when the lab starts, oldest entry first, with IDs from 1; the last one is the maker's own.
pub(crate) fn log(traits: &Traits) -> Vec<[u8; 16]> {
    let system = LOG.iter().zip(1_u16..).map(|((seconds, data), id)| {
        let mut entry = [0; 16];
        entry[0..2].copy_from_slice(&id.to_le_bytes());
        entry[2] = 0x02;
        entry[3..7].copy_from_slice(&seconds.to_le_bytes());
        (entry[7], entry[9]) = (BMC, 0x04);
        entry[10..16].copy_from_slice(data);
        entry
    });
    let [m0, m1, m2, _] = traits.manufacturer.to_le_bytes();
    let mut own = [0, 0, 0xc1, 0, 0, 0, 0, m0, m1, m2, 1, 2, 3, 4, 5, 6];
    own[0] = low(LOG.len() + 1);
    own[3..7].copy_from_slice(&1_770_000_300_u32.to_le_bytes());
    system.chain([own]).collect()
}

/// The inventory of parts (FRU specification 1.0), 1 KiB as the device has it.
pub(crate) fn inventory(vendor: &str, product: &str, serial: &str) -> Vec<u8> {
    let chassis = area(&[23], &["", serial]);
    let board_serial = format!("B{serial}");
    // Made on 1 January 2024: minutes since 1996.
    let board = area(&[25, 0x80, 0xad, 0xe0], &[vendor, product, &board_serial, "0X8W6H", ""]);
    let product = area(&[25], &[vendor, product, "", "01", serial, "", ""]);
    let mut at = 8;
    let mut header = vec![1, 0];
    for part in [&chassis, &board, &product] {
        header.push(low(at / 8));
        at += part.len();
    }
    header.extend([0, 0]);
    header.push(sum_to_zero(&header));
    let mut out = [header, chassis, board, product].concat();
    out.resize(1024, 0);
    out
}

fn area(head: &[u8], texts: &[&str]) -> Vec<u8> {
    let mut out = vec![1, 0];
    out.extend(head);
    for text in texts {
        let text = &text.as_bytes()[..text.len().min(63)];
        out.push(if text.is_empty() { 0 } else { 0xc0 | low(text.len()) });
        out.extend(text);
    }
    out.push(0xc1);
    let length = (out.len() + 1).next_multiple_of(8);
    out.resize(length - 1, 0);
    out[1] = low(length / 8);
    out.push(sum_to_zero(&out));
    out
}

fn sum_to_zero(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bmc::personality;
    use crate::spec::Personality;

    #[test]
    fn records_say_how_long_they_are() {
        for personality in
            [Personality::Dell, Personality::Hpe, Personality::Supermicro, Personality::Lenovo, Personality::OpenBmc]
        {
            for record in sensor_records(personality::of(personality)) {
                assert_eq!(usize::from(record[4]) + 5, record.len());
                assert!(record.len() <= 64);
            }
        }
    }

    #[test]
    fn areas_sum_to_zero() {
        let bytes = inventory("Dell Inc.", "PowerEdge R650", "ABC1234");
        let sum = |bytes: &[u8]| bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        assert_eq!(sum(&bytes[..8]), 0);
        for at in [2, 3, 4] {
            let begin = usize::from(bytes[at]) * 8;
            assert_eq!(sum(&bytes[begin..begin + usize::from(bytes[begin + 1]) * 8]), 0);
        }
    }
}
