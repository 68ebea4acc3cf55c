//! `PrepareSite` works from the design that it began with, whatever is edited meanwhile and whoever goes on with it.

use crate::{
    ground::scenario,
    maas_api::find,
    scene::{PATIENCE, Scene, condition, documents, two_racks},
};
use serde_json::{Value, json};
use slipway_testbed::eventually;

/// The sample's network of this name, as an object with more in its spec.
fn network(name: &str, more: &Value) -> Value {
    let is_it = |document: &Value| document["kind"] == "Network" && document["metadata"]["name"] == name;
    let mut network = documents(&two_racks()).into_iter().find(is_it).unwrap();
    for (field, value) in more.as_object().unwrap() {
        network["spec"][field] = value.clone();
    }
    network
}

/// VLAN 41 as MAAS holds it.
async fn vlan_41(scene: &Scene) -> Value {
    let data = find(&scene.maas().get("fabrics/").await, "name", "data");
    let vlans = data["vlans"].as_array().unwrap();
    vlans.iter().find(|vlan| vlan["vid"] == 41).unwrap().clone()
}

#[test]
fn what_is_edited_while_the_site_is_prepared_waits_until_the_task_has_ended() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({"mode": "OnTask"})).await;
        scene.until("sites", "harbour", "DesignValid", "True", "Valid").await;

        // Half of the design is made, and then MAAS takes no range.
        let refuses = json!({"kind": "maasStatus", "status": 503, "method": "POST", "path": "/MAAS/api/2.0/ipranges/"});
        scene.lab_post("/faults", &refuses).await;
        scene.task("first", json!({"action": "PrepareSite"})).await;
        let locked = scene.until("sites", "harbour", "DesignLocked", "True", "PreparingSite").await;
        assert!(
            locked["message"].as_str().unwrap().starts_with("Task first brings the site to the design as it was at 20")
        );
        scene.until("sites", "harbour", "ProvisionerReachable", "False", "").await;
        let begun = scene.object("sitetasks", "first").await;
        let snapshot = &begun["status"]["snapshot"];
        let map = scene
            .kubectl(&[
                "get",
                "configmap",
                snapshot["configMap"].as_str().unwrap(),
                "-n",
                &scene.namespace,
                "-o",
                "json",
            ])
            .await;
        let map: Value = serde_json::from_str(&map).unwrap();
        assert_eq!(map["metadata"]["ownerReferences"][0]["uid"], begun["metadata"]["uid"]);
        let held = scene.object("sites", "harbour").await["status"]["lock"].clone();
        assert_eq!(
            (&held["task"], &held["since"], &held["edited"]),
            (&json!("first"), &begun["status"]["startedAt"], &json!(false))
        );

        // Edits are accepted, a wrong one as well, and wait; another task does so too; and another operator goes on.
        scene.apply_one(network("oam", &json!({"mtu": 1400}))).await;
        scene.apply_one(network("storage", &json!({"cidr": "10.40.41.0/24"}))).await;
        scene.until("sites", "harbour", "DesignValid", "False", "Invalid").await;
        scene
            .until_says("sites", "harbour", "DesignLocked", &["what was edited since waits until the task has ended"])
            .await;
        scene.task("second", json!({"action": "PrepareSite"})).await;
        scene.until("sitetasks", "second", "Ready", "False", "Failure").await;
        scene.apply_one(network("storage", &json!({}))).await;
        scene.until("sites", "harbour", "DesignValid", "True", "Valid").await;
        scene.task("third", json!({"action": "PrepareSite"})).await;
        scene
            .until_says(
                "sitetasks",
                "third",
                "Reconciling",
                &["Queued behind task first, which has held the site's design since 20"],
            )
            .await;
        scene.kill_operator();
        scene.start_operator();
        scene.clear_faults().await;

        let ended = scene.until("sitetasks", "first", "Ready", "True", "Success").await;
        let message = "The site's objects in the provisioner are as designed; what was edited since is not among it: make another task for that";
        assert_eq!(ended["message"], message);
        scene.until("sitetasks", "third", "Ready", "True", "Success").await;
        assert_eq!(vlan_41(&scene).await["mtu"], 1400, "the third task had the present design");
        assert_eq!(mtus_written(&scene).await, ["1500", "1400"], "first the one, then the other");
        let unlocked = eventually(PATIENCE, "the lock to be gone", || async {
            let site = scene.object("sites", "harbour").await;
            let held = (condition(&site, "DesignLocked"), site["status"]["lock"].clone());
            if held == (Value::Null, Value::Null) { Ok(()) } else { Err(format!("{held:?}")) }
        });
        unlocked.await.unwrap();

        // Without what it began with, a task cannot go on, and says so.
        scene.apply_one(network("oam", &json!({"mtu": 1450}))).await;
        let refuses = json!({"kind": "maasStatus", "status": 503, "method": "PUT", "path": "/MAAS/api/2.0/vlans/"});
        scene.lab_post("/faults", &refuses).await;
        scene.task("fourth", json!({"action": "PrepareSite"})).await;
        scene.until("sites", "harbour", "DesignLocked", "True", "PreparingSite").await;
        scene.kill_operator();
        let fourth = scene.object("sitetasks", "fourth").await;
        let map = fourth["status"]["snapshot"]["configMap"].as_str().unwrap();
        scene.kubectl(&["delete", "configmap", map, "-n", &scene.namespace]).await;
        scene.start_operator();
        let failed = scene.until("sitetasks", "fourth", "Ready", "False", "Failure").await;
        assert!(
            failed["message"].as_str().unwrap().contains("is gone: the task cannot go on; make another"),
            "{failed}"
        );
        scene.end().await;
    });
}

/// The MTUs that were written to VLAN 41, in their order.
async fn mtus_written(scene: &Scene) -> Vec<String> {
    let journal = scene.lab_get("/journal").await;
    let writes = journal["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "MaasWrite");
    let path = format!("/MAAS/api/2.0/vlans/{}/", vlan_41(scene).await["id"]);
    let of_vlan = |entry: &&Value| {
        let is_it = entry["request"]["path"] == path || form(entry, "vid").as_deref() == Some("41");
        is_it && entry["request"]["status"] == 200
    };
    writes.filter(of_vlan).filter_map(|entry| form(entry, "mtu")).collect()
}

fn form(entry: &Value, key: &str) -> Option<String> {
    let pairs = entry["request"]["form"].as_array()?;
    pairs.iter().find(|pair| pair[0] == key).and_then(|pair| pair[1].as_str()).map(str::to_owned)
}
