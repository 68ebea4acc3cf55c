//! What is designed and not carried out is never silently ignored (SLW1015): the field, whether it stops, and whom.

use crate::rules_manifests::{document, finds, finds_nothing, site_where, site_with, the_only};
use slipway::{design::Manifests, model::Severity};

const RULE: &str = "SLW1015";
const BOTH: &[&str] = &["n1", "n2"];
const UUID: &str = "8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846";

fn dell(more: &str) -> Manifests {
    site_where("HardwareProfile", "dell", "spec:\n", &format!("spec:\n  {more}\n"))
}

fn defaults(from: &str, to: &str) -> Manifests {
    site_where("HostProfile", "defaults", from, to)
}

fn worker(from: &str, to: &str) -> Manifests {
    site_where("HostProfile", "worker", from, to)
}

/// An error at this field that stops these nodes; an empty list: the whole site.
#[track_caller]
fn stops(site: &Manifests, object: &str, field: &str, nodes: &[&str]) {
    finds(site, RULE, object, field, nodes);
    assert_eq!(the_only(site).severity, Severity::Error);
}

/// A warning at this field.
#[track_caller]
fn warns(site: &Manifests, object: &str, field: &str) {
    finds(site, RULE, object, field, &[]);
    assert_eq!(the_only(site).severity, Severity::Warning);
}

#[test]
fn what_is_informational_has_no_finding() {
    finds_nothing(&dell("vendor: Dell\n  model: R720\n  hardwareVersion: '3'\n  biosVersion: 2.2.3"), RULE);
    finds_nothing(&site_where("NetworkLink", "pxe", "spec: {", "spec: {linkSpeed: 25G, "), RULE);
    let rack = "spec: {location: {row: a}, heightUnits: 42, switches: [{name: tor}], ";
    finds_nothing(&site_where("Rack", "cab1", "spec: {", rack), RULE);
}

#[test]
fn expectations_that_nothing_checks_are_warnings() {
    for (field, value) in [
        ("cpus", "{sockets: 2, cores: 32, threads: 64, model: Xeon, architecture: amd64}"),
        ("memory", "{minSize: 512Gi}"),
        ("disks", "[{name: data, minSize: 1T, type: NVMe, count: 4}, {name: boot, alias: bootdisk}]"),
        ("firmware", "[{name: BMC, version: '7.00'}]"),
        ("nics", "[{name: up, alias: nic1, speed: 25G, vendor: Mellanox}, {name: any, pciAddress: '0000:43:00.0'}]"),
    ] {
        finds_nothing(&dell(&format!("{field}: {value}")), RULE);
    }
    let signals = |flag: &str| site_where("BootAction", "motd", "spec:\n", &format!("spec:\n  signaling: {flag}\n"));
    warns(&signals("true"), "BootAction/motd", "spec.signaling");
    finds_nothing(&signals("false"), RULE);
}

#[test]
fn raid_stops_the_nodes_of_its_hardware() {
    let array = "raid: [{name: system, level: RAID1, disks: [disk1, disk2], spares: [disk3], size: 480G}]";
    let alias = |number: u8| format!("{{name: disk{number}, scsiAddress: '1:0.{number}.0'}}");
    let aliases = [1, 2, 3].map(alias).join("\n    - ");
    let text = document("HardwareProfile", "dell").replace("spec:\n", &format!("spec:\n  {array}\n"));
    let dell = text.replace("deviceAliases:\n", &format!("deviceAliases:\n    - {aliases}\n"));
    stops(&site_with(&dell), "HardwareProfile/dell", "spec.raid[system]", BOTH);
    let spare = dell.replace("{name: dell}", "{name: spare}");
    warns(&site_with(&spare), "HardwareProfile/spare", "spec.raid[system]");
}

#[test]
fn sriov_stops_the_nodes_that_get_it() {
    let bond = "{name: bond0, link: bond0,";
    let inherited = defaults(bond, "{name: bond0, sriov: {virtualFunctions: 8}, link: bond0,");
    stops(&inherited, "HostProfile/defaults", "spec.interfaces[bond0].sriov", BOTH);
    let own = site_where(
        "BaremetalNode",
        "n1",
        "  hostProfile: worker\n",
        "  hostProfile: worker\n  interfaces: [{name: bond0, sriov: {virtualFunctions: 8}}]\n",
    );
    stops(&own, "BaremetalNode/n1", "spec.interfaces[bond0].sriov", &["n1"]);
}

#[test]
fn a_uuid_that_maas_would_refuse_stops_the_node() {
    let disk = "spec.storage.disks[bootdisk].partitions[root]";
    let group = "spec.storage.volumeGroups[vg]";
    let version_1 = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    for (from, to, field) in [
        ("size: 30G,", "size: 30G, partUuid: UUID,", format!("{disk}.partUuid")),
        ("{mountPoint: /}", "{mountPoint: /, uuid: UUID}", format!("{disk}.filesystem.uuid")),
        ("- name: vg\n", "- name: vg\n        uuid: UUID\n", format!("{group}.uuid")),
        ("size: 50%,", "size: 50%, uuid: UUID,", format!("{group}.logicalVolumes[var].uuid")),
        (
            "{mountPoint: /var}",
            "{mountPoint: /var, uuid: UUID}",
            format!("{group}.logicalVolumes[var].filesystem.uuid"),
        ),
    ] {
        for good in [UUID, &UUID.to_uppercase()] {
            let shared = worker(from, &to.replace("UUID", good));
            // Both nodes follow the profile, and MAAS takes a UUID once; those of file systems it does not compare.
            if field.ends_with("filesystem.uuid") {
                finds_nothing(&shared, RULE);
            } else {
                stops(&shared, "HostProfile/worker", &field, BOTH);
            }
        }
        for bad in ["root", version_1, "8a1c3b526f0e4d7b9c2a51e0f7d3b846"] {
            stops(&worker(from, &to.replace("UUID", bad)), "HostProfile/worker", &field, BOTH);
        }
    }
    let own = |volume: &str| {
        let disks = format!("disks: [{{name: bootdisk, partitions: [{{name: root, partUuid: {UUID}}}]}}]");
        let storage = format!("hostProfile: worker\n  storage: {{{disks}{volume}}}");
        site_where("BaremetalNode", "n1", "hostProfile: worker", &storage)
    };
    finds_nothing(&own(""), RULE);
    let twice = own(&format!(", volumeGroups: [{{name: vg, logicalVolumes: [{{name: var, uuid: {UUID}}}]}}]"));
    stops(&twice, "BaremetalNode/n1", "spec.storage.volumeGroups[vg].logicalVolumes[var].uuid", &["n1"]);
}
