//! Machines that are taken out of service for a while, or for good: the lock, rescue mode, failed tests, quarantine.

use crate::{
    crash::{one_machine, prepare},
    ground::scenario,
    scene::{PATIENCE, Scene, condition},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

const NODE: &str = "r01-u10";

/// Merges fields into the node's spec, as a person would.
async fn set(scene: &Scene, kind: &str, name: &str, spec: Value) {
    let patch = json!({ "spec": spec }).to_string();
    scene.kubectl(&["patch", kind, name, "-n", &scene.namespace, "--type=merge", "-p", &patch]).await;
}

async fn until_status(scene: &Scene, status: &str) -> Value {
    let what = format!("the machine is {status}");
    let outcome = eventually(PATIENCE, &what, || async {
        let machine = scene.maas().machine(NODE).await;
        if machine["status_name"] == status { Ok(machine) } else { Err(machine["status_name"].to_string()) }
    });
    match outcome.await {
        Ok(machine) => machine,
        Err(error) => panic!("{error}\n{}", crate::scene::tail(&scene.log())),
    }
}

async fn approve(scene: &Scene) {
    let said = scene.until("baremetalnodes", NODE, "Stalled", "True", "ApprovalRequired").await;
    let message = said["message"].as_str().unwrap();
    let hash = message.split("slipway.dev/approve: \"").nth(1).unwrap().split(' ').next().unwrap();
    scene.annotate("baremetalnode", NODE, &format!("slipway.dev/approve={hash} by ann")).await;
}

#[test]
fn a_machine_is_locked_looked_at_in_rescue_mode_and_goes_back_to_its_work() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 190, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        set(&scene, "baremetalnode", NODE, json!({"lock": true})).await;
        set(&scene, "site", "harbour", json!({"mode": "Continuous"})).await;
        scene.until_deployed(1).await;
        let locked = eventually(PATIENCE, "it is locked", || async {
            let machine = scene.maas().machine(NODE).await;
            if machine["locked"] == true { Ok(machine) } else { Err(machine["locked"].to_string()) }
        });
        let machine = locked.await.unwrap();
        let id = machine["system_id"].as_str().unwrap().to_owned();

        // What is locked stays as it is until a person unlocks it; then the plan waits for one, too.
        set(&scene, "baremetalnode", NODE, json!({"rescue": true})).await;
        approve(&scene).await;
        scene.until("baremetalnodes", NODE, "Stalled", "True", "Locked").await;
        scene.maas().post(&format!("machines/{id}/?op=unlock"), &[]).await;
        until_status(&scene, "Rescue mode").await;
        scene.until("baremetalnodes", NODE, "Ready", "True", "Rescue").await;

        set(&scene, "baremetalnode", NODE, json!({"rescue": null})).await;
        let machine = until_status(&scene, "Deployed").await;
        assert_eq!(machine["locked"], false, "a person has unlocked it, and locks it again");
        scene.until("baremetalnodes", NODE, "Ready", "True", "Deployed").await;
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}

#[test]
fn failed_tests_hold_nothing_back_where_the_profile_says_so_and_what_is_given_up_is_marked() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 191, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        scene.lab_post("/faults", &json!({"kind": "testFails"})).await;
        set(&scene, "site", "harbour", json!({"mode": "Continuous", "retries": 0, "quarantine": "MarkBroken"})).await;
        scene.until("baremetalnodes", NODE, "Stalled", "True", "TestingFailed").await;
        scene.lab_post("/faults", &json!({"kind": "deployFails"})).await;
        set(&scene, "hardwareprofile", "r650", json!({"commissioning": {"overrideFailedTests": true}})).await;

        let machine = until_status(&scene, "Broken").await;
        assert!(
            machine["error_description"].as_str().unwrap().starts_with("Slipway gave up FailedDeployment"),
            "{machine:#}"
        );
        let said = scene.until("baremetalnodes", NODE, "Stalled", "True", "MarkedBroken").await;
        assert!(said["message"].as_str().unwrap().contains("Slipway gave up"), "{said}");
        let node = scene.object("baremetalnodes", NODE).await;
        assert_eq!(condition(&node, "Ready")["status"], "False");

        // A person has mended it.
        scene.clear_faults().await;
        let id = machine["system_id"].as_str().unwrap().to_owned();
        scene.maas().post(&format!("machines/{id}/?op=mark_fixed"), &[]).await;
        scene.annotate("baremetalnode", NODE, "slipway.dev/retry=mended").await;
        scene.until_deployed(1).await;
        scene.end().await;
    });
}
