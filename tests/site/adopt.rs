//! A region that runs is taken over: described by a command that only reads, adopted when a person says so, and only marked.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, condition, is},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;
use std::{collections::BTreeSet, fmt::Write as _, process::Output};

/// So many machines run.
const MACHINES: usize = 20;
/// The BMCs' password.
const PASSWORD: &str = "calvin";
/// MAAS's numbers of statuses.
const DEPLOYED: u64 = 6;

fn name(index: usize) -> String {
    format!("h{:02}", index + 1)
}

/// Machines of two builds, known to MAAS and commissioned.
fn lab() -> String {
    let mut text = String::from(
        "seed: 11\nmaas:\n  rackController:\n    hostname: rack-1\n    interfaces: [{name: eth0, address: 10.40.10.5/24, segment: pxe}]\n\
         bmc:\n  translate: {from: 10.40.0.0/24, to: 127.40.0.0/24}\nmachines:\n",
    );
    for index in 0..MACHINES {
        let (name, low) = (name(index), index + 1);
        let (product, cpus) = if index % 2 == 0 { ("PowerEdge R650", 32) } else { ("PowerEdge R750", 64) };
        let _ = writeln!(
            text,
            "- name: {name}\n  bmc: {{address: 10.40.0.{}, user: root, password: {PASSWORD}}}\n  firmware: Uefi\n  cpus: {cpus}\n  \
             memoryMib: 131072\n  vendor: Dell Inc.\n  product: {product}\n  serial: SN{low:03}\n  nics:\n  \
             - {{name: eno1, mac: \"52:54:00:0a:{low:02x}:01\", pci: \"0000:04:00.0\", segment: pxe, speedMbps: 1000}}\n  \
             - {{name: ens1f0, mac: \"52:54:00:0a:{low:02x}:02\", pci: \"0000:31:00.0\", segment: data, speedMbps: 25000}}\n  \
             - {{name: ens1f1, mac: \"52:54:00:0a:{low:02x}:03\", pci: \"0000:31:00.1\", segment: data, speedMbps: 25000}}\n  disks:\n  \
             - {{name: sda, sizeBytes: 480103981056, scsi: \"0:2.0.0\", model: PERC H755, serial: \"{name}-a\"}}\n  \
             - {{name: sdb, sizeBytes: 1920383410176, scsi: \"0:2.1.0\", model: PERC H755, serial: \"{name}-b\"}}",
            10 + index
        );
    }
    text.push_str("existing:\n");
    for index in 0..MACHINES {
        let name = name(index);
        let _ = writeln!(text, "- {{machine: {name}, status: Ready, hostname: {name}}}");
    }
    text
}

/// Networks, as a person makes them who has never heard of Slipway.
async fn networks(scene: &Scene) -> (String, String, String) {
    let maas = scene.maas();
    let id = |value: &Value| value["id"].as_u64().unwrap().to_string();
    let subnets = maas.get("subnets/").await;
    let pxe = subnets.as_array().unwrap().iter().find(|subnet| subnet["cidr"] == "10.40.10.0/24").unwrap().clone();
    let (fabric, vlan) = (pxe["vlan"]["fabric_id"].to_string(), id(&pxe["vlan"]));
    maas.put(&format!("fabrics/{fabric}/"), &[("name", "pxe")]).await;
    maas.put(&format!("subnets/{}/", id(&pxe)), &[("name", "pxe")]).await;
    let subnet = id(&pxe);
    let range = [("type", "dynamic"), ("start_ip", "10.40.10.100"), ("end_ip", "10.40.10.199"), ("subnet", &subnet)];
    maas.post("ipranges/", &range).await;
    let racks = maas.get("rackcontrollers/").await;
    let rack = racks[0]["system_id"].as_str().unwrap().to_owned();
    maas.put(&format!("vlans/{vlan}/"), &[("dhcp_on", "true"), ("primary_rack", &rack)]).await;
    let data = maas.post("fabrics/", &[("name", "data")]).await;
    let untagged = id(&data["vlans"][0]);
    maas.put(&format!("vlans/{untagged}/"), &[("mtu", "9000")]).await;
    let tagged = [("vid", "41"), ("name", "oam"), ("mtu", "1500")];
    let oam = maas.post(&format!("fabrics/{}/vlans/", id(&data)), &tagged).await;
    let oam_id = id(&oam);
    let form = [("cidr", "10.40.41.0/24"), ("name", "oam"), ("vlan", &oam_id), ("gateway_ip", "10.40.41.1")];
    let subnet = maas.post("subnets/", &form).await;
    for zone in ["r01", "r02"] {
        maas.post("zones/", &[("name", zone)]).await;
    }
    maas.post("tags/", &[("name", "harbour")]).await;
    maas.post("tags/", &[("name", "console"), ("kernel_opts", "console=ttyS1,115200n8")]).await;
    (untagged, oam_id, id(&subnet))
}

/// Sets a machine up and deploys it, as a person does.
async fn deploy(scene: &Scene, index: usize, (untagged, oam, subnet): &(String, String, String)) {
    let maas = scene.maas();
    let machine = maas.machine(&name(index)).await;
    let id = machine["system_id"].as_str().unwrap().to_owned();
    let zone = if index < MACHINES / 2 { "r01" } else { "r02" };
    maas.put(&format!("machines/{id}/"), &[("zone", zone)]).await;
    for tag in ["harbour", "console"] {
        maas.post(&format!("tags/{tag}/?op=update_nodes"), &[("add", &id)]).await;
    }
    let nic = |name: &str| {
        let all = machine["interface_set"].as_array().unwrap();
        all.iter().find(|nic| nic["name"] == name).unwrap()["id"].to_string()
    };
    let interfaces = format!("nodes/{id}/interfaces/");
    for name in ["ens1f0", "ens1f1"] {
        maas.put(&format!("{interfaces}{}/", nic(name)), &[("vlan", untagged), ("mtu", "9000")]).await;
    }
    let (first, second) = (nic("ens1f0"), nic("ens1f1"));
    let bond = [
        ("name", "bond0"),
        ("parents", &first),
        ("parents", &second),
        ("vlan", untagged),
        ("mtu", "9000"),
        ("bond_mode", "802.3ad"),
        ("bond_miimon", "100"),
        ("bond_updelay", "300"),
        ("bond_downdelay", "300"),
        ("bond_lacp_rate", "fast"),
        ("bond_xmit_hash_policy", "layer3+4"),
    ];
    let bond = maas.post(&format!("{interfaces}?op=create_bond"), &bond).await["id"].to_string();
    let vlan = maas.post(&format!("{interfaces}?op=create_vlan"), &[("parent", &bond), ("vlan", oam)]).await;
    let address = format!("10.40.41.{}", 10 + index);
    let link = [("mode", "STATIC"), ("subnet", subnet), ("ip_address", &address), ("default_gateway", "true")];
    maas.post(&format!("{interfaces}{}/?op=link_subnet", vlan["id"]), &link).await;
    if index % 2 == 1 {
        let layout = [("storage_layout", "lvm"), ("vg_name", "vgroot"), ("lv_name", "lvroot")];
        maas.post(&format!("machines/{id}/?op=set_storage_layout"), &layout).await;
    }
    maas.post("machines/?op=allocate", &[("system_id", &id)]).await;
    maas.post(&format!("machines/{id}/?op=set_workload_annotations"), &[("role", "compute")]).await;
    maas.post(&format!("machines/{id}/?op=deploy"), &[("distro_series", "noble")]).await;
}

async fn until_all_run(scene: &Scene) {
    let all = eventually(PATIENCE, "all machines run", || async {
        let machines = scene.maas().get("machines/").await;
        let machines = machines.as_array().unwrap().clone();
        let runs = machines.iter().filter(|machine| machine["status"] == DEPLOYED).count();
        let states: Vec<&Value> = machines.iter().map(|machine| &machine["status_name"]).collect();
        if runs == MACHINES { Ok(()) } else { Err(format!("{states:?}")) }
    });
    all.await.unwrap();
}

async fn adopt(scene: &Scene, args: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["adopt", "--from-maas", &scene.lab.maas_url, "--site", "harbour"]).args(args);
    command.env("SLIPWAY_MAAS_API_KEY", &scene.lab.api_key).env_remove("KUBECONFIG");
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_running_region_is_described_adopted_and_marked_and_its_drift_is_told() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::new(ground, Some(turn), &lab()).await;
        let places = networks(&scene).await;
        for index in 0..MACHINES {
            deploy(&scene, index, &places).await;
        }
        until_all_run(&scene).await;
        let writes = scene.external_writes().await;

        // Described: the same each time, without a secret, valid, and nothing is written.
        let described = adopt(&scene, &[]).await;
        let manifests = text(&described.stdout);
        assert_eq!(manifests, text(&adopt(&scene, &[]).await.stdout), "in the same order each time");
        for secret in [PASSWORD, "lab-region-secret"] {
            assert!(!manifests.contains(secret) && !text(&described.stderr).contains(secret));
        }
        let folder = tempfile::tempdir().unwrap();
        let (out, path) = (folder.path().join("design"), folder.path().join("design").display().to_string());
        adopt(&scene, &["-o", &path]).await;
        let valid =
            std::process::Command::new(env!("CARGO_BIN_EXE_slipway")).args(["validate", &path]).output().unwrap();
        assert!(valid.status.success(), "{}{}\n{manifests}", text(&valid.stdout), text(&valid.stderr));
        let mut names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["10-site.yaml", "20-racks.yaml", "30-networks.yaml", "40-profiles.yaml", "50-nodes.yaml"]);
        assert_eq!(manifests.matches("kind: HostProfile").count(), 2, "those that are alike share one\n{manifests}");
        assert_eq!(scene.external_writes().await, writes, "the region is only read");

        // Applied: each node says what would be done, and that the machine is as designed.
        let with_secrets = text(&adopt(&scene, &["--with-secrets"]).await.stdout);
        scene.start_operator();
        let bmcs = json!({"translate": [{"from": "10.40.0.0/24", "to": "127.40.0.0/24", "port": scene.lab.bmc_port}]});
        scene.apply(&with_secrets, json!({"outOfBand": bmcs})).await;
        let plans = until_planned(&scene).await;
        for (name, plan) in &plans {
            let message = plan["message"].as_str().unwrap();
            assert!(message.contains("It is as designed"), "{name}: {message}");
            assert_eq!(plan["destructive"], json!(["Adopt"]));
        }
        scene.an_hour().await;
        assert_eq!(
            scene.external_writes().await,
            writes,
            "nothing before approval\n{:#}",
            scene.lab_get("/journal").await
        );

        // Approved: marked, and nothing else.
        for (name, plan) in &plans {
            let approval = format!("slipway.dev/approve={} by ann", plan["hash"].as_str().unwrap());
            scene.annotate("baremetalnodes", name, &approval).await;
        }
        scene.until_deployed(MACHINES).await;
        assert_eq!(scene.external_writes().await, writes + 3 * MACHINES as u64, "a tag, its machine, its owner data");
        for machine in scene.maas().get("machines/").await.as_array().unwrap() {
            let owner = machine["owner_data"]["slipway-owner"].as_str().unwrap();
            assert!(
                owner.ends_with(&format!("/{}/{}", scene.namespace, machine["hostname"].as_str().unwrap())),
                "{owner}"
            );
            assert_eq!((&machine["status"], &machine["power_state"]), (&json!(DEPLOYED), &json!("on")));
        }
        scene.assert_deployed_once().await;

        // Two are changed by hand: these drift, and nobody else does; nothing is brought back.
        let maas = scene.maas();
        let (first, second) = (scene_id(&maas, "h03").await, scene_id(&maas, "h14").await);
        maas.post("tags/harbour/?op=update_nodes", &[("remove", &first)]).await;
        maas.put(&format!("machines/{second}/"), &[("zone", "default")]).await;
        let after = scene.external_writes().await;
        scene.until_says("baremetalnodes", "h03", "Drifted", &["tag the machine harbour"]).await;
        scene.until_says("baremetalnodes", "h14", "Drifted", &["set zone to r02"]).await;
        scene.an_hour().await;
        let nodes = scene.objects("baremetalnodes").await;
        let drifted: BTreeSet<&str> = nodes
            .iter()
            .filter(|node| condition(node, "Drifted")["status"] == "True")
            .map(|node| node["metadata"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(drifted, BTreeSet::from(["h03", "h14"]));
        assert!(nodes.iter().all(|node| is(node, "Ready")), "they run as they ran");
        assert_eq!(scene.external_writes().await, after, "told, and left");
        scene.end().await;
    });
}

async fn scene_id(maas: &crate::maas_api::MaasApi, name: &str) -> String {
    maas.machine(name).await["system_id"].as_str().unwrap().to_owned()
}

/// The plans of all nodes, once each shows one.
async fn until_planned(scene: &Scene) -> Vec<(String, Value)> {
    let planned = eventually(PATIENCE, "every node asks for approval", || async {
        let nodes = scene.objects("baremetalnodes").await;
        let plan = |node: &Value| {
            let plan = node["status"]["plan"].clone();
            plan.is_object().then(|| (node["metadata"]["name"].as_str().unwrap().to_owned(), plan))
        };
        let plans: Vec<(String, Value)> = nodes.iter().filter_map(plan).collect();
        let states: Vec<String> = nodes.iter().map(|node| condition(node, "Ready")["message"].to_string()).collect();
        if plans.len() == MACHINES { Ok(plans) } else { Err(states.join("\n")) }
    });
    match planned.await {
        Ok(plans) => plans,
        Err(error) => panic!("{error}\n{}", crate::scene::tail(&scene.log())),
    }
}
