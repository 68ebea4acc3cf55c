//! What a region has once, names, scripts and images, and what goes.

use super::*;

#[test]
fn what_a_region_has_once_is_written_by_its_owner_alone() {
    let mut design = SitePart {
        ntp_servers: vec!["10.0.0.9".into()],
        ssh_keys: vec!["ssh-ed25519 AAAA me".into()],
        ..SitePart::default()
    };
    let mut seen = SiteSeen::default();
    seen.config.insert("ntp_servers", "ntp.ubuntu.com".into());
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty(), "{calls:?}");
    assert_eq!(conflicts.len(), 2);
    assert!(
        conflicts.iter().all(|text| text.contains("set spec.provisioner.maas.ownsRegion to true")),
        "{conflicts:?}"
    );
    design.owns_region = true;
    let (calls, _) = texts(&design, &seen);
    assert_eq!(
        calls,
        [
            "take the region: create tag slipway-region",
            "add SSH key me",
            "set ntp_servers to 10.0.0.9 (is ntp.ubuntu.com)"
        ]
    );
    seen.tags = vec![crate::drivers::maas::wire::Tag {
        name: "slipway-region".into(),
        comment: OTHERS.into(),
        ..Default::default()
    }];
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty() && conflicts[0].contains("owned by another Site, c0ffee/west"), "{calls:?} {conflicts:?}");
    // Who gives it up says so at once.
    design = SitePart::default();
    seen.tags[0].comment = MADE.into();
    assert_eq!(texts(&design, &seen).0, ["give the region back: delete tag slipway-region"]);
}

#[test]
fn name_servers_that_are_rack_controllers_are_not_forwarded_to() {
    let mut seen = served();
    seen.racks[0].interface_set[0].links =
        vec![crate::drivers::maas::wire::Link { ip_address: Some("10.0.0.9".into()), ..Default::default() }];
    seen.config.insert("upstream_dns", serde_json::Value::Null);
    let mut design = SitePart { owns_region: true, dns_servers: vec![address("10.0.0.9")], ..SitePart::default() };
    assert_eq!(texts(&design, &seen).0.len(), 1, "the region is taken, and no more");
    design.dns_servers.push(address("10.0.0.8"));
    assert_eq!(texts(&design, &seen).0[1], "set upstream_dns to 10.0.0.8 (is none)");
}

#[test]
fn unlisted_archives_and_keys_go_after_an_approval() {
    let design = SitePart {
        owns_region: true,
        remove_unlisted: vec![UnlistedKind::PackageRepositories, UnlistedKind::SshKeys],
        ..SitePart::default()
    };
    let archive = |name: &str| crate::drivers::maas::wire::Repository { name: name.into(), ..Default::default() };
    let key = crate::drivers::maas::wire::SshKey { id: 3, key: "ssh-rsa AAAA somebody".into() };
    let seen = SiteSeen {
        repositories: vec![archive("main_archive"), archive("old")],
        ssh_keys: vec![key],
        ..SiteSeen::default()
    };
    let found = lowered(&design, &seen, &[]);
    let calls: Vec<(String, bool)> =
        found.calls[1..].iter().map(|call| (call.to_string(), call.is_destructive())).collect();
    assert_eq!(
        calls,
        [
            ("remove SSH key somebody, which the design does not list".to_owned(), true),
            ("remove archive old , which the design does not list".to_owned(), true)
        ]
    );
}

#[test]
fn what_it_made_and_the_design_dropped_is_told_or_deleted_and_nothing_else() {
    let mut seen = served();
    seen.fabrics[1].vlans.push(vlan(5009, 9, 1));
    seen.fabrics[1].name = "old".into();
    (seen.subnets[1].description, seen.subnets[1].vlan) = (MADE.into(), vlan(5009, 9, 1));
    let mut design = design(&[]);
    design.links.clear();
    let made = ["Dhcp/data/0", "Vlan/old/9", "Fabric/old", "Fabric/data", "Domain/gone.example.com"];
    let found = lowered(&design, &seen, &made);
    assert!(found.calls.is_empty(), "{:?}", found.calls);
    let wanted = [
        "DHCP on VLAN 0 of fabric data",
        "dynamic range 10.0.0.10 - 10.0.0.20 of 10.0.0.0/24",
        "subnet 10.1.0.0/24 (10.1.0.0/24)",
        "fabric data (stays: still used by subnet 10.0.0.0/24)",
        "VLAN 9 of fabric old",
        "fabric old",
    ];
    assert_eq!(found.leftovers, wanted);
    assert_eq!(found.gone, BTreeSet::from(["Domain/gone.example.com".to_owned()]));
    // To delete, it must be known who uses what.
    design.prune = Some(PrunePolicy::Delete);
    assert!(lowered(&design, &seen, &made).calls.is_empty());
    let mut node = UsingNode { hostname: "r01-u10".into(), ..UsingNode::default() };
    node.interface_set = vec![Interface { vlan: Some(vlan(5009, 9, 1)), ..Interface::default() }];
    seen.users = Some(vec![node]);
    let found = lowered(&design, &seen, &made);
    let calls: Vec<(String, bool)> = found.calls.iter().map(|call| (call.to_string(), call.is_destructive())).collect();
    assert_eq!(
        calls,
        [
            ("delete DHCP on VLAN 0 of fabric data".to_owned(), true),
            ("delete dynamic range 10.0.0.10 - 10.0.0.20 of 10.0.0.0/24".to_owned(), true),
            ("delete subnet 10.1.0.0/24 (10.1.0.0/24)".to_owned(), false),
        ]
    );
    assert!(found.leftovers.contains(&"VLAN 9 of fabric old (stays: still used by r01-u10)".to_owned()));
}

#[test]
fn a_script_is_compared_by_what_its_last_version_says() {
    let script = Script {
        name: "45-raid".into(),
        kind: ScriptType::Commissioning,
        content: Some("#!/bin/sh\n".into()),
        content_from: None,
        for_hardware: Vec::new(),
        tags: Vec::new(),
        timeout: None,
    };
    let mut design = SitePart { scripts: vec![script], ..SitePart::default() };
    let mut seen = SiteSeen { version: "3.7.3".into(), ..SiteSeen::default() };
    let found = lowered(&design, &seen, &[]);
    assert_eq!(found.calls[0].to_string(), "create commissioning script 45-raid");
    let comment = found.calls[0].form.iter().find(|(name, _)| name == "comment").unwrap().1.clone();
    let crate::drivers::maas::call::Value::Text(comment) = comment else { panic!() };
    let version = crate::drivers::maas::wire::ScriptVersion { id: 7, comment };
    let mut known = crate::drivers::maas::wire::Script { name: "45-raid".into(), ..Default::default() };
    known.history = vec![version, crate::drivers::maas::wire::ScriptVersion::default()];
    seen.scripts = vec![known];
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    design.scripts[0].content = Some("#!/bin/bash\n".into());
    let (calls, _) = texts(&design, &seen);
    assert!(calls[0].starts_with("set script 45-raid: script content "), "{calls:?}");
    design.scripts[0].kind = ScriptType::Release;
    seen.version = "3.3.11".into();
    assert!(texts(&design, &seen).1[0].contains("release scripts need MAAS 3.5 or newer"));
}

#[test]
fn records_of_others_lose_nothing() {
    let record = |kind, data: &str| RecordDesign {
        fqdn: "registry.example.com".into(),
        kind,
        data: vec![data.into()],
        ttl: None,
    };
    let mut design = SitePart {
        domains: vec!["example.com".into()],
        records: vec![record(DnsRecordType::A, "10.0.0.5"), record(DnsRecordType::Txt, "hello")],
        ..SitePart::default()
    };
    let mut seen = SiteSeen::default();
    let (calls, _) = texts(&design, &seen);
    assert_eq!(
        calls,
        [
            "create domain example.com",
            "create record registry.example.com: 10.0.0.5",
            "create record registry.example.com TXT hello"
        ]
    );
    seen.domains = vec![crate::drivers::maas::wire::Domain {
        name: "example.com".into(),
        authoritative: true,
        ..Default::default()
    }];
    let ip = crate::drivers::maas::wire::NamedAddress { ip: Some("10.0.0.6".into()) };
    seen.dns_resources = vec![crate::drivers::maas::wire::DnsResource {
        id: 4,
        fqdn: "registry.example.com".into(),
        ip_addresses: vec![ip],
        ..Default::default()
    }];
    design.records.truncate(1);
    let (calls, conflicts) = texts(&design, &seen);
    assert!(
        calls.is_empty() && conflicts[0].contains("MAAS has 10.0.0.6, which Slipway did not make"),
        "{conflicts:?}"
    );
    let (calls, _) = texts_of(&design, &seen, &["DnsResource/registry.example.com"]);
    assert_eq!(calls, ["set record registry.example.com: ip_addresses 10.0.0.5 (is 10.0.0.6)"]);
}

#[test]
fn images_are_selected_imported_and_waited_for() {
    let selection = BootSourceSelection { os: "ubuntu".into(), release: "noble".into(), ..Default::default() };
    let url = "http://images.example.com/";
    let source = BootSource { url: url.into(), keyring_filename: None, selections: vec![selection] };
    let design = SitePart {
        owns_region: true,
        boot_sources: vec![source],
        images: vec!["ubuntu/noble".into(), "custom/rhel9".into()],
        ..SitePart::default()
    };
    let mut seen = SiteSeen::default();
    let step = |seen: &SiteSeen| {
        let found = lowered(&design, seen, &[]);
        (found.calls[1..].iter().map(ToString::to_string).collect::<Vec<_>>(), found.waiting, found.conflicts)
    };
    let (calls, waiting, conflicts) = step(&seen);
    assert_eq!(calls, ["create boot source http://images.example.com/"]);
    assert_eq!(waiting.len(), 1);
    assert!(conflicts[0].starts_with("image custom/rhel9 is not in MAAS"), "{conflicts:?}");
    seen.boot_sources = vec![crate::drivers::maas::wire::BootSource { id: 2, url: url.into(), ..Default::default() }];
    assert_eq!(step(&seen).0, ["select ubuntu/noble for amd64 from http://images.example.com/"]);
    let any = || vec!["*".to_owned()];
    seen.selections = vec![crate::drivers::maas::wire::Selection {
        id: 1,
        boot_source_id: 2,
        os: "ubuntu".into(),
        release: "noble".into(),
        arches: vec!["amd64".into()],
        subarches: any(),
        labels: any(),
    }];
    assert_eq!(step(&seen).0, ["import the selected images"]);
    seen.is_importing = true;
    let (calls, waiting, _) = step(&seen);
    assert_eq!((calls.len(), waiting), (0, vec!["ubuntu/noble for amd64 is being imported".to_owned()]));
    seen.is_importing = false;
    let image = |name: &str| crate::drivers::maas::wire::BootResource {
        name: name.into(),
        kind: "Synced".into(),
        architecture: "amd64/ga-24.04".into(),
        ..Default::default()
    };
    seen.images = vec![image("ubuntu/noble"), image("custom/rhel9")];
    assert_eq!(step(&seen), (Vec::new(), Vec::new(), Vec::new()));
}

#[test]
fn where_something_is_in_conflict_nothing_goes() {
    let mut design = SitePart { owns_region: true, prune: Some(PrunePolicy::Delete), ..SitePart::default() };
    design.ssh_keys = vec!["ssh-ed25519 AAAA me".into()];
    let tag =
        crate::drivers::maas::wire::Tag { name: "slipway-region".into(), comment: OTHERS.into(), ..Default::default() };
    let key = crate::drivers::maas::wire::SshKey { id: 3, key: "ssh-ed25519 AAAA me".into() };
    let zone = crate::drivers::maas::wire::Place { id: 2, name: "old".into(), description: MADE.into() };
    let seen = SiteSeen {
        tags: vec![tag],
        ssh_keys: vec![key],
        zones: vec![zone],
        users: Some(Vec::new()),
        ..SiteSeen::default()
    };
    let recorded = super::super::keys::key("ssh-ed25519 AAAA me");
    let found = lowered(&design, &seen, &[&recorded, "Fabric/forgotten"]);
    assert_eq!(found.conflicts.len(), 1, "{:?}", found.conflicts);
    assert!(found.calls.is_empty() && found.gone.is_empty(), "{:?} {:?}", found.calls, found.gone);
    assert_eq!(found.leftovers, ["zone old"]);
}
