//! Tasks ask, people approve, and nothing destructive follows from an edit alone.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, condition, two_racks},
};
use serde_json::json;
use slipway_testbed::eventually;

#[test]
fn a_task_takes_nodes_as_far_as_it_says_and_a_release_waits_for_approval() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({"mode": "OnTask"})).await;
        // With nothing asked, nodes are Ready where they are.
        scene.until("baremetalnodes", "r01-u10", "Ready", "True", "Unregistered").await;
        assert_eq!(scene.external_writes().await, 0);

        for (name, action) in [("validate", "ValidateDesign"), ("verify", "VerifySite"), ("bmcs", "VerifyNodes")] {
            scene.task(name, json!({"action": action})).await;
            scene.until("sitetasks", name, "Ready", "True", "Success").await;
        }
        assert_eq!(scene.external_writes().await, 0, "verifying writes nothing");
        scene.task("site", json!({"action": "PrepareSite"})).await;
        scene.until("sitetasks", "site", "Ready", "True", "Success").await;

        // Only what is selected moves.
        let rack1 = json!({"filters": [{"racks": ["r01"]}]});
        scene.task("prepare", json!({"action": "PrepareNodes", "nodeSelector": rack1})).await;
        scene.until("sitetasks", "prepare", "Ready", "True", "Success").await;
        scene.until("baremetalnodes", "r01-u13", "Prepared", "True", "Ready").await;
        scene.until("baremetalnodes", "r02-u10", "Ready", "True", "Unregistered").await;
        let one = json!({"filters": [{"names": ["r01-u10"]}]});
        scene.task("deploy", json!({"action": "DeployNodes", "nodeSelector": one})).await;
        scene.until("sitetasks", "deploy", "Ready", "True", "Success").await;
        assert_eq!(scene.deployments().await.iter().map(|(_, n)| n).sum::<u64>(), 1);

        // A release waits for the plan's hash.
        scene.task("destroy", json!({"action": "DestroyNodes", "nodeSelector": one, "erase": "Quick"})).await;
        scene.until("baremetalnodes", "r01-u10", "Stalled", "True", "ApprovalRequired").await;
        let node = scene.object("baremetalnodes", "r01-u10").await;
        let plan = &node["status"]["plan"];
        assert_eq!(plan["destructive"], json!(["Release", "Erase"]));
        assert_eq!(node["status"]["waitingFor"], json!({"message": condition(&node, "Stalled")["message"]}));
        scene.annotate("baremetalnode", "r01-u10", "slipway.dev/approve=wrong-hash by somebody").await;
        scene.until("baremetalnodes", "r01-u10", "Stalled", "True", "ApprovalRequired").await;
        scene
            .annotate(
                "baremetalnode",
                "r01-u10",
                &format!("slipway.dev/approve={} by somebody", plan["hash"].as_str().unwrap()),
            )
            .await;
        scene.until("sitetasks", "destroy", "Ready", "True", "Success").await;
        let machine = scene.lab_get("/machines/r01-u10").await;
        assert_eq!(
            (machine["status"].as_str(), machine["power"].as_str()),
            (Some("Ready"), Some("Off")),
            "{machine:#}"
        );
        scene.end().await;
    });
}

#[test]
fn an_edited_design_does_not_redeploy_by_itself() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        scene.until_deployed(8).await;
        let edited = two_racks().replace("image: noble", "image: jammy");
        scene.apply(&edited, json!({})).await;
        scene.until("baremetalnodes", "r01-u10", "Stalled", "True", "ApprovalRequired").await;
        scene.assert_deployed_once().await;
        let node = scene.object("baremetalnodes", "r01-u10").await;
        assert_eq!(node["status"]["plan"]["destructive"], json!(["Release", "Redeploy"]));
        scene
            .annotate(
                "baremetalnode",
                "r01-u10",
                &format!("slipway.dev/approve={} by somebody", node["status"]["plan"]["hash"].as_str().unwrap()),
            )
            .await;
        eventually(PATIENCE, "a redeployment", || async {
            let machine = scene.lab_get("/machines/r01-u10").await;
            let series = machine["distroSeries"].clone();
            if machine["status"] == "Deployed" && series == "jammy" { Ok(()) } else { Err(machine.to_string()) }
        })
        .await
        .unwrap();
        scene.until("baremetalnodes", "r01-u10", "Ready", "True", "Deployed").await;
        let counts = scene.deployments().await;
        assert!(counts.iter().all(|(name, n)| *n == if name == "r01-u10" { 2 } else { 1 }), "{counts:?}");

        // Deleting a node forgets the machine and leaves it running.
        let delete = ["delete", "baremetalnode", "r02-u13", "-n", &scene.namespace, "--timeout=20s"];
        scene.ground.control_plane.kubectl(&delete).await.unwrap();
        assert_eq!(scene.lab_get("/machines/r02-u13").await["status"], "Deployed");
        scene.end().await;
    });
}
