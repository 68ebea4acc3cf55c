//! Tasks as people ask for them by `slipway task`: side by side, queued, taken up again. With `--nocapture` the transcript is
//! printed.

use crate::{
    ground::scenario,
    scene::{PATIENCE, Scene, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

/// Runs `slipway task`, and prints it as a person would see it.
async fn task(scene: &Scene, args: &[&str], code: i32) -> String {
    let all: Vec<&str> = ["task"].into_iter().chain(args.iter().copied()).collect();
    let said = scene.slipway(&all, code).await;
    println!("$ slipway {}\n{}\n", all.join(" "), said.trim_end());
    said
}

async fn status(scene: &Scene, name: &str) -> Value {
    scene.object("sitetasks", name).await["status"].clone()
}

#[test]
fn tasks_run_side_by_side_queue_behind_each_other_and_take_up_what_failed() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({"mode": "OnTask", "retries": 0})).await;
        scene.until("sites", "harbour", "DesignValid", "True", "").await;
        scene.lab_post("/faults", &json!({"kind": "deployFails", "machine": "r01-u11", "count": 1})).await;

        let printed =
            task(&scene, &["create", "deploy-nodes", "--racks", "r01", "--name", "r01", "--dry-run"], 0).await;
        assert!(printed.contains("kind: SiteTask") && printed.contains("- r01"), "{printed}");
        assert!(scene.objects("sitetasks").await.is_empty(), "nothing was asked for");

        task(&scene, &["create", "deploy-nodes", "--racks", "r01", "--name", "r01"], 0).await;
        scene.until("sitetasks", "r01", "Reconciling", "True", "Running").await;
        // One that has a node in common waits, and asks for nothing: not even for the node that only it wants.
        task(&scene, &["create", "prepare-nodes", "--names", "r01-u10,r02-u10", "--name", "overlap"], 0).await;
        scene.until_says("sitetasks", "overlap", "Reconciling", &["Queued behind task r01", "r01-u10"]).await;
        // One that has none goes its way.
        task(&scene, &["create", "prepare-nodes", "--names", "r02-u11", "--name", "apart"], 0).await;
        scene.until("sitetasks", "apart", "Ready", "True", "Success").await;
        assert_eq!(status(&scene, "overlap").await["state"], "Queued");
        let waiting = scene.object("baremetalnodes", "r02-u10").await;
        assert_eq!(waiting["status"]["providerId"], Value::Null, "{:#}", waiting["status"]);
        task(&scene, &["list"], 0).await;

        // It ends with what it has reached, and whoever waits for that is told by the exit code.
        task(&scene, &["watch", "r01"], 1).await;
        let ended = status(&scene, "r01").await;
        assert_eq!(ended["state"], "PartialSuccess");
        assert_eq!(ended["counts"], json!({"total": 4, "succeeded": 3, "skipped": 0, "failed": 1}));
        let shown = task(&scene, &["show", "r01", "--events"], 0).await;
        for part in ["r01-u11   Failure", "Deploying", "Commission"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        scene.until("sitetasks", "overlap", "Ready", "True", "Success").await;
        let counts = status(&scene, "overlap").await["counts"].clone();
        assert_eq!((&counts["total"], &counts["skipped"]), (&json!(2), &json!(1)), "{counts}");

        // Only what failed is taken up, though the task names the whole rack.
        let again = ["create", "deploy-nodes", "--racks", "r01", "--retry", "r01", "--name", "again", "--watch"];
        task(&scene, &again, 0).await;
        assert_eq!(status(&scene, "again").await["counts"]["total"], 1);
        let deployed = scene.deployments().await;
        let of_r01 = |name: &str| deployed.iter().find(|(known, _)| known == name).map(|(_, times)| *times);
        assert_eq!(["r01-u10", "r01-u12", "r01-u13"].map(of_r01), [Some(1); 3], "{deployed:?}");

        // The same once more: all that was to be done is done, which it says.
        task(&scene, &["create", "deploy-nodes", "--racks", "r01", "--name", "same", "--watch"], 0).await;
        let counts = status(&scene, "same").await["counts"].clone();
        // One was deployed just now: within the second, nobody knows which was first.
        assert_eq!((&counts["succeeded"], counts["skipped"].as_i64() >= Some(3)), (&json!(4), true), "{counts}");

        // A person changes their mind.
        task(&scene, &["create", "deploy-nodes", "--racks", "r02", "--name", "r02"], 0).await;
        scene.until("sitetasks", "r02", "Reconciling", "True", "Running").await;
        task(&scene, &["cancel", "r02"], 0).await;
        scene.until("sitetasks", "r02", "Stalled", "True", "Cancelled").await;
        eventually(PATIENCE, "the machines of r02 stand still", || async {
            let nodes = scene.objects("baremetalnodes").await;
            let ready = |node: &&Value| node["metadata"]["name"].as_str().unwrap().starts_with("r02");
            let moving = nodes.iter().filter(ready).filter(|node| !crate::scene::is(node, "Ready")).count();
            if moving == 0 { Ok(()) } else { Err(format!("{moving} move")) }
        })
        .await
        .unwrap();
        task(&scene, &["create", "destroy-nodes"], 2).await;
        task(&scene, &["show", "nothing"], 2).await;
        scene.end().await;
    });
}
