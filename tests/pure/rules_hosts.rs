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
    finds(&at_units(3, 4), rule, "BaremetalNode/n2", "spec.rackUnit", &[]);
    finds(&at_units(4, 3), rule, "BaremetalNode/n1", "spec.rackUnit", &[]);
    finds(&at_units(4, 4), rule, "BaremetalNode/n2", "spec.rackUnit", &[]);
    finds(&at_units(1, 8), rule, "BaremetalNode/n2", "spec.rackUnit", &[]);
    let mut apart = at_units(3, 3);
    let text = document("BaremetalNode", "n2")
        .replace("  hostProfile: worker", "  hostProfile: worker\n  rackUnit: 3\n  metadata: {rack: cab2}");
    apart.nodes.extend(site_with(&text).nodes.remove_entry("n2"));
    finds_nothing(&apart, rule);
    finds(&at_units(i32::MAX, 1), rule, "BaremetalNode/n1", "spec.rackUnit", &[]);
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
        with_secret("bmc", &[("username", 4)]),
        with_secret("bmc", &[("password", 4)]),
        with_secret("bmc", &[("username", 17), ("password", 20)]),
        with_secret("bmc", &[("username", 16), ("password", 21)]),
    ] {
        finds(&wrong, rule, DEFAULTS, "spec.oob.credentialsRef", BOTH);
        assert_eq!(the_only(&wrong).severity, Severity::Error);
    }
    let elsewhere = with_secret("other", &[("username", 4), ("password", 4)]);
    finds(&elsewhere, rule, DEFAULTS, "spec.oob.credentialsRef", BOTH);
    assert_eq!(the_only(&elsewhere).severity, Severity::Warning, "it may come from a secret store");
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
    finds(&cpu_sets(&["4294967295", "4294967294-4294967295"]), rule, DELL, "spec.cpuSets[s0].cpus", &[]);
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
fn slw1081_owner_data_of_machines_that_become_nodes_is_such_as_labels_are() {
    let rule = "SLW1081";
    let data = |pair: &str| defaults("ownerData: {tier: gold}", &format!("ownerData: {{{pair}}}"));
    let becoming = |pair: &str| {
        let mut site = data(pair);
        let mut spec = site.site.take().unwrap().spec.clone();
        spec.cluster = Some(serde_saphyr::from_str("{kubeconfigSecretRef: {name: east}}").unwrap());
        site.site = Some(std::sync::Arc::new(slipway::api::Site::new("east", spec)));
        site
    };
    for fine in ["tier: gold", "example.com/tier: ''", "node-restriction.kubernetes.io/tier: gold"] {
        finds_nothing(&becoming(fine), rule);
    }
    for (pair, key) in [
        ("'a b': x", "a b"),
        ("tier: 'a b'", "tier"),
        ("node.kubernetes.io/tier: x", "node.kubernetes.io/tier"),
        ("k8s.io/a: x", "k8s.io/a"),
    ] {
        finds(&becoming(pair), rule, DEFAULTS, &format!("spec.metadata.ownerData.{key}"), BOTH);
        finds_nothing(&data(pair), rule);
    }
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

fn east(more: &str) -> Manifests {
    site_where("Site", "east", "spec:\n", &format!("spec:\n  {more}\n"))
}

#[test]
fn slw1065_a_tag_is_given_by_hand_or_by_itself() {
    let rule = "SLW1065";
    let defined = |tag: &str| east(&format!("tagDefinitions: [{{name: {tag}, xpath: //node}}]"));
    finds_nothing(&defined("nvme"), rule);
    finds(&defined("spare"), rule, DEFAULTS, "spec.metadata.tags", BOTH);
    assert_eq!(the_only(&defined("spare")).severity, Severity::Error);
}

/// What the rule finds of arrays of these levels and numbers of disks, each with disks of its own.
fn arrays(arrays: &str) -> Vec<(String, String)> {
    let site = dell(&format!("raid: [{arrays}]"));
    found(&site, "SLW1066").into_iter().map(|(object, field, _)| (object, field)).collect()
}

#[test]
fn slw1066_an_array_has_the_disks_that_its_level_needs() {
    for (level, least) in [(0, 1), (1, 2), (5, 3), (6, 4), (10, 4)] {
        let array = |count: usize| {
            let disks: Vec<String> = (0..count).map(|number| format!("d{number}")).collect();
            arrays(&format!("{{name: a, level: RAID{level}, disks: [{}], spares: [s1, s2]}}", disks.join(", ")))
        };
        assert_eq!(array(least), []);
        assert_eq!(array(least - 1), [(DELL.to_owned(), "spec.raid[a].disks".to_owned())], "RAID{level}");
        assert_eq!(array(5).len(), usize::from(level == 10));
    }
    assert_eq!(arrays("{name: a, level: RAID0, disks: [d1]}, {name: b, level: RAID0, disks: [d2]}"), []);
    let twice = [(DELL.to_owned(), "spec.raid".to_owned())];
    assert_eq!(arrays("{name: a, level: RAID0, disks: [d1]}, {name: b, level: RAID0, disks: [d1]}"), twice);
    assert_eq!(arrays("{name: a, level: RAID0, disks: [d1], spares: [d1]}"), twice);
}

#[test]
fn slw1067_an_alias_means_one_device() {
    let rule = "SLW1067";
    let nic = ", pciAddress: \"0000:43:00.0\"}";
    let alias = |to: &str| site_where("HardwareProfile", "dell", nic, to);
    finds_nothing(&alias(", rule: {pattern: '0000:3b:00\\.[01]'}}"), rule);
    for wrong in ["(", "[0-", "a{1000}{1000}{1000}", "(?<=a)b"] {
        let site = alias(&format!(", rule: {{pattern: '{wrong}'}}}}"));
        finds(&site, rule, DELL, "spec.deviceAliases[nic1].rule.pattern", BOTH);
    }
    finds(&alias(", pciAddress: \"0000:43:00.1\"}"), rule, DELL, "spec.deviceAliases", BOTH);
    finds_nothing(&alias(", pciAddress: \"0000:43:00.2\"}"), rule);
}

/// The faultless site with a roll-out of groups, each with those on which it depends.
fn groups(groups: &[(&str, &str)]) -> Manifests {
    let groups: Vec<String> =
        groups.iter().map(|(name, others)| format!("{{name: {name}, dependsOn: [{others}]}}")).collect();
    east(&format!("rollout: {{groups: [{}]}}", groups.join(", ")))
}

#[test]
fn slw1068_groups_can_be_put_in_an_order() {
    let rule = "SLW1068";
    let at = |group: &str| format!("spec.rollout.groups[{group}].dependsOn");
    finds_nothing(&groups(&[("a", ""), ("b", "a"), ("c", "a, b")]), rule);
    finds(&groups(&[("a", "x")]), rule, "Site/east", &at("a"), &[]);
    finds(&groups(&[("a", "a")]), rule, "Site/east", &at("a"), &[]);
    finds(&groups(&[("a", "b"), ("b", "a"), ("c", "a")]), rule, "Site/east", &at("a"), &[]);
    finds(&groups(&[("a", "c"), ("b", "a"), ("c", "b"), ("d", "")]), rule, "Site/east", &at("a"), &[]);
    // Two circles, and one group that waits for both.
    let two = groups(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("e", "a, c")]);
    assert_eq!(found(&two, rule).len(), 2);
    // One that waits for a circle is no part of it.
    let fields: Vec<_> = found(&groups(&[("a", "b"), ("b", "c"), ("c", "b")]), rule).into_iter().map(|f| f.1).collect();
    assert_eq!(fields, [at("b")]);
}

#[test]
fn slw1080_windows_open_now_and_then() {
    let rule = "SLW1080";
    let window = |schedule: &str, duration: &str, zone: &str| {
        let window = format!("{{name: night, schedule: \"{schedule}\", duration: {duration}, timeZone: {zone}}}");
        east(&format!("rollout: {{windows: [{window}]}}"))
    };
    finds_nothing(&window("0 22 * * MON-FRI", "8h", "Europe/Berlin"), rule);
    for wrong in [
        window("0 25 * * *", "8h", "UTC"),
        window("0 22 * * *", "0s", "UTC"),
        window("0 22 * * *", "8h", "Europe/Atlantis"),
        window("a b c d e", "8h", "UTC"),
    ] {
        finds(&wrong, rule, "Site/east", "spec.rollout.windows[night]", &[]);
    }
}

#[test]
fn slw1069_keys_are_public_ones() {
    let rule = "SLW1069";
    let key = |key: &str| east(&format!("sshKeys: [{}]", serde_json::to_string(key).unwrap()));
    let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIBd1mOhrRzXXQLzB6n0wQ0n7cTzV7Lk5m4wq8vXkP2Qe";
    for fine in [format!("ssh-ed25519 {blob} me@home"), format!(" ssh-ed25519  {blob}\n")] {
        finds_nothing(&key(&fine), rule);
    }
    let cut = &blob[..20];
    for wrong in [
        String::new(),
        blob.to_owned(),
        format!("ssh-rsa {blob}"),
        format!("ssh-ed25519 {cut}"),
        format!("ssh-ed25519 {blob}="),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5".to_owned(),
        "ssh-ed25519 /////w==".to_owned(),
        format!("ssh-dss {blob}"),
        format!("ssh-ed25519 {blob}\nssh-ed25519 {blob}"),
    ] {
        finds(&key(&wrong), rule, "Site/east", "spec.sshKeys[0]", &[]);
    }
    let private = the_only(&key("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----"));
    assert!(private.rule == rule && !format!("{private:?}").contains("c2VjcmV0"), "{private:?}");
}

#[test]
fn slw1070_what_exists_in_one_rack_is_used_in_that_rack() {
    let rule = "SLW1070";
    let local = |rack: &str, network: &str| {
        let text = format!("{{kind: Rack, metadata: {{name: {rack}}}, spec: {{localNetworks: [{network}]}}}}");
        site_with(&text)
    };
    finds_nothing(&local("cab1", "pxe"), rule);
    finds(&local("cab2", "pxe"), rule, DEFAULTS, "spec.interfaces[pxe].networks", BOTH);
    assert_eq!(the_only(&local("cab2", "pxe")).severity, Severity::Error);
    finds(&local("cab2", "oob"), rule, DEFAULTS, "spec.oob.network", BOTH);
    let mut both = local("cab2", "pxe");
    both.racks.extend(local("cab1", "pxe").racks.remove_entry("cab1"));
    finds_nothing(&both, rule);
    // Who stands in no rack is not in another.
    let nowhere = document("HostProfile", "defaults").replace(" rack: cab1,", "");
    let mut homeless = local("cab2", "pxe");
    homeless.host_profiles = site_with(&nowhere).host_profiles;
    finds_nothing(&homeless, rule);
}
