//! A site that is deleted: what was confirmed is released, the rest runs on, and everything gets away.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, documents, stream, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

const NODES: [&str; 3] = ["r01-u10", "r01-u11", "r02-u10"];

#[test]
fn a_deleted_namespace_releases_what_was_confirmed_and_lets_the_rest_run() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let keep = |d: &Value| d["kind"] != "BaremetalNode" || NODES.iter().any(|name| d["metadata"]["name"] == *name);
        let documents: Vec<Value> = documents(&two_racks()).into_iter().filter(keep).collect();
        // Deadlines pass at the clock's speed; this one is to outlive the test.
        let site = json!({"deletionPolicy": "Release", "deadlines": {"deletion": "24h"}});
        scene.apply(&stream(&documents), site).await;
        scene.until_deployed(NODES.len()).await;
        until_held(&scene).await;
        for name in ["r01-u10", "r01-u11"] {
            scene.annotate("baremetalnode", name, &format!("slipway.dev/confirm-deletion={name}")).await;
        }
        // Everything goes in one breath: Site, Secrets and profiles before their nodes, or after.
        scene.delete_namespace().await;
        until_gone(&scene).await;
        for (name, status, power) in
            [("r01-u10", "Ready", "off"), ("r01-u11", "Ready", "off"), ("r02-u10", "Deployed", "on")]
        {
            let machine = scene.maas().machine(name).await;
            assert_eq!((&machine["status_name"], &machine["power_state"]), (&json!(status), &json!(power)), "{name}");
        }
        scene.end().await;
    });
}

/// Nodes whose deletion may have work to do carry a finalizer, and their Site with them.
async fn until_held(scene: &Scene) {
    let held = eventually(PATIENCE, "finalizers", || async {
        let mut objects = scene.objects("baremetalnodes").await;
        objects.extend(scene.objects("sites").await);
        let all: Vec<&Value> = objects.iter().map(|object| &object["metadata"]["finalizers"]).collect();
        if all.iter().all(|finalizers| finalizers.is_array()) { Ok(()) } else { Err(json!(all)) }
    });
    held.await.unwrap();
}

async fn until_gone(scene: &Scene) {
    let gone = eventually(PATIENCE, "the namespace gone", || async {
        let namespaces = scene.ground.control_plane.kubectl(&["get", "namespaces", "-o", "name"]).await.unwrap();
        let there = namespaces.lines().any(|line| line == format!("namespace/{}", scene.namespace));
        if !there {
            return Ok(());
        }
        let nodes = scene.objects("baremetalnodes").await;
        let line = |n: &Value| format!("{} {} {}", n["metadata"]["name"], n["status"]["state"], n["status"]["memory"]);
        Err(nodes.iter().map(line).collect::<Vec<_>>().join("\n"))
    });
    gone.await.unwrap();
}
