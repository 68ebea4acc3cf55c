//! The rules about profiles, references and what a node gets. Each: what is right, and what is wrong, where, for whom.

use crate::rules_manifests::{SITE, document, finds, finds_nothing, found, manifests, site_where, site_with, the_only};
use slipway::{
    design::{RULES, resolve},
    model::{ObjectKey, Severity},
};

const BOTH: &[&str] = &["n1", "n2"];

#[test]
fn the_faultless_site_has_no_finding() {
    assert_eq!(resolve(&manifests(SITE)).findings[..], []);
}

#[test]
fn rules_stand_in_the_order_of_their_ids_and_say_what_why_and_how() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let expected: Vec<String> = (1001..1001 + RULES.len()).map(|number| format!("SLW{number}")).collect();
    assert_eq!(ids, expected);
    let names: std::collections::BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
    for rule in RULES {
        assert!(![rule.name, rule.title, rule.why, rule.fix].contains(&""), "{rule:?}");
    }
}

#[test]
fn slw1001_every_profile_is_there() {
    let rule = "SLW1001";
    finds_nothing(&manifests(SITE), rule);
    let n1 = |from, to| site_where("BaremetalNode", "n1", from, to);
    finds(&n1("hostProfile: worker", "hostProfile: nowhere"), rule, "BaremetalNode/n1", "spec.hostProfile", &["n1"]);
    let profile = |from, to| site_where("HostProfile", "defaults", from, to);
    let at = "HostProfile/defaults";
    finds(&profile("hardwareProfile: dell", "hardwareProfile: hp"), rule, at, "spec.hardwareProfile", BOTH);
    let worker = site_where("HostProfile", "worker", "hostProfile: defaults", "hostProfile: nowhere");
    finds(&worker, rule, "HostProfile/worker", "spec.hostProfile", BOTH);
}

#[test]
fn slw1021_the_rack_of_a_node_is_there() {
    let rule = "SLW1021";
    finds_nothing(&site_with("{kind: Rack, metadata: {name: cab1}, delete: true}"), rule);
    let site = site_where("HostProfile", "defaults", "rack: cab1", "rack: cab9");
    finds(&site, rule, "HostProfile/defaults", "spec.metadata.rack", BOTH);
}

#[test]
fn slw1082_a_machine_is_adopted_by_one_node() {
    let rule = "SLW1082";
    let with = |node: &str, adopt: &str| {
        let text = document("BaremetalNode", node);
        text.replace("  hostProfile: worker", &format!("  hostProfile: worker\n  adopt: {adopt}"))
    };
    let site = |one: &str, two: &str| site_with(&format!("{}\n---\n{}", with("n1", one), with("n2", two)));
    for (one, two) in [
        ("{providerId: abc}", "{providerId: abd}"),
        ("{providerId: abc}", "{serial: abc}"),
        ("{macAddress: '52:54:00:00:00:01'}", "{macAddress: '52:54:00:00:00:02'}"),
    ] {
        finds_nothing(&site(one, two), rule);
    }
    for (one, two) in [
        ("{providerId: abc}", "{providerId: abc}"),
        ("{serial: S1}", "{serial: ' S1 '}"),
        ("{macAddress: '52:54:00:AB:00:01'}", "{macAddress: '52:54:00:ab:00:01'}"),
    ] {
        let found = found(&site(one, two), rule);
        let at = |node: &str| (format!("BaremetalNode/{node}"), "spec.adopt".to_owned());
        let places: Vec<_> = found.iter().map(|(object, field, _)| (object.clone(), field.clone())).collect();
        assert_eq!(places, ["n1", "n2"].map(at), "{one} and {two}");
    }
}

#[test]
fn slw1020_the_link_of_an_interface_is_there() {
    let rule = "SLW1020";
    finds_nothing(&manifests(SITE), rule);
    let profile = |from, to| site_where("HostProfile", "defaults", from, to);
    let at = "HostProfile/defaults";
    finds(&profile("link: pxe", "link: x"), rule, at, "spec.interfaces[pxe].link", BOTH);
    let loose = profile("{name: pxe, link: pxe,", "{name: pxe,");
    finds(&loose, rule, at, "spec.interfaces[pxe]", BOTH);
}

#[test]
fn slw1019_every_network_is_there() {
    let rule = "SLW1019";
    finds_nothing(&manifests(SITE), rule);
    let n1 = |from, to| site_where("BaremetalNode", "n1", from, to);
    let profile = |from, to| site_where("HostProfile", "defaults", from, to);
    let at = "HostProfile/defaults";
    finds(&profile("primaryNetwork: oam", "primaryNetwork: x"), rule, at, "spec.primaryNetwork", BOTH);
    finds(&profile("networks: [pxe]", "networks: [x]"), rule, at, "spec.interfaces[pxe].networks", BOTH);
    finds(&profile("network: oob", "network: x"), rule, at, "spec.oob.network", BOTH);
    let address = n1("network: pxe, mode: DHCP", "network: x, mode: DHCP");
    finds(&address, rule, "BaremetalNode/n1", "spec.addresses[x]", &["n1"]);
    let link = site_where("NetworkLink", "bond0", "[oam, storage]", "[oam, storage, x]");
    finds(&link, rule, "NetworkLink/bond0", "spec.allowedNetworks", BOTH);
    let rack = site_where("Rack", "cab1", "spec: {", "spec: {localNetworks: [pxe, x], ");
    finds(&rack, rule, "Rack/cab1", "spec.localNetworks", &[]);
    assert_eq!(the_only(&rack).severity, Severity::Warning);
}

#[test]
fn slw1002_no_chain_of_profiles_leads_back_to_itself() {
    let rule = "SLW1002";
    finds_nothing(&manifests(SITE), rule);
    let circle = "{kind: HostProfile, metadata: {name: defaults}, spec: {hostProfile: worker}}";
    let findings = found(&site_with(circle), rule);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        (findings[0].1.as_str(), findings[0].2.as_slice()),
        ("spec.hostProfile", &["n1".into(), "n2".into()][..])
    );
    let own = "{kind: HostProfile, metadata: {name: defaults}, spec: {hostProfile: defaults}}";
    finds(&site_with(own), rule, "HostProfile/defaults", "spec.hostProfile", BOTH);
    assert!(resolve(&site_with(own)).nodes.is_empty(), "a node without a design is absent");
}

#[test]
fn slw1003_a_node_has_an_address_on_each_of_its_networks() {
    let rule = "SLW1003";
    finds_nothing(&manifests(SITE), rule);
    let site = site_where("BaremetalNode", "n2", "    - {network: storage, address: 10.0.2.12}\n", "");
    finds(&site, rule, "BaremetalNode/n2", "spec.addresses[storage]", &["n2"]);
}

#[test]
fn slw1011_an_entry_of_unset_takes_something_away() {
    let rule = "SLW1011";
    let unset = |pointer: &str| {
        site_where(
            "HostProfile",
            "worker",
            "  hostProfile: defaults",
            &format!("  hostProfile: defaults\n  unset: [{pointer}]"),
        )
    };
    let site = unset("/metadata/tags/spare");
    finds_nothing(&site, rule);
    assert!(resolve(&site).nodes["n1"].design().tags.is_empty());
    finds(&unset("/metadata/tags/other"), rule, "HostProfile/worker", "spec.unset", &[]);
    assert_eq!(the_only(&unset("/metadata/tags/other")).severity, Severity::Warning);
    let own = site_where("BaremetalNode", "n1", "  hostProfile: worker", "  hostProfile: worker\n  unset: [/extra/x]");
    finds(&own, rule, "BaremetalNode/n1", "spec.unset", &["n1"]);
}

#[test]
fn slw1012_a_node_says_how_its_bmc_is_reached() {
    let rule = "SLW1012";
    finds_nothing(&manifests(SITE), rule);
    let profile = |to| site_where("HostProfile", "defaults", "  oob: {network: oob, credentialsRef: {name: bmc}}", to);
    let at = "HostProfile/defaults";
    finds(&profile("  oob: {network: oob}"), rule, at, "spec.oob", BOTH);
    finds(&profile("  oob: {credentialsRef: {name: bmc}}"), rule, at, "spec.oob", BOTH);
    let weak = profile("  oob: {network: oob, credentialsRef: {name: bmc}, cipherSuites: [17, 3, 0]}");
    finds(&weak, rule, at, "spec.oob.cipherSuites", BOTH);
    assert_eq!(the_only(&weak).severity, Severity::Warning);
    let by_hand = profile("  oob: {type: Manual}");
    let missing = ["n1", "n2"].map(|n| (format!("BaremetalNode/{n}"), "spec.bootMac".to_owned(), vec![n.to_owned()]));
    assert_eq!(found(&by_hand, rule), missing);
    let none = found(&profile(""), rule);
    let expected = ["n1", "n2"].map(|n| (format!("BaremetalNode/{n}"), "spec.oob".to_owned(), vec![n.to_owned()]));
    assert_eq!(none, expected);
    let site = site_where("BaremetalNode", "n1", "{network: oob, address: 10.0.4.11}", "{network: oob, mode: DHCP}");
    finds(&site, rule, "BaremetalNode/n1", "spec.addresses[oob].address", &["n1"]);
}

#[test]
fn slw1013_an_unreadable_object_stops_the_whole_site() {
    let mut site = manifests(SITE);
    site.unreadable.push((ObjectKey::new("HostProfile", "new"), "unknown variant `Quantum`".into()));
    finds(&site, "SLW1013", "HostProfile/new", "spec", &[]);
    let finding = the_only(&site);
    assert!(finding.stops("n1") && finding.stops("any other"));
}

#[test]
fn slw1014_kernel_parameters_can_be_rendered() {
    let rule = "SLW1014";
    let params = |text: &str| {
        site_where("HostProfile", "defaults", r#"{quiet: "true", isolcpus: "hardwareprofile:cpuset.sriov"}"#, text)
    };
    let paged = params(
        r#"{hugepages: "hardwareprofile:hugepages.dpdk.count", hugepagesz: "hardwareprofile:hugepages.dpdk.size"}"#,
    );
    finds_nothing(&paged, rule);
    assert_eq!(resolve(&paged).nodes["n1"].design().platform.kernel_options, "hugepagesz=1G hugepages=300");
    let at = "HostProfile/defaults";
    let lost = params(r#"{isolcpus: "hardwareprofile:cpuset.x"}"#);
    finds(&lost, rule, at, "spec.platform.kernelParams.isolcpus", BOTH);
    let pages = "SLW1027";
    finds_nothing(&paged, pages);
    finds(&params(r#"{hugepages: "3"}"#), pages, at, "spec.platform.kernelParams.hugepages", BOTH);
    finds(&params("{hugepagesz: 1G}"), pages, at, "spec.platform.kernelParams.hugepagesz", BOTH);
    let package = params("{kernel_package: linux-image-6.8}");
    finds_nothing(&paged, "SLW1028");
    finds(&package, "SLW1028", at, "spec.platform.kernelParams.kernel_package", BOTH);
    assert_eq!(the_only(&package).severity, Severity::Warning);
}

#[test]
fn slw1015_what_no_driver_carries_out_is_an_error() {
    let rule = "SLW1015";
    finds_nothing(&manifests(SITE), rule);
    let spoken = |protocol: &str| {
        site_where("HostProfile", "defaults", "oob: {network", &format!("oob: {{type: {protocol}, network"))
    };
    finds_nothing(&spoken("Redfish"), rule);
    finds_nothing(&spoken("Manual"), rule);
    let suites = |named: &str| spoken(&format!("IPMI, cipherSuites: [{named}]"));
    finds_nothing(&suites("17, 0"), rule);
    finds(&suites("2, 1, 0"), rule, "HostProfile/defaults", "spec.oob.cipherSuites", BOTH);
    let bios = site_where("HardwareProfile", "dell", "spec:\n", "spec:\n  biosSettings: {BootMode: Uefi}\n");
    finds(&bios, rule, "HardwareProfile/dell", "spec.biosSettings", BOTH);
}

#[test]
fn slw1015_a_hardware_profile_that_no_node_follows_stops_nobody() {
    let spare = "{kind: HardwareProfile, metadata: {name: spare}, spec: {biosSettings: {BootMode: Uefi}}}";
    let finding = the_only(&site_with(spare));
    assert_eq!(finding.object, ObjectKey::new("HardwareProfile", "spare"));
    assert!(!finding.stops("n1"), "{finding:?}");
}

#[test]
fn slw1018_every_asset_of_a_boot_action_is_delivered() {
    let rule = "SLW1018";
    let action = |to| site_where("BootAction", "motd", "data: hello", to);
    finds_nothing(&action("data: aGVsbG8=, dataPipeline: [Base64Decode, Utf8Decode]"), rule);
    for undelivered in
        ["location: http://x/y", "data: hello, dataPipeline: [Template]", "data: '%', dataPipeline: [Base64Decode]"]
    {
        finds(&action(undelivered), rule, "BootAction/motd", "spec.assets[motd]", &[]);
    }
}

#[test]
fn a_finding_about_an_inherited_field_names_the_profile_that_holds_it_and_every_node() {
    let finding = the_only(&site_where("HostProfile", "defaults", "primaryNetwork: oam", "primaryNetwork: nowhere"));
    assert_eq!(finding.object, ObjectKey::new("HostProfile", "defaults"));
    assert_eq!(finding.nodes, ["n1", "n2"]);
    assert!(finding.stops("n1") && finding.stops("n2") && !finding.stops("n3"));
}

#[test]
fn a_finding_about_an_overridden_field_names_the_node() {
    let text = document("BaremetalNode", "n1")
        .replace("  hostProfile: worker", "  hostProfile: worker\n  primaryNetwork: nowhere");
    let finding = the_only(&site_with(&text));
    assert_eq!((finding.object, finding.nodes), (ObjectKey::new("BaremetalNode", "n1"), vec!["n1".to_owned()]));
}
