//! What a hardware profile says of its machines beyond names for their devices: what they are expected to be, what
//! commissioning runs, which drivers they need.

use super::{boot, node::device};
use crate::{
    api::{
        HardwareProfile, Rack,
        commissioning::{Commissioning, HardwareDrivers, MismatchPolicy, ScriptRun as Run},
        hardware_expectation::{DiskExpectation, FirmwareExpectation, NicExpectation},
        hardware_profile::HardwareProfileSpec,
    },
    model::{
        BootAsset, CommissioningDesign, DEFAULT_ARCHITECTURE, DeviceSelector, ExpectedDisk, ExpectedNic,
        FirmwareVersion, HardwareDesign, ScriptRun,
    },
};
use std::collections::BTreeMap;

/// Name under which the drivers of a hardware profile are listed among what is got at first boot.
pub const HARDWARE_DRIVERS: &str = "hardware_drivers";

/// What machines of a profile in a rack are expected to be.
pub(super) fn expected(profile: Option<&HardwareProfile>, rack: Option<&Rack>) -> HardwareDesign {
    let switches = rack.iter().flat_map(|rack| &rack.spec.switches).map(|switch| switch.name.clone()).collect();
    let Some(profile) = profile else { return HardwareDesign { switches, ..HardwareDesign::default() } };
    let HardwareProfileSpec { vendor, model, bios_version, cpus, memory, mismatch_policy, .. } = &profile.spec;
    HardwareDesign {
        vendor: vendor.clone(),
        model: model.clone(),
        bios_version: bios_version.clone(),
        cpus: cpus.clone().unwrap_or_default(),
        min_memory: memory.as_ref().and_then(|memory| memory.min_size.as_ref()).map(|size| size.bytes),
        disks: profile.spec.disks.iter().map(|disk| expected_disk(disk, profile)).collect(),
        nics: profile.spec.nics.iter().map(|nic| expected_nic(nic, profile)).collect(),
        firmware: profile.spec.firmware.iter().map(expected_firmware).collect(),
        switches,
        cables: Vec::new(),
        blocks: *mismatch_policy == Some(MismatchPolicy::Block),
    }
}

fn expected_firmware(firmware: &FirmwareExpectation) -> FirmwareVersion {
    FirmwareVersion { component: firmware.name.clone(), version: firmware.version.clone() }
}

fn expected_disk(disk: &DiskExpectation, profile: &HardwareProfile) -> ExpectedDisk {
    ExpectedDisk {
        name: disk.name.clone(),
        device: disk.alias.as_ref().map(|alias| device(alias, Some(profile))),
        count: disk.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(1),
        min_bytes: disk.min_size.as_ref().map_or(0, |size| size.bytes),
        kind: disk.kind,
    }
}

fn expected_nic(nic: &NicExpectation, profile: &HardwareProfile) -> ExpectedNic {
    let by_address = nic
        .pci_address
        .as_ref()
        .map(|address| DeviceSelector::Pci { alias: nic.name.clone(), address: address.clone() });
    ExpectedNic {
        name: nic.name.clone(),
        device: by_address.or_else(|| nic.alias.as_ref().map(|alias| device(alias, Some(profile)))),
        min_mbps: nic.speed.as_ref().map_or(0, |speed| speed.mbps),
        vendor: nic.vendor.clone(),
    }
}

/// What the aliases of a profile stand for.
pub(super) fn aliases(profile: Option<&HardwareProfile>) -> BTreeMap<String, DeviceSelector> {
    let aliases = profile.iter().flat_map(|profile| &profile.spec.device_aliases);
    aliases.map(|alias| (alias.name.clone(), device(&alias.name, profile))).collect()
}

/// Architecture of the profile's machines, as the provisioner names it.
pub(super) fn architecture(profile: Option<&HardwareProfile>) -> String {
    let cpus = profile.and_then(|profile| profile.spec.cpus.as_ref());
    cpus.and_then(|cpus| cpus.architecture.clone()).unwrap_or_else(|| DEFAULT_ARCHITECTURE.to_owned())
}

/// What commissioning runs.
pub(super) fn commissioning(profile: Option<&HardwareProfile>) -> CommissioningDesign {
    let Some(commissioning) = profile.and_then(|p| p.spec.commissioning.as_ref()) else {
        return CommissioningDesign::default();
    };
    let Commissioning { scripts, tests, skip_tests, override_failed_tests } = commissioning;
    let run = |run: &Run| ScriptRun { name: run.name.clone(), parameters: run.parameters.clone() };
    let skips = skip_tests.unwrap_or_default();
    CommissioningDesign {
        scripts: scripts.iter().map(run).collect(),
        tests: (skips || !tests.is_empty()).then(|| tests.iter().map(run).collect()),
        override_failed_tests: *override_failed_tests,
    }
}

/// What the machines get at first boot for their hardware's sake.
pub(super) fn drivers(profile: Option<&HardwareProfile>) -> Vec<BootAsset> {
    let Some(HardwareDrivers { packages, modules, blacklist }) = profile.and_then(|p| p.spec.drivers.as_ref()) else {
        return Vec::new();
    };
    let lines = |list: &[String], before: &str| {
        let lines: Vec<String> = list.iter().map(|name| format!("{before}{name}\n")).collect();
        lines.concat()
    };
    let file = |path: &str, content: String| {
        (!content.is_empty()).then(|| boot::file(HARDWARE_DRIVERS, path, "644", content.into_bytes(), false))
    };
    let packages = packages.iter().map(|name| BootAsset::Package {
        action: HARDWARE_DRIVERS.into(),
        name: name.clone(),
        version: String::new(),
    });
    let files = [
        file("/etc/modules-load.d/slipway.conf", lines(modules, "")),
        file("/etc/modprobe.d/slipway.conf", lines(blacklist, "blacklist ")),
    ];
    packages.chain(files.into_iter().flatten()).collect()
}
