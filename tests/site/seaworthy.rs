//! A real site: Airship Seaworthy, imported from its Drydock documents and deployed.
//!
//! The documents are not part of the project. `SLIPWAY_SEAWORTHY` names them; without them, and beside no folder that
//! has them, this says that it is skipped.

use crate::{
    ground::{root, scenario},
    maas_api::find,
    read_back::read_back,
    scene::{Scene, documents},
};
use serde_json::{Value, json};
use slipway_testbed::target_binary;
use std::{env, fmt::Write, path::PathBuf, process::Command};

const NODES: [(&str, u32); 5] =
    [("cab23-r720-12", 12), ("cab23-r720-13", 13), ("cab23-r720-14", 14), ("cab23-r720-16", 16), ("cab23-r720-17", 17)];

/// The machines' NICs, by PCI address.
const NICS: [(&str, &str); 5] = [
    ("0000:01:00.0", "eno1"),
    ("0000:43:00.0", "ens43f0"),
    ("0000:43:00.1", "ens43f1"),
    ("0000:44:00.0", "ens44f0"),
    ("0000:44:00.1", "ens44f1"),
];

#[test]
fn airship_seaworthy_is_imported_and_deployed() {
    let beside = root().join("../shared/designs/airship-seaworthy.yaml");
    let file = env::var_os("SLIPWAY_SEAWORTHY").map_or(beside, PathBuf::from);
    if !file.is_file() {
        println!("skipped: {} is not there; SLIPWAY_SEAWORTHY names the site's documents", file.display());
        return;
    }
    scenario(|ground, turn| async move {
        let mut scene = Scene::new(ground, Some(turn), &lab()).await;
        let imported = import(&file, &scene);
        ground.control_plane.apply(&imported).await.unwrap();
        scene.start_operator();
        scene.task("deploy", json!({"action": "DeployNodes"})).await;
        scene.until_deployed(5).await;
        scene.until("sitetasks", "deploy", "Ready", "True", "Success").await;
        scene.assert_deployed_once().await;
        read_back(&scene, &NICS).await;
        for (name, host) in NODES {
            machine(&scene, name, host).await;
        }
        scene.second_run_changes_nothing().await;
        scene.end().await;
    });
}

fn import(file: &std::path::Path, scene: &Scene) -> String {
    let output = Command::new(target_binary("slipway").unwrap())
        .args(["import", "drydock"])
        .arg(file)
        .args([
            "--namespace",
            &scene.namespace,
            "--maas-url",
            &scene.lab.maas_url,
            "--maas-api-key",
            &scene.lab.api_key,
        ])
        .args(["--translate", &format!("10.23.104.0/24=127.23.104.0/24:{}", scene.lab.bmc_port), "--settle", "2s"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let kinds: Vec<String> = documents(&text).iter().map(|d| d["kind"].as_str().unwrap().to_owned()).collect();
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!((count("BaremetalNode"), count("Network"), count("NetworkLink")), (5, 6, 3));
    text
}

/// The hardware that the site's documents describe: five Dell R720.
fn lab() -> String {
    let mut text = String::from(
        "seed: 23\nmaas:\n  rackController: {hostname: rack-1, interfaces: [{name: eth0, address: 10.23.20.9/24, segment: pxe}]}\n\
         bmc: {translate: {from: 10.23.104.0/24, to: 127.23.104.0/24}}\nmachines:\n",
    );
    for (name, host) in NODES {
        writeln!(
            text,
            "- name: {name}\n  bmc: {{address: 10.23.104.{host}, user: root, password: password123}}\n  firmware: Legacy\n  nics:"
        )
        .unwrap();
        for (n, (pci, nic)) in NICS.iter().enumerate() {
            let segment = if n == 0 { "pxe" } else { "data" };
            writeln!(
                text,
                "  - {{name: {nic}, mac: \"52:54:00:23:{host:02}:{n:02}\", pci: \"{pci}\", segment: {segment}}}"
            )
            .unwrap();
        }
        writeln!(text, "  disks:").unwrap();
        for (n, disk) in ["sda", "sdb", "sdc", "sdd"].iter().enumerate() {
            writeln!(text, "  - {{name: {disk}, sizeBytes: 599550590976, scsi: \"0:2.{n}.0\"}}").unwrap();
        }
    }
    text
}

async fn machine(scene: &Scene, name: &str, host: u32) {
    let maas = scene.maas();
    let machine = maas.machine(name).await;
    assert_eq!(machine["fqdn"], format!("{name}.atlantafoundry.com"));
    assert_eq!(machine["distro_series"], "xenial");
    let interfaces = &machine["interface_set"];
    let bond = find(interfaces, "name", "bond0");
    let params = &bond["params"];
    assert_eq!(
        (params["bond_mode"].as_str(), params["bond_xmit_hash_policy"].as_str()),
        (Some("802.3ad"), Some("layer3+4"))
    );
    assert_eq!(
        (&params["bond_miimon"], &params["bond_updelay"], &params["bond_downdelay"]),
        (&json!(100), &json!(1000), &json!(3000))
    );
    assert_eq!((&params["bond_lacp_rate"], &params["mtu"]), (&json!("fast"), &json!(9100)));
    let mut parents: Vec<&str> = bond["parents"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    parents.sort_unstable();
    // cp_nic01 and cp_nic02 of the hardware profile: 0000:43:00.1 and 0000:44:00.0.
    assert_eq!(parents, ["ens43f1", "ens44f0"]);
    for vid in [21, 22, 23, 24] {
        let vlan = find(interfaces, "name", &format!("bond0.{vid}"));
        let link = &vlan["links"][0];
        assert_eq!(
            (link["mode"].as_str(), link["ip_address"].as_str()),
            (Some("static"), Some(&*format!("10.23.{vid}.{host}")))
        );
        assert_eq!(vlan["params"]["mtu"], 9100);
    }
    let pxe = find(interfaces, "name", "eno1");
    assert_eq!(pxe["links"][0]["ip_address"], format!("10.23.20.{host}"));
    assert_eq!(machine["default_gateways"]["ipv4"]["gateway_ip"], "10.23.21.1");
    let disk = find(&machine["physicalblockdevice_set"], "name", "sda");
    let partitions = disk["partitions"].as_array().unwrap();
    let mounts: Vec<(&str, u64)> = partitions
        .iter()
        .map(|p| (p["filesystem"]["mount_point"].as_str().unwrap_or_default(), p["size"].as_u64().unwrap()))
        .collect();
    for (path, gigabytes) in [("/", 30), ("/boot", 1), ("/var/log", 100)] {
        let size = mounts.iter().find(|(p, _)| *p == path).unwrap_or_else(|| panic!("{path} in {mounts:?}")).1;
        let designed = gigabytes * 1_000_000_000;
        assert!(size <= designed && designed - size < 4 << 20, "{path} is {size}");
    }
    assert!(mounts.iter().any(|(path, size)| *path == "/var" && *size > 400_000_000_000), "{mounts:?}");
    if host >= 14 {
        let ephemeral = find(&machine["physicalblockdevice_set"], "name", "sdd");
        assert_eq!(ephemeral["partitions"][0]["filesystem"]["mount_point"], "/var/lib/nova");
    }
    assert_eq!(maas.get(&format!("tags/{name}_kp/")).await["kernel_opts"], "console=ttyS1,115200n8");
}
