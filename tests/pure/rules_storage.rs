//! The rules about storage.

use crate::rules_manifests::{SITE, document, finds, finds_nothing, manifests, site_where, site_with, the_only};
use slipway::{design::Manifests, model::Severity};
use std::sync::Arc;

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
    // A name may hold what separates the parts of a pointer.
    let mut by_path = worker("name: bootdisk", "name: /dev/sda");
    let small = serde_json::to_string(&*by_path.host_profiles["worker"]).unwrap().replace("\"30G\"", "\"19G\"");
    by_path.host_profiles.insert("worker".into(), Arc::new(serde_json::from_str(&small).unwrap()));
    finds(&by_path, rule, AT, "spec.storage.disks[/dev/sda].partitions[root].size", BOTH);
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

/// The faultless site with other storage, on firmware of this kind.
fn booting(mode: &str, storage: &str) -> Manifests {
    let text = document("HostProfile", "worker");
    let start = text.find("  storage:").unwrap();
    let worker = format!("{}  storage: {storage}\n", &text[..start]);
    let dell = document("HardwareProfile", "dell").replace("spec:\n", &format!("spec:\n  bootMode: {mode}\n"));
    site_with(&format!("{worker}---\n{dell}"))
}

#[test]
fn slw1056_the_firmware_finds_what_it_boots_from() {
    let rule = "SLW1056";
    let root = "{name: root, size: 30G, filesystem: {mountPoint: /}}";
    let efi = |rest: &str| format!("{{name: efi, size: 1G, {rest}}}");
    let disk = |parts: &str| format!("{{disks: [{{name: sda, partitions: [{parts}]}}]}}");
    finds_nothing(&manifests(SITE), rule);
    for kind in ["fat32", "vfat"] {
        let fine = efi(&format!("bootable: true, filesystem: {{mountPoint: /boot/efi, type: {kind}}}"));
        finds_nothing(&booting("UEFI", &disk(&format!("{fine}, {root}"))), rule);
    }
    let ext4 = efi("bootable: true, filesystem: {mountPoint: /boot/efi}");
    let at_efi = "spec.storage.disks[sda].partitions[efi]";
    let site = booting("UEFI", &disk(&format!("{ext4}, {root}")));
    finds(&site, rule, AT, &format!("{at_efi}.filesystem"), BOTH);
    let unmarked = efi("filesystem: {mountPoint: /boot/efi, type: fat32}");
    let site = booting("UEFI", &disk(&format!("{unmarked}, {root}")));
    finds(&site, rule, AT, at_efi, BOTH);
    assert_eq!(the_only(&site).severity, Severity::Warning);
    let site = booting("BIOS", &disk(&format!("{unmarked}, {root}")));
    finds(&site, rule, AT, at_efi, BOTH);
    assert_eq!(the_only(&site).severity, Severity::Warning);
}

#[test]
fn slw1056_uefi_needs_a_partition_of_the_boot_disk() {
    let rule = "SLW1056";
    let volumes = "volumeGroups: [{name: vg, logicalVolumes: [{name: root, size: 30G, filesystem: {mountPoint: /}}]}]";
    let whole = |labels: &str| format!("{{disks: [{{name: sda, {labels}volumeGroup: vg}}], {volumes}}}");
    let labelled = "labels: {bootdrive: \"true\"}, ";
    finds(&booting("UEFI", &whole(labelled)), rule, AT, "spec.storage.disks[sda]", BOTH);
    finds(&booting("UEFI", &whole("")), rule, AT, "spec.storage.disks", BOTH);
    finds_nothing(&booting("BIOS", &whole(labelled)), rule);
    let part = |labels: &str, more: &str| {
        let data = "{name: data, size: 90%, volumeGroup: vg}";
        format!("{{disks: [{{name: sda, {labels}partitions: [{more}{data}]}}], {volumes}}}")
    };
    finds_nothing(&booting("UEFI", &part(labelled, "")), rule);
    finds_nothing(&booting("UEFI", &part("", "{name: boot, size: 2G, filesystem: {mountPoint: /boot}}, ")), rule);
    finds(&booting("UEFI", &part("", "")), rule, AT, "spec.storage.disks", BOTH);
    let on_volume = part(labelled, "").replace(
        "logicalVolumes: [",
        "logicalVolumes: [{name: efi, size: 1G, filesystem: {mountPoint: /boot/efi, type: fat32}}, ",
    );
    finds(&booting("UEFI", &on_volume), rule, AT, "spec.storage.volumeGroups[vg].logicalVolumes[efi]", BOTH);
}

#[test]
fn slw1056_maas_makes_the_file_systems() {
    let rule = "SLW1056";
    let at_root = "spec.storage.disks[bootdisk].partitions[root].filesystem.type";
    let root = |kind: &str| worker("mountPoint: /}", &format!("mountPoint: /, type: {kind}}}"));
    for fine in ["ext4", "xfs", "btrfs"] {
        finds_nothing(&root(fine), rule);
    }
    for wrong in ["ext3", "zfs", "vfat", "swap", "EXT4"] {
        finds(&root(wrong), rule, AT, at_root, BOTH);
    }
    let var = worker("mountPoint: /var}", "mountPoint: /var, type: reiserfs}");
    finds(&var, rule, AT, "spec.storage.volumeGroups[vg].logicalVolumes[var].filesystem.type", BOTH);
    finds_nothing(&worker("mountPoint: /var}", "mountPoint: /var, type: vfat}"), rule);
}

#[test]
fn slw1077_software_raids_have_their_members() {
    let rule = "SLW1077";
    let with = |raids: &str, disks: &str| {
        let storage = format!("    disks:\n{disks}      - name: bootdisk\n");
        let text = document("HostProfile", "worker").replace("    disks:\n      - name: bootdisk\n", &storage);
        assert!(text.contains(disks), "{text}");
        site_with(&text.replace("  storage:\n", &format!("  storage:\n    softwareRaids: [{raids}]\n")))
    };
    let disks = |count: usize, more: &str| -> String {
        let disk = |n| format!("      - {{name: sd{n}, softwareRaid: md0{more}}}\n");
        (0..count).map(disk).collect::<Vec<_>>().concat()
    };
    let at = "spec.storage.softwareRaids[md0]";
    finds_nothing(&with("{name: md0}", &disks(2, "")), rule);
    finds(&with("{name: md0}", &disks(1, "")), rule, AT, at, BOTH);
    finds(&with("{name: md0}", &disks(2, ", spare: true")), rule, AT, at, BOTH);
    finds(&with("{name: md0, level: RAID6}", &disks(3, "")), rule, AT, at, BOTH);
    finds(&with("{name: md0, volumeGroup: vg, filesystem: {}}", &disks(2, "")), rule, AT, at, BOTH);
    finds(&with("", &disks(2, "")), rule, AT, "spec.storage.disks", BOTH);
}
