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
fn slw1016_disks_groups_and_mount_points_fit_together() {
    let rule = "SLW1016";
    finds_nothing(&manifests(SITE), rule);
    let disk = "spec.storage.disks[bootdisk]";
    let group = "spec.storage.volumeGroups[vg]";
    for (from, to, field) in [
        ("- name: bootdisk\n", "- name: bootdisk\n        volumeGroup: vg\n", disk),
        ("volumeGroup: vg}", "volumeGroup: vg, filesystem: {}}", "spec.storage.disks[bootdisk].partitions[data]"),
        (", volumeGroup: vg}", "}", group),
        (
            "- name: vg\n        logicalVolumes: [{name: var, size: 50%, filesystem: {mountPoint: /var}}]",
            "[]",
            "spec.storage.disks",
        ),
        ("mountPoint: /var", "mountPoint: /boot", "spec.storage"),
        ("{name: boot, size: 1G,", "{name: boot,", disk),
        ("[{name: var, size: 50%,", "[{name: log, size: 51%}, {name: var, size: 50%,", group),
        ("{name: boot, size: 1G,", "{name: boot, size: '>1G',", disk),
    ] {
        let to = if to == "[]" { "" } else { to };
        let from = if to.is_empty() { format!("    volumeGroups:\n      {from}") } else { from.to_owned() };
        finds(&worker(&from, to), rule, AT, field, BOTH);
    }
    let partitions = worker("      - name: bootdisk\n", "      - {name: sdb}\n      - name: bootdisk\n");
    finds(&partitions, rule, AT, "spec.storage.disks[sdb]", BOTH);
}
