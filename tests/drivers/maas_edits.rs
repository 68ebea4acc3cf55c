//! Edits of the sample's design, one after the other, each with exactly the calls to MAAS that it needs.

use crate::contract::{Party, lab};
use serde_json::{Value, json};
use slipway::{
    design::resolve,
    drivers::{Provisioner, SiteSubject, maas::call::Call},
    model::{Aspect, MachineAction as Act, MachineStatus, SiteMaterial},
};
use std::{collections::BTreeSet, fmt::Write};

/// The aspects that a machine which is not deployed yet is brought to.
const ASPECTS: [Aspect; 5] =
    [Aspect::Registration, Aspect::Commissioning, Aspect::Networking, Aspect::Storage, Aspect::Platform];

/// What is edited: a kind and a name, and how.
type Edit = (&'static str, &'static str, &'static str, fn(&mut Value));

const EDITS: [Edit; 20] = [
    ("the MTU of a network", "Network", "oam", |d| d["spec"]["mtu"] = json!(1400)),
    ("the gateway of a network", "Network", "oam", |d| d["spec"]["routes"][0]["gateway"] = json!("10.40.41.2")),
    ("its name servers", "Network", "oam", |d| d["spec"]["dns"]["servers"] = json!(["10.40.10.5", "10.40.10.6"])),
    ("a reserved range", "Network", "storage", |d| {
        d["spec"]["ranges"]
            .as_array_mut()
            .unwrap()
            .push(json!({"type": "Reserved", "start": "10.40.42.1", "end": "10.40.42.9"}));
    }),
    ("a route to another network", "Network", "oam", |d| {
        let route = json!({"destination": "10.40.42.0/24", "gateway": "10.40.41.3", "metric": 10});
        d["spec"]["routes"].as_array_mut().unwrap().push(route);
    }),
    ("its metric", "Network", "oam", |d| d["spec"]["routes"][1]["metric"] = json!(20)),
    ("a domain", "Network", "oam", |d| d["spec"]["dns"]["domain"] = json!("pier.example.com")),
    ("the NTP servers", "Site", "harbour", |d| d["spec"]["ntpServers"] = json!(["10.40.10.5", "10.40.10.6"])),
    ("an SSH key", "Site", "harbour", |d| {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGm7zGJmY2l1rm9Vg8Oq0e0R7vQzYc5YtqQx6Yx2Zk3N deputy@harbour";
        d["spec"]["sshKeys"].as_array_mut().unwrap().push(json!(key));
    }),
    ("the archive's URL", "Site", "harbour", |d| {
        d["spec"]["repositories"] = json!([{"name": "main_archive", "url": "http://mirror.example.com/ubuntu"}]);
    }),
    ("a tag by definition", "Site", "harbour", |d| {
        d["spec"]["tagDefinitions"] = json!([{"name": "nvme", "xpath": "//node[@class=\"storage\"]"}]);
    }),
    ("a zone for a rack", "Rack", "r02", |d| d["spec"]["zone"] = json!("r02")),
    ("a resource pool", "BaremetalNode", "r02-u10", |d| d["spec"]["metadata"]["pool"] = json!("control")),
    ("a tag", "BaremetalNode", "r02-u10", |d| d["spec"]["metadata"]["tags"] = json!(["spare"])),
    ("a kernel parameter", "HostProfile", "defaults", |d| {
        d["spec"]["platform"]["kernelParams"]["quiet"] = json!("true");
    }),
    ("how a bond watches its links", "NetworkLink", "data", |d| d["spec"]["bonding"]["monitorInterval"] = json!(200)),
    ("an address", "BaremetalNode", "r02-u10", |d| d["spec"]["addresses"][2]["address"] = json!("10.40.41.24")),
    ("the size of a partition", "HostProfile", "defaults", |d| {
        d["spec"]["storage"]["disks"][0]["partitions"][1]["size"] = json!("70G");
    }),
    ("the privilege that MAAS asks for", "HostProfile", "defaults", |d| {
        d["spec"]["oob"]["privilegeLevel"] = json!("Administrator");
    }),
    ("what nothing in MAAS depends on", "Rack", "r02", |d| d["spec"]["location"]["row"] = json!("b")),
];

#[tokio::test]
async fn each_edit_costs_exactly_the_calls_that_it_needs() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut party = lab("3.7.3").await;
    let mut documents = crate::contract::sample();
    let mut made = BTreeSet::new();
    calls(&party, &mut made).await;
    party.act(Act::Create).await;
    party.act(Act::Apply(Aspect::Registration)).await;
    party.act(Act::Commission).await;
    party.until(MachineStatus::Ready).await;
    calls(&party, &mut made).await;
    assert_eq!(calls(&party, &mut made).await, Vec::<String>::new(), "a second run changes nothing");

    let mut transcript = String::new();
    for (what, kind, name, edit) in EDITS {
        let is_it = |document: &&mut Value| document["kind"] == kind && document["metadata"]["name"] == name;
        edit(documents.iter_mut().find(is_it).expect("the object"));
        party.redesign(resolve(&crate::contract::manifests(documents.clone())));
        let before = party.writes().await;
        let done = calls(&party, &mut made).await;
        assert_eq!(party.writes().await - before, u64::try_from(done.len()).unwrap(), "{what}: a call, a write");
        writeln!(transcript, "{what} ({kind}/{name})").unwrap();
        for call in &done {
            writeln!(transcript, "  {call}").unwrap();
        }
        assert_eq!(calls(&party, &mut made).await, Vec::<String>::new(), "{what}: a second time");
    }
    insta::assert_snapshot!("each_edit", transcript);
}

/// Brings site and machine to the design; gives back the calls that took.
async fn calls(party: &Party, made: &mut BTreeSet<String>) -> Vec<String> {
    let material = SiteMaterial::default();
    let lowered = party.provisioner.site_calls(&subject(party, &material, made)).await.unwrap();
    assert_eq!(lowered.conflicts, Vec::<String>::new());
    made.extend(lowered.makes());
    let lowered = party.provisioner.site_calls(&subject(party, &material, made)).await.unwrap();
    party.provisioner.run(&lowered.calls, &party.permit).await.unwrap();
    let mut done: Vec<String> = lowered.calls.iter().map(Call::to_string).collect();
    if party.provisioner.observe(&party.subject()).await.unwrap() == slipway::model::Sighting::Missing {
        return done;
    }
    for aspect in ASPECTS {
        let calls = party.provisioner.calls(aspect, &party.subject()).await.unwrap();
        party.provisioner.run(&calls, &party.permit).await.unwrap();
        done.extend(calls.iter().map(Call::to_string));
    }
    done
}

fn subject<'a>(party: &'a Party, material: &'a SiteMaterial, made: &'a BTreeSet<String>) -> SiteSubject<'a> {
    SiteSubject { design: &party.site.part, identity: &party.owner, made, take_over: None, material, approved: &[] }
}
