//! The rules about storage.

use crate::rules_manifests::{SITE, finds, finds_nothing, manifests, site_where};
use slipway::design::Manifests;

const BOTH: &[&str] = &["n1", "n2"];
const AT: &str = "HostProfile/worker";

fn worker(from: &str, to: &str) -> Manifests {
    site_where("HostProfile", "worker", from, to)
}

#[test]
fn slw1007_root_and_boot_are_big_enough() {
    let rule = "SLW1007";
    for (from, fine) in [("size: 30G", "size: 20G"), ("size: 30G", "size: 90%"), ("size: 1G", "size: 1000M")] {
        finds_nothing(&worker(from, fine), rule);
    }
    let root = "spec.storage.disks[bootdisk].partitions[root].size";
    finds(&worker("size: 30G", "size: 19G"), rule, AT, root, BOTH);
    let boot = "spec.storage.disks[bootdisk].partitions[boot].size";
    finds(&worker("size: 1G", "size: 999M"), rule, AT, boot, BOTH);
    finds(&worker("mountPoint: /}", "mountPoint: /srv}"), rule, AT, "spec.storage", BOTH);
}

#[test]
fn slw1016_a_disk_and_a_partition_are_one_thing() {
    let rule = "SLW1016";
    finds_nothing(&manifests(SITE), rule);
    for (from, to, field) in [
        ("- name: bootdisk\n", "- name: bootdisk\n        volumeGroup: vg\n", "spec.storage.disks[bootdisk]"),
        ("volumeGroup: vg}", "volumeGroup: vg, filesystem: {}}", "spec.storage.disks[bootdisk].partitions[data]"),
    ] {
        finds(&worker(from, to), rule, AT, field, BOTH);
    }
    let partitions = worker("      - name: bootdisk\n", "      - {name: sdb}\n      - name: bootdisk\n");
    finds(&partitions, rule, AT, "spec.storage.disks[sdb]", BOTH);
}

#[test]
fn slw1030_volume_groups_have_disks_and_descriptions() {
    let rule = "SLW1030";
    finds_nothing(&manifests(SITE), rule);
    finds(&worker(", volumeGroup: vg}", "}"), rule, AT, "spec.storage.volumeGroups[vg]", BOTH);
    let groups = "    volumeGroups:\n      - name: vg\n        logicalVolumes: [{name: var, size: 50%, filesystem: {mountPoint: /var}}]";
    finds(&worker(groups, ""), rule, AT, "spec.storage.disks", BOTH);
}

#[test]
fn slw1031_a_mount_point_is_one_file_systems() {
    let rule = "SLW1031";
    finds_nothing(&manifests(SITE), rule);
    finds(&worker("mountPoint: /var", "mountPoint: /boot"), rule, AT, "spec.storage", BOTH);
}

#[test]
fn slw1032_sizes_add_up() {
    let rule = "SLW1032";
    let (disk, group) = ("spec.storage.disks[bootdisk]", "spec.storage.volumeGroups[vg]");
    finds_nothing(&worker("[{name: var, size: 50%,", "[{name: log, size: 50%}, {name: var, size: 50%,"), rule);
    finds_nothing(&worker("{name: boot, size: 1G,", "{name: boot, size: 1%,"), rule);
    for (from, to, field) in [
        ("{name: boot, size: 1G,", "{name: boot,", disk),
        ("[{name: var, size: 50%,", "[{name: log, size: 51%}, {name: var, size: 50%,", group),
        ("[{name: var, size: 50%,", "[{name: log, size: 1G}, {name: var, size: 100%,", group),
        ("{name: boot, size: 1G,", "{name: boot, size: '>1G',", disk),
    ] {
        finds(&worker(from, to), rule, AT, field, BOTH);
    }
}
