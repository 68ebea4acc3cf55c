//! What a BMC tells of itself and of its machine's health.

use jiff::Timestamp;
use serde::Serialize;

/// Who answers at a BMC's address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BmcIdentity {
    /// Manufacturer. IPMI tells an IANA enterprise number (IPMI 2.0 §20.1), which is named where its name is known.
    pub vendor: Option<String>,
    /// The BMC's or the system's model; IPMI's product number where nothing better is told.
    pub product: Option<String>,
    /// Version of the BMC's own firmware.
    pub firmware: Option<String>,
    /// UUID of the system, as SMBIOS prints it (IPMI 2.0 §22.14, Redfish `ComputerSystem.UUID`).
    pub system_id: Option<String>,
    /// Serial number of the system.
    pub serial: Option<String>,
}

/// How a sensor stands against its own thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SensorState {
    /// Within them.
    Ok,
    /// It has no reading: a machine that is off, a module that is not there.
    Unreadable,
    /// Beyond one that is not critical.
    Warning,
    /// Beyond a critical one.
    Critical,
}

/// One sensor, as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// Its name, as the BMC gives it.
    pub name: String,
    /// What it measures, such as `Temperature`, `Fan`, `Power Supply` (IPMI 2.0 table 42-3).
    pub kind: String,
    /// The reading; a discrete sensor has none.
    pub value: Option<f64>,
    /// Unit of the reading, such as `degrees C`, `RPM`, `Volts`.
    pub unit: Option<String>,
    /// Against its thresholds; for a discrete sensor, whether it tells of a failure.
    pub state: SensorState,
    /// What a discrete sensor tells, such as `Power Supply AC lost`.
    pub detail: Option<String>,
}

/// An entry of a BMC's log: IPMI's System Event Log, or a Redfish `LogEntry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BmcEvent {
    /// Its id in that log.
    pub id: String,
    /// When the BMC wrote it, where its clock was set.
    pub at: Option<Timestamp>,
    /// How bad it is.
    pub state: SensorState,
    /// What it says.
    pub message: String,
}

/// A firmware and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirmwareVersion {
    /// What it runs, as the BMC names it: `BIOS`, `iDRAC`, a network card.
    pub component: String,
    /// Its version.
    pub version: String,
}
