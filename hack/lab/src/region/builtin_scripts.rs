//! The scripts that every region has.

use serde_json::{Value, json};

use super::Region;
use super::scripts::{Script, ScriptKind};

use ScriptKind::{Commissioning, Release, Testing};

/// A built-in script: name, title, description, tags beside its hardware type, kind, hardware type, parallel, seconds
/// that it may take, packages.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    ScriptKind,
    u8,
    u8,
    u64,
    &'static [&'static str],
);

#[rustfmt::skip]
const BUILT_IN: [Row; 31] = [
    ("20-maas-01-install-lldpd", "Install and configure lldpd for passive capture.", "Install and configure lldpd for passive capture.", &[], Commissioning, 0, 0, 30, &["lldpd"]),
    ("20-maas-02-dhcp-unconfigured-ifaces", "Bring up and run DHCP on all interfaces", "Bring up and run DHCP on all interfaces", &[], Commissioning, 0, 0, 10, &[]),
    ("30-maas-01-bmc-config", "Detect and configure BMC's for MAAS use.", "Detect and configure BMC credentials for MAAS use.", &["bmc-config"], Commissioning, 0, 0, 300, &["freeipmi-tools", "ipmitool", "python3-paramiko"]),
    ("20-maas-03-machine-resources", "Download and run binary to collect machine details", "Download and run binary to collect machine details", &["deploy-info"], Commissioning, 0, 0, 60, &[]),
    ("40-maas-01-machine-config-hints", "Generate machine configuration hints", "Generate machine configuration hints", &[], Commissioning, 0, 0, 60, &[]),
    ("50-maas-01-commissioning", "Gather all commissioning data", "Gather all commissioning data", &["deploy-info"], Commissioning, 0, 0, 60, &[]),
    ("maas-support-info", "Gather support information for the machine", "Gather support information for the machine", &["deploy-info"], Commissioning, 0, 2, 300, &[]),
    ("maas-lshw", "Capture lshw -xml output", "Capture lshw -xml output", &["deploy-info"], Commissioning, 0, 2, 300, &[]),
    ("maas-list-modaliases", "Output all loaded modalises", "Output all loaded modaliases", &["deploy-info"], Commissioning, 0, 2, 10, &[]),
    ("maas-get-fruid-api-data", "Return discovered fruid API data", "Return discovered fruid API data", &[], Commissioning, 0, 2, 60, &[]),
    ("maas-kernel-cmdline", "Capture the kernel command line", "Capture the kernel command line", &[], Commissioning, 0, 2, 10, &[]),
    ("maas-serial-ports", "Discover all serial ports", "Discover all serial ports", &["deploy-info"], Commissioning, 0, 2, 10, &[]),
    ("maas-capture-lldpd", "Capture lldpd output", "Capture lldp output", &[], Commissioning, 0, 2, 60, &[]),
    ("smartctl-validate", "Storage status", "Validate SMART health for all drives in parallel.", &["commissioning"], Testing, 3, 1, 300, &["smartmontools"]),
    ("smartctl-short", "Storage integrity", "Run the short SMART self-test and validate SMART health on all drives in parallel", &[], Testing, 3, 1, 600, &["smartmontools"]),
    ("smartctl-long", "Storage integrity", "Run the long SMART self-test and validate SMART health on all drives in parallel", &[], Testing, 3, 1, 36000, &["smartmontools"]),
    ("smartctl-conveyance", "Storage integrity", "Run the conveyance SMART self-test and validate SMART health on all drives in parallel", &[], Testing, 3, 1, 36000, &["smartmontools"]),
    ("memtester", "Memory integrity", "Run memtester against all available RAM.", &[], Testing, 2, 0, 0, &["memtester"]),
    ("internet-connectivity", "Network validation", "Download a file from images.maas.io.", &[], Testing, 4, 1, 300, &[]),
    ("stress-ng-cpu-long", "CPU validation", "Run the stress-ng CPU tests over 12 hours.", &[], Testing, 1, 1, 43200, &["stress-ng"]),
    ("stress-ng-cpu-short", "CPU validation", "Stress test the CPU for 5 minutes.", &[], Testing, 1, 1, 300, &["stress-ng"]),
    ("stress-ng-memory-long", "Memory validation", "Run the stress-ng memory tests over 12 hours.", &[], Testing, 2, 0, 43200, &["stress-ng"]),
    ("stress-ng-memory-short", "Memory validation", "Stress test memory for 5 minutes.", &[], Testing, 2, 0, 300, &["stress-ng"]),
    ("ntp", "NTP validation", "Run ntp clock set to verify NTP connectivity.", &[], Testing, 4, 2, 60, &["ntpdate"]),
    ("badblocks", "Storage integrity", "Run badblocks on disk in readonly mode.", &[], Testing, 3, 1, 0, &[]),
    ("badblocks-destructive", "Storage integrity", "Run badblocks on disk in readwrite destructive mode.", &[], Testing, 3, 1, 0, &[]),
    ("7z", "CPU validation", "Run 7zip CPU benchmarking.", &[], Testing, 1, 0, 300, &["p7zip-full"]),
    ("fio", "Storage benchmark", "Run Fio benchmarking against selected storage devices.", &[], Testing, 3, 0, 0, &["fio"]),
    ("rack-controller-connectivity", "Rack controller connectivity", "Verify connectivity to all rack controllers.", &[], Testing, 4, 1, 300, &[]),
    ("gateway-connectivity", "Gateway connectivity", "Verify connectivity to the default gateways.", &[], Testing, 4, 1, 300, &[]),
    ("wipe-disks", "Erase disks", "Erases the disks of the machine, as a release with erasing does.", &[], Release, 3, 0, 0, &[]),
];

/// What a built-in script can be told.
fn parameters(name: &str, hardware_type: u8) -> Value {
    match name {
        "30-maas-01-bmc-config" => json!({
            "maas_auto_ipmi_user": {"type": "string", "max": 20, "argument_format": "--username={input}"},
            "maas_auto_ipmi_user_password": {"type": "password", "max": 20, "argument_format": "--password={input}"},
            "maas_auto_ipmi_k_g_bmc_key": {"type": "password", "max": 20, "argument_format": "--ipmi-k-g={input}"},
            "maas_auto_ipmi_user_privilege_level": {
                "type": "choice", "argument_format": "--ipmi-privilege-level={input}",
                "choices": [["USER", "User"], ["OPERATOR", "Operator"], ["ADMIN", "Administrator"]],
            },
            "maas_auto_ipmi_cipher_suite_id": {
                "type": "string", "max": 2, "argument_format": "--ipmi-cipher-suite-id={input}",
            },
        }),
        _ if hardware_type == 3 => json!({"storage": {"type": "storage", "argument_format": "{path}"}}),
        _ => json!({}),
    }
}

impl Region {
    /// Another release has other kinds of script.
    pub(crate) fn adjust_scripts(&mut self) {
        if !self.version.since(3, 5) {
            self.scripts.retain(|script| script.kind != Release);
        } else if self.scripts.values().all(|script| script.kind != Release) {
            self.add_built_in(|kind| kind == Release);
        }
    }

    /// Puts the built-in scripts in place.
    pub(super) fn seed_scripts(&mut self) {
        let releases = self.version.since(3, 5);
        self.add_built_in(|kind| kind != Release || releases);
    }

    fn add_built_in(&mut self, wanted: impl Fn(ScriptKind) -> bool) {
        for (name, title, description, tags, kind, hardware_type, parallel, timeout, packages) in BUILT_IN {
            if !wanted(kind) {
                continue;
            }
            let id = self.scripts.add(|id| {
                let packages = if packages.is_empty() { json!({}) } else { json!({"apt": packages}) };
                let mut script = Script {
                    title: title.to_owned(),
                    description: description.to_owned(),
                    tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                    kind,
                    hardware_type,
                    parallel,
                    parameters: parameters(name, hardware_type),
                    packages,
                    timeout,
                    default: true,
                    destructive: name.ends_with("destructive"),
                    ..Script::new(id, name)
                };
                script.tag_hardware();
                script
            });
            self.add_revision(id, format!("#!/bin/sh\n# {title}\n"), Some("Created by maas-None".to_owned()));
        }
    }
}
