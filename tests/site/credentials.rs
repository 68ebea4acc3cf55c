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
        let log = scene.log();
        assert!(!log.contains("hobbes") && !log.contains("lab-region-secret"), "no secret is logged");
        scene.apply(&two_racks(), json!({})).await;
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}

/// How often each node's present credentials were refused.
async fn refusals(scene: &Scene) -> Vec<u64> {
    let nodes = scene.objects("baremetalnodes").await;
    let tries = |n: &Value| n["status"]["memory"]["refused"]["tries"].as_u64();
    nodes.iter().filter_map(tries).collect()
}
