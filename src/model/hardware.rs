//! The hardware as designed: what a machine is expected to be, how it is cabled, and what commissioning runs on it.

use super::DeviceSelector;
use super::FirmwareVersion;
use crate::api::hardware_expectation::{CpuExpectation, DiskType};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a machine is expected to be. Everything that is absent is not expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HardwareDesign {
    /// Part of the system vendor's name.
    pub vendor: Option<String>,
    /// Part of the system's product name.
    pub model: Option<String>,
    /// Version of the system firmware.
    pub bios_version: Option<String>,
    /// The CPUs.
    pub cpus: CpuExpectation,
    /// The least memory in bytes.
    pub min_memory: Option<u64>,
    /// Disks.
    pub disks: Vec<ExpectedDisk>,
    /// Network cards.
    pub nics: Vec<ExpectedNic>,
    /// Versions of firmware, by part of the component's name.
    pub firmware: Vec<FirmwareVersion>,
    /// The switches of its rack: every cable of a designed interface ends at one of them. Empty: not expected.
    pub switches: Vec<String>,
    /// Cables that are designed one by one.
    pub cables: Vec<Cable>,
    /// Whether a difference holds a deployment back.
    pub blocks: bool,
}

/// A disk, or several alike, that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedDisk {
    /// Name of the expectation.
    pub name: String,
    /// The disk that it is about; absent: any.
    pub device: Option<DeviceSelector>,
    /// At least so many.
    pub count: usize,
    /// The least size of each, in bytes.
    pub min_bytes: u64,
    /// What kind.
    pub kind: Option<DiskType>,
}

/// A network card that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedNic {
    /// Name of the expectation.
    pub name: String,
    /// The card that it is about; absent: any.
    pub device: Option<DeviceSelector>,
    /// The least speed in Mbit/s.
    pub min_mbps: u64,
    /// Part of its vendor's name.
    pub vendor: Option<String>,
}

/// A cable from a network card to a switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cable {
    /// The card.
    pub device: DeviceSelector,
    /// The switch.
    pub switch: String,
    /// Its port; absent: any.
    pub port: Option<String>,
}

/// What commissioning runs beside what the provisioner always runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CommissioningDesign {
    /// Commissioning scripts.
    pub scripts: Vec<ScriptRun>,
    /// Tests; absent: the provisioner's default ones, empty: none.
    pub tests: Option<Vec<ScriptRun>>,
    /// Whether failed tests hold nothing back, where the design says so.
    pub override_failed_tests: Option<bool>,
}

/// A script, and what it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ScriptRun {
    /// Its name in the provisioner.
    pub name: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
}
