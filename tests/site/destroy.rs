//! `DestroyNodes`, and what becomes of a machine then: it is deployed again, or its record goes.

use crate::{
    crash::{one_machine, prepare},
    ground::scenario,
    scene::{PATIENCE, Scene},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

const NODE: &str = "r01-u10";

/// Approves the plan that the node shows, which destroys these.
async fn approve(scene: &Scene, destroys: &Value) {
    scene.until("baremetalnodes", NODE, "Stalled", "True", "ApprovalRequired").await;
    let plan = scene.object("baremetalnodes", NODE).await["status"]["plan"].clone();
    assert_eq!(plan["destructive"], *destroys);
    let hash = plan["hash"].as_str().unwrap();
    scene.annotate("baremetalnode", NODE, &format!("slipway.dev/approve={hash} by ann")).await;
}

async fn set_mode(scene: &Scene, mode: &str) {
    let patch = json!({"spec": {"mode": mode}}).to_string();
    scene.kubectl(&["patch", "site", "harbour", "-n", &scene.namespace, "--type=merge", "-p", &patch]).await;
}

#[test]
fn what_is_destroyed_is_deployed_again_or_forgotten_as_its_task_says() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 196, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        set_mode(&scene, "Continuous").await;
        scene.until_deployed(1).await;

        scene.task("anew", json!({"action": "DestroyNodes", "redeploy": true})).await;
        approve(&scene, &json!(["Release", "Redeploy"])).await;
        scene.until("sitetasks", "anew", "Ready", "True", "Success").await;
        scene.until_deployed(1).await;
        assert_eq!(scene.deployments().await, [(NODE.to_owned(), 2)], "deployed again, and once");

        scene.task("gone", json!({"action": "DestroyNodes", "erase": "Quick", "forget": true})).await;
        approve(&scene, &json!(["Release", "Erase", "Forget"])).await;
        scene.until("sitetasks", "gone", "Ready", "True", "Success").await;
        let machine = scene.lab_get(&format!("/machines/{NODE}")).await;
        assert_eq!((&machine["systemId"], &machine["power"]), (&Value::Null, &json!("Off")), "{machine:#}");
        scene.until("baremetalnodes", NODE, "Ready", "True", "Released").await;

        // It stays so, although the site takes all nodes to their design, until a person wants it back.
        let writes = scene.external_writes().await;
        scene.an_hour().await;
        assert_eq!(scene.external_writes().await, writes, "nobody has asked for it to come back");
        scene.task("back", json!({"action": "DeployNodes"})).await;
        scene.until("sitetasks", "back", "Ready", "True", "Success").await;
        eventually(PATIENCE, "the third deployment", || async {
            let deployed = scene.deployments().await;
            if deployed == [(NODE.to_owned(), 3)] { Ok(()) } else { Err(format!("{deployed:?}")) }
        })
        .await
        .unwrap();
        scene.until_deployed(1).await;
        scene.end().await;
    });
}
