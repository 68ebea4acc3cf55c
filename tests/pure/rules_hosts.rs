//! The rules about what machines are called, what they are made of, and what they get.

use crate::rules_manifests::{SITE, document, finds, finds_nothing, found, manifests, site_where, site_with, the_only};
use slipway::{
    api::{
        HardwareInventory,
        hardware_inventory::{HardwareInventorySpec, HardwareInventoryStatus},
        site::SiteStatus,
    },
    design::{Manifests, SecretFacts},
    model::{ObjectKey, Severity},
};
use std::sync::Arc;

const BOTH: &[&str] = &["n1", "n2"];
const DELL: &str = "HardwareProfile/dell";
const DEFAULTS: &str = "HostProfile/defaults";

fn dell(more: &str) -> Manifests {
    site_where("HardwareProfile", "dell", "spec:\n", &format!("spec:\n  {more}\n"))
}

fn defaults(from: &str, to: &str) -> Manifests {
    site_where("HostProfile", "defaults", from, to)
}

#[test]
fn slw1035_a_device_is_an_alias_or_a_kernels_name() {
    let rule = "SLW1035";
    finds_nothing(&manifests(SITE), rule);
    let card = defaults("devices: [nic1, nic2]", "devices: [nic1, nic3]");
    finds(&card, rule, DEFAULTS, "spec.interfaces[bond0].devices", BOTH);
    assert_eq!(the_only(&card).severity, Severity::Error);
    finds_nothing(&defaults("devices: [nic1, nic2]", "devices: [ens1f0np0, /dev/net0]"), rule);
    let disk = site_where("HostProfile", "worker", "- name: bootdisk", "- name: rootdisk");
    finds(&disk, rule, "HostProfile/worker", "spec.storage.disks[rootdisk]", BOTH);
    // Without a hardware profile nobody can tell.
    let bare = site_with(&document("HostProfile", "defaults").replace("  hardwareProfile: dell\n", ""));
    finds_nothing(&bare, rule);
    // Within the hardware profile.
    finds(&dell("disks: [{name: a, alias: sda}, {name: b, alias: bootdisk}]"), rule, DELL, "spec.disks[a].alias", BOTH);
    finds(&dell("nics: [{name: a, alias: nic3}]"), rule, DELL, "spec.nics[a].alias", BOTH);
    let raid = dell("raid: [{name: r, level: RAID0, disks: [bootdisk, x], spares: [z]}]");
    let fields: Vec<String> = found(&raid, rule).into_iter().map(|(_, field, _)| field).collect();
    assert_eq!(fields, ["spec.raid[r].disks", "spec.raid[r].spares"]);
    let spare = "{kind: HardwareProfile, metadata: {name: spare}, spec: {nics: [{name: a, alias: x}]}}";
    finds(&site_with(spare), rule, "HardwareProfile/spare", "spec.nics[a].alias", &[]);
}

/// The faultless site, whose provisioner has these images.
fn site_of_images(image: &str, images: &[&str]) -> Manifests {
    let mut site = defaults("image: noble", &format!("image: {image}"));
    let mut seen = site.site.as_deref().unwrap().clone();
    let images = images.iter().map(|image| (*image).to_owned()).collect();
    seen.status = Some(SiteStatus { images, ..SiteStatus::default() });
    site.site = Some(Arc::new(seen));
    site
}

#[test]
fn slw1036_an_image_is_one_that_the_provisioner_has() {
    let rule = "SLW1036";
    finds_nothing(&manifests(SITE), rule);
    let images = ["ubuntu/noble", "custom/golden"];
    for fine in ["noble", "ubuntu/noble", "custom/golden"] {
        finds_nothing(&site_of_images(fine, &images), rule);
    }
    for wrong in ["jammy", "ubuntu/jammy", "golden", "custom/noble", "nobl"] {
        finds(&site_of_images(wrong, &images), rule, DEFAULTS, "spec.platform.image", BOTH);
    }
    finds_nothing(&site_of_images("jammy", &[]), rule);
    // What was cut off at the end of a long list is not known.
    finds_nothing(&site_of_images("jammy", &vec!["ubuntu/noble"; 256]), rule);
    finds(&site_of_images("jammy", &vec!["ubuntu/noble"; 255]), rule, DEFAULTS, "spec.platform.image", BOTH);
}

/// The faultless site with `n2` under another name.
fn named(name: &str) -> Manifests {
    let text = document("BaremetalNode", "n2").replace("{name: n2}", &format!("{{name: '{name}'}}"));
    site_with(&format!("{{kind: BaremetalNode, metadata: {{name: n2}}, delete: true}}\n---\n{text}"))
}

fn in_domain(domain: &str) -> Manifests {
    site_where("Network", "oam", "domain: example.com", &format!("domain: '{domain}'"))
}

#[test]
fn slw1037_names_are_such_as_dns_takes() {
    let rule = "SLW1037";
    let label = |length: usize| "a".repeat(length);
    for fine in ["n2", "N2", "r01-u10", &label(63), "2n", "r01.u10"] {
        finds_nothing(&named(fine), rule);
    }
    for wrong in ["n_2", "n__2", "-n2", "n2-", &label(64), "n..2", "knöten"] {
        finds(&named(wrong), rule, &format!("BaremetalNode/{wrong}"), "metadata.name", &[wrong]);
    }
    for fine in ["example.com", "EXAMPLE.com", "x", "1.2"] {
        finds_nothing(&in_domain(fine), rule);
    }
    for wrong in ["example_1.com", "example.com.", ".example.com", "-x.com", "x y"] {
        finds(&in_domain(wrong), rule, "Network/oam", "spec.dns.domain", BOTH);
    }
    // `n1` and a dot are three characters more.
    let long = |length: usize| format!("{}.{}.{}.{}", label(63), label(63), label(63), label(length - 192));
    finds_nothing(&in_domain(&long(250)), rule);
    assert_eq!(found(&in_domain(&long(251)), rule).len(), 2);
    finds(&in_domain(&long(254)), rule, "Network/oam", "spec.dns.domain", BOTH);
}

#[test]
fn slw1038_every_object_stands_once() {
    let rule = "SLW1038";
    finds_nothing(&manifests(SITE), rule);
    let mut site = manifests(SITE);
    site.repeated.push((ObjectKey::new("Network", "oam"), "a.yaml:3 and b.yaml:9".into()));
    finds(&site, rule, "Network/oam", "metadata.name", &[]);
    let finding = the_only(&site);
    assert!(finding.stops("n1") && finding.message.contains("b.yaml:9"), "{finding:?}");
}

/// The faultless site with these rack units for `n1` and `n2`, in a rack of eight and machines of two.
fn at_units(one: i32, two: i32) -> Manifests {
    let with = |node: &str, unit: i32| {
        document("BaremetalNode", node)
            .replace("  hostProfile: worker", &format!("  hostProfile: worker\n  rackUnit: {unit}"))
    };
    let rack = document("Rack", "cab1").replace("{zone", "{heightUnits: 8, zone");
    let dell = document("HardwareProfile", "dell").replace("spec:\n", "spec:\n  heightUnits: 2\n");
    site_with(&[with("n1", one), with("n2", two), rack, dell].join("\n---\n"))
}

#[test]
fn slw1053_where_one_machine_stands_no_other_does() {
    let rule = "SLW1053";
    finds_nothing(&at_units(1, 3), rule);
    finds_nothing(&at_units(7, 5), rule);
    finds(&at_units(3, 4), rule, "BaremetalNode/n2", "spec.rackUnit", BOTH);
    finds(&at_units(4, 3), rule, "BaremetalNode/n1", "spec.rackUnit", BOTH);
    finds(&at_units(4, 4), rule, "BaremetalNode/n2", "spec.rackUnit", BOTH);
    finds(&at_units(1, 8), rule, "BaremetalNode/n2", "spec.rackUnit", &["n2"]);
    let mut apart = at_units(3, 3);
    let text = document("BaremetalNode", "n2")
        .replace("  hostProfile: worker", "  hostProfile: worker\n  rackUnit: 3\n  metadata: {rack: cab2}");
    apart.nodes.extend(site_with(&text).nodes.remove_entry("n2"));
    finds_nothing(&apart, rule);
    finds(&at_units(i32::MAX, 1), rule, "BaremetalNode/n1", "spec.rackUnit", &["n1"]);
}

#[test]
fn slw1054_the_primary_network_leads_out() {
    let rule = "SLW1054";
    finds_nothing(&manifests(SITE), rule);
    finds(&defaults("primaryNetwork: oam", "primaryNetwork: oob"), rule, DEFAULTS, "spec.primaryNetwork", BOTH);
    let lost = defaults("primaryNetwork: oam", "primaryNetwork: storage");
    finds(&lost, rule, DEFAULTS, "spec.primaryNetwork", BOTH);
    assert_eq!(the_only(&lost).severity, Severity::Warning);
    // A network that is misspelt on the interface is a rule of its own.
    finds_nothing(&defaults("networks: [oam, storage]", "networks: [oma, storage]"), rule);
}

fn with_secret(name: &str, lengths: &[(&str, usize)]) -> Manifests {
    let mut site = manifests(SITE);
    let lengths = lengths.iter().map(|(key, length)| ((*key).to_owned(), *length)).collect();
    site.secrets = Some([(name.to_owned(), SecretFacts { lengths })].into());
    site
}

#[test]
fn slw1055_the_credentials_of_bmcs_are_there() {
    let rule = "SLW1055";
    finds_nothing(&manifests(SITE), rule);
    finds_nothing(&with_secret("bmc", &[("username", 16), ("password", 20)]), rule);
    for wrong in [
        with_secret("other", &[("username", 4), ("password", 4)]),
        with_secret("bmc", &[("username", 4)]),
        with_secret("bmc", &[("password", 4)]),
        with_secret("bmc", &[("username", 17), ("password", 20)]),
        with_secret("bmc", &[("username", 16), ("password", 21)]),
    ] {
        finds(&wrong, rule, DEFAULTS, "spec.oob.credentialsRef", BOTH);
        assert_eq!(the_only(&wrong).severity, Severity::Error);
    }
    let mut redfish = with_secret("bmc", &[("username", 17), ("password", 64)]);
    redfish.host_profiles = defaults("oob: {network", "oob: {type: Redfish, network").host_profiles;
    finds_nothing(&redfish, rule);
}

#[test]
fn slw1057_a_bond_has_something_to_bond() {
    let rule = "SLW1057";
    finds_nothing(&manifests(SITE), rule);
    let one = defaults("devices: [nic1, nic2]", "devices: [nic1]");
    finds(&one, rule, DEFAULTS, "spec.interfaces[bond0].devices", BOTH);
    assert_eq!(the_only(&one).severity, Severity::Warning);
    finds_nothing(&defaults("devices: [nic1, nic2], ", ""), rule);
}

fn cpu_sets(sets: &[&str]) -> Manifests {
    let sets: Vec<String> =
        sets.iter().enumerate().map(|(at, cpus)| format!("{{name: s{at}, cpus: '{cpus}'}}")).collect();
    let sets = format!("cpuSets: [{{name: sriov, cpus: '100'}}, {}]", sets.join(", "));
    site_where("HardwareProfile", "dell", "cpuSets: [{name: sriov, cpus: \"2-5\"}]", &sets)
}

#[test]
fn slw1058_cpu_sets_are_such_as_kernels_read() {
    let rule = "SLW1058";
    finds_nothing(&cpu_sets(&["2-5,8", "0,1", "6-7", "9-9"]), rule);
    for wrong in ["5-2", "1-2-3", "", "x", "99999999999999999999", "1-99999999999999999999", ",", "-"] {
        let site = cpu_sets(&[wrong]);
        finds(&site, rule, DELL, "spec.cpuSets[s0].cpus", BOTH);
        assert_eq!(the_only(&site).severity, Severity::Error);
    }
    let site = cpu_sets(&["2-5,8", "5-7"]);
    finds(&site, rule, DELL, "spec.cpuSets[s1].cpus", &[]);
    assert_eq!(the_only(&site).severity, Severity::Warning);
    // Three that reach into one another, and one that is apart.
    assert_eq!(found(&cpu_sets(&["0-99", "1-2,4-5", "3", "101"]), rule).len(), 2);
    finds(&cpu_sets(&["4294967295", "0-4294967295"]), rule, DELL, "spec.cpuSets[s0].cpus", &[]);
}

/// The faultless site that uses huge pages of 300 GiB, with what is expected and built.
fn paged(expected: &str, built: Option<i64>) -> Manifests {
    let params = "{hugepages: \"hardwareprofile:hugepages.dpdk.count\", \
                  hugepagesz: \"hardwareprofile:hugepages.dpdk.size\"}";
    let mut site = defaults("{quiet: \"true\", isolcpus: \"hardwareprofile:cpuset.sriov\"}", params);
    site.hardware_profiles = dell(expected).hardware_profiles;
    let mut inventory = HardwareInventory::new("n1", HardwareInventorySpec { node: "n1".into() });
    inventory.status = Some(HardwareInventoryStatus { memory_mib: built, ..HardwareInventoryStatus::default() });
    site.inventories.insert("n1".into(), Arc::new(inventory));
    site
}

#[test]
fn slw1059_huge_pages_fit_into_the_memory() {
    let rule = "SLW1059";
    finds_nothing(&manifests(SITE), rule);
    finds_nothing(&dell("memory: {minSize: 300Gi}"), rule);
    // Nobody uses them, so nobody is stopped.
    finds(&dell("memory: {minSize: 299Gi}"), rule, DELL, "spec.hugePages[dpdk]", &[]);
    finds(&paged("memory: {minSize: 299Gi}", None), rule, DELL, "spec.hugePages[dpdk]", BOTH);
    finds_nothing(&paged("vendor: Dell", Some(300 * 1024)), rule);
    let small = paged("vendor: Dell", Some(300 * 1024 - 1));
    finds(&small, rule, DEFAULTS, "spec.platform.kernelParams.hugepages", &["n1"]);
    // The profile asks for too much already.
    finds(&paged("memory: {minSize: 299Gi}", Some(1024)), rule, DELL, "spec.hugePages[dpdk]", BOTH);
    finds_nothing(&paged("vendor: Dell", Some(-1)), rule);
}

#[test]
fn slw1060_owner_data_goes_where_it_is_read() {
    let rule = "SLW1060";
    let data = |key: &str| defaults("ownerData: {tier: gold}", &format!("ownerData: {{'{key}': x}}"));
    for fine in ["tier", "control-plane", "A_1"] {
        finds_nothing(&data(fine), rule);
    }
    for wrong in ["node.kubernetes.io/tier", "a b", "ä", "slipway-owner"] {
        finds(&data(wrong), rule, DEFAULTS, &format!("spec.metadata.ownerData.{wrong}"), BOTH);
        assert_eq!(the_only(&data(wrong)).severity, Severity::Warning);
    }
}
