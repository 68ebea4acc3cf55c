//! Sensors: `Thermal` and `Power` of the chassis, or their successors `Sensors` and `ThermalSubsystem`.

use super::{
    bmc::RedfishBmc,
    error::RedfishError,
    json::{at, is_present, link, list, number, text, word},
};
use crate::model::{Sensor, SensorState};
use serde_json::Value;

/// Sensors of one chassis that are read.
const SENSORS: usize = 256;

/// A list of readings in `Thermal` or `Power`: its name, the reading's property, what it measures, and the unit.
const LISTS: &[(&str, &[&str], &str, &str)] = &[
    ("Temperatures", &["ReadingCelsius"], "Temperature", "degrees C"),
    ("Fans", &["Reading", "CurrentReading"], "Fan", "RPM"),
    ("Voltages", &["ReadingVolts"], "Voltage", "Volts"),
    ("PowerControl", &["PowerConsumedWatts"], "Power", "Watts"),
    ("PowerSupplies", &["LastPowerOutputWatts", "PowerOutputWatts"], "Power Supply", "Watts"),
];

impl RedfishBmc {
    pub(super) async fn try_sensors(&self) -> Result<Vec<Sensor>, RedfishError> {
        let places = self.places().await?;
        let mut sensors = Vec::new();
        let mut told = false;
        for chassis in &places.chassis {
            let Some(chassis) = self.client().follow(Some(chassis)).await? else { continue };
            let before = sensors.len();
            for name in ["Thermal", "Power"] {
                let Some(resource) = self.client().follow(link(&chassis.body, name)).await? else { continue };
                told = true;
                sensors.extend(readings(&resource.body));
            }
            if sensors.len() == before {
                told |= link(&chassis.body, "Sensors").is_some();
                let read = self.client().each(link(&chassis.body, "Sensors"), SENSORS).await?;
                sensors.extend(read.iter().filter_map(|one| sensor(&one.body)));
                for (subsystem, members, kind) in
                    [("ThermalSubsystem", "Fans", "Fan"), ("PowerSubsystem", "PowerSupplies", "Power Supply")]
                {
                    let Some(resource) = self.client().follow(link(&chassis.body, subsystem)).await? else { continue };
                    told = true;
                    let read = self.client().each(link(&resource.body, members), SENSORS).await?;
                    sensors.extend(read.iter().filter_map(|one| part(&one.body, kind)));
                }
            }
        }
        if told { Ok(sensors) } else { Err(RedfishError::Lacks("does not tell its sensors".into())) }
    }
}

/// The readings of `Thermal` or `Power`.
fn readings(resource: &Value) -> Vec<Sensor> {
    let mut sensors = Vec::new();
    for (name, properties, kind, unit) in LISTS {
        for one in list(resource, name).iter().take(SENSORS).filter(|one| is_present(one)) {
            let value = properties.iter().find_map(|property| number(one, property));
            // A fan may be told in percent.
            let unit = if word(one, "ReadingUnits") == Some("Percent") { "percent" } else { unit };
            let name = text(one, "Name").or_else(|| text(one, "FanName")).or_else(|| text(one, "MemberId"));
            let Some(name) = name else { continue };
            sensors.push(Sensor {
                name,
                kind: (*kind).to_owned(),
                value,
                unit: value.map(|_| unit.to_owned()),
                state: state(one, value),
                detail: detail(one),
            });
        }
    }
    sensors
}

/// A `Sensor` (DSP0268).
fn sensor(one: &Value) -> Option<Sensor> {
    let value = number(one, "Reading");
    let unit = text(one, "ReadingUnits").map(|unit| match unit.as_str() {
        "Cel" => "degrees C".to_owned(),
        "{rev}/min" => "RPM".to_owned(),
        "V" => "Volts".to_owned(),
        "W" => "Watts".to_owned(),
        "A" => "Amps".to_owned(),
        "%" => "percent".to_owned(),
        _ => unit,
    });
    let name = text(one, "Name").or_else(|| text(one, "Id")).filter(|_| is_present(one))?;
    let kind = text(one, "ReadingType").unwrap_or_else(|| "Sensor".to_owned());
    Some(Sensor {
        name,
        kind,
        value,
        unit: unit.filter(|_| value.is_some()),
        state: state(one, value),
        detail: detail(one),
    })
}

/// A part that has a health and no reading of its own.
fn part(one: &Value, kind: &str) -> Option<Sensor> {
    let name = text(one, "Name").or_else(|| text(one, "Id")).filter(|_| is_present(one))?;
    let health = text(at(one, &["Status"]), "Health")?;
    let state = state_of(&health);
    Some(Sensor { name, kind: kind.to_owned(), value: None, unit: None, state, detail: Some(health) })
}

/// How a reading stands: by the BMC's own judgement, else by the thresholds.
fn state(one: &Value, value: Option<f64>) -> SensorState {
    if let Some(health) = text(at(one, &["Status"]), "Health") {
        return match state_of(&health) {
            SensorState::Ok if value.is_none() => SensorState::Unreadable,
            state => state,
        };
    }
    let Some(value) = value else { return SensorState::Unreadable };
    let above = |name: &str| number(one, name).is_some_and(|limit| value >= limit);
    let below = |name: &str| number(one, name).is_some_and(|limit| value <= limit);
    if above("UpperThresholdCritical") || above("UpperThresholdFatal") || below("LowerThresholdCritical") {
        SensorState::Critical
    } else if above("UpperThresholdNonCritical") || below("LowerThresholdNonCritical") {
        SensorState::Warning
    } else {
        SensorState::Ok
    }
}

fn detail(one: &Value) -> Option<String> {
    let health = text(at(one, &["Status"]), "Health").filter(|health| health != "OK");
    let state = text(at(one, &["Status"]), "State").filter(|state| state != "Enabled");
    health.or(state)
}

/// `Health` (DSP0268, `Resource.Health`), and the severities of log entries, which are the same words.
pub(super) fn state_of(health: &str) -> SensorState {
    match health {
        "OK" | "Ok" | "ok" => SensorState::Ok,
        "Critical" => SensorState::Critical,
        _ => SensorState::Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn readings_of_both_generations() {
        let thermal = json!({
            "Temperatures": [
                {"Name": "Inlet", "ReadingCelsius": 22, "Status": {"Health": "OK", "State": "Enabled"}},
                {"Name": "CPU1", "ReadingCelsius": 99, "UpperThresholdCritical": 95},
                {"Name": "GPU", "Status": {"State": "Absent"}},
                {"Name": "DIMM", "ReadingCelsius": null, "Status": {"State": "Disabled"}}, 7, null,
            ],
            "Fans": {"FanName": "Fan1", "CurrentReading": 30, "ReadingUnits": "Percent"},
        });
        let read = readings(&thermal);
        let states: Vec<_> = read.iter().map(|s| (s.name.as_str(), s.state)).collect();
        assert_eq!(
            states,
            [
                ("Inlet", SensorState::Ok),
                ("CPU1", SensorState::Critical),
                ("DIMM", SensorState::Unreadable),
                ("Fan1", SensorState::Ok),
            ]
        );
        assert_eq!(read[3].unit.as_deref(), Some("percent"));
        let one = json!({"Name": "Fan", "ReadingType": "Rotational", "Reading": 5000.0, "ReadingUnits": "{rev}/min"});
        assert_eq!(sensor(&one).unwrap().unit.as_deref(), Some("RPM"));
    }
}
