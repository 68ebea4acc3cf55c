//! Sensor data records: which sensors a BMC has, and how their readings are to be read (IPMI 2.0 chapter 43).
//!
//! The records come from firmware of every age: a field that makes no sense makes the record less useful and nothing
//! worse. (`ipmi-rs-core` 0.6.0 panics on a record's reserved name modifier, and cannot read a record in parts.)

use super::{linear::Conversion, text};

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    /// A sensor that can be read: types 01 and 02.
    Sensor(SensorRecord),
    /// A sensor that only tells events: type 03.
    EventOnly { number: u8, name: String },
    /// Where an inventory of parts is: type 11.
    FruLocator { device: u8, name: String },
    /// Another kind: nothing that is used here.
    Other(u8),
}

/// A sensor that can be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SensorRecord {
    /// The controller behind which it is; 0x20 is the BMC.
    pub(super) owner: u8,
    /// Its logical unit, two bits.
    pub(super) lun: u8,
    pub(super) number: u8,
    pub(super) name: String,
    /// Table 42-3.
    pub(super) kind: u8,
    /// Event/reading type (table 42-1): 1 has thresholds.
    pub(super) reading_type: u8,
    /// From raw readings to values; a discrete sensor has none.
    pub(super) conversion: Option<Conversion>,
    /// Table 43-15, base and modifier unit, and how the two go together.
    pub(super) unit: Unit,
    /// Raw thresholds.
    pub(super) thresholds: Thresholds,
}

/// The unit of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Unit {
    pub(super) is_percentage: bool,
    /// Bits 2..1 of the units' first byte: 1 base/modifier, 2 base × modifier.
    pub(super) relation: u8,
    pub(super) base: u8,
    pub(super) modifier: u8,
}

/// Raw thresholds, where they can be read: non-critical, critical, non-recoverable, below and above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Thresholds {
    pub(super) lower: [Option<u8>; 3],
    pub(super) upper: [Option<u8>; 3],
}

/// Bytes before the fields of a record: ID, version, type, length.
pub(super) const HEADER: usize = 5;
/// Compact records may stand for so many sensors at most: four bits of count.
const MOST_SHARED: u8 = 15;

/// The records in the bytes of one: several where a compact record stands for several sensors.
pub(super) fn parse(bytes: &[u8]) -> Vec<Record> {
    let kind = bytes.get(3).copied().unwrap_or_default();
    let records = match kind {
        0x01 => full(bytes).map(|sensor| vec![Record::Sensor(sensor)]),
        0x02 => compact(bytes),
        0x03 => event_only(bytes).map(|record| vec![record]),
        0x11 => fru_locator(bytes).map(|record| vec![record]),
        _ => None,
    };
    records.unwrap_or_else(|| vec![Record::Other(kind)])
}

fn name_at(bytes: &[u8], at: usize) -> String {
    // A name may claim more bytes than the record has: what is there is its name.
    let Some((head, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) else { return String::new() };
    let length = usize::from(head & 0x1f).min(rest.len());
    text::decode(if head >> 6 == 0 { 3 } else { head >> 6 }, &rest[..length])
}

/// What types 01 and 02 have in common, without name and conversion.
fn common(bytes: &[u8]) -> Option<SensorRecord> {
    let fields = bytes.first_chunk::<23>()?;
    Some(SensorRecord {
        owner: fields[5],
        lun: fields[6] & 0x03,
        number: fields[7],
        name: String::new(),
        kind: fields[12],
        reading_type: fields[13] & 0x7f,
        conversion: None,
        unit: Unit {
            is_percentage: fields[20] & 1 == 1,
            relation: fields[20] >> 1 & 0x03,
            base: fields[21],
            modifier: fields[22],
        },
        thresholds: Thresholds::default(),
    })
}

fn full(bytes: &[u8]) -> Option<SensorRecord> {
    let fields = bytes.first_chunk::<47>()?;
    let mut sensor = common(bytes)?;
    sensor.name = name_at(bytes, 47);
    if sensor.reading_type == THRESHOLD {
        let factors = *fields[23..30].first_chunk()?;
        sensor.conversion = Conversion::parse(fields[20], factors);
        let readable = |bit: u8, raw: u8| (fields[18] >> bit & 1 == 1).then_some(raw);
        sensor.thresholds = Thresholds {
            lower: [readable(0, fields[41]), readable(1, fields[40]), readable(2, fields[39])],
            upper: [readable(3, fields[38]), readable(4, fields[37]), readable(5, fields[36])],
        };
    }
    Some(sensor)
}

/// Event/reading type "threshold".
pub(super) const THRESHOLD: u8 = 0x01;

fn compact(bytes: &[u8]) -> Option<Vec<Record>> {
    let fields = bytes.first_chunk::<31>()?;
    let sensor = common(bytes)?;
    let name = name_at(bytes, 31);
    let count = (fields[23] & 0x0f).clamp(1, MOST_SHARED);
    let (letters, first) = (fields[23] >> 4 & 0x03 == 1, fields[24] & 0x7f);
    let each = (0..count).map(|place| {
        let suffix = match (count, letters) {
            (1, _) => String::new(),
            (_, true) => char::from(b'A' + (first.wrapping_add(place)) % 26).to_string(),
            (_, false) => first.wrapping_add(place).to_string(),
        };
        Record::Sensor(SensorRecord {
            number: sensor.number.wrapping_add(place),
            name: format!("{name}{suffix}"),
            ..sensor.clone()
        })
    });
    Some(each.collect())
}

fn event_only(bytes: &[u8]) -> Option<Record> {
    let fields = bytes.first_chunk::<16>()?;
    Some(Record::EventOnly { number: fields[7], name: name_at(bytes, 16) })
}

fn fru_locator(bytes: &[u8]) -> Option<Record> {
    let fields = bytes.first_chunk::<15>()?;
    Some(Record::FruLocator { device: fields[6], name: name_at(bytes, 15) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inlet temperature of a PowerEdge, as its BMC sends it.
    fn inlet() -> Vec<u8> {
        let mut record = vec![0x01, 0x00, 0x51, 0x01, 0x35, 0x20, 0x00, 0x04, 0x07, 0x61, 0x7f, 0x68, 0x01, 0x01];
        record.extend([0x80, 0x0a, 0x80, 0x0a, 0x1b, 0x1b, 0x00, 0x01, 0x00, 0x00, 0x01, 0x00, 0x80, 0xc0, 0x00, 0x00]);
        record.extend([0x00, 0x97, 0, 0, 0xff, 0x00, 0, 0xaf, 0xab, 0, 0x79, 0x7d, 1, 1, 0, 0, 0, 0xca]);
        record.extend(b"Inlet Temp");
        record
    }

    #[test]
    fn a_full_record_is_read() {
        let records = parse(&inlet());
        let [Record::Sensor(sensor)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((sensor.name.as_str(), sensor.number, sensor.kind), ("Inlet Temp", 4, 1));
        assert_eq!(sensor.conversion.unwrap().value(150), Some(22.0));
        assert_eq!(sensor.thresholds.upper, [Some(0xab), Some(0xaf), None]);
        assert_eq!(sensor.thresholds.lower, [Some(0x7d), Some(0x79), None]);
        assert_eq!(sensor.unit.base, 1);
    }

    #[test]
    fn a_compact_record_stands_for_several_sensors() {
        let mut record = vec![2, 0, 0x51, 0x02, 0x1f, 0x20, 0, 0x30, 10, 1, 0x7f, 0, 0x08, 0x6f];
        record.resize(31, 0);
        (record[23], record[24]) = (0x02, 1);
        record.extend([0xc2, b'P', b'S']);
        let names: Vec<(String, u8)> = parse(&record)
            .into_iter()
            .map(|record| match record {
                Record::Sensor(sensor) => (sensor.name, sensor.number),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, [("PS1".into(), 0x30), ("PS2".into(), 0x31)]);
    }

    #[test]
    fn a_record_cut_short_is_no_sensor() {
        let whole = inlet();
        for length in 0..47 {
            assert!(!matches!(parse(&whole[..length])[0], Record::Sensor(_)), "{length}");
        }
        let [Record::Sensor(sensor)] = &parse(&whole[..50])[..] else { panic!() };
        assert_eq!(sensor.name, "In", "a name that is cut");
    }
}
