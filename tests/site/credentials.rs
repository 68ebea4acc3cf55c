//! Credentials: a wrong password is tried at most twice a version, and a corrected Secret is noticed at once.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

#[test]
fn a_wrong_password_is_tried_twice_and_a_corrected_one_at_once() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.verbose = true;
        scene.start_operator();
        let wrong = two_racks().replace("password: calvin", "password: hobbes");
        scene.apply(&wrong, json!({})).await;
        let stalled = scene.until("baremetalnodes", "r01-u10", "Stalled", "True", "BmcUnauthorized").await;
        assert!(!stalled["message"].as_str().unwrap().contains("hobbes"), "{stalled}");
        eventually(PATIENCE, "the second try of every node", || async {
            let tries = refusals(&scene).await;
            if tries == [2; 8] { Ok(()) } else { Err(format!("{tries:?}")) }
        })
        .await
        .unwrap();
        scene
            .until_says("baremetalnodes", "r01-u10", "Stalled", &["Secret bmc-credentials", "correct the Secret"])
            .await;
        // A person who asks is told the same, and no BMC is.
        scene.task("verify", json!({"action": "VerifyNodes"})).await;
        scene.until("sitetasks", "verify", "Stalled", "True", "Failure").await;
        let task = scene.object("sitetasks", "verify").await;
        let said = task["status"]["nodes"][0]["message"].as_str().unwrap();
        assert!(said.contains("correct the Secret"), "{said}");
        assert_eq!(refusals(&scene).await, [2; 8], "and nobody tries a third time");
        let log = scene.log();
        assert!(!log.contains("hobbes") && !log.contains("lab-region-secret"), "no secret is logged");
        scene.apply(&two_racks(), json!({})).await;
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}

/// How often each BMC has refused a login, by whoever tried: a node's turns and the sweep have their tries in common.
async fn refusals(scene: &Scene) -> Vec<u64> {
    let machines = scene.lab_get("/machines").await;
    let count = |machine: &Value, field: &str| machine[field].as_u64().unwrap();
    let refused = |machine: &Value| count(machine, "loginAttempts") - count(machine, "logins");
    machines.as_array().unwrap().iter().map(refused).collect()
}
