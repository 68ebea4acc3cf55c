//! What is not ours is not touched; what was ours is known again.

use crate::{
    ground::scenario,
    scene::{Scene, two_racks},
};
use serde_json::{Value, json};

#[test]
fn machines_of_others_get_no_write() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        // Machines that match nodes by their BMC address or MAC, but belong to somebody else.
        let preset = |owner: &str, locked: bool| json!({"status": "Deployed", "owner": owner, "locked": locked, "osystem": "ubuntu", "distroSeries": "jammy"});
        scene.lab_post("/machines/r01-u10/preset", &preset("somebody", false)).await;
        scene.lab_post("/machines/r02-u10/preset", &preset("somebody", true)).await;
        scene.lab_post("/machines/r02-u11/preset", &preset("admin", false)).await;
        let before = journal_of(&scene, &["r01-u10", "r02-u10", "r02-u11"]).await.len();
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        for name in ["r01-u10", "r02-u10", "r02-u11"] {
            let stalled = scene.until("baremetalnodes", name, "Stalled", "True", "NotOurs").await;
            assert!(stalled["message"].as_str().unwrap().contains("does not touch it"), "{stalled}");
        }
        scene.until("baremetalnodes", "r01-u11", "Deployed", "True", "").await;
        let after = journal_of(&scene, &["r01-u10", "r02-u10", "r02-u11"]).await;
        assert_eq!(after.len(), before, "{after:#?}");
        scene.end().await;
    });
}

#[test]
fn a_rack_controller_gets_no_write() {
    let lab = std::fs::read_to_string(crate::ground::root().join("config/lab/two-racks.yaml")).unwrap();
    let lab = format!("{lab}existing:\n- {{machine: r02-u12, controller: true}}\n");
    scenario(|ground, turn| async move {
        let mut scene = Scene::new(ground, Some(turn), &lab).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        scene.until("baremetalnodes", "r02-u12", "Stalled", "True", "IsController").await;
        assert_eq!(journal_of(&scene, &["r02-u12"]).await, Vec::<Value>::new());
        scene.end().await;
    });
}

#[test]
fn a_wiped_status_costs_no_write_at_rest_and_no_second_deployment() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        // In mid-deploy.
        scene.until("baremetalnodes", "r01-u12", "Reconciling", "True", "Deploying").await;
        wipe(&scene).await;
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        // At rest.
        let writes = scene.external_writes().await;
        wipe(&scene).await;
        scene.until_deployed(8).await;
        assert_eq!(scene.external_writes().await, writes);
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}

/// Takes the status of every node and the Site away, while the operator is not looking.
async fn wipe(scene: &Scene) {
    for kind in ["baremetalnodes", "sites"] {
        for object in scene.objects(kind).await {
            let name = object["metadata"]["name"].as_str().unwrap();
            let patch = r#"{"status": null}"#;
            let args =
                ["patch", kind, name, "-n", &scene.namespace, "--subresource=status", "--type=merge", "-p", patch];
            scene.ground.control_plane.kubectl(&args).await.unwrap();
        }
    }
}

async fn journal_of(scene: &Scene, machines: &[&str]) -> Vec<Value> {
    let journal = scene.lab_get("/journal").await;
    let entries = journal["entries"].as_array().unwrap().iter();
    entries.filter(|e| e["machine"].as_str().is_some_and(|m| machines.contains(&m))).cloned().collect()
}
