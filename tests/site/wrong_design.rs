//! A wrong design never touches a machine, and says what is wrong where.

use crate::{
    ground::scenario,
    scene::{Scene, documents, stream, two_racks},
};
use serde_json::{Value, json};

const BOTH: [&str; 2] = ["BaremetalNode/r01-u10", "BaremetalNode/r01-u11"];

/// The sample with one document changed.
fn with(kind: &str, name: &str, change: impl Fn(&mut Value)) -> String {
    let mut documents = documents(&two_racks());
    let document = documents.iter_mut().find(|d| d["kind"] == kind && d["metadata"]["name"] == name).unwrap();
    change(document);
    stream(&documents)
}

#[test]
fn nothing_is_touched_while_the_design_is_wrong() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();

        // A profile that nobody wrote.
        let unknown = with("HostProfile", "defaults", |d| d["spec"]["hostProfile"] = json!("nowhere"));
        scene.apply(&unknown, json!({})).await;
        let parts = ["HostProfile/defaults", "spec.hostProfile", "`nowhere`", "SLW1001", "create the HostProfile"];
        scene.until_says("baremetalnodes", "r01-u10", "Stalled", &parts).await;
        let profile = scene.until("hostprofiles", "defaults", "Stalled", "True", "SLW1001").await;
        assert!(profile["message"].as_str().unwrap().contains("nowhere"));

        // A cycle.
        let cycle = with("HostProfile", "defaults", |d| d["spec"]["hostProfile"] = json!("worker"));
        scene.apply(&cycle, json!({})).await;
        scene.until("sites", "harbour", "Stalled", "True", "DesignInvalid").await;
        scene.until_says("baremetalnodes", "r01-u11", "Stalled", &["->", "SLW1002"]).await;

        // An address given twice stops both nodes, and them alone; every node shares this one's network.
        let twice = with("BaremetalNode", "r01-u10", |d| {
            d["spec"]["addresses"][2]["address"] = json!("10.40.41.11");
        });
        let twice = with_all_paused_but(&twice, &["r01-u10", "r01-u11"]);
        scene.apply(&twice, json!({})).await;
        let parts = ["spec.addresses[oam].address", "10.40.41.11", "r01-u10 and r01-u11", "SLW1004"];
        scene.until_says("baremetalnodes", "r01-u10", "Stalled", &parts).await;
        let site = scene.until("sites", "harbour", "DesignValid", "False", "Invalid").await;
        assert!(site["message"].as_str().unwrap().starts_with("2 errors "), "{site}");

        // Whoever has a kubeconfig sees it all, with what each node comes to.
        let told = scene.slipway(&["validate", "--live", "-o", "json"], 1).await;
        let found: Vec<Value> = serde_json::from_str(&told).unwrap();
        let twice = found.iter().filter(|finding| finding["rule"] == "SLW1004");
        assert_eq!(twice.map(|f| f["object"].as_str().unwrap()).collect::<Vec<_>>(), BOTH, "{told}");
        let told = scene.slipway(&["get", "nodes", "--where", "size(findings) > 0", "-o", "name"], 0).await;
        assert_eq!(told, "baremetalnode/r01-u10\nbaremetalnode/r01-u11\n");
        let told = scene.slipway(&["explain", "r01-u10", "platform.image"], 0).await;
        assert!(told.contains("HostProfile/defaults"), "{told}");

        let journal = scene.lab_get("/journal").await;
        let entries: Vec<&Value> =
            journal["entries"].as_array().unwrap().iter().filter(|e| e["machine"].is_string()).collect();
        assert!(entries.is_empty(), "{entries:#?}");
        scene.end().await;
    });
}

fn with_all_paused_but(yaml: &str, names: &[&str]) -> String {
    let mut documents: Vec<Value> = documents(yaml);
    for document in documents.iter_mut().filter(|d| d["kind"] == "BaremetalNode") {
        if !names.contains(&document["metadata"]["name"].as_str().unwrap()) {
            document["spec"]["paused"] = json!(true);
        }
    }
    stream(&documents)
}
