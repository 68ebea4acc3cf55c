//! The larger sample: forty machines in two racks, DHCP relayed into the second, both protocols, software RAIDs, LVM. Its
//! design is deployed, read back object by object, and a second run changes nothing.

use crate::{
    ground::{root, scenario},
    maas_api::find,
    read_back::read_back,
    scene::{Scene, documents},
};
use serde_json::{Value, json};
use std::{fmt::Write, fs};

/// The machines' NICs, by PCI address.
const NICS: [(&str, &str); 3] =
    [("0000:04:00.0", "eno1"), ("0000:31:00.0", "ens1f0np0"), ("0000:98:00.0", "ens3f0np0")];

#[test]
fn forty_machines_are_what_their_design_says_and_a_second_run_changes_nothing() {
    let manifests = manifests();
    let lab = lab(&documents(&manifests));
    scenario(|ground, turn| async move {
        let mut scene = Scene::new(ground, Some(turn), &lab).await;
        scene.apply(&manifests, json!({ "poll": "10s" })).await;
        scene.start_operator();
        scene.until_deployed(40).await;
        scene.until("sites", "meridian", "Ready", "True", "").await;
        scene.assert_deployed_once().await;
        read_back(&scene, &NICS).await;
        for node in scene.objects("baremetalnodes").await {
            storage(&scene, &node).await;
        }

        scene.second_run_changes_nothing().await;
        scene.until("sites", "meridian", "Drifted", "False", "").await;
        scene.end().await;
    });
}

pub fn manifests() -> String {
    let folder = root().join("config/samples/production");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect::<Vec<_>>().join("\n---\n")
}

/// The hardware that the sample's profiles describe, cabled as its racks say.
pub fn lab(documents: &[Value]) -> String {
    let mut text = String::from(
        "seed: 60\nmaas:\n  rackController: {hostname: rack-1, interfaces: [{name: eth0, address: 10.60.1.5/24, segment: pxe-r01}]}\n  \
         dhcpRelays: [{segment: pxe-r02, address: 10.60.2.1}]\n\
         bmc: {translate: {from: 10.60.0.0/24, to: 127.60.0.0/24}}\nmachines:\n",
    );
    for node in documents.iter().filter(|document| document["kind"] == "BaremetalNode") {
        let (name, spec) = (node["metadata"]["name"].as_str().unwrap(), &node["spec"]);
        let rack = spec["metadata"]["rack"].as_str().unwrap();
        let (bmc, mac) = (&spec["addresses"][0]["address"], spec["bootMac"].as_str().unwrap());
        let is_storage = spec["hostProfile"] == "storage";
        let (product, cpus, memory) =
            if is_storage { ("PowerEdge R760xd2", 32, 131_072) } else { ("PowerEdge R660", 64, 262_144) };
        writeln!(
            text,
            "- name: {name}\n  bmc: {{address: {bmc}, user: root, password: calvin}}\n  firmware: Uefi\n  vendor: Dell Inc.\n  \
             product: {product}\n  serial: MER{name}\n  cpus: {cpus}\n  memoryMib: {memory}\n  nics:"
        )
        .unwrap();
        for (n, (pci, nic)) in NICS.iter().enumerate() {
            let mac = format!("{}:{}{n}{}", &mac[..8], ["6", "7", "8"][n], &mac[11..]);
            let (segment, leaf, speed) = match n {
                0 => (format!("pxe-{rack}"), "a", 1000),
                1 => ("data".to_owned(), "a", 25000),
                _ => ("data".to_owned(), "b", 25000),
            };
            writeln!(
                text,
                "  - {{name: {nic}, mac: \"{mac}\", pci: \"{pci}\", segment: {segment}, switch: leaf-{rack}{leaf}, speedMbps: {speed}}}"
            )
            .unwrap();
        }
        writeln!(text, "  disks:").unwrap();
        for (n, disk) in ["sda", "sdb"].iter().enumerate() {
            writeln!(
                text,
                "  - {{name: {disk}, sizeBytes: 480103981056, scsi: \"0:0.{n}.0\", serial: \"{name}-{disk}\"}}"
            )
            .unwrap();
        }
        for n in 0..if is_storage { 6 } else { 0 } {
            let disk = ["sdc", "sdd", "sde", "sdf", "sdg", "sdh"][n];
            writeln!(
                text,
                "  - {{name: {disk}, sizeBytes: 8001563222016, scsi: \"1:0.{n}.0\", serial: \"{name}-{disk}\"}}"
            )
            .unwrap();
        }
        for n in 0..if is_storage { 0 } else { 2 } {
            writeln!(
                text,
                "  - {{name: nvme{n}n1, sizeBytes: 1920383410176, pci: \"0000:c{}:00.0\", serial: \"{name}-nvme{n}\"}}",
                n + 1
            )
            .unwrap();
        }
    }
    text
}

/// Mount points of everything on a machine, with the device, its size in GB and the file system.
fn mounts(machine: &Value) -> Vec<(String, String, u64, String)> {
    let mut found = Vec::new();
    let mut devices: Vec<&Value> = machine["blockdevice_set"].as_array().unwrap().iter().collect();
    devices.extend(
        machine["blockdevice_set"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|disk| disk["partitions"].as_array().into_iter().flatten()),
    );
    for device in devices {
        let filesystem = &device["filesystem"];
        if let Some(point) = filesystem["mount_point"].as_str().filter(|point| !point.is_empty()) {
            let path = device["path"].as_str().unwrap();
            let name = path.rsplit_once("by-dname/").map_or(path, |(_, name)| name).to_owned();
            let size = device["size"].as_u64().unwrap() / 1_000_000_000;
            found.push((point.to_owned(), name, size, filesystem["fstype"].as_str().unwrap().to_owned()));
        }
    }
    found.sort();
    found
}

/// What `config/samples/production/40-profiles.yaml` says, read by a person.
async fn storage(scene: &Scene, node: &Value) {
    let name = node["metadata"]["name"].as_str().unwrap();
    let machine = scene.maas().machine(name).await;
    let found = mounts(&machine);
    let mounted = |point: &str, fstype: &str, gigabytes: std::ops::RangeInclusive<u64>| {
        let one = found.iter().find(|(p, ..)| p == point).unwrap_or_else(|| panic!("{name}: {point} in {found:#?}"));
        assert!(gigabytes.contains(&one.2) && one.3 == fstype, "{name}: {one:?}");
    };
    mounted("/boot/efi", "fat32", 0..=1);
    mounted("/", "ext4", 398..=400);
    let raids = scene.maas().get(&format!("nodes/{}/raids/", machine["system_id"].as_str().unwrap())).await;
    let raid = |array: &str, level: &str, members: usize, spares: usize| {
        let one = find(&raids, "name", array);
        assert_eq!(one["level"], level, "{name} {array}");
        let count = |field: &str| one[field].as_array().unwrap().len();
        assert_eq!((count("devices"), count("spare_devices")), (members, spares), "{name} {array}");
    };
    raid("md0", "raid-1", 2, 0);
    assert_eq!(machine["boot_disk"]["name"], "sda", "{name}");
    match node["spec"]["hostProfile"].as_str().unwrap() {
        "control" => {
            mounted("/var/lib/etcd", "ext4", 199..=200);
            mounted("/var/lib/containers", "xfs", 1700..=1721);
            assert_eq!((found.len(), raids.as_array().unwrap().len()), (4, 1), "{name}: {found:#?}");
        }
        "compute" => {
            raid("md1", "raid-0", 2, 0);
            mounted("/var/lib/instances", "xfs", 3440..=3457);
            assert_eq!((found.len(), raids.as_array().unwrap().len()), (3, 2), "{name}: {found:#?}");
        }
        _ => {
            raid("md2", "raid-6", 5, 1);
            mounted("/srv", "xfs", 23_990..=24_005);
            assert_eq!((found.len(), raids.as_array().unwrap().len()), (3, 2), "{name}: {found:#?}");
        }
    }
}
