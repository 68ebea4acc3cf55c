//! A deployed machine walked through power and boot by `kubectl` alone. With `--nocapture` the transcript is printed.

use crate::{
    crash::{one_machine, prepare},
    ground::scenario,
    scene::Scene,
};
use serde_json::json;

const NODE: &str = "r01-u10";

/// Runs `kubectl` in the scenario's namespace, and prints it as a person would see it.
async fn kubectl(scene: &Scene, args: &[&str]) -> String {
    let all: Vec<&str> = args.iter().copied().chain(["-n", &scene.namespace]).collect();
    let said = scene.kubectl(&all).await;
    let quoted =
        args.iter().map(|arg| if arg.contains(['{', '"', ' ']) { format!("'{arg}'") } else { (*arg).to_owned() });
    println!("$ kubectl {}\n{}", quoted.collect::<Vec<_>>().join(" "), said.trim_end());
    said
}

async fn patch(scene: &Scene, spec: &str) {
    kubectl(scene, &["patch", "baremetalnode", NODE, "--type=merge", "-p", spec]).await;
}

async fn annotate(scene: &Scene, annotation: &str) {
    kubectl(scene, &["annotate", "--overwrite", "baremetalnode", NODE, annotation]).await;
}

/// Approves what the node's plan asks for.
async fn approve(scene: &Scene) {
    scene.until("baremetalnodes", NODE, "Stalled", "True", "ApprovalRequired").await;
    kubectl(scene, &["get", "baremetalnode", NODE]).await;
    let hash = kubectl(scene, &["get", "baremetalnode", NODE, "-o", "jsonpath={.status.plan.hash}"]).await;
    annotate(scene, &format!("slipway.dev/approve={hash} by ann")).await;
}

async fn settles(scene: &Scene, reason: &str) {
    scene.until("baremetalnodes", NODE, "Ready", "True", reason).await;
    kubectl(scene, &["get", "baremetalnode", NODE]).await;
}

async fn counts(scene: &Scene) -> (u64, u64, u64) {
    let machine = scene.lab_get(&format!("/machines/{NODE}")).await;
    let count = |field: &str| machine[field].as_u64().unwrap();
    (count("powerOns"), count("powerOffs"), count("deployments"))
}

#[test]
fn a_machine_is_switched_and_rebooted_by_kubectl_alone() {
    scenario(|ground, turn| async move {
        let mut scene = one_machine(ground, 192, Some(turn)).await;
        scene.start_operator();
        prepare(&scene).await;
        scene.task("deploy", json!({"action": "DeployNodes"})).await;
        scene.until_deployed(1).await;
        let before = counts(&scene).await;

        patch(&scene, r#"{"spec":{"power":"Off"}}"#).await;
        approve(&scene).await;
        settles(&scene, "Off").await;
        assert_eq!(counts(&scene).await, (before.0, before.1 + 1, before.2));

        patch(&scene, r#"{"spec":{"power":"On"}}"#).await;
        settles(&scene, "Deployed").await;
        assert_eq!(counts(&scene).await, (before.0 + 1, before.1 + 1, before.2));

        annotate(&scene, "slipway.dev/reboot=kernel-6.8.0-60").await;
        approve(&scene).await;
        settles(&scene, "Deployed").await;
        let handled = ["get", "baremetalnode", NODE, "-o", "jsonpath={.status.memory.handledReboot}"];
        assert_eq!(kubectl(&scene, &handled).await, "kernel-6.8.0-60");
        assert_eq!(counts(&scene).await, (before.0 + 2, before.1 + 2, before.2));

        // Booted from the network into rescue mode, and back into its own system.
        patch(&scene, r#"{"spec":{"rescue":true}}"#).await;
        approve(&scene).await;
        settles(&scene, "Rescue").await;
        patch(&scene, r#"{"spec":{"rescue":null}}"#).await;
        settles(&scene, "Deployed").await;
        assert_eq!(counts(&scene).await.2, before.2, "nothing of that installs it anew");

        // Nothing of that is done again, whoever looks.
        scene.second_run_changes_nothing().await;
        let events = kubectl(&scene, &["events", "--for", &format!("baremetalnode/{NODE}")]).await;
        for part in [
            "NetworkBoot",
            "EnterRescue",
            "ExitRescue",
            "PowerOff",
            "Asking the operating system to shut down",
            "PowerOn",
            "Shutting down for reboot",
        ] {
            assert!(events.contains(part), "{part} in {events}");
        }
        scene.end().await;
    });
}
