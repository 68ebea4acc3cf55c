//! At rest nothing is written, and who does not lead does nothing.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, is, two_racks},
    sweep::until_all,
};
use serde_json::json;
use slipway_testbed::eventually;
use std::{collections::BTreeMap, sync::Mutex};

#[test]
fn an_hour_at_rest_and_the_same_design_again_cost_no_write() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        scene.until_deployed(8).await;
        // Whatever its BMC tells of a machine for the first time is written down.
        for condition in ["BmcReachable", "HardwareHealthy"] {
            until_all(&scene, condition, "True", 8).await;
        }
        let settled = settled_versions(&scene).await;
        let writes = scene.external_writes().await;
        let reads = scene.lab_get("/stats").await["maasReads"].as_u64().unwrap();
        scene.apply(&two_racks(), json!({})).await;
        // A resync of 8 nodes and the site costs far more than 10 reads; polling alone costs one a poll. Resyncs are
        // every 10 minutes; 60 minutes of lab time hold at least four.
        let began = std::time::Instant::now();
        eventually(PATIENCE, "an hour of lab time with four resyncs", || async {
            let now = scene.lab_get("/stats").await["maasReads"].as_u64().unwrap();
            let minutes = began.elapsed().as_secs_f64() * crate::scene::SPEED / 60.0;
            if minutes >= 61.0 && now - reads > 4 * 8 {
                Ok(())
            } else {
                Err(format!("{minutes} minutes, {} reads", now - reads))
            }
        })
        .await
        .unwrap();
        assert_eq!(versions(&scene).await, settled, "only the Lease is written at rest");
        assert_eq!(scene.external_writes().await, writes);
        scene.end().await;
    });
}

#[test]
fn a_second_operator_does_nothing_until_the_first_is_gone() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({})).await;
        scene.until("sites", "harbour", "ProvisionerReachable", "True", "").await;
        // The first one is stopped in its tracks: its lease grows stale, and the second takes over.
        scene.operator().signal("STOP").await.unwrap();
        scene.start_operator();
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        let writes = scene.external_writes().await;
        scene.resume_first().await;
        let log = eventually(PATIENCE, "the first operator standing down", || async {
            let log = scene.first_log();
            if log.contains("the lease is lost") { Ok(log) } else { Err("nothing of that") }
        });
        log.await.unwrap();
        assert_eq!(scene.external_writes().await, writes, "a stale lease allows nothing");
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}

/// Versions of everything in the namespace, once they have not changed between two looks and the Site is Ready.
async fn settled_versions(scene: &Scene) -> BTreeMap<String, String> {
    let last = Mutex::new(BTreeMap::new());
    eventually(PATIENCE, "everything settled", || async {
        // Asked first: what is Ready afterwards may have been written since the versions were read.
        let ready = is(&scene.object("sites", "harbour").await, "Ready");
        let now = versions(scene).await;
        let before = std::mem::replace(&mut *last.lock().unwrap(), now.clone());
        if ready && now == before { Ok(now) } else { Err("still changing") }
    })
    .await
    .unwrap()
}

/// The resourceVersion of every object of the namespace that Slipway may write.
async fn versions(scene: &Scene) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for kind in KINDS {
        for object in scene.objects(kind).await {
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            versions.insert(format!("{kind}/{}", text("name")), text("resourceVersion"));
        }
    }
    versions
}

const KINDS: [&str; 10] = [
    "sites",
    "racks",
    "networklinks",
    "networks",
    "hardwareprofiles",
    "hostprofiles",
    "baremetalnodes",
    "bootactions",
    "hardwareinventories",
    "events",
];
