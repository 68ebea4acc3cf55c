//! A machine without a BMC, from cold metal to deployed and back, by a person who reads what the node says and presses the
//! button of the machine.

use crate::{
    crash::{deploy, one_machine, prepare},
    ground::scenario,
    scene::{PATIENCE, Scene, condition, tail},
};
use serde_json::json;
use slipway_testbed::eventually;

const NODE: &str = "r01-u10";

/// What the node asks a person to do next, and under which token, once that begins so.
async fn asked(scene: &Scene, begin: &str) -> (String, String) {
    let outcome = eventually(PATIENCE, begin, || async {
        let node = scene.object("baremetalnodes", NODE).await;
        let message = condition(&node, "PersonNeeded")["message"].as_str().unwrap_or_default().to_owned();
        if message.contains(begin) { Ok(message) } else { Err(node["status"].to_string()) }
    });
    let message = outcome.await.unwrap_or_else(|error| panic!("{error}\n{}", tail(&scene.log())));
    let token = message.rsplit('=').next().unwrap().to_owned();
    println!("{message}");
    (message, token)
}

async fn press(scene: &Scene) {
    scene.lab_post(&format!("/machines/{NODE}/button"), &json!({})).await;
}

async fn power(scene: &Scene) -> String {
    scene.lab_get(&format!("/machines/{NODE}")).await["power"].as_str().unwrap().to_owned()
}

/// Powers the machine on, or restarts it if it runs.
async fn start(scene: &Scene) {
    if power(scene).await == "On" {
        press(scene).await;
    }
    press(scene).await;
}

#[test]
fn a_person_takes_a_machine_from_cold_metal_to_deployed_and_back() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 195, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        // MAAS gives up on its own account, at the lab's speed.
        scene.maas().post("maas/?op=set_config", &[("name", "node_timeout"), ("value", "100000")]).await;
        let oob = json!({"spec": {"oob": {"type": "Manual"}}}).to_string();
        let kept = ["-n", scene.namespace.as_str(), "--type=merge", "-p"];
        scene.kubectl(&[&["patch", "hostprofile", "defaults"], &kept[..], &[&oob]].concat()).await;
        let node = json!({"spec": {"bootMac": "52:54:00:01:0a:01", "enlistment": "Discover"}}).to_string();
        scene.kubectl(&[&["patch", "baremetalnode", NODE], &kept[..], &[&node]].concat()).await;
        scene.until("baremetalnodes", NODE, "DesignValid", "True", "").await;
        scene.task("verify", json!({"action": "VerifyNodes"})).await;
        scene.until("sitetasks", "verify", "Ready", "True", "Success").await;

        // Before the node had none, its BMC may have been asked for its power.
        let asked_before = scene.lab_get("/stats").await["bmcLogins"].clone();
        deploy(&scene).await;
        let (said, _) = asked(&scene, "so that it enlists").await;
        assert!(said.starts_with("Power on the machine r01-u10 (rack r01) and boot it from the network"), "{said}");
        scene.until("baremetalnodes", NODE, "Stalled", "True", "PersonNeeded").await;
        // Deadlines of an hour pass in seconds, and nobody minds.
        scene.an_hour().await;
        assert_eq!(asked(&scene, "so that it enlists").await.0, said, "it is asked once");
        start(&scene).await;
        asked(&scene, "so that it is commissioned").await;
        assert_eq!(scene.maas().machine(NODE).await["power_type"], "manual");
        start(&scene).await;

        let (said, token) = asked(&scene, "so that it is installed").await;
        scene.annotate("baremetalnode", NODE, "slipway.dev/acknowledge=done").await;
        scene.an_hour().await;
        assert_eq!(asked(&scene, "so that it is installed").await.0, said, "any word will not do");
        start(&scene).await;
        scene.annotate("baremetalnode", NODE, &format!("slipway.dev/acknowledge={token}")).await;
        scene.until_deployed(1).await;
        scene.assert_deployed_once().await;
        let node = scene.object("baremetalnodes", NODE).await;
        assert_eq!(condition(&node, "PersonNeeded"), json!(null));
        let events = scene.objects("events").await;
        let told: Vec<&str> =
            events.iter().filter(|e| e["reason"] == "PersonNeeded").filter_map(|e| e["note"].as_str()).collect();
        for what in ["so that it enlists", "so that it is commissioned", "so that it is installed"] {
            assert_eq!(told.iter().filter(|note| note.contains(what)).count(), 1, "{what}: {told:#?}");
        }
        scene.second_run_changes_nothing().await;

        scene.task("destroy", json!({"action": "DestroyNodes", "deadline": "200h"})).await;
        scene.until("baremetalnodes", NODE, "Stalled", "True", "ApprovalRequired").await;
        let node = scene.object("baremetalnodes", NODE).await;
        let hash = node["status"]["plan"]["hash"].as_str().unwrap();
        scene.annotate("baremetalnode", NODE, &format!("slipway.dev/approve={hash} by ann")).await;
        let (_, token) = asked(&scene, "Power off the machine r01-u10").await;
        assert_eq!(power(&scene).await, "On", "MAAS calls it Ready, and it runs");
        assert_ne!(condition(&scene.object("sitetasks", "destroy").await, "Ready")["status"], "True");
        press(&scene).await;
        scene.annotate("baremetalnode", NODE, &format!("slipway.dev/acknowledge={token}")).await;
        scene.until("sitetasks", "destroy", "Ready", "True", "Success").await;

        let stats = scene.lab_get("/stats").await;
        assert_eq!((&stats["bmcLogins"], &stats["bmcWrites"]), (&asked_before, &json!(0)), "no BMC was asked");
        scene.end().await;
    });
}
