//! A board is replaced, and a node gets another name: both are told, nothing is touched, and what is proposed leads on.

use crate::{
    crash::{one_machine, prepare},
    ground::scenario,
    scene::{PATIENCE, Scene, condition, documents, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

const NODE: &str = "r01-u10";
const RENAMED: &str = "r01-u10-new";

/// The node's object, as it is applied.
fn node() -> Value {
    let is_it = |document: &Value| document["kind"] == "BaremetalNode" && document["metadata"]["name"] == NODE;
    documents(&two_racks()).into_iter().find(is_it).unwrap()
}

async fn message(scene: &Scene, node: &str, reason: &str) -> String {
    let told = scene.until("baremetalnodes", node, "Stalled", "True", reason).await;
    told["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_replaced_board_and_another_name_are_told_and_left_until_a_person_moves() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 197, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        scene.task("first", json!({"action": "DeployNodes"})).await;
        scene.until("sitetasks", "first", "Ready", "True", "Success").await;
        scene.until_deployed(1).await;

        // Another name: the old node goes, and its machine runs on.
        scene.kubectl(&["delete", "baremetalnode", NODE, "-n", &scene.namespace, "--wait=true"]).await;
        let writes = scene.external_writes().await;
        let mut renamed = node();
        renamed["metadata"]["name"] = json!(RENAMED);
        scene.apply_one(renamed).await;
        let said = message(&scene, RENAMED, "Renamed").await;
        assert!(said.contains(&format!("is Deployed as {NODE}")) && said.contains("never renamed"), "{said}");
        assert_eq!(scene.external_writes().await, writes, "nothing is touched");
        scene.kubectl(&["delete", "baremetalnode", RENAMED, "-n", &scene.namespace, "--wait=true"]).await;
        scene.apply_one(node()).await;
        scene.until_deployed(1).await;

        scene.task("asked", json!({"action": "VerifyNodes"})).await;
        scene.until("sitetasks", "asked", "Ready", "True", "Success").await;

        // Another board: it boots from the network, and MAAS does not know it.
        let old = scene.lab_get(&format!("/machines/{NODE}")).await["systemId"].clone();
        let writes = scene.external_writes().await;
        scene.lab_post(&format!("/machines/{NODE}/board"), &json!({})).await;
        let said = message(&scene, NODE, "HardwareReplaced").await;
        assert!(said.contains(old.as_str().unwrap()) && said.contains("nobody's, has its BMC address"), "{said}");
        scene.task("asked-again", json!({"action": "VerifyNodes"})).await;
        scene.until("sitetasks", "asked-again", "Ready", "True", "Success").await;
        let differs = scene.until("baremetalnodes", NODE, "HardwareMatches", "False", "Differs").await;
        let said = differs["message"].as_str().unwrap();
        assert!(
            said.starts_with("its BMC told serial number ") && said.contains("-2 now: if the machine was replaced"),
            "{said}"
        );
        assert_eq!(scene.external_writes().await, writes, "nothing is touched");

        // What is proposed: the old record goes, and the machine is deployed anew.
        scene.task("old-record", json!({"action": "DestroyNodes", "forget": true})).await;
        scene.until("baremetalnodes", NODE, "Stalled", "True", "ApprovalRequired").await;
        let plan = scene.object("baremetalnodes", NODE).await["status"]["plan"].clone();
        assert_eq!(plan["destructive"], json!(["Release", "Forget"]));
        let hash = plan["hash"].as_str().unwrap();
        scene.annotate("baremetalnode", NODE, &format!("slipway.dev/approve={hash} by ann")).await;
        eventually(PATIENCE, "the new record is the node's", || async {
            let node = scene.object("baremetalnodes", NODE).await;
            let id = &node["status"]["providerId"];
            if id.is_string() && *id != old { Ok(()) } else { Err(condition(&node, "Ready").to_string()) }
        })
        .await
        .unwrap();
        scene.until("sitetasks", "old-record", "Ready", "True", "Success").await;
        scene.task("anew", json!({"action": "DeployNodes"})).await;
        scene.until("sitetasks", "anew", "Ready", "True", "Success").await;
        scene.until_deployed(1).await;
        assert_eq!(scene.deployments().await, [(NODE.to_owned(), 2)]);
        let matches = condition(&scene.object("baremetalnodes", NODE).await, "HardwareMatches");
        let said = matches["message"].as_str().unwrap();
        assert!(!said.contains("serial number"), "the record is the new one's: {said}");
        scene.end().await;
    });
}
