//! The lab's views have the keys and types of answers recorded from a real region. The recordings are not part of the
//! repository: without them the test says that it is skipped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use slipway_lab::spec::LabSpec;
use slipway_lab::start;
use support::{SPEC, control, get, post, serve_dhcp, until_status};

fn recordings() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/maas-exchanges");
    let named = std::env::var_os("SLIPWAY_MAAS_EXCHANGES").map(PathBuf::from);
    named.into_iter().chain([beside]).find(|path| path.is_dir())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Where the shapes differ. A null on either side fits every type; of arrays the first elements are compared; maps
/// whose keys are data are left alone.
fn differences(path: &str, real: &Value, ours: &Value, found: &mut Vec<String>) {
    const DATA: [&str; 6] = ["owner_data", "workload_annotations", "params", "parameters", "starttime", "endtime"];
    match (real, ours) {
        (Value::Object(real), Value::Object(ours)) => {
            for key in real.keys().filter(|key| !ours.contains_key(*key)) {
                found.push(format!("{path}.{key} is missing"));
            }
            for key in ours.keys().filter(|key| !real.contains_key(*key)) {
                found.push(format!("{path}.{key} is too many"));
            }
            for (key, real) in real.iter().filter(|(key, _)| !DATA.contains(&key.as_str())) {
                if let Some(ours) = ours.get(key) {
                    differences(&format!("{path}.{key}"), real, ours, found);
                }
            }
        }
        (Value::Array(real), Value::Array(ours)) => {
            if let (Some(real), Some(ours)) = (real.first(), ours.first()) {
                differences(&format!("{path}[]"), real, ours, found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ if kind(real) != kind(ours) => found.push(format!("{path} is {} instead of {}", kind(ours), kind(real))),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_have_the_recorded_shapes() {
    let Some(folder) = recordings() else {
        println!("skipped: no recorded exchanges (set SLIPWAY_MAAS_EXCHANGES)");
        return;
    };
    let recorded = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["body"].clone()
    };
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    serve_dhcp(&lab).await;
    let known = control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "Ready"})).await;
    let id = known["systemId"].as_str().unwrap().to_owned();
    let path = format!("machines/{id}/");
    post(&lab, &format!("{path}?op=commission"), &[]).await;
    until_status(&lab, "r01-u10", "Ready").await;
    let range = [("type", "reserved"), ("start_ip", "10.23.20.1"), ("end_ip", "10.23.20.9")];
    let mut found = Vec::new();
    let mut compare = |name: &str, ours: &Value| differences(name, &recorded(name), ours, &mut found);
    compare("11_machine_ready", &get(&lab, &path).await);
    compare("11_interfaces_list", &get(&lab, &format!("nodes/{id}/interfaces/")).await);
    compare("11_blockdevices_list", &get(&lab, &format!("nodes/{id}/blockdevices/")).await);
    let devices = format!("nodes/{id}/devices/?bus=pcie&hardware_type=network");
    compare("11_nodedevices_filter_network", &get(&lab, &devices).await);
    compare("11_power_parameters", &get(&lab, &format!("{path}?op=power_parameters")).await);
    compare("11_machine_events", &get(&lab, &format!("events/?op=query&id={id}&limit=50&level=INFO")).await);
    compare("11_results_commissioning", &get(&lab, &format!("nodes/{id}/results/?type=commissioning")).await);
    compare("03_fabrics_list_initial", &get(&lab, "fabrics/").await);
    compare("03_vlan_get_by_id", &get(&lab, "vlans/5001/").await);
    compare("03_subnet_get", &get(&lab, "subnets/1/").await);
    compare("03_iprange_create_reserved", &post(&lab, "ipranges/", &range).await);
    compare("03_space_create", &post(&lab, "spaces/", &[("name", "oam")]).await);
    compare("03_space_undefined_get", &get(&lab, "spaces/undefined/").await);
    compare("04_boot_resources_list", &get(&lab, "boot-resources/").await);
    compare("04_domains_list", &get(&lab, "domains/").await);
    compare("04_repos_list", &get(&lab, "package-repositories/").await);
    compare("05_zones_list", &get(&lab, "zones/").await);
    compare("05_racks_list", &get(&lab, "rackcontrollers/").await);
    compare("05_tag_create", &post(&lab, "tags/", &[("name", "compute")]).await);
    compare("05_pool_create", &post(&lab, "resourcepools/", &[("name", "site1")]).await);
    compare("05_sshkey_add", &post(&lab, "account/prefs/sshkeys/", &[("key", "ssh-ed25519 AAAA x")]).await);
    compare("01_version", &get(&lab, "version/").await);
    compare("01_whoami", &get(&lab, "users/?op=whoami").await);
    compare("21_allocate_system_id", &post(&lab, "machines/?op=allocate", &[("system_id", &id)]).await);
    compare("21_deploy", &post(&lab, &format!("{path}?op=deploy"), &[]).await);
    until_status(&lab, "r01-u10", "Deployed").await;
    compare("21_deployed_get", &get(&lab, &path).await);
    compare("21_results_installation", &get(&lab, &format!("nodes/{id}/results/?type=installation")).await);
    assert!(found.is_empty(), "{}", found.join("\n"));
    lab.stop().await;
}
