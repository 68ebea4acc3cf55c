//! What the API server would refuse of one object is told without one.

use crate::run::{manifest, place, violations};

/// Kind, spec from line 5 on, place and field, and what is said.
const WRONG: &[(&str, &str, &str, &str)] = &[
    // Fields.
    ("BaremetalNode", "  hostProfle: worker\n", "5:3 spec.hostProfle", "did you mean `hostProfile`?"),
    ("BaremetalNode", "  metadata: {rak: r01}\n", "5:14 spec.metadata.rak", "did you mean `rack`?"),
    (
        "BaremetalNode",
        "  kernelParams: {quiet: ''}\n",
        "5:3 spec.kernelParams",
        "did you mean spec.platform.kernelParams?",
    ),
    ("BaremetalNode", "  zzz: 1\n", "5:3 spec.zzz", "take it out; known here are `addresses`"),
    ("BaremetalNode", "  addresses: [{mode: DHCP}]\n", "5:15 spec.addresses[0].network", "it is needed"),
    ("Site", "  mode: Observe\n", "4:1 spec.provisioner", "it is needed"),
    // Types.
    ("BaremetalNode", "  addresses: oam\n", "5:3 spec.addresses", "found text, expected a list"),
    ("BaremetalNode", "  addresses: {network: oam}\n", "5:3 spec.addresses", "begin each entry with `- `"),
    ("BaremetalNode", "  metadata: r01\n", "5:3 spec.metadata", "found text, expected a map"),
    ("BaremetalNode", "  hostProfile: 5\n", "5:3 spec.hostProfile", "put it in quotes: \\\"5\\\""),
    ("BaremetalNode", "  extra: {a: true}\n", "5:11 spec.extra.a", "put it in quotes: \\\"true\\\""),
    ("NetworkLink", "  mtu: '1500'\n  allowedNetworks: [a]\n", "5:3 spec.mtu", "take the quotes off: 1500"),
    (
        "NetworkLink",
        "  mtu: 1500.5\n  allowedNetworks: [a]\n",
        "5:3 spec.mtu",
        "found `1500.5`, expected a whole number",
    ),
    (
        "NetworkLink",
        "  mtu: null\n  allowedNetworks: null\n",
        "6:3 spec.allowedNetworks",
        "found nothing, expected a list",
    ),
    // What kubectl's older YAML makes of a word.
    ("BaremetalNode", "  power: On\n", "5:3 spec.power", "without quotes, which kubectl reads as true"),
    // Values.
    ("BaremetalNode", "  power: 'on'\n", "5:3 spec.power", "found `on`, expected `On` or `Off` did you mean `On`?"),
    (
        "BaremetalNode",
        "  deletionPolicy: Destroy\n",
        "5:3 spec.deletionPolicy",
        "expected `Retain`, `Release` or `ReleaseAndErase`",
    ),
    (
        "BaremetalNode",
        "  bootMac: '52:54:00:00:00'\n",
        "5:3 spec.bootMac",
        "expected text that fits ^([0-9A-Fa-f]{2}:){5}",
    ),
    (
        "BaremetalNode",
        "  bootMac: '52:54:00:00:00:00:00'\n",
        "5:3 spec.bootMac",
        "found 20 characters, expected at most 17",
    ),
    ("BaremetalNode", "  hostProfile: ''\n", "5:3 spec.hostProfile", "found no characters, expected at least 1"),
    (
        "Network",
        "  cidr: 10.0.0.0/24\n  vlan: 5000\n",
        "6:3 spec.vlan",
        "found `5000`, expected a number from 1 to 4094",
    ),
    (
        "HardwareProfile",
        "  raid: [{name: a, level: RAID1, disks: []}]\n",
        "5:34 spec.raid[a].disks",
        "found no entries, expected at least 1",
    ),
    // Lists.
    (
        "HardwareProfile",
        "  disks:\n    - {name: a}\n    - {name: b}\n    - {name: a}\n",
        "8:7 spec.disks[a]",
        "a second time; it is in line 6",
    ),
    // Rules in CEL.
    (
        "BaremetalNode",
        "  addresses: [{network: a, address: ten}]\n",
        "5:28 spec.addresses[a].address",
        "found `ten`: must be an IP address",
    ),
    ("BaremetalNode", "  addresses: [{network: a}]\n", "5:15 spec.addresses[a]", "address is needed for mode Static"),
    ("Network", "  cidr: 10.0.0.0\n", "5:3 spec.cidr", "must be a network in CIDR notation"),
    (
        "HardwareProfile",
        "  deviceAliases: [{name: a}]\n",
        "5:19 spec.deviceAliases[a]",
        "exactly one of pciAddress, scsiAddress and rule",
    ),
    (
        "HardwareProfile",
        "  deviceAliases: [{name: a, rule: {}}]\n",
        "5:29 spec.deviceAliases[a].rule",
        "a rule needs one of",
    ),
    ("HardwareProfile", "  disks: [{name: a, alias: b, count: 2}]\n", "5:11 spec.disks[a]", "count or alias"),
];

#[test]
fn each_violation_is_told_once_with_its_place() {
    let mut wrong = Vec::new();
    for (kind, spec, at, says) in WRONG {
        let found = violations(&manifest(kind, "n1", spec));
        let told: Vec<String> = found.iter().map(|f| format!("{}: {} {}", place(f), f["message"], f["hint"])).collect();
        let told: Vec<String> = told.iter().map(|told| told.replace("\" \"", " ")).collect();
        let expected = told.iter().filter(|told| told.starts_with(&format!("{at}: ")) && told.contains(says)).count();
        if expected != 1 || (told.len() != 1 && *kind != "Site") {
            wrong.push(format!("{kind} {spec}expected {at} … {says}\nfound {told:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_and_labels_are_held_against_kubernetes() {
    for (metadata, at, says) in [
        ("{name: N1}", "3:12 metadata.name", "expected a name of Kubernetes"),
        ("{name: n.1}", "3:12 ", "it must be a DNS label"),
        ("{name: 5}", "3:12 metadata.name", "put it in quotes"),
        ("{name: off}", "3:12 metadata.name", "kubectl reads as false"),
        ("{namespace: a}", "3:1 metadata.name", "found no name"),
        ("{name: a, lables: {}}", "3:21 metadata.lables", "did you mean `labels`?"),
        ("{name: a, labels: {x: 1}}", "3:30 metadata.labels.x", "put it in quotes"),
        ("{name: a, annotations: {x: yes}}", "3:35 metadata.annotations.x", "kubectl reads as true"),
        ("n1", "3:1 metadata", "found `n1`, expected a map"),
    ] {
        let found = violations(&format!(
            "apiVersion: slipway.dev/v1alpha1\nkind: BaremetalNode\nmetadata: {metadata}\nspec: {{}}\n"
        ));
        let told: Vec<String> = found.iter().map(|f| format!("{}: {} {}", place(f), f["message"], f["hint"])).collect();
        assert!(told.len() == 1 && told[0].starts_with(at) && told[0].contains(says), "{metadata}: {told:#?}");
    }
}

#[test]
fn an_object_as_the_api_server_gives_it_is_fine() {
    let found = violations(
        "apiVersion: slipway.dev/v1alpha1\nkind: BaremetalNode\nmetadata: {name: n1, uid: a, resourceVersion: '5', generation: 1, creationTimestamp: null, managedFields: []}\nspec: {hostProfile: null}\nstatus: {anything: true}\n",
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_object_that_cannot_be_read_is_told_once() {
    let found = violations(&manifest("BaremetalNode", "n1", "  addresses: 5\n  oob: []\n"));
    let places: Vec<String> = found.iter().map(place).collect();
    assert_eq!(places, ["5:3 spec.addresses", "6:3 spec.oob"]);
}

#[test]
fn what_may_be_secret_is_not_shown() {
    let secret = "hunter2";
    for (kind, spec) in [
        ("Site", format!("  provisioner: {{maas: {{url: 'ftp://admin:{secret}@maas', credentialsRef: {secret}}}}}\n")),
        (
            "Site",
            format!("  provisioner: {{maas: {{url: 'http://maas', credentialsRef: {{name: {{a: {secret}}}}}}}}}\n"),
        ),
        ("BaremetalNode", format!("  oob: {{credentialsRef: {secret}, password: {secret}}}\n")),
        ("BaremetalNode", format!("  oob: {{credentialsRef: {{name: 5, password: {secret}}}}}\n")),
    ] {
        let found = violations(&manifest(kind, "n1", &spec));
        assert!(!found.is_empty(), "{spec}");
        assert!(!format!("{found:?}").contains(secret), "{found:#?}");
    }
}
