//! How a machine fares: its sensors read, its log in words.

use super::{
    bmc::IpmiBmc,
    commands::{ClearSel, GetPowerReading, GetSensorReading, RecordStore, Reserve, SensorReading},
    error::IpmiError,
    fleet::{How, Lease},
    meanings,
    sdr::{Record, SensorRecord, THRESHOLD, Unit},
    stores, units,
};
use crate::model::{BmcEvent, Permit, Sensor, SensorState};

/// The BMC's own address: sensors behind other controllers are not asked through it.
const BMC: u8 = 0x20;
/// Bits of a threshold reading (IPMI 2.0 §35.14): below or above critical or worse, and below or above non-critical.
const CRITICAL: u16 = 0b11_0110;
const WARNING: u16 = 0b00_1001;

impl IpmiBmc {
    pub(super) async fn try_sensors(&self) -> Result<Vec<Sensor>, IpmiError> {
        let mut lease = self.lease().await;
        let records = stores::records(&mut lease).await?;
        let mut sensors = Vec::new();
        for record in records {
            if let Record::Sensor(record) = record
                && record.owner == BMC
            {
                sensors.push(read(&mut lease, &record).await?);
            }
        }
        match lease.execute(GetPowerReading, How::READ.last()).await {
            Ok(Some(power)) => sensors.push(Sensor {
                name: "DCMI power".to_owned(),
                kind: "Power".to_owned(),
                value: Some(power.current.into()),
                unit: Some("Watts".to_owned()),
                state: SensorState::Ok,
                detail: None,
            }),
            // A BMC without DCMI, or one that measures nothing.
            Ok(None) | Err(IpmiError::Completion { .. } | IpmiError::Malformed(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(sensors)
    }

    pub(super) async fn try_events(&self, limit: usize) -> Result<Vec<BmcEvent>, IpmiError> {
        stores::entries(&mut self.lease().await, limit).await
    }

    /// Empties the log. Only at a person's wish: it is what is looked at after a failure.
    pub async fn clear_events(&self, permit: &Permit) -> Result<(), IpmiError> {
        let mut lease = self.lease().await;
        let reservation = lease.execute(Reserve(RecordStore::Sel), How::OPERATOR).await?;
        lease.execute(ClearSel { reservation }, How::write(permit).last()).await
    }
}

async fn read(lease: &mut Lease<'_>, record: &SensorRecord) -> Result<Sensor, IpmiError> {
    match lease.execute(GetSensorReading(record.number), How::READ.at_lun(record.lun)).await {
        Ok(reading) => Ok(told(record, reading)),
        // The record is there and the sensor is not: a module that can be pulled.
        Err(IpmiError::Completion { .. } | IpmiError::Malformed(_)) => Ok(unreadable(record)),
        Err(error) => Err(error),
    }
}

fn unreadable(record: &SensorRecord) -> Sensor {
    Sensor {
        name: record.name.clone(),
        kind: meanings::kind(record.kind).to_owned(),
        value: None,
        unit: unit(record.unit),
        state: SensorState::Unreadable,
        detail: None,
    }
}

/// A sensor as it stands with this reading.
fn told(record: &SensorRecord, reading: SensorReading) -> Sensor {
    let mut sensor = unreadable(record);
    if !reading.is_valid {
        return sensor;
    }
    if record.reading_type == THRESHOLD {
        sensor.value = record.conversion.and_then(|conversion| conversion.value(reading.raw));
        sensor.state = reading.states.map_or_else(|| compared(record, reading.raw), by_thresholds);
        return sensor;
    }
    let states = reading.states.unwrap_or_default();
    let told = (0..15_u8).filter(|offset| states >> offset & 1 == 1);
    let (mut worst, mut texts) = (SensorState::Ok, Vec::new());
    for offset in told {
        match meanings::of(record.kind, record.reading_type, offset) {
            Some(meaning) => {
                worst = worst.max(meaning.state);
                texts.push(meaning.text.to_owned());
            }
            None => texts.push(format!("state {offset}")),
        }
    }
    sensor.unit = None;
    sensor.state = worst;
    sensor.detail = (!texts.is_empty()).then(|| texts.join(", "));
    sensor
}

fn by_thresholds(states: u16) -> SensorState {
    if states & CRITICAL != 0 {
        SensorState::Critical
    } else if states & WARNING != 0 {
        SensorState::Warning
    } else {
        SensorState::Ok
    }
}

/// For a BMC that gives a reading and does not compare it.
fn compared(record: &SensorRecord, raw: u8) -> SensorState {
    let value = |raw: u8| record.conversion.and_then(|conversion| conversion.value(raw));
    let Some(reading) = value(raw) else { return SensorState::Ok };
    let crossed = |place: usize| {
        let [low, high] =
            [record.thresholds.lower[place], record.thresholds.upper[place]].map(|raw| raw.and_then(value));
        low.is_some_and(|low| reading <= low) || high.is_some_and(|high| reading >= high)
    };
    if crossed(1) || crossed(2) {
        SensorState::Critical
    } else if crossed(0) {
        SensorState::Warning
    } else {
        SensorState::Ok
    }
}

fn unit(unit: Unit) -> Option<String> {
    if unit.is_percentage {
        return Some("percent".to_owned());
    }
    let base = units::name(unit.base)?;
    Some(match (unit.relation, units::name(unit.modifier)) {
        (1, Some(modifier)) => format!("{base}/{modifier}"),
        (2, Some(modifier)) => format!("{base} * {modifier}"),
        _ => base.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::sdr, *};

    fn temperature() -> SensorRecord {
        let mut record = vec![1, 0, 0x51, 1, 0, 0x20, 0, 4, 7, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0x18, 0, 0, 1, 0];
        record.extend([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0xc4]);
        record.extend(b"Temp");
        match sdr::parse(&record).remove(0) {
            Record::Sensor(sensor) => sensor,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reading_stands_against_its_thresholds() {
        let read = |raw, states| told(&temperature(), SensorReading { raw, is_valid: true, states });
        let sensor = read(42, Some(0));
        assert_eq!(
            (sensor.value, sensor.unit.as_deref(), sensor.state),
            (Some(42.0), Some("degrees C"), SensorState::Ok)
        );
        assert_eq!(read(85, Some(0x08)).state, SensorState::Warning);
        assert_eq!(read(95, Some(0x18)).state, SensorState::Critical);
        let by_itself = [79, 80, 90].map(|raw| read(raw, None).state);
        assert_eq!(by_itself, [SensorState::Ok, SensorState::Warning, SensorState::Critical]);
        let absent = told(&temperature(), SensorReading { raw: 0, is_valid: false, states: Some(0) });
        assert_eq!((absent.value, absent.state), (None, SensorState::Unreadable));
    }

    #[test]
    fn a_discrete_sensor_tells_its_states() {
        let supply = SensorRecord { kind: 8, reading_type: 0x6f, ..temperature() };
        let sensor = told(&supply, SensorReading { raw: 0, is_valid: true, states: Some(0b1001) });
        assert_eq!(sensor.detail.as_deref(), Some("present, power supply input lost"));
        assert_eq!((sensor.value, sensor.state), (None, SensorState::Critical));
    }
}
