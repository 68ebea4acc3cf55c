//! The main job: a design becomes deployed machines, and MAAS holds what was designed.

use crate::{
    ground::scenario,
    maas_api::{MaasApi, find},
    scene::{Scene, two_racks},
};
use serde_json::{Value, json};

#[test]
fn a_site_of_two_racks_is_deployed_as_designed() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        site_objects(&scene.maas()).await;
        for (rack, unit, host) in [("r01", 10, 10), ("r01", 11, 11), ("r02", 10, 20), ("r02", 13, 23)] {
            let machine = scene.maas().machine(&format!("{rack}-u{unit}")).await;
            interfaces(&machine, host);
            storage(&machine, unit != 10);
            platform(&scene.maas(), &machine, unit != 10).await;
        }
        first_boot(&scene).await;
        inventory(&scene).await;
        every_object_is_ready(&scene).await;
        scene.end().await;
    });
}

async fn site_objects(maas: &MaasApi) {
    let fabrics = maas.get("fabrics/").await;
    let data = find(&fabrics, "name", "data");
    find(&fabrics, "name", "pxe");
    let vlans = &data["vlans"];
    for (vid, name, mtu) in [(41, "oam", 1500), (42, "storage", 9000)] {
        let vlan =
            vlans.as_array().unwrap().iter().find(|v| v["vid"] == vid).unwrap_or_else(|| panic!("no vlan {vid}"));
        assert_eq!((vlan["name"].as_str(), vlan["mtu"].as_i64()), (Some(name), Some(mtu)));
    }
    let untagged = vlans.as_array().unwrap().iter().find(|v| v["vid"] == 0).unwrap();
    assert_eq!(untagged["mtu"], 9000, "the fabric's untagged VLAN carries the link's MTU");
    let subnets = maas.get("subnets/").await;
    let oam = find(&subnets, "cidr", "10.40.41.0/24");
    assert_eq!(oam["gateway_ip"], "10.40.41.1");
    assert_eq!(oam["vlan"]["vid"], 41);
    assert_eq!(oam["dns_servers"], json!(["10.40.10.5"]));
    let pxe = find(&subnets, "cidr", "10.40.10.0/24");
    assert_eq!(pxe["vlan"]["dhcp_on"], true);
    assert!(!subnets.as_array().unwrap().iter().any(|s| s["cidr"] == "10.40.0.0/24"), "unmanaged networks stay out");
    let ranges = maas.get("ipranges/").await;
    let range = find(&ranges, "start_ip", "10.40.10.100");
    assert_eq!((range["type"].as_str(), range["end_ip"].as_str()), (Some("dynamic"), Some("10.40.10.199")));
    assert_eq!(find(&ranges, "start_ip", "10.40.10.1")["type"], "reserved");
    find(&maas.get("domains/").await, "name", "harbour.example.com");
    let keys = maas.get("account/prefs/sshkeys/").await;
    assert!(keys.as_array().unwrap().iter().any(|k| k["key"].as_str().unwrap().ends_with("operator@harbour")));
}

fn interfaces(machine: &Value, host: u32) {
    let interfaces = &machine["interface_set"];
    let bond = find(interfaces, "name", "bond0");
    assert_eq!(bond["type"], "bond");
    let params = &bond["params"];
    assert_eq!(params["bond_mode"], "802.3ad");
    assert_eq!(params["bond_xmit_hash_policy"], "layer3+4");
    assert_eq!(params["bond_lacp_rate"], "fast");
    assert_eq!(
        (&params["bond_miimon"], &params["bond_updelay"], &params["bond_downdelay"]),
        (&json!(100), &json!(1000), &json!(1000))
    );
    assert_eq!(params["mtu"], 9000);
    assert_eq!(bond["parents"].as_array().unwrap().len(), 2);
    for (vid, mtu) in [(41, 1500), (42, 9000)] {
        let vlan = find(interfaces, "name", &format!("bond0.{vid}"));
        assert_eq!((vlan["type"].as_str(), &vlan["vlan"]["vid"]), (Some("vlan"), &json!(vid)));
        assert_eq!(vlan["params"]["mtu"], mtu);
        let link = &vlan["links"][0];
        assert_eq!(
            (link["mode"].as_str(), link["ip_address"].as_str()),
            (Some("static"), Some(&*format!("10.40.{vid}.{host}")))
        );
    }
    let physical = interfaces.as_array().unwrap().iter().filter(|i| i["type"] == "physical");
    let dhcp = physical.flat_map(|i| i["links"].as_array().unwrap()).filter(|l| l["mode"] == "dhcp").count();
    assert_eq!(dhcp, 1, "the boot NIC has its address by DHCP");
    assert_eq!(machine["default_gateways"]["ipv4"]["gateway_ip"], "10.40.41.1");
}

fn storage(machine: &Value, worker: bool) {
    let disk = find(&machine["physicalblockdevice_set"], "name", "sda");
    let partitions = disk["partitions"].as_array().unwrap();
    let mounted = |path: &str| {
        let partition = partitions.iter().find(|p| p["filesystem"]["mount_point"] == path);
        partition.cloned().unwrap_or_else(|| panic!("nothing at {path} in {partitions:#?}"))
    };
    assert_eq!(mounted("/boot/efi")["filesystem"]["fstype"], "fat32", "UEFI machines need it, designed or not");
    assert_eq!(mounted("/boot")["size"], 1_996_488_704_u64, "2 GB, rounded down to 4 MiB as MAAS does");
    assert_eq!(mounted("/")["size"], 59_999_518_720_u64);
    assert_eq!(mounted("/")["filesystem"]["fstype"], "ext4");
    assert!(mounted("/var")["size"].as_u64().unwrap() > 400_000_000_000, "the rest of the disk");
    assert_eq!(machine["boot_disk"]["name"], "sda");
    let virtuals = machine["virtualblockdevice_set"].as_array().unwrap();
    if worker {
        let volume = find(&machine["virtualblockdevice_set"], "name", "vg-data-lv-tenants");
        assert_eq!(volume["filesystem"]["mount_point"], "/var/lib/tenants");
        assert_eq!(volume["filesystem"]["fstype"], "xfs");
    } else {
        assert!(virtuals.is_empty(), "{virtuals:#?}");
    }
}

async fn platform(maas: &MaasApi, machine: &Value, worker: bool) {
    let hostname = machine["hostname"].as_str().unwrap();
    assert_eq!(machine["fqdn"], format!("{hostname}.harbour.example.com"));
    assert_eq!((machine["osystem"].as_str(), machine["distro_series"].as_str()), (Some("ubuntu"), Some("noble")));
    let tags: Vec<&str> = machine["tag_names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(tags.contains(&"harbour") && tags.contains(&if worker { "worker" } else { "control-plane" }), "{tags:?}");
    let options = maas.get(&format!("tags/{hostname}_kp/")).await["kernel_opts"].clone();
    let expected = if worker {
        "hugepagesz=1G hugepages=64 console=ttyS1,115200n8 isolcpus=4-31"
    } else {
        "console=ttyS1,115200n8"
    };
    assert_eq!(options, expected);
    assert!(tags.contains(&format!("{hostname}_kp").as_str()));
    let key = if worker { "tenants" } else { "control-plane" };
    assert_eq!(machine["owner_data"][key], "enabled");
}

async fn first_boot(scene: &Scene) {
    let machine = scene.lab_get("/machines/r01-u11").await;
    let user_data = machine["userData"].as_str().expect("user data");
    assert!(user_data.starts_with("#cloud-config\n"), "{user_data}");
    let config: Value = serde_saphyr::from_str(user_data).unwrap();
    assert_eq!(config["write_files"][0]["path"], "/etc/motd");
    assert_eq!(config["ntp"]["servers"], json!(["10.40.10.5"]));
}

async fn inventory(scene: &Scene) {
    let inventory = scene.object("hardwareinventories", "r01-u11").await;
    assert_eq!(inventory["status"]["cpus"], 32);
    assert_eq!(inventory["metadata"]["ownerReferences"][0]["kind"], "BaremetalNode");
    let disk = find(&inventory["status"]["disks"], "name", "sdb");
    assert_eq!(disk["scsiAddress"], "0:2.1.0");
    let nics = inventory["status"]["nics"].as_array().unwrap();
    assert!(nics.iter().any(|n| n["pciAddress"] == "0000:31:00.1"));
}

/// Every kind has a status writer: with the default of the CRD, one without would never become Ready.
async fn every_object_is_ready(scene: &Scene) {
    let kinds = [
        "racks",
        "networklinks",
        "networks",
        "hardwareprofiles",
        "hostprofiles",
        "bootactions",
        "baremetalnodes",
        "sites",
        "hardwareinventories",
    ];
    for kind in kinds {
        let objects = scene.objects(kind).await;
        assert!(!objects.is_empty(), "{kind}");
        for object in objects {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            scene.until(kind, &name, "Ready", "True", "").await;
            let object = scene.object(kind, &name).await;
            assert_eq!(object["status"]["observedGeneration"], object["metadata"]["generation"], "{kind}/{name}");
        }
    }
}
