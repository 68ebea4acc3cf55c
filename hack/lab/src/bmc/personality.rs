//! What BMCs of several makers say of themselves: numbers, sensors and log entries, as data.

use crate::spec::{Personality, Quirk};

/// What one maker's BMC is like.
#[derive(Debug)]
pub(crate) struct Traits {
    /// IANA enterprise number.
    pub(crate) manufacturer: u32,
    pub(crate) product: u16,
    /// Major version, and minor version as two decimal digits in a byte.
    pub(crate) firmware: [u8; 2],
    /// What the BMC calls itself in its records.
    pub(crate) controller: &'static str,
    pub(crate) sensors: &'static [Sensor],
    /// What it does otherwise than IPMI 2.0 says.
    pub(crate) quirks: &'static [Quirk],
}

/// A sensor.
#[derive(Debug)]
pub(crate) struct Sensor {
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    /// Sensor type (table 42-3).
    pub(crate) kind: u8,
    /// Entity and instance (table 43-13).
    pub(crate) entity: [u8; 2],
    pub(crate) reading: Reading,
}

/// What a sensor measures or tells.
#[derive(Debug)]
pub(crate) enum Reading {
    /// A value: `(m x + b) 10^exponent`.
    Analog {
        unit: u8,
        m: i16,
        b: i16,
        exponent: i8,
        /// Raw reading of a machine that is on.
        on: u8,
        /// The same when it is off; `None`: it is not scanned then.
        off: Option<u8>,
        /// Raw thresholds, lower critical and non-critical, upper non-critical and critical; 0 where there is none.
        thresholds: [u8; 4],
    },
    /// States (table 42-3), whether on or off.
    Discrete { states: u16 },
}

const CELSIUS: u8 = 1;
const VOLTS: u8 = 4;
const AMPS: u8 = 5;
const WATTS: u8 = 6;
const RPM: u8 = 18;

const fn temperature(number: u8, name: &'static str, entity: [u8; 2], on: u8, off: Option<u8>, most: u8) -> Sensor {
    let thresholds = [0, 0, most - 5, most];
    Sensor {
        number,
        name,
        kind: 1,
        entity,
        reading: Reading::Analog { unit: CELSIUS, m: 1, b: 0, exponent: 0, on, off, thresholds },
    }
}

/// A temperature that counts from -128, as iDRACs have it.
const fn low_temperature(number: u8, name: &'static str, entity: [u8; 2], celsius: u8, most: u8) -> Sensor {
    let thresholds = [128 - 7, 128 + 3, most - 4 + 128, most + 128];
    let reading = Reading::Analog {
        unit: CELSIUS,
        m: 1,
        b: -128,
        exponent: 0,
        on: celsius + 128,
        off: Some(celsius + 126),
        thresholds,
    };
    Sensor { number, name, kind: 1, entity, reading }
}

const fn fan(number: u8, name: &'static str, m: i16, on: u8) -> Sensor {
    let thresholds = [4, 7, 0, 0];
    Sensor {
        number,
        name,
        kind: 4,
        entity: [29, number & 0x0f],
        reading: Reading::Analog { unit: RPM, m, b: 0, exponent: 0, on, off: None, thresholds },
    }
}

const fn volts(number: u8, name: &'static str, m: i16, on: u8) -> Sensor {
    let reading = Reading::Analog {
        unit: VOLTS,
        m,
        b: 0,
        exponent: -3,
        on,
        off: None,
        thresholds: [on - 20, on - 12, on + 12, on + 20],
    };
    Sensor { number, name, kind: 2, entity: [7, 1], reading }
}

const fn supply(number: u8, name: &'static str, instance: u8) -> Sensor {
    Sensor { number, name, kind: 8, entity: [10, instance], reading: Reading::Discrete { states: 0x0001 } }
}

/// What is measured has no thresholds; raw readings on and off.
const fn measured(number: u8, name: &'static str, entity: [u8; 2], unit: u8, scale: (i16, i8), raw: [u8; 2]) -> Sensor {
    let ((m, exponent), [on, off]) = (scale, raw);
    let reading = Reading::Analog { unit, m, b: 0, exponent, on, off: Some(off), thresholds: [0; 4] };
    Sensor { number, name, kind: if unit == AMPS { 3 } else { 0x0b }, entity, reading }
}

const fn told(number: u8, name: &'static str, kind: u8, states: u16) -> Sensor {
    Sensor { number, name, kind, entity: [7, 1], reading: Reading::Discrete { states } }
}

static DELL: Traits = Traits {
    manufacturer: 674,
    product: 0x0100,
    firmware: [5, 0x10],
    controller: "iDRAC9",
    sensors: &[
        low_temperature(0x04, "Inlet Temp", [7, 1], 22, 47),
        low_temperature(0x01, "Exhaust Temp", [7, 1], 35, 80),
        temperature(0x0e, "Temp", [3, 1], 48, None, 98),
        temperature(0x0f, "Temp", [3, 2], 46, None, 98),
        fan(0x30, "Fan1A", 120, 50),
        fan(0x31, "Fan1B", 120, 49),
        fan(0x32, "Fan2A", 120, 50),
        fan(0x33, "Fan2B", 120, 48),
        measured(0x6a, "Current 1", [10, 1], AMPS, (2, -1), [6, 1]),
        measured(0x6b, "Current 2", [10, 2], AMPS, (2, -1), [5, 0]),
        volts(0x6c, "12V", 63, 192),
        measured(0x77, "Pwr Consumption", [7, 1], WATTS, (14, 0), [20, 1]),
        supply(0x85, "PS1 Status", 1),
        supply(0x86, "PS2 Status", 2),
        told(0x73, "Intrusion", 0x05, 0),
        told(0x10, "CMOS Battery", 0x29, 0x0004),
    ],
    quirks: &[],
};

static HPE: Traits = Traits {
    manufacturer: 47196,
    product: 0x2000,
    firmware: [2, 0x78],
    controller: "iLO5",
    sensors: &[
        temperature(0x01, "01-Inlet Ambient", [55, 1], 21, Some(20), 47),
        temperature(0x02, "02-CPU 1", [65, 1], 40, None, 75),
        temperature(0x03, "03-CPU 2", [65, 2], 40, None, 75),
        fan(0x20, "Fan 1", 64, 70),
        fan(0x21, "Fan 2", 64, 71),
        fan(0x22, "Fan 3", 64, 70),
        measured(0x40, "Power Meter", [7, 1], WATTS, (2, 0), [130, 8]),
        supply(0x41, "Power Supply 1", 1),
        supply(0x42, "Power Supply 2", 2),
        told(0x50, "Memory Status", 0x0c, 0x0040),
    ],
    quirks: &[Quirk::SmallReads],
};

static SUPERMICRO: Traits = Traits {
    manufacturer: 10876,
    product: 0x091c,
    firmware: [1, 0x73],
    controller: "BMC",
    sensors: &[
        temperature(0x01, "CPU1 Temp", [3, 1], 41, None, 92),
        temperature(0x02, "CPU2 Temp", [3, 2], 43, None, 92),
        temperature(0x0b, "System Temp", [7, 1], 27, Some(24), 90),
        temperature(0x0c, "Peripheral Temp", [7, 1], 36, Some(30), 90),
        fan(0x41, "FAN1", 100, 42),
        fan(0x42, "FAN2", 100, 43),
        fan(0x43, "FANA", 100, 38),
        volts(0x30, "12V", 63, 190),
        volts(0x31, "5VCC", 26, 193),
        volts(0x32, "3.3VCC", 17, 194),
        told(0xaa, "Chassis Intru", 0x05, 0),
        supply(0xc8, "PS1 Status", 1),
        supply(0xc9, "PS2 Status", 2),
    ],
    quirks: &[Quirk::CycleWithoutEffect],
};

static LENOVO: Traits = Traits {
    manufacturer: 19046,
    product: 0x0141,
    firmware: [3, 0x60],
    controller: "XCC",
    sensors: &[
        temperature(0x01, "Ambient Temp", [12, 1], 23, Some(22), 47),
        temperature(0x02, "CPU1 Temp", [3, 1], 44, None, 95),
        temperature(0x03, "CPU2 Temp", [3, 2], 45, None, 95),
        fan(0x10, "Fan 1A Tach", 80, 60),
        fan(0x11, "Fan 1B Tach", 80, 58),
        measured(0x20, "Sys Power", [7, 1], WATTS, (4, 0), [70, 3]),
        supply(0x30, "PSU 1", 1),
        supply(0x31, "PSU 2", 2),
        told(0x40, "All CPUs", 0x07, 0x0080),
        told(0x41, "SEL Fullness", 0x10, 0),
    ],
    quirks: &[],
};

static OPEN_BMC: Traits = Traits {
    manufacturer: 40981,
    product: 0x4f42,
    firmware: [2, 0x14],
    controller: "bmc",
    sensors: &[
        temperature(0x01, "ambient", [7, 1], 25, Some(24), 45),
        temperature(0x02, "p0_core0_temp", [3, 1], 52, None, 92),
        fan(0x10, "fan0_0", 70, 65),
        fan(0x11, "fan1_0", 70, 66),
        measured(0x20, "total_power", [7, 1], WATTS, (3, 0), [90, 4]),
        supply(0x30, "ps0_status", 1),
    ],
    quirks: &[Quirk::NoParameter3, Quirk::NoPing],
};

/// The traits of a maker's BMC.
pub(crate) fn of(personality: Personality) -> &'static Traits {
    match personality {
        Personality::Dell => &DELL,
        Personality::Hpe => &HPE,
        Personality::Supermicro => &SUPERMICRO,
        Personality::Lenovo => &LENOVO,
        Personality::OpenBmc => &OPEN_BMC,
    }
}

/// Entries of a log that has seen something: seconds since 1970, sensor type and number, event type, data. A time of a
/// few minutes is from before the clock was set.
pub(crate) const LOG: [(u32, [u8; 6]); 6] = [
    (180, [0x10, 0x72, 0x6f, 0x02, 0xff, 0xff]),
    (1_767_225_600, [0x08, 0x85, 0x6f, 0x03, 0xff, 0xff]),
    (1_767_225_660, [0x08, 0x85, 0xef, 0x03, 0xff, 0xff]),
    (1_769_904_000, [0x01, 0x04, 0x01, 0x57, 0xab, 0xaa]),
    (1_769_904_120, [0x01, 0x04, 0x81, 0x57, 0xa9, 0xaa]),
    (1_770_000_000, [0x0c, 0x53, 0x6f, 0x00, 0xff, 0x01]),
];
