//! How the services of vendors differ: one row each. Where a row departs from the specification, that is how BMCs of
//! this kind have been seen to behave.

use serde::Deserialize;

/// Whose service a BMC is.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Vendor {
    /// Dell iDRAC9.
    #[default]
    Dell,
    /// HPE iLO 5.
    Hpe,
    /// Supermicro X11.
    SupermicroX11,
    /// Supermicro X12.
    SupermicroX12,
    /// Lenovo XClarity Controller.
    Lenovo,
    /// AMI MegaRAC, as other makers build it in.
    Ami,
    /// OpenBMC.
    OpenBmc,
}

/// What becomes of the mode in a boot override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is taken.
    Free,
    /// A request that holds it is refused.
    Fixed,
    /// A request that holds it makes a job that boots the machine twice, even where nothing changes.
    Job,
}

/// What becomes of `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Etag {
    /// There are no versions.
    None,
    /// It may be sent.
    Optional,
    /// A PATCH without it is refused.
    Required,
}

/// A vendor's service.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "a row of a table: what a service does, or does not")]
pub(crate) struct Personality {
    /// `Manufacturer` of the system.
    pub manufacturer: &'static str,
    /// `Vendor` of the service root; empty: none.
    pub root_vendor: &'static str,
    /// Name beneath `Oem`.
    pub oem: &'static str,
    pub system: &'static str,
    pub manager: &'static str,
    pub chassis: &'static str,
    /// Model of the manager.
    pub manager_model: &'static str,
    pub manager_firmware: &'static str,
    /// Links end with a slash.
    pub slashes: bool,
    pub reset_types: &'static [&'static str],
    /// The values of `ResetType` stand in a resource of their own.
    pub action_info: bool,
    pub targets: &'static [&'static str],
    pub mode: Mode,
    /// What a boot override leaves out goes back to its default.
    pub full_boot: bool,
    /// Boot overrides are taken by the settings resource alone.
    pub boot_in_settings: bool,
    pub etag: Etag,
    /// `If-Match` on an action is refused.
    pub no_if_match_on_actions: bool,
    /// Sessions at once.
    pub sessions: usize,
    /// Where the log of events is: of the manager or the system, and its id.
    pub log_of_manager: bool,
    pub log: &'static str,
    /// Entries of the log come whole.
    pub whole_entries: bool,
    /// `Thermal` and `Power`, rather than `Sensors`.
    pub old_sensors: bool,
    /// `SimpleStorage` rather than `Storage`.
    pub simple_storage: bool,
    /// The settings of the system firmware want a licence.
    pub bios_licensed: bool,
    /// A change of the settings of the system firmware is a job.
    pub bios_job: bool,
    /// Name of their settings resource.
    pub bios_settings: &'static str,
    /// `LocationIndicatorActive` rather than `IndicatorLED`.
    pub new_light: bool,
    /// Virtual drives and the kind of medium; those that start with `EXT` are written rather than acted on.
    pub media: &'static [(&'static str, &'static str)],
    /// `PoweringOn` and `PoweringOff` are told.
    pub passing_states: bool,
    /// The serial number of the system is its `SKU`.
    pub serial_in_sku: bool,
    /// A PATCH is answered with a body, not with 204.
    pub patch_answers: bool,
}

const ALL_TARGETS: &[&str] = &["None", "Pxe", "Hdd", "Cd", "BiosSetup", "UefiHttp"];

const DELL: Personality = Personality {
    manufacturer: "Dell Inc.",
    root_vendor: "Dell",
    oem: "Dell",
    system: "System.Embedded.1",
    manager: "iDRAC.Embedded.1",
    chassis: "System.Embedded.1",
    manager_model: "14G Monolithic",
    manager_firmware: "6.10.30.00",
    slashes: false,
    reset_types: &[
        "On",
        "ForceOff",
        "ForceRestart",
        "GracefulRestart",
        "GracefulShutdown",
        "PushPowerButton",
        "Nmi",
        "PowerCycle",
    ],
    action_info: false,
    targets: ALL_TARGETS,
    mode: Mode::Job,
    full_boot: false,
    boot_in_settings: false,
    etag: Etag::Optional,
    no_if_match_on_actions: true,
    sessions: 8,
    log_of_manager: true,
    log: "Sel",
    whole_entries: true,
    old_sensors: true,
    simple_storage: false,
    bios_licensed: false,
    bios_job: true,
    bios_settings: "Settings",
    new_light: false,
    media: &[("RemovableDisk", "USBStick"), ("CD", "CD")],
    passing_states: false,
    serial_in_sku: true,
    patch_answers: true,
};

const HPE: Personality = Personality {
    manufacturer: "HPE",
    root_vendor: "HPE",
    oem: "Hpe",
    system: "1",
    manager: "1",
    chassis: "1",
    manager_model: "iLO 5",
    manager_firmware: "iLO 5 v2.72",
    slashes: true,
    reset_types: &["On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "PushPowerButton", "GracefulRestart"],
    targets: &["None", "Cd", "Hdd", "Usb", "SDCard", "Utilities", "Diags", "BiosSetup", "Pxe", "UefiShell", "UefiHttp"],
    mode: Mode::Fixed,
    no_if_match_on_actions: false,
    sessions: 24,
    log_of_manager: false,
    log: "IML",
    bios_job: false,
    bios_settings: "settings",
    media: &[("1", "Floppy"), ("2", "CD")],
    serial_in_sku: false,
    ..DELL
};

const SUPERMICRO_X11: Personality = Personality {
    manufacturer: "Supermicro",
    root_vendor: "",
    oem: "Supermicro",
    system: "1",
    manager: "1",
    chassis: "1",
    manager_model: "ASPEED",
    manager_firmware: "01.73.06",
    reset_types: &["On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "ForceOn"],
    targets: &["None", "Pxe", "Hdd", "Cd", "BiosSetup"],
    mode: Mode::Free,
    full_boot: true,
    etag: Etag::None,
    no_if_match_on_actions: false,
    sessions: 8,
    log_of_manager: true,
    log: "Log1",
    whole_entries: false,
    simple_storage: true,
    bios_licensed: true,
    bios_job: false,
    bios_settings: "SD",
    media: &[("CD1", "CD")],
    serial_in_sku: false,
    ..DELL
};

const SUPERMICRO_X12: Personality = Personality {
    root_vendor: "Supermicro",
    manager_firmware: "01.04.19",
    action_info: true,
    targets: ALL_TARGETS,
    etag: Etag::Optional,
    log_of_manager: false,
    simple_storage: false,
    bios_licensed: false,
    media: &[("VirtualMedia1", "CD")],
    ..SUPERMICRO_X11
};

const LENOVO: Personality = Personality {
    manufacturer: "Lenovo",
    root_vendor: "Lenovo",
    oem: "Lenovo",
    system: "1",
    manager: "1",
    chassis: "1",
    manager_model: "Lenovo XClarity Controller",
    manager_firmware: "TEI3A2M",
    reset_types: &["On", "Nmi", "GracefulShutdown", "GracefulRestart", "ForceOn", "ForceOff", "ForceRestart"],
    mode: Mode::Free,
    etag: Etag::Required,
    no_if_match_on_actions: false,
    sessions: 16,
    log_of_manager: false,
    log: "PlatformLog",
    bios_job: false,
    bios_settings: "Pending",
    new_light: true,
    media: &[("RDOC1", "CD"), ("EXT1", "CD")],
    serial_in_sku: false,
    ..DELL
};

const AMI: Personality = Personality {
    manufacturer: "ASRockRack",
    root_vendor: "",
    oem: "Ami",
    system: "Self",
    manager: "Self",
    chassis: "Self",
    manager_model: "MegaRAC",
    manager_firmware: "13.4",
    reset_types: &["On", "ForceOff", "GracefulShutdown", "ForceRestart", "PowerCycle"],
    action_info: true,
    mode: Mode::Free,
    boot_in_settings: true,
    etag: Etag::Required,
    no_if_match_on_actions: false,
    sessions: 16,
    log_of_manager: true,
    log: "SEL",
    whole_entries: false,
    bios_job: false,
    bios_settings: "SD",
    media: &[("CD1", "CD")],
    serial_in_sku: false,
    patch_answers: false,
    ..DELL
};

const OPENBMC: Personality = Personality {
    manufacturer: "",
    root_vendor: "OpenBMC",
    oem: "OpenBMC",
    system: "system",
    manager: "bmc",
    chassis: "chassis",
    manager_model: "OpenBmc",
    manager_firmware: "2.14.0",
    reset_types: &[
        "On",
        "ForceOff",
        "ForceOn",
        "ForceRestart",
        "GracefulRestart",
        "GracefulShutdown",
        "PowerCycle",
        "Nmi",
    ],
    action_info: true,
    targets: &["None", "Pxe", "Hdd", "Cd", "Diags", "BiosSetup", "Usb"],
    mode: Mode::Free,
    no_if_match_on_actions: false,
    sessions: 64,
    log_of_manager: false,
    log: "EventLog",
    old_sensors: false,
    bios_job: false,
    new_light: true,
    media: &[("Slot_0", "CD")],
    passing_states: true,
    serial_in_sku: false,
    patch_answers: false,
    ..DELL
};

impl Vendor {
    /// Its row.
    pub(crate) fn personality(self) -> &'static Personality {
        match self {
            Self::Dell => &DELL,
            Self::Hpe => &HPE,
            Self::SupermicroX11 => &SUPERMICRO_X11,
            Self::SupermicroX12 => &SUPERMICRO_X12,
            Self::Lenovo => &LENOVO,
            Self::Ami => &AMI,
            Self::OpenBmc => &OPENBMC,
        }
    }
}
