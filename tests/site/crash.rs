//! Killed at any moment and started again: the same end, and every machine deployed exactly once.

use crate::{
    ground::{scenario, scenario_alone},
    scene::{PATIENCE, Scene, two_racks},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use slipway_testbed::eventually;
use std::time::Duration;

#[test]
fn killed_at_ten_moments_of_a_roll_out() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.apply(&two_racks(), json!({})).await;
        // Moments are counted in writes, so that they fall all over the roll-out on any machine.
        let mut seen = 0;
        for _ in 0..10 {
            scene.start_operator();
            let until = seen + 23;
            let reached = eventually(Duration::from_secs(30), "some more writes", || async {
                let writes = scene.external_writes().await;
                if writes >= until { Ok(writes) } else { Err(format!("{writes} of {until}")) }
            });
            // Towards the end there may be nothing left to write.
            seen = reached.await.unwrap_or(seen);
            scene.kill_operator();
        }
        scene.start_operator();
        scene.until_deployed(8).await;
        scene.assert_deployed_once().await;
        scene.end().await;
    });
}

/// A lab with one machine, which enlists by its BMC.
const ONE_MACHINE: &str = r#"
seed: 3
maas:
  rackController: {hostname: rack-1, interfaces: [{name: eth0, address: 10.40.10.5/24, segment: pxe}]}
bmc:
  translate: {from: 10.40.0.0/24, to: 127.NET.0.0/24}
machines:
- name: r01-u10
  bmc: {address: 10.40.0.10, user: root, password: calvin}
  firmware: Uefi
  nics:
  - {name: eno1, mac: "52:54:00:01:0a:01", pci: "0000:04:00.0", segment: pxe}
  - {name: ens1f0, mac: "52:54:00:01:0a:02", pci: "0000:31:00.0", segment: data}
  - {name: ens1f1, mac: "52:54:00:01:0a:03", pci: "0000:31:00.1", segment: data}
  disks:
  - {name: sda, sizeBytes: 480103981056, scsi: "0:2.0.0"}
  - {name: sdb, sizeBytes: 1920383410176, scsi: "0:2.1.0"}
"#;

#[test]
fn killed_after_each_single_write_of_one_deployment() {
    scenario_alone(|ground, turn| async move {
        // How many writes a node's deployment takes, the site being prepared.
        let mut first = one_machine(ground, 50, Some(turn)).await;
        first.start_operator_with(200);
        let site = prepare(&first).await;
        deploy(&first).await;
        first.until_deployed(1).await;
        let writes = usize::try_from(first.external_writes().await - site).unwrap();
        println!("one deployment takes {writes} writes");
        assert!(writes > 10, "{writes}");

        // Every moment has a site of its own; all are brought to their moment, the operator is killed once, and what
        // starts again finds each of them.
        let moments =
            ["Delivered", "Lost"].into_iter().flat_map(|answer| (1..=writes).map(move |count| (count, answer)));
        let stages = stream::iter(moments.enumerate()).map(|(n, (count, answer))| async move {
            let stage = one_machine(ground, 51 + n, None).await;
            prepare(&stage).await;
            with_long_deadlines(&stage).await;
            stage.lab_post("/faults", &json!({"kind": "holdAfterWrite", "count": count, "answer": answer})).await;
            deploy(&stage).await;
            (stage, format!("write {count} of {writes}, answer {answer}"))
        });
        let stages: Vec<(Scene, String)> = stages.buffer_unordered(8).collect().await;
        for (stage, moment) in &stages {
            let tripped = eventually(PATIENCE, moment, || async {
                let faults = stage.lab_get("/faults").await;
                let faults = faults.as_array().or_else(|| faults["faults"].as_array()).cloned().unwrap_or_default();
                if faults.iter().any(|f| f["tripped"] == true) {
                    return Ok(());
                }
                let node = stage.object("baremetalnodes", "r01-u10").await;
                Err(format!("{} {}", json!(faults), node["status"]))
            });
            tripped.await.unwrap();
        }
        first.kill_operator();
        for (stage, _) in &stages {
            stage.clear_faults().await;
        }
        first.start_operator_with(200);
        for (stage, moment) in &stages {
            println!("{moment}");
            stage.until_deployed(1).await;
            stage.assert_deployed_once().await;
        }
        for (stage, _) in stages {
            stage.end().await;
        }
        first.end().await;
    });
}

/// Deadlines pass at the clock's speed; twenty minutes are four seconds, which would judge the computer that runs the test.
/// That of enlisting still passes: a machine whose first boot was lost is booted again only then.
async fn with_long_deadlines(stage: &Scene) {
    let long = "1000h";
    let spec = json!({"spec": {"deadlines": {"enlist": "2h", "commission": long, "deploy": long, "release": long}}});
    let patch = spec.to_string();
    stage.kubectl(&["patch", "site", "harbour", "-n", &stage.namespace, "--type=merge", "-p", &patch]).await;
}

/// A stage with one machine; its BMC is on a network of loopback of its own.
pub async fn one_machine(
    ground: &'static crate::ground::Ground,
    net: usize,
    turn: Option<tokio::sync::MutexGuard<'static, ()>>,
) -> Scene {
    one_machine_of(ground, net, turn, |lab| lab).await
}

/// The same, its lab changed.
pub async fn one_machine_of(
    ground: &'static crate::ground::Ground,
    net: usize,
    turn: Option<tokio::sync::MutexGuard<'static, ()>>,
    change: impl FnOnce(String) -> String,
) -> Scene {
    let lab = change(ONE_MACHINE.replace("NET", &net.to_string()));
    Scene::new(ground, turn, &lab).await.with_bmc_network(net)
}

/// The sample with one node, in mode OnTask, its site prepared; gives back how many writes that took.
pub async fn prepare(scene: &Scene) -> u64 {
    let documents = crate::scene::documents(&two_racks());
    let keep = |d: &Value| d["kind"] != "BaremetalNode" || d["metadata"]["name"] == "r01-u10";
    let documents: Vec<Value> = documents.into_iter().filter(keep).collect();
    let translate =
        json!({"translate": [{"from": "10.40.0.0/24", "to": scene.bmc_network(), "port": scene.lab.bmc_port}]});
    scene.apply(&crate::scene::stream(&documents), json!({"mode": "OnTask", "outOfBand": translate})).await;
    scene.task("site", json!({"action": "PrepareSite"})).await;
    scene.until("sitetasks", "site", "Ready", "True", "Success").await;
    scene.external_writes().await
}

/// Asks for the node to be deployed.
pub async fn deploy(scene: &Scene) {
    // Deadlines pass at the clock's speed, and the task outlives a hold of minutes.
    scene.task("deploy", json!({"action": "DeployNodes", "deadline": "200h"})).await;
}
