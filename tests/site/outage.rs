//! A region that is down, one that comes back as another, and one that was restored or replaced under a running site.

use crate::{
    ground::scenario,
    scene::{PATIENCE, SPEED, Scene, condition, is, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;
use std::time::Instant;

#[test]
fn a_region_away_for_two_hours_in_mid_roll_out_stalls_nobody_and_repeats_nothing() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        until_states(&scene, "two machines at work", |nodes| {
            nodes.iter().filter(|node| ["Deploying", "Commissioning"].contains(&state(node))).count() >= 2
        })
        .await;
        scene.lab_post("/maas/stop", &json!({})).await;
        scene.until("sites", "harbour", "ProvisionerReachable", "False", "Unreachable").await;
        let stopped = Instant::now();
        let hours = || stopped.elapsed().as_secs_f64() * SPEED / 3600.0;
        until_states(&scene, "two hours of lab time", |nodes| {
            let stalled: Vec<&str> = nodes.iter().filter(|node| is(node, "Stalled")).map(state).collect();
            assert_eq!(stalled, Vec::<&str>::new(), "an outage judges nobody");
            hours() >= 2.0
        })
        .await;
        assert!(!is(&scene.object("sites", "harbour").await, "Stalled"), "a passing outage needs no person");
        scene.lab_put("/maas/version", &json!({"version": "3.6.5"})).await;
        scene.lab_post("/maas/start", &json!({})).await;
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        let site = scene.object("sites", "harbour").await;
        assert_eq!(site["status"]["provisioner"], "MAAS 3.6.5", "the version is read again");
        scene.end().await;
    });
}

#[test]
fn a_region_restored_or_replaced_under_a_running_site_gets_no_power_action_and_no_deployment() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({"driftPolicy": "Correct"})).await;
        until_states(&scene, "all machines commissioned", |nodes| {
            nodes.len() == 8 && nodes.iter().all(|node| is(node, "Prepared"))
        })
        .await;
        let snapshot = scene.lab_get("/maas/snapshot").await;
        scene.until_deployed(8).await;
        let before = harm(&scene).await;

        scene.lab_post("/maas/restore", &snapshot).await;
        forgets(&scene).await;
        assert_eq!(harm(&scene).await, before, "after the old snapshot");
        let held = scene.external_writes().await;
        scene.an_hour().await;
        assert_eq!(scene.external_writes().await, held, "a site that is held is not prepared either");

        scene.lab_post("/maas/empty", &json!({})).await;
        scene.an_hour().await;
        forgets(&scene).await;
        assert_eq!(harm(&scene).await, before, "after the empty region");
        scene.end().await;
    });
}

/// The Site says in one condition what has happened.
async fn forgets(scene: &Scene) {
    scene.until("sites", "harbour", "Stalled", "True", "ProviderRegressed").await;
    let parts = ["has forgotten", "of 8 nodes", "old snapshot, or replaced", "restore it, or approve"];
    scene.until_says("sites", "harbour", "Stalled", &parts).await;
}

/// What would do harm: power actions, deployments and releases so far.
async fn harm(scene: &Scene) -> Value {
    let machines = scene.lab_get("/machines").await;
    let machines = machines.as_array().cloned().unwrap_or_default();
    let count = |machine: &Value| {
        json!([
            machine["name"],
            machine["power"],
            machine["deployments"],
            machine["powerOns"],
            machine["powerOffs"],
            machine["powerCycles"]
        ])
    };
    let bmc = scene.lab_get("/stats").await["bmcWrites"].clone();
    json!([machines.iter().map(count).collect::<Vec<_>>(), bmc])
}

fn state(node: &Value) -> &str {
    node["status"]["state"].as_str().unwrap_or_default()
}

/// Looks at all nodes until `until` holds of them.
async fn until_states(scene: &Scene, what: &str, until: impl Fn(&[Value]) -> bool) {
    let outcome = eventually(PATIENCE, what, || async {
        let nodes = scene.objects("baremetalnodes").await;
        let states: Vec<String> =
            nodes.iter().map(|node| format!("{}: {}", state(node), condition(node, "Ready")["message"])).collect();
        if until(&nodes) { Ok(()) } else { Err(states.join("\n")) }
    });
    if let Err(error) = outcome.await {
        panic!("{error}\n{}", crate::scene::tail(&scene.log()));
    }
}
