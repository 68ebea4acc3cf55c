//! What a region holds for a site: who may write it, what is said when somebody else does, and what goes.

use crate::{
    ground::scenario,
    maas_api::find,
    scene::{PATIENCE, Scene, condition, documents, is, stream, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

/// The sample without its nodes: the site alone.
fn site_alone() -> String {
    let kinds = ["Secret", "Site", "Rack", "NetworkLink", "Network"];
    let of_site = |document: &Value| kinds.iter().any(|kind| document["kind"] == *kind);
    let all: Vec<Value> = documents(&two_racks()).into_iter().filter(of_site).collect();
    stream(&all)
}

/// The provisioner's part of the Site, with more.
fn maas(scene: &Scene, more: &Value) -> Value {
    let mut maas =
        json!({"url": scene.lab.maas_url, "credentialsRef": {"name": "maas-credentials"}, "ownsRegion": true});
    for (field, value) in more.as_object().unwrap() {
        maas[field] = value.clone();
    }
    json!({"provisioner": {"maas": maas}})
}

async fn prepared(scene: &Scene) {
    scene.until("sites", "harbour", "Prepared", "True", "AsDesigned").await;
}

/// The VLAN with this id on the wire, of the fabric of this name.
async fn vlan(scene: &Scene, fabric: &str, vid: u64) -> Value {
    let fabric = find(&scene.maas().get("fabrics/").await, "name", fabric);
    let vlans = fabric["vlans"].as_array().unwrap();
    vlans.iter().find(|vlan| vlan["vid"] == vid).cloned().unwrap()
}

#[test]
fn drift_is_reported_field_by_field_and_corrected_where_that_is_wanted() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&site_alone(), json!({})).await;
        prepared(&scene).await;
        assert_eq!(condition(&scene.object("sites", "harbour").await, "Drifted")["status"], "False");
        let made = scene.object("sites", "harbour").await["status"]["made"].clone();
        assert!(made.as_array().unwrap().contains(&json!("Vlan/data/41")), "{made}");

        let id = vlan(&scene, "data", 41).await["id"].to_string();
        scene.maas().put(&format!("vlans/{id}/"), &[("mtu", "1400")]).await;
        let writes = scene.external_writes().await;
        let seen = scene.until("sites", "harbour", "Drifted", "True", "Differs").await;
        let message = seen["message"].as_str().unwrap();
        assert_eq!(message, "1 difference: set VLAN 41 of fabric data: mtu 1500 (is 1400)");
        let ready = scene.until("sites", "harbour", "Ready", "True", "Drifted").await;
        assert!(ready["message"].as_str().unwrap().contains("driftPolicy Correct"), "{ready}");
        assert_eq!(scene.external_writes().await, writes, "nothing is written");

        // A task is asked for by a person: it brings the site back, and looks anew before it says so.
        scene.task("prepare", json!({"action": "PrepareSite"})).await;
        scene.until("sitetasks", "prepare", "Ready", "True", "Success").await;
        assert_eq!(vlan(&scene, "data", 41).await["mtu"], 1500);
        scene.until("sites", "harbour", "Drifted", "False", "AsDesigned").await;

        scene.apply(&site_alone(), json!({"driftPolicy": "Correct"})).await;
        scene.maas().put(&format!("vlans/{id}/"), &[("mtu", "1300")]).await;
        eventually(PATIENCE, "the MTU to be brought back", || async {
            let vlan = vlan(&scene, "data", 41).await;
            if vlan["mtu"] == 1500 { Ok(()) } else { Err(vlan.to_string()) }
        })
        .await
        .unwrap();
        scene.end().await;
    });
}

#[test]
fn two_sites_of_one_region_do_not_write_in_turns() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&site_alone(), json!({})).await;
        prepared(&scene).await;
        let writes = scene.external_writes().await;

        let namespace = format!("{}-west", scene.namespace);
        scene.kubectl(&["create", "namespace", &namespace]).await;
        let secret = find(&json!(documents(&site_alone())), "kind", "Secret");
        scene.apply_in(&namespace, secret).await;
        let west = |owns: bool| {
            json!({
                "apiVersion": "slipway.dev/v1alpha1", "kind": "Site", "metadata": {"name": "west"},
                "spec": {
                    "provisioner": {"maas": {
                        "url": scene.lab.maas_url, "credentialsRef": {"name": "maas-credentials"}, "ownsRegion": owns,
                    }},
                    "mode": "Continuous", "settle": "1s", "poll": "60s", "ntpServers": ["10.9.9.9"],
                },
            })
        };
        let says = async |parts: &[&str]| {
            let args = ["get", "site", "west", "-n", &namespace, "-o", "json"];
            eventually(PATIENCE, "the other Site saying so", || async {
                let site: Value = serde_json::from_str(&scene.kubectl(&args).await).unwrap();
                let stalled = condition(&site, "Stalled");
                let message = stalled["message"].as_str().unwrap_or_default();
                if parts.iter().all(|part| message.contains(part)) { Ok(()) } else { Err(site["status"].to_string()) }
            })
            .await
            .unwrap();
        };
        scene.apply_in(&namespace, west(true)).await;
        says(&["the region is owned by another Site", &scene.namespace]).await;
        scene.apply_in(&namespace, west(false)).await;
        says(&["set ntp_servers to 10.9.9.9", "this Site does not own it", &scene.namespace]).await;
        // The first looks again, and finds what it left.
        scene.task("prepare", json!({"action": "PrepareSite"})).await;
        scene.until("sitetasks", "prepare", "Ready", "True", "Success").await;
        assert_eq!(scene.external_writes().await, writes, "neither has written");
        scene.kubectl(&["delete", "namespace", &namespace, "--wait=false"]).await;
        scene.end().await;
    });
}

#[test]
fn what_is_unlisted_goes_after_an_approval_that_is_used_up() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        let stray = [("name", "stray"), ("url", "http://stray.example.com/"), ("arches", "amd64")];
        scene.maas().post("package-repositories/", &stray).await;
        scene.start_operator();
        let removing = maas(&scene, &json!({"removeUnlisted": ["PackageRepositories"]}));
        scene.apply(&site_alone(), merged(&removing, &json!({"driftPolicy": "Correct"}))).await;
        let asked = scene.until("sites", "harbour", "Stalled", "True", "ApprovalRequired").await;
        assert!(asked["message"].as_str().unwrap().contains("remove archive stray"), "{asked}");
        let plan = |site: &Value| site["status"]["plan"]["hash"].as_str().unwrap_or_default().to_owned();
        let first = plan(&scene.object("sites", "harbour").await);
        // Everything else has been done.
        assert_eq!(vlan(&scene, "data", 41).await["mtu"], 1500);
        let there = async |name: &str| {
            let all = scene.maas().get("package-repositories/").await;
            all.as_array().unwrap().iter().any(|known| known["name"] == name)
        };
        assert!(there("stray").await && there("ports_archive").await);
        scene.annotate("site", "harbour", &format!("slipway.dev/approve={first} by somebody")).await;
        prepared(&scene).await;
        assert!(!there("stray").await && there("ports_archive").await);
        // The same again is another plan.
        scene.maas().post("package-repositories/", &stray).await;
        scene.until("sites", "harbour", "Stalled", "True", "ApprovalRequired").await;
        let site = scene.object("sites", "harbour").await;
        assert_ne!(plan(&site), first, "{}", site["status"]);
        assert!(there("stray").await);
        scene.end().await;
    });
}

fn merged(one: &Value, other: &Value) -> Value {
    let mut all = one.clone();
    for (field, value) in other.as_object().unwrap() {
        all[field] = value.clone();
    }
    all
}

#[test]
fn what_the_design_drops_is_listed_and_goes_where_the_site_says_so() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&site_alone(), json!({})).await;
        prepared(&scene).await;
        // The network and its place on the link go together.
        let link = documents(&site_alone())
            .into_iter()
            .find(|d| d["kind"] == "NetworkLink" && d["metadata"]["name"] == "data");
        let mut link = link.unwrap();
        link["spec"]["allowedNetworks"] = json!(["oam"]);
        scene.apply_one(link).await;
        scene.kubectl(&["delete", "network", "storage", "-n", &scene.namespace]).await;
        let leftovers = async |wanted: &[&str]| {
            eventually(PATIENCE, &format!("leftovers {wanted:?}"), || async {
                let site = scene.object("sites", "harbour").await;
                let found = site["status"]["leftovers"].as_array().cloned().unwrap_or_default();
                if found == wanted.iter().map(|text| json!(text)).collect::<Vec<_>>() && is(&site, "Prepared") {
                    Ok(site)
                } else {
                    Err(site["status"].to_string())
                }
            })
            .await
            .unwrap()
        };
        leftovers(&["subnet 10.40.42.0/24 (storage)", "VLAN 42 of fabric data"]).await;
        let subnets = scene.maas().get("subnets/").await;
        find(&subnets, "cidr", "10.40.42.0/24");
        let site = documents(&site_alone()).into_iter().find(|document| document["kind"] == "Site").unwrap();
        let mut site = site;
        site["spec"]["provisioner"]["maas"]["url"] = json!(scene.lab.maas_url);
        site["spec"]["provisioner"]["maas"]["prune"] = json!("Delete");
        scene.apply_one(site).await;
        let site = leftovers(&[]).await;
        let subnets = scene.maas().get("subnets/").await;
        assert!(!subnets.as_array().unwrap().iter().any(|subnet| subnet["cidr"] == "10.40.42.0/24"));
        find(&subnets, "cidr", "10.40.41.0/24");
        let made = site["status"]["made"].clone();
        assert!(!made.as_array().unwrap().contains(&json!("Vlan/data/42")), "{made}");
        scene.end().await;
    });
}

#[test]
fn a_check_of_the_site_has_a_line_for_each_thing() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let port = scene.lab.maas_url.split(':').nth(2).unwrap().split('/').next().unwrap().parse::<u16>().unwrap();
        let services = json!([
            {"name": "region", "tcp": {"host": "127.0.0.1", "port": port}},
            {"name": "api", "http": {"url": format!("{}/api/2.0/version/", scene.lab.maas_url), "status": 200}},
        ]);
        scene.apply(&two_racks(), json!({"nextServices": services, "mode": "OnTask"})).await;
        scene.task("prepare", json!({"action": "PrepareSite"})).await;
        scene.until("sitetasks", "prepare", "Ready", "True", "Success").await;
        scene.task("verify", json!({"action": "VerifySite"})).await;
        scene.until("sitetasks", "verify", "Ready", "True", "Success").await;
        let task = scene.object("sitetasks", "verify").await;
        let outcome = |task: &Value, name: &str| {
            let checks = task["status"]["checks"].as_array().unwrap();
            checks.iter().find(|check| check["name"] == name).map(|check| check["outcome"].as_str().unwrap().to_owned())
        };
        for name in [
            "Version",
            "API key",
            "Import",
            "Secret maas-credentials",
            "Secret bmc-credentials",
            "Service region",
            "Service api",
            "Rack controller of VLAN 0 of pxe",
        ] {
            assert_eq!(outcome(&task, name).as_deref(), Some("Passed"), "{name}: {}", task["status"]);
        }
        assert_eq!(outcome(&task, "Introspection").as_deref(), Some("Skipped"));

        // A Secret without its key, and a service that is not there.
        let broken = json!([{"name": "registry", "tcp": {"host": "127.0.0.1", "port": 1}}]);
        scene.apply(&two_racks(), json!({"nextServices": broken, "mode": "OnTask"})).await;
        scene.kubectl(&["delete", "secret", "bmc-credentials", "-n", &scene.namespace]).await;
        scene.task("again", json!({"action": "VerifySite"})).await;
        let end = scene.until("sitetasks", "again", "Stalled", "True", "Failure").await;
        let task = scene.object("sitetasks", "again").await;
        assert_eq!(outcome(&task, "Service registry").as_deref(), Some("Failed"), "{}", task["status"]);
        assert_eq!(outcome(&task, "Secret bmc-credentials").as_deref(), Some("Failed"), "{}", task["status"]);
        assert!(end["message"].as_str().unwrap().contains("2 of "), "{end}");
        scene.end().await;
    });
}

#[test]
fn a_script_comes_from_a_config_map() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let from = json!({"configMap": "scripts", "key": "raid.sh"});
        let script = json!({"name": "45-raid", "type": "Commissioning", "contentFrom": from});
        scene.apply(&site_alone(), maas(&scene, &json!({"scripts": [script]}))).await;
        let missing = ["script 45-raid: ConfigMap scripts is not there"];
        scene.until_says("sites", "harbour", "Stalled", &missing).await;
        let map = |content: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scripts"}, "data": {"raid.sh": content}});
        scene.apply_one(map("#!/bin/sh\ntrue\n")).await;
        prepared(&scene).await;
        find(&scene.maas().get("scripts/").await, "name", "45-raid");
        let versions = async || {
            let script = find(&scene.maas().get("scripts/").await, "name", "45-raid");
            script["history"].as_array().unwrap().len()
        };
        assert_eq!(versions().await, 1);
        // Another content is another design: it is brought about, whatever the policy for drift.
        scene.apply_one(map("#!/bin/sh\nfalse\n")).await;
        eventually(PATIENCE, "the new content", || async {
            let versions = versions().await;
            if versions == 2 { Ok(()) } else { Err(versions) }
        })
        .await
        .unwrap();
        prepared(&scene).await;
        scene.end().await;
    });
}
