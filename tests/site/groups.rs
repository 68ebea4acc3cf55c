//! A roll-out in groups: one after the other, a failing one stops what depends on it, and racks have slots of their own.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, condition, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;
use std::collections::BTreeMap;

/// When each machine was first worked on, and when it was deployed, as the lab's journal has it.
async fn times(scene: &Scene, kind: &str) -> BTreeMap<String, u64> {
    let journal = scene.lab_get("/journal").await;
    let mut times = BTreeMap::new();
    for entry in journal["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind) {
        let machine = entry["machine"].as_str().unwrap_or_default().to_owned();
        times.entry(machine).or_insert(entry["seq"].as_u64().unwrap());
    }
    times
}

/// Waits until the Site tells so of its groups: name, state, deployed.
async fn until_told(scene: &Scene, expected: [(&str, &str, &str); 2]) {
    let expected = json!(expected.map(|(name, state, deployed)| json!([name, state, deployed])));
    let outcome = eventually(PATIENCE, "what the Site tells of its groups", || async {
        let site = scene.object("sites", "harbour").await;
        let groups = site["status"]["groups"].as_array().cloned().unwrap_or_default();
        let told = |group: &Value| json!([group["name"], group["state"], group["deployed"]]);
        let told: Value = groups.iter().map(told).collect();
        if told == expected { Ok(()) } else { Err(told.to_string()) }
    });
    outcome.await.unwrap();
}

/// Merges fields into the Site's spec, as a person would.
async fn set(scene: &Scene, spec: Value) {
    let patch = json!({ "spec": spec }).to_string();
    scene.kubectl(&["patch", "site", "harbour", "-n", &scene.namespace, "--type=merge", "-p", &patch]).await;
}

#[test]
fn groups_are_rolled_out_in_order_and_one_that_fails_stops_what_depends_on_it() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.lab_post("/faults", &json!({"kind": "deployFails", "machine": "r01-u12"})).await;
        let rack = |rack: &str| json!({"filters": [{"racks": [rack]}]});
        let rollout = json!({
            "maxInFlightPerRack": 2,
            "groups": [
                {"name": "first", "nodeSelector": rack("r01"), "successCriteria": {"maximumFailed": 0}},
                {"name": "second", "nodeSelector": rack("r02"), "dependsOn": ["first"]},
            ],
        });
        scene.apply(&two_racks(), json!({"rollout": rollout, "retries": 0})).await;

        // One machine of the first rack cannot be deployed: the second rack is not begun, and says why.
        let said = scene.until("baremetalnodes", "r02-u10", "Stalled", "True", "GroupFailed").await;
        assert!(said["message"].as_str().unwrap().starts_with("Group first has failed (r01-u12)"), "{said}");
        until_told(&scene, [("first", "Failed", "3/4"), ("second", "Open", "0/4")]).await;
        assert!(times(&scene, "PowerOn").await.keys().all(|machine| machine.starts_with("r01")));

        // A person mends it, and the roll-out goes on, whoever leads.
        scene.clear_faults().await;
        scene.kill_operator();
        scene.start_operator();
        scene.annotate("baremetalnode", "r01-u12", "slipway.dev/retry=mended").await;
        scene.until_deployed(8).await;
        let (begun, deployed) = (times(&scene, "PowerOn").await, times(&scene, "Deployed").await);
        let last = deployed.iter().filter(|(name, _)| name.starts_with("r01")).map(|(_, at)| *at).max().unwrap();
        let first = begun.iter().filter(|(name, _)| name.starts_with("r02")).map(|(_, at)| *at).min().unwrap();
        assert!(last < first, "the second rack began at {first}, the first ended at {last}");
        until_told(&scene, [("first", "Succeeded", "4/4"), ("second", "Succeeded", "4/4")]).await;
        scene.end().await;
    });
}

#[test]
fn nothing_begins_outside_of_the_windows() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        // It opens on a day that does not come for years.
        let never = json!({"windows": [{"name": "leap", "schedule": "0 0 29 2 *", "duration": "1m"}]});
        scene.apply(&two_racks(), json!({"rollout": never, "mode": "OnTask"})).await;
        scene.until("sites", "harbour", "Ready", "True", "NotPrepared").await;
        set(&scene, json!({"mode": "Continuous"})).await;
        let said = scene.until("sites", "harbour", "Reconciling", "True", "WindowClosed").await;
        assert!(said["message"].as_str().unwrap().contains("which opens at 2028-02-29T00:00:00Z"), "{said}");
        assert_eq!(scene.external_writes().await, 0);

        set(&scene, json!({"rollout": {"windows": [{"name": "all-day", "schedule": "* * * * *", "duration": "2m"}]}}))
            .await;
        scene.until_deployed(8).await;
        let node = scene.object("baremetalnodes", "r01-u10").await;
        assert_eq!(condition(&node, "Ready")["status"], "True");
        scene.end().await;
    });
}
