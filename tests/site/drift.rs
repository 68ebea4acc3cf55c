//! Hardware as designed, and what a deployed machine drifts by: told, and brought back where that is wished.

use crate::{
    ground::scenario,
    scene::{Scene, condition, is, two_racks},
};
use serde_json::json;

const NODE: &str = "r02-u10";

#[test]
fn what_is_changed_on_a_deployed_machine_is_told_and_brought_back_where_that_is_wished() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        scene.until_deployed(8).await;
        for node in scene.objects("baremetalnodes").await {
            let name = node["metadata"]["name"].as_str().unwrap();
            scene.until("baremetalnodes", name, "HardwareMatches", "True", "AsDesigned").await;
            assert_eq!(condition(&node, "Drifted"), json!(null), "{name}");
        }

        let maas = scene.maas();
        let id = maas.machine(NODE).await["system_id"].as_str().unwrap().to_owned();
        maas.post("tags/harbour/?op=update_nodes", &[("remove", id.as_str())]).await;
        scene.until_says("baremetalnodes", NODE, "Drifted", &["Changed elsewhere", "tag the machine harbour"]).await;
        assert!(is(&scene.object("baremetalnodes", NODE).await, "Ready"), "it runs as it was deployed");

        scene.apply(&two_racks(), json!({"driftPolicy": "Correct"})).await;
        scene.until("baremetalnodes", NODE, "Ready", "True", "Deployed").await;
        let gone = slipway_testbed::eventually(crate::scene::PATIENCE, "the tag is back", || async {
            let tags = scene.maas().machine(NODE).await["tag_names"].to_string();
            let node = scene.object("baremetalnodes", NODE).await;
            if tags.contains("\"harbour\"") && !is(&node, "Drifted") { Ok(()) } else { Err(tags) }
        });
        gone.await.unwrap();
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}
