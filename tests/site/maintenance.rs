//! A machine that somebody works on is watched, not touched, and holds nobody up.

use crate::{
    ground::scenario,
    scene::{Scene, condition, documents, stream, two_racks},
};
use serde_json::{Value, json};

const NODE: &str = "r01-u12";

#[test]
fn a_machine_in_maintenance_holds_nobody_up_and_is_taken_along_afterwards() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let set_aside = |mut document: Value| {
            if document["kind"] == "BaremetalNode" && document["metadata"]["name"] == NODE {
                document["spec"]["maintenance"] = json!({"reason": "DIMM A3 is being replaced"});
            }
            document
        };
        let design: Vec<Value> = documents(&two_racks()).into_iter().map(set_aside).collect();
        let rack = |rack: &str| json!({"filters": [{"racks": [rack]}]});
        let groups = json!({"groups": [
            {"name": "first", "nodeSelector": rack("r01")},
            {"name": "second", "nodeSelector": rack("r02"), "dependsOn": ["first"]},
        ]});
        scene.apply(&stream(&design), json!({ "rollout": groups })).await;
        scene.until_deployed(7).await;
        let ready = scene.until("sites", "harbour", "Ready", "True", "AsDesigned").await;
        assert!(ready["message"].as_str().unwrap().starts_with("7/8 nodes ready, 7 deployed, 1 paused"), "{ready}");
        let node = scene.object("baremetalnodes", NODE).await;
        let told = condition(&node, "Paused");
        assert_eq!(told["reason"], "Maintenance");
        assert!(told["message"].as_str().unwrap().ends_with("DIMM A3 is being replaced"), "{told}");
        let machine = scene.lab_get(&format!("/machines/{NODE}")).await;
        assert_eq!((&machine["powerOns"], &machine["systemId"]), (&json!(0), &Value::Null), "{machine:#}");

        scene.apply(&two_racks(), json!({ "rollout": groups })).await;
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}
