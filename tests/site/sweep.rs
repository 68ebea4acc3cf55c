//! The sweep: BMCs of machines at rest are asked now and then, and what they tell costs a write when it is new.

use crate::{
    crash::{deploy, one_machine, prepare},
    ground::scenario,
    scene::{PATIENCE, Scene, condition, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

const NODE: &str = "r01-u10";

/// Nothing is asked of the nodes; their BMCs are.
async fn at_rest(scene: &mut Scene) {
    scene.start_operator();
    let often = json!({"translate": [{"from": "10.40.0.0/24", "to": "127.40.0.0/24", "port": scene.lab.bmc_port}],
        "powerInterval": "1m", "healthInterval": "10m"});
    scene.apply(&two_racks(), json!({"mode": "OnTask", "outOfBand": often})).await;
}

/// Waits until so many nodes say this of a condition.
pub async fn until_all(scene: &Scene, type_: &str, status: &str, count: usize) {
    let what = format!("{count} nodes with {type_}={status}");
    let outcome = eventually(PATIENCE, &what, || async {
        let nodes = scene.objects("baremetalnodes").await;
        let so = nodes.iter().filter(|node| condition(node, type_)["status"] == status).count();
        if so == count { Ok(()) } else { Err(format!("{so}")) }
    });
    outcome.await.unwrap();
}

/// What each node stands at.
async fn versions(scene: &Scene) -> Vec<Value> {
    scene.objects("baremetalnodes").await.iter().map(|node| node["metadata"]["resourceVersion"].clone()).collect()
}

#[test]
fn a_bmc_that_falls_silent_is_told_of_and_a_network_that_does_judges_no_machine() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        at_rest(&mut scene).await;
        until_all(&scene, "BmcReachable", "True", 8).await;
        let node = scene.object("baremetalnodes", NODE).await;
        assert_eq!(node["status"]["power"], "Off", "nobody but its BMC knows it");
        // Whatever its BMC tells of its health stands on the node too.
        until_all(&scene, "HardwareHealthy", "True", 8).await;
        assert!(scene.object("hardwareinventories", NODE).await["status"]["bmc"]["sensors"].as_i64().unwrap() > 0);

        scene.lab_post("/faults", &json!({"kind": "bmcDead", "machine": NODE})).await;
        let said = scene.until("baremetalnodes", NODE, "BmcReachable", "False", "Unreachable").await;
        assert!(said["message"].as_str().unwrap().starts_with("The BMC at 10.40.0.10"), "{said}");
        until_all(&scene, "BmcReachable", "True", 7).await;
        let node = scene.object("baremetalnodes", NODE).await;
        assert_eq!(condition(&node, "Ready")["status"], "True", "it stands where it has been asked to stand: {node:#}");
        scene.clear_faults().await;
        until_all(&scene, "BmcReachable", "True", 8).await;
        let events =
            scene.kubectl(&["events", "-n", &scene.namespace, "--for", &format!("baremetalnode/{NODE}")]).await;
        for reason in ["BmcUnreachable", "BmcAnswers"] {
            assert!(events.contains(reason), "{reason} in {events}");
        }

        let before = versions(&scene).await;
        scene.lab_post("/faults", &json!({"kind": "bmcLoss", "percent": 100})).await;
        scene.until("sites", "harbour", "BmcsReachable", "False", "Silent").await;
        scene.clear_faults().await;
        scene.until("sites", "harbour", "BmcsReachable", "True", "Answer").await;
        assert_eq!(versions(&scene).await, before, "no node was judged");
        assert_eq!(scene.external_writes().await, 0, "and no machine was touched");
        scene.end().await;
    });
}

#[test]
fn refused_credentials_are_told_and_not_tried_again() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.verbose = true;
        at_rest(&mut scene).await;
        until_all(&scene, "BmcReachable", "True", 8).await;
        let secret = |password: &str| {
            json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bmc-credentials"},
                "stringData": {"username": "root", "password": password},
            })
        };
        scene.apply_one(secret("hobbes")).await;
        until_all(&scene, "BmcReachable", "False", 8).await;
        let said = scene.until("baremetalnodes", NODE, "BmcReachable", "False", "Unauthorized").await;
        assert!(!said["message"].as_str().unwrap().contains("hobbes"), "{said}");
        scene.apply_one(secret("calvin")).await;
        until_all(&scene, "BmcReachable", "True", 8).await;
        scene.end().await;
    });
}

#[test]
fn a_machine_that_somebody_switches_shows_it() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 194, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        deploy(&scene).await;
        scene.until_deployed(1).await;
        let writes = scene.external_writes().await;
        let shows = |power: &'static str| {
            let scene = &scene;
            async move {
                let outcome = eventually(PATIENCE, power, || async {
                    let node = scene.object("baremetalnodes", NODE).await;
                    if node["status"]["power"] == power { Ok(()) } else { Err(node["status"]["power"].to_string()) }
                });
                outcome.await.unwrap();
                let machine = scene.maas().machine(NODE).await;
                assert_eq!(machine["power_state"], power.to_lowercase(), "its master was told to look");
            }
        };
        for power in ["Off", "On"] {
            scene.lab_post(&format!("/machines/{NODE}/button"), &json!({})).await;
            shows(power).await;
        }
        assert_eq!(scene.external_writes().await, writes, "nobody has asked for its power to be another");
        scene.end().await;
    });
}
