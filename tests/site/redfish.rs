//! A machine whose BMC speaks Redfish, from its power button to deployed, and what its BMC tells.

use crate::{
    crash::{deploy, one_machine_of, prepare},
    ground::scenario,
    scene::condition,
};
use serde_json::{Value, json};

const NODE: &str = "r01-u10";

#[test]
fn a_machine_with_a_redfish_bmc_is_verified_and_deployed() {
    scenario(|ground, turn| async move {
        let speaks = |lab: String| lab.replace("password: calvin}", "password: calvin, redfish: {vendor: Dell}}");
        let mut scene = one_machine_of(ground, 193, Some(turn), speaks).await;
        scene.start_operator();
        prepare(&scene).await;
        let certificates = scene.lab.bmc_ca.clone();
        scene
            .apply_one(json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bmc-ca"},
                "stringData": {"ca.crt": certificates},
            }))
            .await;
        let oob = json!({"spec": {"oob": {"type": "Redfish", "redfish": {"caSecretRef": {"name": "bmc-ca"}}}}});
        let patch = oob.to_string();
        scene
            .kubectl(&["patch", "hostprofile", "defaults", "-n", &scene.namespace, "--type=merge", "-p", &patch])
            .await;

        scene.task("verify", json!({"action": "VerifyNodes"})).await;
        // One of its power supplies has failed.
        scene.until("sitetasks", "verify", "Stalled", "True", "Failure").await;
        let task = scene.object("sitetasks", "verify").await;
        assert_eq!(task["status"]["nodes"][0]["message"], "critical: Power Supply PS2 (Critical)");
        let told = scene.object("hardwareinventories", NODE).await["status"]["bmc"].clone();
        assert!(told["vendor"].as_str().unwrap().contains("Dell"), "{told:#}");
        assert!(told["sensors"].as_i64().unwrap() > 0, "{told:#}");
        assert!(told["firmware"].as_array().is_some_and(|list| !list.is_empty()), "{told:#}");
        scene.until("baremetalnodes", NODE, "HardwareHealthy", "False", "Alarms").await;

        // Cold metal, and its hardware is known: by another profile it is another machine, and nobody asks the BMC for that.
        assert_eq!(told["hardware"]["nics"][0]["pciAddress"], "0000:04:00.0", "{told:#}");
        scene.until("baremetalnodes", NODE, "HardwareMatches", "True", "AsDesigned").await;
        let profile = async |spec: Value| {
            let patch = json!({ "spec": spec }).to_string();
            let args = ["patch", "hardwareprofile", "r650", "-n", &scene.namespace, "--type=merge", "-p", &patch];
            scene.kubectl(&args).await;
        };
        let nic = json!([{"name": "data", "pciAddress": "0000:99:00.0"}]);
        let disks = json!([{"name": "os", "count": 9, "minSize": "100G"}]);
        profile(json!({"memory": {"minSize": "4T"}, "nics": nic, "disks": disks})).await;
        let differs = ["memory: ", "network card data: no network card is data (PCI 0000:99:00.0)", "disks os: 9 of"];
        let said = scene.until("baremetalnodes", NODE, "HardwareMatches", "False", "Differs").await;
        assert!(said["message"].as_str().unwrap().contains("memory: "), "{said}");
        profile(json!({"mismatchPolicy": "Block"})).await;
        scene.task("verify-again", json!({"action": "VerifyNodes"})).await;
        scene.until("sitetasks", "verify-again", "Stalled", "True", "Failure").await;
        let task = scene.object("sitetasks", "verify-again").await;
        let said = task["status"]["nodes"][0]["message"].as_str().unwrap();
        for part in differs {
            assert!(said.contains(part), "{part} in {said}");
        }
        profile(json!({"memory": null, "nics": null, "disks": null, "mismatchPolicy": null})).await;
        scene.until("baremetalnodes", NODE, "HardwareMatches", "True", "AsDesigned").await;

        deploy(&scene).await;
        scene.until_deployed(1).await;
        scene.assert_deployed_once().await;
        assert_eq!(scene.maas().machine(NODE).await["power_type"], "redfish");
        // What the BMC told is still there, beside what commissioning found.
        let inventory = scene.object("hardwareinventories", NODE).await;
        assert!(inventory["status"]["bmc"]["vendor"].is_string() && inventory["status"]["disks"].is_array());
        let node = scene.object("baremetalnodes", NODE).await;
        assert_eq!(condition(&node, "HardwareHealthy")["message"], "critical: Power Supply PS2 (Critical)");
        scene.end().await;
    });
}
