//! Every finding stands where the mistake does.

use crate::run::{findings, manifest, place, sample, violations};
use slipway::manifest::yaml;

#[test]
fn a_field_is_found_in_every_style() {
    let text = "# a comment
apiVersion: slipway.dev/v1alpha1
kind: HostProfile
metadata:
  name: worker
spec:
  platform:
    kernelParams: {quiet: 'true', net.ifnames: '0', net: '1'}
  interfaces:
  - name: bond0
    link: data
    networks: [oam, 'storage']
  - {name: pxe, link: pxe}
  storage:
    disks:
      - name: bootdisk
        partitions:
          - { name: root, size: 50G }
          - name: var
            size: 20G
";
    let (documents, faults) = yaml::read(text);
    assert_eq!(faults, []);
    let document = &documents[0];
    for (path, at) in [
        ("spec", "6:1"),
        ("spec.platform.kernelParams.quiet", "8:20"),
        ("spec.platform.kernelParams.net.ifnames", "8:35"),
        ("spec.platform.kernelParams.net", "8:53"),
        ("spec.interfaces[bond0]", "10:5"),
        ("spec.interfaces[bond0].link", "11:5"),
        ("spec.interfaces[bond0].networks[storage]", "12:21"),
        ("spec.interfaces[pxe].link", "13:17"),
        ("spec.interfaces[1].link", "13:17"),
        ("spec.storage.disks[bootdisk].partitions[root].size", "18:27"),
        ("spec.storage.disks[bootdisk].partitions[var].size", "20:13"),
        // What is not there is told where it would be.
        ("spec.storage.disks[bootdisk].partitions[tmp].size", "17:9"),
        ("spec.storage.disks[sdb].partitions[root].size", "15:5"),
        ("spec.oob", "6:1"),
        ("status", "5:3"),
        ("", "5:3"),
        ("[[", "5:3"),
        ("spec.interfaces[", "9:3"),
        ("spec.interfaces[bond0", "9:3"),
    ] {
        assert_eq!(document.marks.locate(&document.value, path).to_string(), at, "{path}");
    }
}

#[test]
fn a_violation_stands_at_its_own_entry() {
    let spec = "  addresses:\n    - {network: oam, address: 10.0.0.1}\n    - network: pxe\n      mode: DHCP\n    - {network: oam, address: 10.0.0.300}\n";
    let found: Vec<String> = violations(&manifest("BaremetalNode", "n1", spec)).iter().map(place).collect();
    assert_eq!(found, ["9:7 spec.addresses[oam]", "9:22 spec.addresses[oam].address"]);
}

#[test]
fn findings_of_the_design_have_places_and_come_in_order() {
    let broken =
        sample().replace("{network: storage, address: 10.40.42.12}", "{network: storge, address: 10.40.42.12}");
    let line = broken.lines().position(|line| line.contains("storge")).unwrap() + 1;
    let found = findings(&broken);
    assert!(found.iter().any(|f| f["line"] == line && f["rule"] == "SLW1019"), "{found:#?}");
    let lines: Vec<u64> = found.iter().map(|f| f["line"].as_u64().unwrap()).collect();
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn columns_count_characters() {
    let found = violations(&manifest("BaremetalNode", "n1", "  extra: {größe: 5}\n"));
    assert_eq!(place(&found[0]), "5:11 spec.extra.größe");
}
