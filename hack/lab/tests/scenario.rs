//! A machine's whole life over the wire: site objects, enlistment by a network boot, commissioning, network and
//! storage, deployment, release with erase.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use slipway_lab::spec::LabSpec;
use slipway_lab::{Lab, start};
use support::{SPEC, control, get, maas, machine, post, put, serve_dhcp, until, until_status};

async fn lab() -> Lab {
    start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap()
}

/// Powers a machine on through MAAS's own way: there is none for an unknown machine, so the preset's BMC is used.
async fn network_boot(lab: &Lab) {
    let port = lab.bmc_port.to_string();
    for command in [&["chassis", "bootdev", "pxe", "options=efiboot"][..], &["power", "on"]] {
        let mut args = vec!["-I", "lanplus", "-C", "17", "-H", "127.23.104.12", "-p", &port];
        args.extend(["-U", "root", "-P", "calvin"]);
        args.extend(command);
        let output = tokio::process::Command::new("ipmitool").args(&args).output().await;
        let output = output.expect("ipmitool is missing: install it with `apt-get install ipmitool`");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn id_of(value: &Value) -> String {
    value["id"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_lives() {
    let lab = lab().await;
    // Without DHCP a network boot leads nowhere.
    network_boot(&lab).await;
    until("the boot that fails", async || {
        let journal = control(&lab, "GET", "journal?machine=r01-u10", &Value::Null).await;
        journal["entries"].as_array().unwrap().iter().any(|entry| entry["kind"] == "NoBootDevice").then_some(())
    })
    .await;
    assert_eq!(machine(&lab, "r01-u10").await["status"], Value::Null);

    serve_dhcp(&lab).await;
    let fabric = post(&lab, "fabrics/", &[("name", "data")]).await;
    let data =
        post(&lab, &format!("fabrics/{}/vlans/", fabric["id"]), &[("vid", "42"), ("name", "storage"), ("mtu", "9000")])
            .await;
    let untagged = fabric["vlans"][0]["id"].to_string();
    let subnet = post(&lab, "subnets/", &[("cidr", "10.40.0.0/24"), ("vlan", &id_of(&data))]).await;
    assert_eq!(subnet["name"], "10.40.0.0/24");

    control(&lab, "POST", "machines/r01-u10/wipe", &json!({})).await;
    network_boot(&lab).await;
    let known = until_status(&lab, "r01-u10", "New").await;
    assert_eq!(known["enlistments"], 1);
    let id = known["systemId"].as_str().unwrap().to_owned();
    let path = format!("machines/{id}/");
    let power = get(&lab, &format!("{path}?op=power_parameters")).await;
    assert_eq!((&power["power_user"], &power["power_address"]), (&json!("maas"), &json!("10.23.104.12")));

    let answer = post(&lab, &format!("{path}?op=commission"), &[("testing_scripts", "none")]).await;
    assert_eq!((&answer["status_name"], &answer["owner"]), (&json!("Commissioning"), &json!("admin")));
    until_status(&lab, "r01-u10", "Ready").await;
    let ready = get(&lab, &path).await;
    assert_eq!(ready.as_object().unwrap().len(), 81);
    assert_eq!((&ready["owner"], &ready["power_state"]), (&Value::Null, &json!("off")));
    let nics = ready["interface_set"].as_array().unwrap();
    let names: Vec<&str> = nics.iter().map(|nic| nic["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["eno1", "ens1f0", "ens1f1"]);
    assert_eq!(nics[0]["links"][0]["mode"], "auto");
    assert_ne!(nics[1]["vlan"]["fabric_id"], nics[2]["vlan"]["fabric_id"], "each on a fabric of its own");
    let devices = get(&lab, &format!("nodes/{id}/devices/?bus=pcie&hardware_type=network")).await;
    assert_eq!(devices[0]["pci_address"], "0000:01:00.0");
    assert_eq!(devices[0]["physical_interface"]["name"], "eno1");
    let details = maas(&lab, "GET", &format!("{path}?op=details"), &[]).await.unwrap();
    assert!(details.text().contains("<businfo>scsi@0:2.0.0</businfo>"));

    // Network: a bond, a VLAN on it, a fixed address.
    for nic in &nics[1..] {
        put(&lab, &format!("nodes/{id}/interfaces/{}/", nic["id"]), &[("vlan", &untagged)]).await;
    }
    let (first, second) = (nics[1]["id"].to_string(), nics[2]["id"].to_string());
    let form =
        [("name", "bond0"), ("parents", &first), ("parents", &second), ("bond_mode", "802.3ad"), ("mtu", "9000")];
    let bond = post(&lab, &format!("nodes/{id}/interfaces/?op=create_bond"), &form).await;
    let form = [("parent", &*id_of(&bond)), ("vlan", &id_of(&data)), ("mtu", "9000")];
    let vlan = post(&lab, &format!("nodes/{id}/interfaces/?op=create_vlan"), &form).await;
    assert_eq!(vlan["name"], "bond0.42");
    let form = [("mode", "STATIC"), ("subnet", &*id_of(&subnet)), ("ip_address", "10.40.0.12")];
    let linked = post(&lab, &format!("nodes/{id}/interfaces/{}/?op=link_subnet", vlan["id"]), &form).await;
    assert_eq!(linked["links"][0]["ip_address"], "10.40.0.12");

    // Storage: by hand, from nothing.
    post(&lab, &format!("{path}?op=set_storage_layout"), &[("storage_layout", "blank")]).await;
    let disks = get(&lab, &format!("nodes/{id}/blockdevices/")).await;
    uuids_are_kept(&lab, &id, &disks[0]["id"].to_string()).await;
    post(&lab, &format!("{path}?op=set_storage_layout"), &[("storage_layout", "blank")]).await;
    assert_eq!(disks[0]["available_size"], 480_096_813_056_u64);
    let disk = disks[0]["id"].to_string();
    let mut wanted =
        vec![("fat32", "/boot/efi", Some("536870912")), ("ext4", "/", Some("100G")), ("xfs", "/var", None)];
    for (fstype, at, size) in wanted.drain(..) {
        let form: Vec<(&str, &str)> = size.map(|size| ("size", size)).into_iter().collect();
        let made = post(&lab, &format!("nodes/{id}/blockdevices/{disk}/partitions/"), &form).await;
        let item = format!("nodes/{id}/blockdevices/{disk}/partition/{}", made["id"]);
        post(&lab, &format!("{item}?op=format"), &[("fstype", fstype)]).await;
        let mounted = post(&lab, &format!("{item}?op=mount"), &[("mount_point", at)]).await;
        assert_eq!(mounted["filesystem"]["mount_point"], at);
    }

    // Deploy.
    let allocated = post(&lab, "machines/?op=allocate", &[("system_id", &id)]).await;
    assert_eq!((&allocated["status_name"], allocated.as_object().unwrap().len()), (&json!("Allocated"), 82));
    post(&lab, &format!("{path}?op=set_workload_annotations"), &[("site", "one")]).await;
    let user_data = STANDARD.encode("#cloud-config\n{}\n");
    let form = [("distro_series", "noble"), ("user_data", user_data.as_str())];
    let deploying = post(&lab, &format!("{path}?op=deploy"), &form).await;
    assert_eq!((&deploying["status_name"], &deploying["hwe_kernel"]), (&json!("Deploying"), &json!("ga-24.04")));
    let deployed = until_status(&lab, "r01-u10", "Deployed").await;
    assert_eq!((&deployed["deployments"], &deployed["userData"]), (&json!(1), &json!("#cloud-config\n{}\n")));
    let record = get(&lab, &path).await;
    assert_eq!(record["netboot"], false);
    assert!(record["ip_addresses"].as_array().unwrap().contains(&json!("10.40.0.12")));
    assert_eq!(record["owner_data"], json!({"site": "one"}));

    // A locked machine refuses with an empty 403.
    post(&lab, &format!("{path}?op=lock"), &[]).await;
    let refused = maas(&lab, "POST", &format!("{path}?op=release"), &[]).await.unwrap();
    assert_eq!((refused.status, refused.text().as_str()), (403, ""));
    post(&lab, &format!("{path}?op=unlock"), &[]).await;

    let releasing = post(&lab, &format!("{path}?op=release"), &[("erase", "0")]).await;
    assert_eq!(releasing["status_name"], "Disk erasing", "erase=0 erases");
    let released = until_status(&lab, "r01-u10", "Ready").await;
    assert_eq!((&released["releases"], &released["osOnDisk"]), (&json!(1), &json!(false)));
    let events = get(&lab, &format!("events/?op=query&id={id}&level=INFO&after=0&limit=1000")).await;
    let kinds: Vec<&str> =
        events["events"].as_array().unwrap().iter().rev().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in ["Commissioning", "Ready", "Deploying", "Deployed", "Releasing", "Disks erased", "Released"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_delay_passes_through_the_same_states() {
    let text = SPEC.replace("speed: 3000", "zeroDelay: true");
    let lab = start(LabSpec::from_yaml(&text).unwrap()).await.unwrap();
    serve_dhcp(&lab).await;
    let preset = json!({"status": "Ready"});
    let known = control(&lab, "POST", "machines/r01-u11/preset", &preset).await;
    let id = known["systemId"].as_str().unwrap();
    assert_eq!(known["status"], "Ready");
    post(&lab, &format!("machines/{id}/?op=deploy"), &[]).await;
    let deployed = until_status(&lab, "r01-u11", "Deployed").await;
    assert_eq!((&deployed["deployments"], &deployed["owner"]), (&json!(1), &json!("admin")));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_from_the_start() {
    let text = format!(
        "{SPEC}existing:\n- {{machine: r01-u10, controller: true, hostname: rack-2}}\n\
         - {{machine: r01-u11, status: Deployed, owner: somebody, locked: true, hostname: old-1, tags: [keep]}}\n"
    );
    let lab = start(LabSpec::from_yaml(&text).unwrap()).await.unwrap();
    let machines = get(&lab, "machines/").await;
    assert_eq!(machines.as_array().unwrap().len(), 1, "controllers are no machines");
    let old = &machines[0];
    assert_eq!((&old["hostname"], &old["owner"], &old["locked"]), (&json!("old-1"), &json!("somebody"), &json!(true)));
    assert_eq!((&old["status_name"], &old["tag_names"]), (&json!("Deployed"), &json!(["keep"])));
    assert_eq!(get(&lab, "nodes/").await.as_array().unwrap().len(), 3);
    let found = get(&lab, "nodes/?mac_address=52:54:00:00:01:0a").await;
    assert_eq!((&found[0]["hostname"], &found[0]["node_type"]), (&json!("rack-2"), &json!(2)));
    let journal = control(&lab, "GET", "journal", &Value::Null).await;
    assert_eq!(journal["entries"], json!([]), "reading leaves no trace");
    assert_eq!(control(&lab, "PUT", "speed", &json!({"speed": 7})).await["speed"], 7.0);
    lab.stop().await;
}

/// Whoever gives a UUID finds it again; MAAS takes version 4 alone.
async fn uuids_are_kept(lab: &Lab, id: &str, disk: &str) {
    let uuid = |last: u8| format!("3F0C3D0E-5d7c-4b55-9a6e-0d6f2f1c7a0{last}");
    let path = format!("nodes/{id}/blockdevices/{disk}/partitions/");
    for (bad, says) in [
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", r#"{"uuid": ["Enter a valid value."]}"#),
        ("root", r#"{"uuid": ["Ensure this value has at least 32 characters (it has 4)."]}"#),
    ] {
        let refused = maas(lab, "POST", &path, &[("size", "10G"), ("uuid", bad)]).await.unwrap();
        let says: Value = serde_json::from_str(says).unwrap();
        assert_eq!((refused.status, refused.json()), (400, says), "{bad}");
    }
    let root = post(lab, &path, &[("size", "10G"), ("uuid", &uuid(1))]).await;
    assert_eq!(root["uuid"], uuid(1));
    let item = format!("nodes/{id}/blockdevices/{disk}/partition/{}", root["id"]);
    let formatted = post(lab, &format!("{item}?op=format"), &[("fstype", "ext4"), ("uuid", &uuid(2))]).await;
    assert_eq!(formatted["filesystem"]["uuid"], uuid(2));
    let member = post(lab, &path, &[]).await;
    assert!(member["uuid"].as_str().is_some_and(|made| made.len() == 36), "{member}");
    let form = [("name", "vg"), ("uuid", &*uuid(3)), ("partitions", &*member["id"].to_string())];
    let group = post(lab, &format!("nodes/{id}/volume-groups/"), &form).await;
    assert_eq!(group["uuid"], uuid(3));
    let path = format!("nodes/{id}/volume-group/{}/", group["id"]);
    let volume = post(lab, &format!("{path}?op=create_logical_volume"), &[("name", "lv"), ("uuid", &uuid(4))]).await;
    assert_eq!(volume["uuid"], uuid(4));
    let shown = get(lab, &path).await;
    assert_eq!((&shown["uuid"], &shown["logical_volumes"][0]["uuid"]), (&json!(uuid(3)), &json!(uuid(4))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_of_power_type_manual_moves_only_by_its_button() {
    let lab = lab().await;
    serve_dhcp(&lab).await;
    let form = [
        ("architecture", "amd64/generic"),
        ("mac_addresses", "52:54:00:00:01:0a"),
        ("hostname", "by-hand"),
        ("commission", "false"),
        ("power_type", "manual"),
    ];
    let made = post(&lab, "machines/", &form).await;
    let path = format!("machines/{}/", made["system_id"].as_str().unwrap());
    post(&lab, &format!("{path}?op=commission"), &[("testing_scripts", "none")]).await;
    let power = get(&lab, &format!("{path}?op=query_power_state")).await;
    assert_eq!(power, json!({"state": "unknown"}));
    control(&lab, "POST", "settle", &json!({})).await;
    let waiting = get(&lab, &path).await;
    assert_eq!((&waiting["status_name"], &waiting["power_state"]), (&json!("Commissioning"), &json!("unknown")));
    assert_eq!(machine(&lab, "r01-u10").await["powerOns"], 0);
    control(&lab, "POST", "machines/r01-u10/button", &json!({})).await;
    until_status(&lab, "r01-u10", "Ready").await;
    assert_eq!(get(&lab, &path).await["power_state"], "unknown");
    lab.stop().await;
}
