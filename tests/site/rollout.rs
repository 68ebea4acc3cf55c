//! A roll-out keeps within its slots, whoever leads.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, documents, stream, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;
use std::collections::BTreeSet;

const NODES: [&str; 4] = ["r01-u10", "r01-u11", "r02-u10", "r02-u11"];

#[test]
fn a_redeployment_takes_no_more_machines_out_of_service_than_it_may() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let keep = |d: &Value| d["kind"] != "BaremetalNode" || NODES.iter().any(|name| d["metadata"]["name"] == *name);
        let documents: Vec<Value> = documents(&two_racks()).into_iter().filter(keep).collect();
        let design = stream(&documents);
        // Two may be worked on, one may be out of service: who gets the one slot and not the other must not spin.
        let site = json!({"approval": "Never", "rollout": {"maxInFlight": 2, "maxUnavailable": 1}});
        scene.apply(&design, site.clone()).await;
        scene.until_deployed(NODES.len()).await;
        let first = scene.lab_get("/journal").await["entries"].as_array().unwrap().len();
        let reads = reads(&scene).await;
        scene.apply(&design.replace("noble", "jammy"), site).await;
        until_redeployed(&scene, 1).await;
        // Whoever leads next knows who is out of service.
        scene.kill_operator();
        scene.start_operator();
        until_redeployed(&scene, NODES.len()).await;
        scene.until_deployed(NODES.len()).await;
        let journal = scene.lab_get("/journal").await;
        let entries = &journal["entries"].as_array().unwrap()[first..];
        assert_eq!(most_out_of_service(entries), 1, "{entries:#?}");
        let read = self::reads(&scene).await - reads;
        println!("{read} requests for four redeployments");
        assert!(read < 2000, "{read} requests for four redeployments: somebody spins");
        scene.end().await;
    });
}

async fn reads(scene: &Scene) -> u64 {
    scene.lab_get("/stats").await["maasReads"].as_u64().unwrap()
}

/// Waits until so many machines run the new image.
async fn until_redeployed(scene: &Scene, count: usize) {
    let redeployed = eventually(PATIENCE, "redeployments", || async {
        let deployments = scene.deployments().await;
        let done = deployments.iter().filter(|(_, times)| *times == 2).count();
        if done >= count { Ok(()) } else { Err(format!("{deployments:?}")) }
    });
    redeployed.await.unwrap();
}

/// How many machines were between their release and their next deployment at the same time.
pub fn most_out_of_service(journal: &[Value]) -> usize {
    let mut out: BTreeSet<&str> = BTreeSet::new();
    let mut most = 0;
    for entry in journal {
        let machine = entry["machine"].as_str().unwrap_or_default();
        match (entry["kind"].as_str(), entry["request"]["op"].as_str()) {
            (Some("MaasWrite"), Some("release")) => {
                assert_ne!(machine, "", "{entry}");
                out.insert(machine);
                most = most.max(out.len());
            }
            (Some("Deployed"), _) => {
                out.remove(machine);
            }
            _ => {}
        }
    }
    most
}
