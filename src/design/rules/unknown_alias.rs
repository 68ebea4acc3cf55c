//! What a design calls a device is an alias of the hardware profile, or a name that kernels give.

use super::{ClassView, Report, Rule, SiteView, at, draft::listed, inherited, place::segment};
use crate::api::HardwareProfile;

pub(super) const RULE: Rule = Rule {
    id: "SLW1035",
    name: "unknown-alias",
    title: "A device is named by an alias of the hardware profile, or as kernels name devices",
    why: "A name that is neither is looked for on the machine as it is written, and not found: the machine is allocated \
          and commissioned before anybody hears of it.",
    fix: "Add the alias to `deviceAliases` of the HardwareProfile, or correct the name.",
    class: Some(of_hosts),
    site: Some(of_hardware),
    ..Rule::BLANK
};

fn of_hosts(view: &ClassView<'_>, report: &mut Report<'_>) {
    let host = view.host();
    // Without a hardware profile there are no aliases, and a profile that is missing is a rule of its own.
    let Some((name, hardware)) =
        host.hardware_profile.as_deref().and_then(|name| Some((name, view.shared.hardware(Some(name))?)))
    else {
        return;
    };
    let mut expect = |device: &str, pointer: String| {
        if !is_alias(device, hardware) && !is_kernel_name(device) {
            let (message, hint) = unknown(device, name, hardware);
            report.error(inherited(pointer), message, hint);
        }
    };
    for interface in &host.interfaces {
        for device in &interface.devices {
            expect(device, format!("/interfaces/{}/devices", interface.name));
        }
    }
    for disk in host.storage.iter().flat_map(|storage| &storage.disks) {
        expect(&disk.name, format!("/storage/disks/{}", segment(&disk.name)));
    }
}

fn of_hardware(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        let mut expect = |device: &str, field: String| {
            if !is_alias(device, profile) {
                let (message, hint) = unknown(device, name, profile);
                report.error_for(view.followers(name), at("HardwareProfile", name, field), message, hint);
            }
        };
        let spec = &profile.spec;
        for (disk, alias) in spec.disks.iter().filter_map(|disk| Some((disk, disk.alias.as_ref()?))) {
            expect(alias, format!("spec.disks[{}].alias", disk.name));
        }
        for (nic, alias) in spec.nics.iter().filter_map(|nic| Some((nic, nic.alias.as_ref()?))) {
            expect(alias, format!("spec.nics[{}].alias", nic.name));
        }
        for array in &spec.raid {
            array.disks.iter().for_each(|disk| expect(disk, format!("spec.raid[{}].disks", array.name)));
            array.spares.iter().for_each(|disk| expect(disk, format!("spec.raid[{}].spares", array.name)));
        }
    }
}

fn is_alias(device: &str, hardware: &HardwareProfile) -> bool {
    hardware.spec.device_aliases.iter().any(|alias| alias.name == device)
}

fn unknown(device: &str, profile: &str, hardware: &HardwareProfile) -> (String, String) {
    let aliases: Vec<&str> = hardware.spec.device_aliases.iter().map(|alias| alias.name.as_str()).collect();
    (
        format!("`{device}` is no alias of HardwareProfile `{profile}` (it has {})", listed(&aliases)),
        format!("add it to spec.deviceAliases of HardwareProfile `{profile}`, or correct the name"),
    )
}

/// Whether Linux could call a device so.
fn is_kernel_name(name: &str) -> bool {
    let begins = |prefix: &str, goes_on: fn(u8) -> bool| {
        name.strip_prefix(prefix).and_then(|rest| rest.bytes().next()).is_some_and(goes_on)
    };
    let digit = |byte: u8| byte.is_ascii_digit();
    let letter = |byte: u8| byte.is_ascii_lowercase();
    // Slot and port, as biosdevname calls them.
    let is_slot = || {
        let rest = name.strip_prefix('p').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        rest.and_then(|rest| rest.strip_prefix('p')).is_some_and(|port| port.bytes().next().is_some_and(digit))
            && begins("p", digit)
    };
    ["eth", "em", "nvme", "mmcblk", "dm-", "md"].iter().any(|prefix| begins(prefix, digit))
        || ["sd", "hd", "vd", "xvd"].iter().any(|prefix| begins(prefix, letter))
        || ["en", "ib", "wl"].iter().any(|prefix| begins(prefix, |byte| byte.is_ascii_alphanumeric()))
        || begins("/dev/", |_| true)
        || is_slot()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kernels_are_told_from_others() {
        for name in [
            "eno1",
            "ens1f0np0",
            "enp67s0f1",
            "enx0c42a1",
            "eth0",
            "em1",
            "p1p2",
            "p10p1",
            "ib0",
            "wlan0",
            "sda",
            "hdb",
            "vda",
            "xvda",
            "nvme0n1",
            "mmcblk0",
            "dm-0",
            "md0",
            "/dev/sda",
        ] {
            assert!(is_kernel_name(name), "{name}");
        }
        for name in
            ["bootdisk", "nic1", "ethernet", "eth", "sd", "nvme", "p", "p1", "p1p", "pp1", "/dev/", "md", "", "é"]
        {
            assert!(!is_kernel_name(name), "{name}");
        }
    }
}
