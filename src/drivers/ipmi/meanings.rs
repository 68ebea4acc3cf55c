//! What the numbers of sensor types and events mean (IPMI 2.0 tables 42-2 and 42-3), and how bad each is. What only one
//! type of sensor tells stands in `states`.

use super::states::states;
use crate::model::SensorState::{self, Critical, Ok, Warning};

/// An event or a state in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// How bad it is.
    pub(super) state: SensorState,
    pub(super) text: &'static str,
}

/// Event/reading type "sensor-specific".
const SENSOR_SPECIFIC: u8 = 0x6f;

/// Names of the sensor types (table 42-3), by their numbers.
const KINDS: [&str; 45] = [
    "reserved",
    "Temperature",
    "Voltage",
    "Current",
    "Fan",
    "Physical Security",
    "Platform Security",
    "Processor",
    "Power Supply",
    "Power Unit",
    "Cooling Device",
    "Other",
    "Memory",
    "Drive Slot",
    "POST Memory Resize",
    "System Firmware",
    "Event Logging",
    "Watchdog",
    "System Event",
    "Critical Interrupt",
    "Button",
    "Board",
    "Microcontroller",
    "Add-in Card",
    "Chassis",
    "Chip Set",
    "Other FRU",
    "Cable",
    "Terminator",
    "System Boot",
    "Boot Error",
    "OS Boot",
    "OS Stop",
    "Slot",
    "ACPI Power State",
    "Watchdog",
    "Platform Alert",
    "Entity Presence",
    "Monitor",
    "LAN",
    "Management Subsystem",
    "Battery",
    "Session Audit",
    "Version Change",
    "FRU State",
];

/// The name of a sensor type.
pub(super) fn kind(number: u8) -> &'static str {
    KINDS.get(usize::from(number)).copied().unwrap_or("Vendor Sensor")
}

/// What an offset means for a sensor of this type and event/reading type; `None` where the specification does not say.
pub(super) fn of(kind: u8, event: u8, offset: u8) -> Option<Meaning> {
    let table = if event == SENSOR_SPECIFIC { states(kind) } else { generic(event) };
    let (state, text) = *table.get(usize::from(offset))?;
    (!text.is_empty()).then_some(Meaning { state, text })
}

pub(super) type Table = &'static [(SensorState, &'static str)];

/// Table 42-2.
fn generic(event: u8) -> Table {
    match event {
        0x01 => &[
            (Warning, "going below the lower non-critical threshold"),
            (Warning, "above the lower non-critical threshold again"),
            (Critical, "going below the lower critical threshold"),
            (Critical, "above the lower critical threshold again"),
            (Critical, "going below the lower non-recoverable threshold"),
            (Critical, "above the lower non-recoverable threshold again"),
            (Warning, "below the upper non-critical threshold again"),
            (Warning, "going above the upper non-critical threshold"),
            (Critical, "below the upper critical threshold again"),
            (Critical, "going above the upper critical threshold"),
            (Critical, "below the upper non-recoverable threshold again"),
            (Critical, "going above the upper non-recoverable threshold"),
        ],
        0x02 => &[(Ok, "idle"), (Ok, "active"), (Ok, "busy")],
        0x03 => &[(Ok, "state deasserted"), (Ok, "state asserted")],
        0x04 => &[(Ok, "no failure predicted"), (Warning, "failure predicted")],
        0x05 => &[(Ok, "limit not exceeded"), (Warning, "limit exceeded")],
        0x06 => &[(Ok, "performance met"), (Warning, "performance lags")],
        0x07 => &[
            (Ok, "changed to OK"),
            (Warning, "became non-critical from OK"),
            (Critical, "became critical from less severe"),
            (Critical, "became non-recoverable from less severe"),
            (Warning, "became non-critical from more severe"),
            (Critical, "became critical from non-recoverable"),
            (Critical, "became non-recoverable"),
            (Ok, "monitored"),
            (Ok, "informational"),
        ],
        0x08 => &[(Ok, "absent"), (Ok, "present")],
        0x09 => &[(Ok, "disabled"), (Ok, "enabled")],
        0x0a => &[
            (Ok, "running"),
            (Ok, "in test"),
            (Ok, "powered off"),
            (Ok, "on line"),
            (Ok, "off line"),
            (Ok, "off duty"),
            (Warning, "degraded"),
            (Ok, "power saving"),
            (Critical, "installation error"),
        ],
        0x0b => &[
            (Ok, "fully redundant"),
            (Critical, "redundancy lost"),
            (Warning, "redundancy degraded"),
            (Critical, "not redundant, from redundant"),
            (Warning, "not redundant, resources suffice"),
            (Critical, "not redundant, resources insufficient"),
            (Warning, "redundancy degraded from full"),
            (Warning, "redundancy degraded from none"),
        ],
        0x0c => &[(Ok, "D0"), (Ok, "D1"), (Ok, "D2"), (Ok, "D3")],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_meanings() {
        assert_eq!([0x01, 0x08, 0x29, 0x2c, 0xc0].map(kind)[..2], ["Temperature", "Power Supply"]);
        assert_eq!(kind(0x2c), "FRU State");
        assert_eq!(of(0x08, 0x6f, 3).unwrap().text, "power supply input lost");
        assert_eq!(of(0x01, 0x01, 9).unwrap().state, Critical);
        assert_eq!(of(0x23, 0x6f, 4), None);
        assert_eq!([of(0xc0, 0x6f, 0), of(0x01, 0x70, 0), of(0x01, 0x01, 12)], [None; 3]);
    }
}
