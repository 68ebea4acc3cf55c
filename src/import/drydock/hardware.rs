//! HardwareProfiles.

use super::{Job, Source};
use crate::{
    api::{
        HardwareProfile,
        device_alias::{DeviceAlias, DeviceRule},
        hardware_profile::{BootMode, CpuSet, HardwareProfileSpec, HugePages},
    },
    import::fields::Fields,
};

/// A HardwareProfile.
pub(super) fn profile(job: &Job<'_>, source: Source<'_>) -> HardwareProfile {
    let Source { name, mut fields, .. } = source;
    let bootstrap = [fields.take("bootstrap_protocol"), fields.take("pxe_interface")];
    if bootstrap.iter().any(Option::is_some) && !job.told_of_bootstrap.replace(true) {
        let why = "bootstrap_protocol and pxe_interface have no field in our kinds, and Drydock does not use them; not carried over (told once)";
        fields.at("bootstrap_protocol").warn(why);
    }
    let spec = HardwareProfileSpec {
        vendor: fields.text("vendor"),
        model: fields.text("generation"),
        hardware_version: fields.text("hw_version"),
        bios_version: fields.text("bios_version"),
        boot_mode: fields.choice("boot_mode", &[("bios", BootMode::Bios), ("uefi", BootMode::Uefi)]),
        device_aliases: fields.named("device_aliases").into_iter().filter_map(|(n, f)| alias(n, f)).collect(),
        cpu_sets: cpu_sets(&mut fields),
        huge_pages: fields.named("hugepages").into_iter().filter_map(|(n, f)| huge_pages(n, f)).collect(),
        ..HardwareProfileSpec::default()
    };
    HardwareProfile::new(&name, spec)
}

fn alias(name: String, mut fields: Fields<'_>) -> Option<DeviceAlias> {
    let device_type = fields.text("dev_type");
    let bus = fields.text("bus_type").unwrap_or_default();
    let address = fields.peek("address").and_then(|a| a.as_str()).unwrap_or_default();
    if let Some(pattern) = address.strip_prefix("regexp:").filter(|pattern| (1..=190).contains(&pattern.len())) {
        // Drydock matches from the beginning, we match the whole address.
        let whole = match pattern {
            whole if whole.ends_with(".*") => whole.to_owned(),
            either if either.contains('|') => format!("(?:{either}).*"),
            beginning => format!("{beginning}.*"),
        };
        let rule = DeviceRule { pattern: Some(whole), ..DeviceRule::default() };
        fields.take("address");
        return Some(DeviceAlias { name, rule: Some(rule), device_type, ..DeviceAlias::default() });
    }
    let (mut pci_address, mut scsi_address) = (None, None);
    match bus.to_ascii_lowercase().as_str() {
        "pci" => pci_address = fields.parse("address"),
        "scsi" => scsi_address = fields.parse("address"),
        _ => fields.at("bus_type").warn(format!("found `{bus}`, expected pci or scsi")),
    }
    if pci_address.is_none() && scsi_address.is_none() {
        fields.rest();
        fields.place.warn("an alias needs an address on a bus; not carried over");
        return None;
    }
    Some(DeviceAlias { name, pci_address, scsi_address, device_type, ..DeviceAlias::default() })
}

fn cpu_sets(fields: &mut Fields<'_>) -> Vec<CpuSet> {
    let place = fields.at("cpu_sets");
    let sets = fields.text_map("cpu_sets").into_iter().map(|(name, cpus)| CpuSet { name, cpus });
    let is_good = |set: &CpuSet| {
        let good = set.cpus.split(',').all(|range| {
            let mut ends = range.splitn(2, '-');
            ends.all(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit()))
        });
        if !good {
            place.at(&set.name).warn(format!("found `{}`, expected CPUs such as 2-23,26; not carried over", set.cpus));
        }
        good
    };
    sets.filter(is_good).collect()
}

fn huge_pages(name: String, mut fields: Fields<'_>) -> Option<HugePages> {
    let (size, count) = (fields.text("size"), fields.number("count"));
    let is_size = |size: &String| {
        size.strip_suffix(['k', 'K', 'm', 'M', 'g', 'G'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let sized = size.filter(is_size).zip(count.filter(|count| *count >= 0));
    if sized.is_none() {
        fields.place.warn("huge pages need a size such as 1G and a count; not carried over");
    }
    sized.map(|(size, count)| HugePages { name, size, count })
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{import, warnings};
    use serde_json::json;

    #[test]
    fn a_hardware_profile_is_carried_over() {
        let text = "
schema: drydock/HardwareProfile/v1
metadata: {name: DELL_Generic}
data:
  vendor: Dell
  generation: 8
  hw_version: '3'
  bios_version: 2.2.3
  boot_mode: uefi
  bootstrap_protocol: pxe
  pxe_interface: 0
  device_aliases:
    nic1: {address: '0000:43:00.0', dev_type: X520, bus_type: pci}
    disk: {address: '0:2.0.0', bus_type: scsi}
    any: {address: 'regexp:0000:.*', bus_type: pci}
    odd: {address: '0:1', bus_type: usb}
  cpu_sets: {sriov: '2-23,26', bad: a}
  hugepages: {dpdk: {size: 1G, count: 300}, bad: {size: 1, count: 2}}
";
        let imported = import(&format!("{text}---{}", text.replace("DELL_Generic", "other")));
        let profile = serde_json::to_value(&imported.hardware_profiles[0]).unwrap();
        assert_eq!(profile["metadata"]["name"], "dell-generic");
        assert_eq!(
            profile["spec"],
            json!({
                "vendor": "Dell", "model": "8", "hardwareVersion": "3", "biosVersion": "2.2.3", "bootMode": "UEFI",
                "deviceAliases": [
                    {"name": "any", "rule": {"pattern": "0000:.*"}},
                    {"name": "disk", "scsiAddress": "0:2.0.0"},
                    {"name": "nic1", "pciAddress": "0000:43:00.0", "deviceType": "X520"},
                ],
                "cpuSets": [{"name": "sriov", "cpus": "2-23,26"}],
                "hugePages": [{"name": "dpdk", "size": "1G", "count": 300}],
            })
        );
        let told = warnings(&imported);
        assert_eq!(told.iter().filter(|w| w.contains("bootstrap_protocol")).count(), 1, "{told:#?}");
        assert_eq!(told.iter().filter(|w| w.starts_with("HardwareProfile/other")).count(), 4, "{told:#?}");
    }
}
