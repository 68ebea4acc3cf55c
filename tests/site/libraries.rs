//! Profiles that another namespace lends.

use crate::{
    ground::scenario,
    scene::{Scene, documents, stream, two_racks},
};
use serde_json::{Value, json};

#[test]
fn a_site_borrows_what_another_namespace_lends() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        let library = format!("{}-library", scene.namespace);
        scene.kubectl(&["create", "namespace", &library]).await;
        let is_lent = |d: &Value| d["kind"] == "HostProfile" && d["metadata"]["name"] == "defaults";
        let (lent, own): (Vec<Value>, Vec<Value>) = documents(&two_racks()).into_iter().partition(is_lent);
        let profile = lent.into_iter().next().unwrap();
        scene.apply_in(&library, profile.clone()).await;
        scene.start_operator();

        // Nobody may take what is not lent.
        scene.apply(&stream(&own), json!({"mode": "Observe", "libraries": [library]})).await;
        scene.until_says("sites", "harbour", "Stalled", &["spec.libraries[", "does not lend to this site"]).await;

        // Lent, it is as if it were the site's own.
        let consent = format!("slipway.dev/lend-to=elsewhere, {}", scene.namespace);
        scene.kubectl(&["annotate", "namespace", &library, &consent]).await;
        scene.until("sites", "harbour", "DesignValid", "True", "Valid").await;
        scene.until("baremetalnodes", "r01-u11", "DesignValid", "True", "Valid").await;
        let node = scene.object("baremetalnodes", "r01-u11").await;
        assert_eq!(node["status"]["effective"]["image"], "noble", "{node}");

        // What is wrong with it stands on the borrower.
        let mut wrong = profile;
        wrong["spec"]["hardwareProfile"] = json!("nowhere");
        scene.apply_in(&library, wrong).await;
        let parts =
            [&format!("HostProfile/defaults, lent by namespace `{library}`"), "`nowhere`", "which is not there"];
        scene.until_says("sites", "harbour", "Stalled", &parts.map(AsRef::as_ref)).await;

        // Consent can be taken back.
        scene.kubectl(&["annotate", "namespace", &library, "slipway.dev/lend-to-"]).await;
        scene.until_says("sites", "harbour", "Stalled", &["does not lend"]).await;
        assert_eq!(scene.external_writes().await, 0);
        scene.kubectl(&["delete", "namespace", &library, "--wait=false"]).await;
        scene.end().await;
    });
}
