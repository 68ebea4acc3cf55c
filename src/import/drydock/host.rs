//! What host profiles and nodes have in common, and host profiles.

use super::{
    Job, Source,
    envelope::{HARDWARE_PROFILE, HOST_PROFILE, NETWORK, RACK},
    interface::interfaces,
    oob::{Owner, oob},
    part::Part,
    storage::storage,
};
use crate::{
    api::{
        HostProfile,
        host::{HostDescription, HostMetadata, Platform},
        host_profile::HostProfileSpec,
    },
    import::{fields::text, names::tag},
};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap};

/// A description, and what stands in it that is not part of one.
pub(super) struct Described {
    /// The profile that is followed.
    pub host_profile: Option<String>,
    /// The description.
    pub host: HostDescription,
    /// `metadata.boot_mac`, as written.
    pub boot_mac: Option<String>,
}

/// A HostProfile.
pub(super) fn profile(job: &Job<'_>, source: Source<'_>) -> HostProfile {
    let name = source.name.clone();
    let boot_mac = source.at("metadata.boot_mac");
    let Described { host_profile, host, boot_mac: mac } = describe(job, source);
    if mac.is_some() {
        boot_mac.warn("Drydock reads it of nodes only; not carried over");
    }
    HostProfile::new(&name, HostProfileSpec { host_profile, host })
}

/// The common body.
pub(super) fn describe(job: &Job<'_>, source: Source<'_>) -> Described {
    let Source { name, kind, fields } = source;
    let unset = RefCell::new(Vec::new());
    let mut whole = Part::whole(fields, &unset);
    let parent = whole.fields.text("host_profile");
    let host_profile = parent.as_deref().map(|p| job.names.refer(&whole.at("host_profile"), HOST_PROFILE, p));
    let mut refer = |key: &str, ours: &str, kind: &'static str| {
        whole.text(key, ours).map(|name| job.names.refer(&whole.at(key), kind, &name))
    };
    let hardware_profile = refer("hardware_profile", "hardwareProfile", HARDWARE_PROFILE);
    let primary_network = refer("primary_network", "primaryNetwork", NETWORK);
    let owner = Owner { name: &name, parent: parent.as_deref(), is_profile: kind == HOST_PROFILE };
    let bmc = whole.part("oob", "oob");
    let oob = oob(job, &owner, bmc);
    let interfaces = interfaces(job, &mut whole);
    let storage = storage(&mut whole);
    let platform = platform(&mut whole);
    let (metadata, boot_mac) = metadata(job, &mut whole);
    drop(whole);
    let host = HostDescription {
        hardware_profile,
        primary_network,
        oob,
        interfaces,
        storage,
        platform,
        metadata,
        unset: unset.into_inner(),
        ..HostDescription::default()
    };
    Described { host_profile, host, boot_mac }
}

fn platform(whole: &mut Part<'_>) -> Option<Platform> {
    let mut part = whole.part("platform", "platform")?;
    let platform = Platform {
        image: part.text("image", "image"),
        kernel: part.text("kernel", "kernel"),
        kernel_params: kernel_params(&mut part),
        ..Platform::default()
    };
    (platform != Platform::default()).then_some(platform)
}

/// `true` is a bare flag in both; where Python's spelling or our reading of text makes a difference, it is told.
fn kernel_params(part: &mut Part<'_>) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    for (name, place, value) in part.entries("kernel_params", "kernelParams") {
        let Some(mut text) = text(&place, &value) else { continue };
        let differs = match (&value, text.as_str()) {
            (Value::Bool(false), _) => Some(format!("`{name}=False`, we write `{name}=false`")),
            (Value::String(_), "true") => Some(format!("`{name}=true`, we write the bare flag `{name}`")),
            _ => None,
        };
        if let Some(differs) = differs {
            place.warn(format!("on the command line Drydock writes {differs}"));
        }
        // Python's spelling of a bare flag.
        if text == "True" {
            text = "true".into();
        }
        params.insert(name, text);
    }
    params
}

fn metadata(job: &Job<'_>, whole: &mut Part<'_>) -> (Option<HostMetadata>, Option<String>) {
    let Some(mut part) = whole.part("metadata", "metadata") else { return (None, None) };
    let boot_mac = part.fields.text("boot_mac");
    let metadata = HostMetadata {
        tags: part.texts("tags", "tags", tag),
        owner_data: part.text_map("owner_data", "ownerData"),
        pool: None,
        rack: part.text("rack", "rack").map(|rack| job.names.refer(&part.at("rack"), RACK, &rack)),
    };
    ((metadata != HostMetadata::default()).then_some(metadata), boot_mac)
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{import, warnings};

    const PARENT: &str = "
schema: drydock/HostProfile/v1
metadata: {name: base_os}
data:
  oob: {type: libvirt, libvirt_uri: qemu+ssh://h, network: oob, account: root, credential: 12345}
  interfaces:
    bond0: {device_link: bond_0, slaves: [nic1, nic2], networks: [oam_net, storage], sriov: {vf_count: '8', trustmode: true}, labels: {a: b}}
  storage:
    physical_devices:
      sda: {labels: {bootdrive: true}, partitions: [{name: root, size: 30g, bootable: true, filesystem: {mountpoint: /, fstype: xfs, mount_options: defaults, fs_label: root}}]}
      sdb: {volume_group: data, partitions: [{name: x}]}
    volume_groups: {data: {vg_uuid: u, logical_volumes: [{name: var, size: '99%', filesystem: {mountpoint: /var}}, {name: bad, size: 5 furlongs}]}}
  platform: {image: jammy, kernel: hwe, kernel_params: {quiet: true, nosmt: false, splash: 'true', console: 'ttyS1,115200n8'}}
  metadata: {tags: [a.b], owner_data: {cp: enabled}, rack: RACK_1, boot_mac: '52:54:00:00:00:01'}
  base_os: legacy
";

    #[test]
    fn a_profile_is_carried_over() {
        let imported = import(PARENT);
        let profile = serde_json::to_value(&imported.host_profiles[0]).unwrap();
        assert_eq!(
            profile["spec"],
            serde_json::json!({
                "oob": {"type": "Manual", "network": "oob", "credentialsRef": {"name": "base-os-bmc"}},
                "interfaces": [{
                    "name": "bond0", "link": "bond-0", "devices": ["nic1", "nic2"], "networks": ["oam-net", "storage"],
                    "sriov": {"virtualFunctions": 8, "trusted": true},
                }],
                "storage": {
                    "disks": [
                        {"name": "sda", "labels": {"bootdrive": "true"}, "partitions": [{
                            "name": "root", "size": "30g", "bootable": true,
                            "filesystem": {"mountPoint": "/", "type": "xfs", "mountOptions": "defaults", "label": "root"},
                        }]},
                        {"name": "sdb", "volumeGroup": "data"},
                    ],
                    "volumeGroups": [{"name": "data", "uuid": "u", "logicalVolumes": [
                        {"name": "var", "size": "99%", "filesystem": {"mountPoint": "/var"}},
                        {"name": "bad"},
                    ]}],
                },
                "platform": {"image": "jammy", "kernel": "hwe", "kernelParams": {
                    "quiet": "true", "nosmt": "false", "splash": "true", "console": "ttyS1,115200n8",
                }},
                "metadata": {"tags": ["a_b"], "ownerData": {"cp": "enabled"}, "rack": "rack-1"},
            })
        );
        let told = warnings(&imported);
        for field in [
            "metadata.name",
            "oob.type",
            "oob.libvirt_uri",
            "interfaces.bond0.device_link",
            "interfaces.bond0.networks[0]",
            "interfaces.bond0.labels",
            "storage.physical_devices.sdb.partitions",
            "storage.volume_groups.data.logical_volumes[1].size",
            "platform.kernel_params.nosmt",
            "platform.kernel_params.splash",
            "metadata.tags[0]",
            "metadata.rack",
            "metadata.boot_mac",
            "base_os",
        ] {
            assert!(
                told.iter().any(|w| w.starts_with(&format!("HostProfile/base_os {field}: "))),
                "{field}: {told:#?}"
            );
        }
        assert_eq!(told.len(), 14, "{told:#?}");
        assert_eq!(imported.secrets[0].string_data.as_ref().unwrap()["password"], "12345");
    }

    #[test]
    fn what_takes_away_becomes_unset() {
        let imported = import(
            "
schema: drydock/HostProfile/v1
metadata: {name: child}
data:
  host_profile: base
  hardware_profile: '!'
  oob: {'!network': x, '!credential': x, type: '!'}
  interfaces:
    '!pxe': {}
    mgmt: null
    bond0: {device_link: '!', slaves: ['!nic2'], networks: ['!private_net', new], sriov: {vf_count: -1}}
  storage:
    physical_devices:
      '!sdb': {}
      sda: {labels: {'!bootdrive': x}, partitions: [{name: '!var', size: 1g}, {name: root, size: '!', filesystem: {mountpoint: '!'}}]}
    volume_groups: {data: {logical_volumes: [{name: '!var'}]}}
  platform: {kernel: '!', kernel_params: {'!quiet': true, splash: '!'}}
  metadata: {tags: ['!a.b', c], owner_data: {'!a/b': x}, rack: '!'}
",
        );
        let host = &imported.host_profiles[0].spec.host;
        assert_eq!(
            host.unset,
            [
                "/hardwareProfile",
                "/oob/credentialsRef",
                "/oob/network",
                "/oob/type",
                "/interfaces/pxe",
                "/interfaces/mgmt",
                "/interfaces/bond0/link",
                "/interfaces/bond0/devices/nic2",
                "/interfaces/bond0/networks/private-net",
                "/interfaces/bond0/sriov/virtualFunctions",
                "/storage/disks/sdb",
                "/storage/disks/sda/labels/bootdrive",
                "/storage/disks/sda/partitions/var",
                "/storage/disks/sda/partitions/root/size",
                "/storage/disks/sda/partitions/root/filesystem/mountPoint",
                "/storage/volumeGroups/data/logicalVolumes/var",
                "/platform/kernel",
                "/platform/kernelParams/quiet",
                "/platform/kernelParams/splash",
                "/metadata/tags/a_b",
                "/metadata/ownerData/a~1b",
                "/metadata/rack",
            ]
        );
        assert_eq!(host.interfaces[0].networks, ["new"]);
        assert_eq!(host.metadata.as_ref().unwrap().tags, ["c"]);
        assert_eq!((&host.oob, &host.platform), (&None, &None));
    }

    #[test]
    fn halves_of_an_account_are_completed_from_the_chain() {
        let imported = import(
            "
schema: drydock/HostProfile/v1
metadata: {name: base}
data: {oob: {account: root}}
---
schema: drydock/HostProfile/v1
metadata: {name: cp}
data: {host_profile: base, oob: {type: ipmi}}
---
schema: drydock/BaremetalNode/v1
metadata: {name: n1}
data: {host_profile: cp, oob: {credential: a}, addressing: [{network: oob, address: 10.0.0.1}]}
---
schema: drydock/BaremetalNode/v1
metadata: {name: n2}
data: {host_profile: cp, oob: {credential: a}, addressing: [{network: oob, address: 10.0.0.2}]}
",
        );
        assert_eq!(imported.secrets.len(), 1);
        let names = imported.nodes.iter().map(|n| n.spec.host.oob.clone().unwrap().credentials_ref.unwrap().name);
        assert_eq!(names.collect::<Vec<_>>(), ["n1-bmc", "n1-bmc"]);
        let told = warnings(&imported);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].starts_with("HostProfile/base oob.account: there is no credential to it"), "{told:#?}");
    }
}
