//! What MAAS refuses, and in which words: site objects, machines, interfaces and storage.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use serde_json::{Value, json};
use slipway_lab::Lab;
use slipway_lab::spec::LabSpec;
use slipway_lab::start;
use support::{SPEC, control, get, maas, post, put, serve_dhcp, until_status};

/// Everything that differed, so that one run tells all.
#[derive(Default)]
struct Refusals(Vec<String>);

impl Refusals {
    async fn expect(&mut self, lab: &Lab, method: &str, path: &str, form: &[(&str, &str)], status: u16, body: Value) {
        let answer = maas(lab, method, path, form).await.unwrap();
        let text = answer.text();
        let got = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if answer.status != status || got != body {
            self.0.push(format!("{method} {path} {form:?}: {} {got}, not {status} {body}", answer.status));
        }
    }

    fn end(self) {
        assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn site_objects() {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    let mut no = Refusals::default();
    post(&lab, "fabrics/", &[("name", "site")]).await;
    no.expect(
        &lab,
        "POST",
        "fabrics/",
        &[("name", "bad name!")],
        400,
        json!({"name": ["Invalid fabric name: bad name!."]}),
    )
    .await;
    no.expect(
        &lab,
        "POST",
        "fabrics/",
        &[("name", "site")],
        400,
        json!({"name": ["Fabric with this Name already exists."]}),
    )
    .await;
    no.expect(
        &lab,
        "DELETE",
        "fabrics/0/",
        &[],
        400,
        json!("This fabric is the default fabric, it cannot be deleted."),
    )
    .await;
    no.expect(
        &lab,
        "POST",
        "fabrics/0/vlans/",
        &[("vid", "4095")],
        400,
        json!({"vid": ["VID must be between 0 and 4094."]}),
    )
    .await;
    no.expect(
        &lab,
        "DELETE",
        "vlans/5001/",
        &[],
        400,
        json!("This VLAN is the default VLAN in the fabric, it cannot be deleted."),
    )
    .await;
    for (path, what) in
        [("spaces/", "Space"), ("domains/", "Domain"), ("resourcepools/", "Resource pool"), ("tags/", "Tag")]
    {
        post(&lab, path, &[("name", "one")]).await;
        no.expect(
            &lab,
            "POST",
            path,
            &[("name", "one")],
            400,
            json!({"name": [format!("{what} with this Name already exists.")]}),
        )
        .await;
    }
    post(&lab, "package-repositories/", &[("name", "one"), ("url", "http://one/")]).await;
    no.expect(
        &lab,
        "POST",
        "package-repositories/",
        &[("name", "one"), ("url", "http://one/")],
        400,
        json!({"name": ["Package repository with this Name already exists."]}),
    )
    .await;
    post(&lab, "scripts/", &[("name", "one"), ("script", "#!/bin/sh")]).await;
    no.expect(
        &lab,
        "POST",
        "scripts/",
        &[("name", "one"), ("script", "#!/bin/sh")],
        400,
        json!({"name": ["Script with this Name already exists."]}),
    )
    .await;
    no.expect(
        &lab,
        "POST",
        "scripts/",
        &[("name", "two"), ("script", "#!/bin/sh"), ("hardware_type", "toaster")],
        400,
        json!({"hardware_type": ["Hardware type must be node, cpu, memory, storage, or gpu"]}),
    )
    .await;
    no.expect(
        &lab,
        "PUT",
        "scripts/one",
        &[("comment", "why")],
        400,
        json!({"comment": ["\"comment\" may only be used when specifying a \"script\" as well."]}),
    )
    .await;
    no.expect(&lab, "POST", "subnets/", &[], 400, json!({"cidr": ["This field is required."]})).await;
    post(&lab, "subnets/", &[("cidr", "10.41.0.0/24")]).await;
    no.expect(&lab, "POST", "subnets/", &[("cidr", "10.41.0.0/24")], 400, json!({"__all__": ["Subnet 10.41.0.0/24 would overlap with existing subnets."], "cidr": ["Subnet with this Cidr already exists."]})).await;
    let range = [("type", "reserved"), ("start_ip", "10.41.0.20"), ("end_ip", "10.41.0.30")];
    post(&lab, "ipranges/", &range).await;
    let overlap = json!(["Requested reserved range conflicts with an existing range."]);
    no.expect(&lab, "POST", "ipranges/", &range, 400, json!({"start_ip": overlap, "end_ip": overlap})).await;
    post(&lab, "reservedips/", &[("ip", "10.41.0.50"), ("mac_address", "52:54:00:00:00:50")]).await;
    no.expect(
        &lab,
        "POST",
        "reservedips/",
        &[("ip", "10.41.0.50"), ("mac_address", "52:54:00:00:00:51")],
        400,
        json!({"ip": ["Reserved IP with this IP address already exists."]}),
    )
    .await;
    no.expect(&lab, "POST", "tags/", &[("name", "bad name")], 400, json!({"name": ["Enter a valid value."]})).await;
    no.expect(
        &lab,
        "POST",
        "maas/?op=set_config",
        &[("name", "upstream_dns"), ("value", "not an ip")],
        400,
        json!({"upstream_dns": ["Invalid IP address: not; provide a list of space-separated IP addresses"]}),
    )
    .await;
    no.expect(&lab, "GET", "zones/default/?op=nosuch", &[], 400, json!("Unrecognised signature: method=GET op=nosuch"))
        .await;
    no.expect(&lab, "POST", "zones/default/?op=delete", &[], 405, json!("")).await;
    for (path, class) in [
        ("fabrics/99/", "Fabric"),
        ("vlans/1/", "VLAN"),
        ("users/nobody/", "User"),
        ("machines/zzzzzz/", "Machine"),
        ("zones/nosuch/", "Zone"),
    ] {
        no.expect(&lab, "GET", path, &[], 404, json!(format!("No {class} matches the given query."))).await;
    }
    no.end();
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines() {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    let mut no = Refusals::default();
    let ipmi = [
        ("architecture", "amd64/generic"),
        ("mac_addresses", "52:54:00:00:09:01"),
        ("power_type", "ipmi"),
        ("commission", "false"),
    ];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
        let kept = ipmi.iter().filter(|(key, _)| more.iter().all(|(other, _)| other != key));
        kept.copied().chain(more.iter().copied()).collect()
    };
    no.expect(&lab, "POST", "machines/", &with(&[]), 400, json!({"power_parameters": ["This field is required."]}))
        .await;
    let at = ("power_parameters_power_address", "10.23.104.99");
    no.expect(
        &lab,
        "POST",
        "machines/",
        &with(&[at, ("hostname", "bad_host name")]),
        400,
        json!({"hostname": ["Host label cannot contain underscore: 'bad_host name'."]}),
    )
    .await;
    no.expect(&lab, "POST", "machines/", &with(&[at, ("architecture", "sparc/generic")]), 400, json!({"architecture": ["'sparc/generic' is not a valid architecture.  It should be one of: 'amd64/generic'."]})).await;
    no.expect(&lab, "POST", "machines/", &[("architecture", "amd64/generic"), ("power_type", "manual")], 400, json!({"mac_addresses": ["This field is required."], "power_type": ["Can't set power type to manual without network interfaces"]})).await;
    control(&lab, "POST", "faults", &json!({"kind": "imageMissing"})).await;
    no.expect(
        &lab,
        "POST",
        "machines/",
        &with(&[at]),
        400,
        json!({"architecture": ["'amd64/generic' is not a valid architecture.  It should be one of: ''."]}),
    )
    .await;
    control(&lab, "DELETE", "faults", &Value::Null).await;
    let known = control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "Ready"})).await;
    let id = known["systemId"].as_str().unwrap();
    let name = known["hostname"].as_str().unwrap();
    let op = |op: &str| format!("machines/{id}/?op={op}");
    no.expect(
        &lab,
        "POST",
        &op("commission"),
        &[("commissioning_scripts", "nosuch")],
        400,
        json!({"commissioning_scripts": ["Select a valid choice. nosuch is not one of the available choices."]}),
    )
    .await;
    no.expect(
        &lab,
        "POST",
        &op("deploy"),
        &[("hwe_kernel", "hwe-99.04")],
        400,
        json!({"hwe_kernel": ["hwe-99.04 is not available for ubuntu/noble on amd64/generic."]}),
    )
    .await;
    no.expect(&lab, "POST", &op("lock"), &[], 409, json!("Can't lock, node is not deployed or deploying")).await;
    no.expect(&lab, "POST", &op("unlock"), &[], 409, json!("Machine is not locked")).await;
    no.expect(
        &lab,
        "POST",
        &op("override_failed_testing"),
        &[],
        409,
        json!("Unable to override node status. Node is not in 'Failed testing' status."),
    )
    .await;
    no.expect(
        &lab,
        "POST",
        &op("exit_rescue_mode"),
        &[],
        409,
        json!("Invalid transition: Ready -> Exiting rescue mode."),
    )
    .await;
    no.expect(&lab, "POST", &op("power_on"), &[], 409, json!("Can't start node: it hasn't been allocated.")).await;
    no.expect(
        &lab,
        "POST",
        "machines/?op=allocate",
        &[("tags", "nosuchtag")],
        400,
        json!({"tags": ["No such tag(s): 'nosuchtag'."]}),
    )
    .await;
    no.expect(&lab, "GET", "machines/?tags=nosuchtag", &[], 400, json!({"tags": ["No such tag(s): 'nosuchtag'."]}))
        .await;
    no.expect(
        &lab,
        "GET",
        "machines/?status=nosuch",
        &[],
        400,
        json!({"status": ["Select a valid choice. nosuch is not one of the available choices."]}),
    )
    .await;
    no.expect(
        &lab,
        "POST",
        "machines/?op=release",
        &[("machines", "zzzzzz")],
        400,
        json!("Unknown machine(s): zzzzzz."),
    )
    .await;
    post(&lab, "machines/?op=allocate", &[("system_id", id)]).await;
    no.expect(&lab, "POST", &op("set_owner_data"), &[("a.b", "c")], 500, json!("Invalid character in key name")).await;
    no.expect(
        &lab,
        "POST",
        &op("restore_networking_configuration"),
        &[],
        409,
        json!("Machine must be in a ready or failed testing state to restore networking configuration"),
    )
    .await;
    no.expect(
        &lab,
        "GET",
        &op("get_curtin_config"),
        &[],
        400,
        json!(format!("Machine {name} is not in a deployment state.")),
    )
    .await;
    control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "Deployed", "locked": true})).await;
    for one in ["commission", "power_off", "power_on", "release", "test", "mark_broken"] {
        no.expect(&lab, "POST", &op(one), &[], 403, json!("")).await;
    }
    no.expect(&lab, "DELETE", &format!("machines/{id}/"), &[], 403, json!("")).await;
    no.end();
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interfaces_and_storage() {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    serve_dhcp(&lab).await;
    let known = control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "New"})).await;
    let id = known["systemId"].as_str().unwrap().to_owned();
    let host = known["hostname"].as_str().unwrap().to_owned();
    post(&lab, &format!("machines/{id}/?op=commission"), &[("testing_scripts", "none")]).await;
    until_status(&lab, "r01-u10", "Ready").await;
    let mut no = Refusals::default();
    let nics = get(&lab, &format!("nodes/{id}/interfaces/")).await;
    let nic = |at: usize| nics[at]["id"].to_string();
    let list = format!("nodes/{id}/interfaces/");
    let (a, b, c) = (nic(0), nic(1), nic(2));
    no.expect(
        &lab,
        "POST",
        &format!("{list}?op=create_bond"),
        &[("name", "bond0"), ("parents", &b), ("parents", &c)],
        400,
        json!({"parents": ["All parents must belong to the same VLAN."]}),
    )
    .await;
    let vlan = post(&lab, "fabrics/0/vlans/", &[("vid", "42")]).await["id"].to_string();
    for nic in [&b, &c] {
        put(&lab, &format!("{list}{nic}/"), &[("vlan", "5001")]).await;
    }
    let bond = post(&lab, &format!("{list}?op=create_bond"), &[("name", "bond0"), ("parents", &b), ("parents", &c)])
        .await["id"]
        .to_string();
    no.expect(
        &lab,
        "POST",
        &format!("{list}?op=create_bond"),
        &[("name", "bond1"), ("parents", &b), ("parents", &c)],
        400,
        json!({"parents": ["Interfaces already in-use: ens1f0, ens1f1."]}),
    )
    .await;
    post(&lab, &format!("{list}?op=create_vlan"), &[("parent", &bond), ("vlan", &vlan)]).await;
    no.expect(
        &lab,
        "POST",
        &format!("{list}?op=create_vlan"),
        &[("parent", &bond), ("vlan", &vlan)],
        400,
        json!({"name": [format!("Node {id} ({host}) already has an interface named 'bond0.42'.")]}),
    )
    .await;
    no.expect(&lab, "POST", &format!("{list}?op=create_bridge"), &[("name", "br0")], 400, json!({"mac_address": ["This field cannot be blank."], "parent": ["A bridge interface must have exactly one parent."]})).await;
    no.expect(
        &lab,
        "PUT",
        &format!("{list}{a}/"),
        &[("mtu", "10")],
        400,
        json!({"mtu": ["Ensure this value is greater than or equal to 552."]}),
    )
    .await;
    no.expect(&lab, "GET", &format!("{list}99999/"), &[], 404, json!("No Interface matches the given query.")).await;
    let disks = get(&lab, &format!("nodes/{id}/blockdevices/")).await;
    let (sda, nvme) = (disks[0]["id"].to_string(), disks[1]["id"].to_string());
    post(&lab, &format!("machines/{id}/?op=set_storage_layout"), &[("storage_layout", "blank")]).await;
    let parts = format!("nodes/{id}/blockdevices/{nvme}/partitions/");
    let part = post(&lab, &parts, &[("size", "10G")]).await["id"].to_string();
    let one = format!("nodes/{id}/blockdevices/{nvme}/partition/{part}");
    post(&lab, &format!("{one}?op=format"), &[("fstype", "ext4")]).await;
    no.expect(
        &lab,
        "POST",
        &format!("{one}?op=mount"),
        &[("mount_point", "not a path")],
        400,
        json!({"mount_point": ["Enter a valid value."]}),
    )
    .await;
    let cache = post(&lab, &format!("nodes/{id}/bcache-cache-sets/"), &[("cache_device", &sda)]).await;
    let cache = cache["id"].to_string();
    no.expect(
        &lab,
        "POST",
        &format!("nodes/{id}/bcaches/"),
        &[("cache_set", &cache), ("cache_mode", "writeback")],
        400,
        json!({"__all__": ["Either backing_device or backing_partition must be specified."]}),
    )
    .await;
    maas(&lab, "DELETE", &format!("nodes/{id}/bcache-cache-set/{cache}/"), &[]).await.unwrap();
    let group = post(&lab, &format!("nodes/{id}/volume-groups/"), &[("name", "vg0"), ("block_devices", &sda)]).await;
    let (group, free) = (group["id"].to_string(), group["available_size"].to_string());
    no.expect(
        &lab,
        "POST",
        &format!("nodes/{id}/volume-group/{group}/?op=create_logical_volume"),
        &[("name", "big"), ("size", "900000000000")],
        400,
        json!({"size": [format!("Ensure this value is less than or equal to {free}.")]}),
    )
    .await;
    no.expect(&lab, "POST", &format!("machines/{id}/?op=set_storage_layout"), &[("storage_layout", "flat"), ("root_device", "99999")], 400, json!({"root_device": [format!("'99999' is not a valid root_device.  It should be one of: '{sda}', '{nvme}'.")]})).await;
    post(&lab, "machines/?op=allocate", &[("system_id", &id)]).await;
    no.expect(
        &lab,
        "POST",
        &parts,
        &[("size", "1G")],
        409,
        json!("Cannot create partition because the node is not Ready."),
    )
    .await;
    no.end();
    lab.stop().await;
}
