//! One approval for many nodes, on the task or the Site that their plans come from.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

/// The plans that an object shows, once they are those of so many nodes.
async fn plans(scene: &Scene, kind: &str, name: &str, nodes: u64) -> Value {
    eventually(PATIENCE, "plans of nodes", || async {
        let plans = scene.object(kind, name).await["status"]["nodePlans"].clone();
        if plans["nodes"] == nodes { Ok(plans) } else { Err(plans.to_string()) }
    })
    .await
    .unwrap()
}

/// Runs `slipway approve`, and gives back what it says.
async fn approve(scene: &Scene, arguments: &[&str], code: i32) -> String {
    let all: Vec<&str> = ["approve"].into_iter().chain(arguments.iter().copied()).collect();
    let said = scene.slipway(&all, code).await;
    println!("$ slipway {}\n{said}", all.join(" "));
    said
}

async fn count(scene: &Scene, field: &str) -> Vec<u64> {
    let machines = scene.lab_get("/machines").await;
    machines.as_array().unwrap().iter().map(|machine| machine[field].as_u64().unwrap()).collect()
}

#[test]
fn plans_of_many_nodes_are_approved_at_once() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({"rollout": {"maxUnavailable": 2}})).await;
        scene.until_deployed(8).await;

        // On a task: all of its nodes, two at a time, also by an operator that comes after the approval.
        let rack = json!({"filters": [{"racks": ["r01"]}]});
        scene.task("r01", json!({"action": "DestroyNodes", "nodeSelector": rack, "erase": "Quick"})).await;
        let shown = plans(&scene, "sitetasks", "r01", 4).await;
        assert_eq!(shown["destructive"], json!({"Erase": 4, "Release": 4}));
        scene.until_says("sitetasks", "r01", "Reconciling", &["4 wait for approval", "Erase 4, Release 4"]).await;
        approve(&scene, &["task/r01", "--hash", "2-of-yesterday", "--yes"], 2).await;
        approve(&scene, &["task/r01"], 2).await;
        let said = approve(&scene, &["task/r01", "--yes"], 0).await;
        assert!(said.contains("would be done to 4 nodes: r01-u10, r01-u11, r01-u12, r01-u13"), "{said}");
        eventually(PATIENCE, "the first release", || async {
            let released: u64 = count(&scene, "releases").await.iter().sum();
            if released > 0 { Ok(()) } else { Err("none".to_owned()) }
        })
        .await
        .unwrap();
        scene.kill_operator();
        scene.start_operator();
        scene.until("sitetasks", "r01", "Ready", "True", "Success").await;
        assert_eq!(count(&scene, "releases").await, [1, 1, 1, 1, 0, 0, 0, 0], "nobody else's machine");

        // On the Site: what an edit means for the nodes that still run.
        scene
            .apply(&two_racks().replace("image: noble", "image: jammy"), json!({"rollout": {"maxUnavailable": 2}}))
            .await;
        let shown = plans(&scene, "sites", "harbour", 4).await;
        assert_eq!(shown["destructive"], json!({"Redeploy": 4, "Release": 4}));
        approve(&scene, &["site/harbour", "--yes"], 0).await;
        eventually(PATIENCE, "four redeployments", || async {
            let deployed = count(&scene, "deployments").await;
            if deployed == [1, 1, 1, 1, 2, 2, 2, 2] { Ok(()) } else { Err(format!("{deployed:?}")) }
        })
        .await
        .unwrap();
        eventually(PATIENCE, "the rack that was redeployed", || async {
            let node = scene.object("sites", "harbour").await["status"]["nodes"].clone();
            if node["deployed"] == 4 && node["ready"] == 8 { Ok(()) } else { Err(node.to_string()) }
        })
        .await
        .unwrap();
        let said = approve(&scene, &["site/harbour", "--yes"], 1).await;
        assert!(said.contains("waits for no approval"), "{said}");
        scene.end().await;
    });
}
