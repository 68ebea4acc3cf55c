//! Resolving: the same manifests give the same design, and hashes change with what they stand for.

use crate::rules_manifests::{SITE, document, manifests, site_where, site_with};
use proptest::prelude::*;
use slipway::{
    api::baremetal_node::Enlistment,
    design::{Manifests, Resolver, SiteDesign, SiteNode, effective_node, resolve},
    model::{BootAsset, DeviceSelector, ObjectKey},
};
use std::collections::BTreeMap;

fn hash(manifests: &Manifests, node: &str) -> String {
    resolve(manifests).nodes[node].hash()
}

/// Everything that a design says, as text.
fn text(design: &SiteDesign) -> String {
    let nodes: Vec<_> = design.nodes.iter().map(SiteNode::design).collect();
    format!("{:#?} {nodes:#?} {:#?} {}", design.part, &design.findings[..], design.hash)
}

/// A site with a fault of many kinds, so that the order of findings shows.
fn faulty() -> String {
    SITE.replace("primaryNetwork: oam", "primaryNetwork: x")
        .replace("10.0.1.12", "10.0.1.11")
        .replace("size: 30G", "size: 3G")
        .replace("trunking: 802.1q", "trunking: Disabled")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_order_of_documents_changes_nothing(order in Just(faulty().split("---\n").map(str::to_owned).collect::<Vec<_>>()).prop_shuffle()) {
        let shuffled = resolve(&manifests(&order.join("\n---\n")));
        prop_assert_eq!(text(&shuffled), text(&resolve(&manifests(&faulty()))));
    }
}

/// What a site goes through, one step at a time.
fn steps() -> Vec<Manifests> {
    let faulty = manifests(&faulty());
    let own = |text: &str| {
        site_where("BaremetalNode", "n1", "hostProfile: worker", &format!("hostProfile: worker\n  {text}"))
    };
    let mut without = manifests(SITE);
    without.nodes.remove("n1");
    vec![
        manifests(SITE),
        site_where("BaremetalNode", "n2", "10.0.1.12", "10.0.1.11"),
        site_where("BaremetalNode", "n1", "hostProfile: worker", "hostProfile: nowhere"),
        site_where("HostProfile", "worker", "size: 30G", "size: 3G"),
        site_where("BootAction", "motd", "spec:\n", "spec:\n  nodeSelector: {filters: [{names: [n2]}]}\n"),
        site_where("Network", "oam", "vlan: 21", "vlan: 22"),
        without,
        faulty,
        // Classes of one node, which its next step leaves empty: one with a mistake, one with a tag.
        own("primaryNetwork: nowhere"),
        own("metadata: {tags: [alone]}"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    /// However a site came to be what it is, it is resolved as if it had always been so.
    #[test]
    fn resolving_anew_what_changed_is_resolving_all(path in prop::collection::vec(0..10_usize, 1..6)) {
        let steps = steps();
        // Whoever works on an earlier design still holds it.
        let (mut resolver, mut held) = (Resolver::default(), Vec::new());
        for at in path {
            let design = resolver.resolve(&steps[at]);
            prop_assert_eq!(text(&design), text(&resolve(&steps[at])));
            held.push(design);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    /// What is said of a site, and of each of its nodes, does not change with a node that has nothing to do with them.
    #[test]
    fn an_unrelated_node_changes_nothing_for_the_others(at in 0..10_usize, last in 100..190_u8, tag in "[a-z]{1,8}") {
        let before = steps()[at].clone();
        let mut after = before.clone();
        let node = document("BaremetalNode", "n1")
            .replace("name: n1", "name: unrelated")
            .replace(".11}", &format!(".{last}}}"))
            .replace("  hostProfile: worker", &format!("  hostProfile: worker\n  metadata: {{tags: ['{tag}']}}"));
        after.nodes.extend(manifests(&node).nodes);
        let of_others = |site: &Manifests| {
            let mut findings = resolve(site).findings.to_vec();
            findings.retain(|finding| finding.object != ObjectKey::new("BaremetalNode", "unrelated"));
            for finding in &mut findings {
                finding.nodes.retain(|node| node != "unrelated");
            }
            findings
        };
        prop_assert_eq!(of_others(&before), of_others(&after));
        if at == 0 {
            prop_assert_eq!(&resolve(&after).findings[..], &[]);
        }
    }
}

#[test]
fn errors_come_before_warnings_and_one_mistake_is_one_finding() {
    let findings = resolve(&manifests(&faulty())).findings;
    assert!(findings.is_sorted_by_key(|f| (f.severity, !f.nodes.is_empty(), f.rule)), "{:#?}", &findings[..]);
    assert_eq!(findings.iter().filter(|f| f.rule == "SLW1019").count(), 1, "{findings:#?}");
}

#[test]
fn what_a_running_machine_takes_on_asks_for_no_deployment() {
    let before = hash(&manifests(SITE), "n1");
    for (from, to) in [
        ("tags: [spare]", "tags: [masters]"),
        ("ownerData: {tier: gold}", "ownerData: {tier: silver}"),
        ("metadata: {tags", "extra: {note: x}\n  metadata: {tags"),
        ("credentialsRef: {name: bmc}", "credentialsRef: {name: bmc2}"),
        (", rack: cab1", ""),
    ] {
        assert_eq!(hash(&site_where("HostProfile", "defaults", from, to), "n1"), before, "{to}");
    }
    let zone = site_where("Rack", "cab1", "z1", "z2");
    assert_eq!(hash(&zone, "n1"), before);
    let bmc = site_where("BaremetalNode", "n1", "10.0.4.11", "10.0.4.99");
    assert_eq!(hash(&bmc, "n1"), before);
}

#[test]
fn what_is_installed_changes_the_hash() {
    let before = hash(&manifests(SITE), "n1");
    for (kind, name, from, to) in [
        ("BaremetalNode", "n1", "10.0.1.11", "10.0.1.13"),
        ("BaremetalNode", "n1", "mode: DHCP", "mode: LinkUp"),
        ("Network", "oam", "vlan: 21", "vlan: 23"),
        ("Network", "storage", "mtu: 9000", "mtu: 8000"),
        ("Network", "oam", "domain: example.com", "domain: example.org"),
        ("NetworkLink", "bond0", "layer3+4", "layer2"),
        ("NetworkLink", "bond0", "mtu: 9000", "mtu: 9100"),
        ("HardwareProfile", "dell", "0000:43:00.1", "0000:44:00.1"),
        ("HardwareProfile", "dell", "2-5", "2-6"),
        ("HostProfile", "defaults", "[nic1, nic2]", "[nic2, nic1]"),
        ("HostProfile", "defaults", "image: noble", "image: jammy"),
        ("HostProfile", "defaults", "image: noble", "image: noble\n    kernel: hwe-24.04"),
        ("HostProfile", "defaults", "image: noble", "image: noble\n    userDataRef: {name: mine}"),
        ("HostProfile", "defaults", "quiet: \"true\", ", ""),
        ("HostProfile", "defaults", "primaryNetwork: oam", "primaryNetwork: storage"),
        ("HostProfile", "worker", "size: 30G", "size: 31G"),
        ("HostProfile", "worker", "mountPoint: /var", "mountPoint: /data"),
        ("BootAction", "motd", "data: hello", "data: world"),
        ("BootAction", "motd", "path: /etc/motd", "path: /etc/issue"),
        ("Site", "east", "10.0.1.9", "10.0.1.8"),
    ] {
        assert_ne!(hash(&site_where(kind, name, from, to), "n1"), before, "{kind}/{name}: {to}");
    }
}

#[test]
fn a_value_moved_from_the_node_to_its_profile_is_no_change() {
    let inherited = hash(&manifests(SITE), "n1");
    let own = document("BaremetalNode", "n1")
        .replace("  hostProfile: worker", "  hostProfile: worker\n  platform: {image: noble}");
    assert_eq!(hash(&site_with(&own), "n1"), inherited);
}

#[test]
fn a_change_of_one_node_changes_no_other() {
    let before = resolve(&manifests(SITE));
    let after = resolve(&site_where("BaremetalNode", "n1", "10.0.1.11", "10.0.1.13"));
    assert_eq!(after.nodes["n2"].hash(), before.nodes["n2"].hash());
    assert_eq!(after.part_hash, before.part_hash);
    assert_ne!(after.hash, before.hash);
}

#[test]
fn a_change_of_the_sites_networks_changes_the_site_part() {
    let before = resolve(&manifests(SITE)).part_hash;
    for (from, to) in [("10.0.1.1}", "10.0.1.2}"), ("10.0.1.200", "10.0.1.201"), ("[10.0.1.9]", "[10.0.1.8]")] {
        assert_ne!(resolve(&site_where("Network", "oam", from, to)).part_hash, before, "{to}");
    }
}

#[test]
fn the_site_part_holds_every_domain_that_a_node_is_in() {
    let domains = |from: &str, to: &str| resolve(&site_where("Network", "oam", from, to)).part.domains.clone();
    assert_eq!(domains("example.com", "example.com"), ["example.com"]);
    assert_eq!(domains("domain: example.com, ", ""), ["local"], "the domain of who names none");
}

#[test]
fn every_value_knows_where_it_came_from() {
    let design = resolve(&manifests(SITE));
    let from: BTreeMap<&str, String> =
        design.nodes["n1"].provenance().map(|(pointer, source)| (pointer, source.to_string())).collect();
    assert_eq!(from["/platform/image"], "HostProfile/defaults");
    assert_eq!(from["/storage/disks/bootdisk/partitions/root/size"], "HostProfile/worker");
}

#[test]
fn the_effective_node_of_a_usual_node_is_at_most_4_kib() {
    let design = resolve(&manifests(SITE));
    let text = serde_json::to_string(&effective_node(&design.nodes["n1"].design())).unwrap();
    assert!(text.len() <= 4096, "{} bytes: {text}", text.len());
    assert!(!text.contains("bmc\"") && !text.contains("password"), "{text}");
}

#[test]
fn a_thousand_nodes_resolve() {
    let mut site = manifests(SITE);
    let node = document("BaremetalNode", "n1");
    for number in 0..1000_u32 {
        let (high, low) = (number / 250, 2 + number % 250);
        let text = node
            .replace("name: n1", &format!("name: m{number}"))
            .replace("10.0.1.11", &format!("10.1.{high}.{low}"))
            .replace("10.0.2.11", &format!("10.2.{high}.{low}"))
            .replace("10.0.4.11", &format!("10.4.{high}.{low}"));
        for (name, object) in manifests(&text).nodes {
            site.nodes.insert(name, object);
        }
    }
    site.nodes.retain(|name, _| name.starts_with('m'));
    let networks = SITE
        .split("---\n")
        .filter(|text| text.starts_with("kind: Network\n"))
        .collect::<Vec<_>>()
        .join("---\n")
        .replace("cidr: 10.0.1.0/24", "cidr: 10.1.0.0/16")
        .replace("cidr: 10.0.2.0/24", "cidr: 10.2.0.0/16")
        .replace("cidr: 10.0.4.0/24", "cidr: 10.4.0.0/16")
        .replace("10.0.1.", "10.1.9.");
    for (name, network) in manifests(&networks).networks {
        site.networks.insert(name, network);
    }
    let design = resolve(&site);
    assert_eq!(design.findings[..], []);
    let distinct: std::collections::BTreeSet<_> = design.nodes.iter().map(SiteNode::hash).collect();
    assert_eq!(distinct.len(), 1000);
}

#[test]
fn a_field_that_a_design_does_not_use_leaves_its_hash_as_it_was() {
    let range = ", ranges: [{type: DHCP, start: 10.0.3.100, end: 10.0.3.199}]";
    let design = resolve(&site_where("Network", "pxe", range, ""));
    let hashes: Vec<String> = design.nodes.iter().map(SiteNode::hash).collect();
    assert_eq!(hashes, ["2-8d50efbb98b7ca22bf56", "2-a3ef49f7b912b0621e47"], "every such site would be deployed again");
    assert_eq!(design.part_hash, "2-b4720cebe69edbcf4ac1");
    assert_eq!(design.hash, "2-e678726c509dab8018a9");
}

#[test]
fn a_uuid_on_a_disk_asks_for_a_new_deployment() {
    let before = hash(&manifests(SITE), "n1");
    let uuid = "8a1c3b52-6f0e-4d7b-9c2a-51e0f7d3b846";
    for (from, to) in [
        ("size: 30G,", format!("size: 30G, partUuid: {uuid},")),
        ("{mountPoint: /}", format!("{{mountPoint: /, uuid: {uuid}}}")),
        ("- name: vg\n", format!("- name: vg\n        uuid: {uuid}\n")),
        ("size: 50%,", format!("size: 50%, uuid: {uuid},")),
    ] {
        assert_ne!(hash(&site_where("HostProfile", "worker", from, &to), "n1"), before, "{to}");
    }
}

#[test]
fn a_hardware_profile_says_what_is_expected_run_and_needed() {
    let profile = "spec:\n  vendor: DELL\n  cpus: {sockets: 2, architecture: arm64}\n  memory: {minSize: 64Gi}\n  \
                   nics: [{name: up, alias: nic1, speed: 25G}]\n  mismatchPolicy: Block\n  \
                   commissioning: {scripts: [{name: 45-raid, parameters: {level: '1'}}], skipTests: true}\n  \
                   drivers: {packages: [mlnx-ofed], modules: [vfio-pci], blacklist: [nouveau]}\n";
    let mut site = site_where("HardwareProfile", "dell", "spec:\n", profile);
    let racks = site_where("Rack", "cab1", "spec: {", "spec: {switches: [{name: leaf-a}], ").racks;
    site.racks = racks;
    let cabling = "spec:\n  cabling: [{device: nic1, switch: leaf-a, port: Ethernet1}, {device: eno9, switch: leaf-b}]\n  \
                   enlistment: Discover\n";
    site.nodes = site_where("BaremetalNode", "n1", "spec:\n", cabling).nodes;
    let design = resolve(&site);
    let node = design.nodes["n1"].design();
    let hardware = &node.hardware;
    assert_eq!(
        (hardware.vendor.as_deref(), hardware.min_memory, hardware.blocks),
        (Some("DELL"), Some(64 << 30), true)
    );
    let nic1 = DeviceSelector::Pci { alias: "nic1".into(), address: "0000:43:00.0".parse().unwrap() };
    assert_eq!(hardware.nics[0].device, Some(nic1.clone()), "the alias is looked up");
    assert_eq!(hardware.switches, ["leaf-a"]);
    assert_eq!(hardware.cables[0].device, nic1);
    assert_eq!(hardware.cables[1].device, DeviceSelector::Name("eno9".into()));
    assert_eq!((node.architecture.as_str(), node.enlistment), ("arm64", Enlistment::Discover));
    assert_eq!(node.commissioning.scripts[0].parameters["level"], "1");
    assert_eq!(node.commissioning.tests, Some(Vec::new()), "none are run");
    let got: Vec<String> =
        node.boot_actions.iter().filter(|asset| asset.action() == "hardware_drivers").map(said).collect();
    assert_eq!(
        got,
        ["mlnx-ofed", "/etc/modules-load.d/slipway.conf: vfio-pci", "/etc/modprobe.d/slipway.conf: blacklist nouveau"]
    );
}

#[test]
fn how_long_a_host_may_take_is_inherited_and_asks_for_no_deployment() {
    let before = hash(&manifests(SITE), "n1");
    let patience = "spec:\n  retries: 5\n  deadlines: {commission: 2h, deploy: 90m}\n";
    let mut site = site_where("HostProfile", "worker", "spec:\n", patience);
    site.nodes = site_where("BaremetalNode", "n1", "spec:\n", "spec:\n  deadlines: {deploy: 3h}\n").nodes;
    assert_eq!(hash(&site, "n1"), before);
    let node = resolve(&site).nodes["n1"].design();
    let hours = |hours: u64| Some(slipway::api::values::Duration::seconds(hours * 3600));
    assert_eq!((node.deadlines.commission, node.deadlines.deploy, node.deadlines.enlist), (hours(2), hours(3), None));
    assert_eq!(node.retries, Some(5));
}

fn said(asset: &BootAsset) -> String {
    match asset {
        BootAsset::Package { name, .. } => name.clone(),
        BootAsset::File { path, content, .. } => format!("{path}: {}", String::from_utf8_lossy(content).trim()),
    }
}
