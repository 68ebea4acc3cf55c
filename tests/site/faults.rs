//! Each fault that a region, a BMC or a machine may have: how it ends, what a person reads meanwhile, and that nothing is
//! done twice. All of them at once, each on a site of its own.

use crate::{
    crash::{deploy, one_machine, prepare},
    ground::scenario,
    scene::{PATIENCE, Scene, condition, is},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use slipway_testbed::eventually;

/// The node that each site has.
const NODE: &str = "r01-u10";

/// How a deployment under a fault ends.
#[derive(Clone, Copy)]
enum Ends {
    /// Deployed, once.
    Deployed,
    /// A person is needed, for this reason, and reads this.
    Stalled(&'static str, &'static str),
    /// The task fails and says this: without a machine nothing is left that stands still.
    Fails(&'static str),
    /// It waits and says for what; when the fault is gone it goes on.
    Waits(&'static str),
}

fn faults() -> Vec<(&'static str, Value, Ends)> {
    use Ends::{Deployed, Fails, Stalled, Waits};
    let machine = "r01-u10";
    vec![
        (
            "a region that takes tags and does not keep them",
            json!({"kind": "maasForgets", "path": "/MAAS/api/2.0/tags/", "method": "POST"}),
            Fails("Registration was tried 4 times: MAAS refused POST tags/"),
        ),
        (
            "a region that takes changes of machines and does not keep them",
            json!({"kind": "maasForgets", "path": "/MAAS/api/2.0/machines/", "method": "PUT"}),
            Fails("over and over, and still shows a difference: "),
        ),
        ("a slow region", json!({"kind": "maasLatency", "ms": 300}), Deployed),
        ("slow lists", json!({"kind": "slowLists", "ms": 300, "msEach": 20}), Deployed),
        ("a proxy's 502", json!({"kind": "maasStatus", "status": 502, "page": true, "count": 20}), Deployed),
        ("503", json!({"kind": "maasStatus", "status": 503, "count": 20}), Deployed),
        (
            "504, and it was done",
            json!({"kind": "maasStatus", "status": 504, "done": true, "method": "POST", "count": 6}),
            Deployed,
        ),
        ("500 to writes", json!({"kind": "maasStatus", "status": 500, "method": "POST", "count": 3}), Deployed),
        (
            "a reset, and it was done",
            json!({"kind": "maasReset", "done": true, "method": "POST", "count": 6}),
            Deployed,
        ),
        ("a reset, and it was not", json!({"kind": "maasReset", "method": "POST", "count": 3}), Deployed),
        ("a database in conflict", json!({"kind": "maasConflictHtml", "method": "POST", "count": 2}), Deployed),
        ("stale reads", json!({"kind": "staleReads", "writes": 2, "count": 20}), Deployed),
        ("lost events", json!({"kind": "lostEvents", "every": 1}), Deployed),
        ("a BMC that loses packets", json!({"kind": "bmcLoss", "percent": 30}), Deployed),
        ("a busy BMC", json!({"kind": "bmcBusy", "count": 3}), Deployed),
        ("a commissioning that fails once", json!({"kind": "commissionFails", "count": 1}), Deployed),
        ("a deployment that fails once", json!({"kind": "deployFails", "count": 1}), Deployed),
        (
            "a commissioning that fails",
            json!({"kind": "commissionFails"}),
            Stalled("CommissioningFailed", "slipway.dev/retry"),
        ),
        ("a deployment that fails", json!({"kind": "deployFails"}), Stalled("DeploymentFailed", "slipway.dev/retry")),
        ("a test that fails", json!({"kind": "testFails"}), Stalled("TestingFailed", "look at their results")),
        (
            "a machine that never boots",
            json!({"kind": "neverBoots", "machine": machine}),
            Fails("the machine has not shown up"),
        ),
        ("a dead BMC", json!({"kind": "bmcDead", "machine": machine}), Waits("Waiting for the BMC at 10.40.0.10")),
    ]
}

#[test]
fn every_fault_ends_as_a_person_would_expect_and_nothing_is_done_twice() {
    scenario(|ground, turn| async move {
        let mut first = one_machine(ground, 150, Some(turn)).await;
        first.start_operator_with(64);
        prepare(&first).await;
        let outcomes = stream::iter(faults().into_iter().enumerate()).map(|(n, (name, fault, ends))| async move {
            let stage = one_machine(ground, 151 + n, None).await;
            prepare(&stage).await;
            stage.lab_post("/faults", &fault).await;
            deploy(&stage).await;
            let said = ended(&stage, name, ends).await;
            (stage, name, said)
        });
        let outcomes: Vec<(Scene, &str, String)> = outcomes.buffer_unordered(6).collect().await;
        for (_, name, said) in &outcomes {
            println!("{name}: {said}");
        }
        for (stage, ..) in outcomes {
            stage.end().await;
        }
        first.end().await;
    });
}

/// Waits for the end; gives back what a person reads then.
async fn ended(stage: &Scene, name: &str, ends: Ends) -> String {
    match ends {
        Ends::Deployed => {}
        Ends::Stalled(reason, text) => {
            reads(stage, name, "Stalled", reason, text).await;
            return message(stage).await;
        }
        Ends::Fails(text) => return failed(stage, name, text).await,
        Ends::Waits(text) => {
            reads(stage, name, "Reconciling", "", text).await;
            let said = message(stage).await;
            stage.clear_faults().await;
            deployed(stage, name).await;
            return said;
        }
    }
    deployed(stage, name).await;
    let machines = stage.maas().get("machines/").await;
    assert_eq!(machines.as_array().map(Vec::len), Some(1), "{name}: one record");
    assert_eq!(stage.deployments().await, [(NODE.to_owned(), 1)], "{name}");
    message(stage).await
}

async fn deployed(stage: &Scene, name: &str) {
    // What a BMC is told takes real time, and half of its exchanges are lost: a login may take 45 s, and there are several.
    let outcome = eventually(PATIENCE * 3, name, || async {
        let node = stage.object("baremetalnodes", NODE).await;
        if is(&node, "Deployed") && is(&node, "Ready") { Ok(()) } else { Err(node["status"].to_string()) }
    });
    outcome.await.unwrap_or_else(|error| panic!("{name}: {error}"));
}

async fn reads(stage: &Scene, name: &str, type_: &str, reason: &str, text: &str) {
    let outcome = eventually(PATIENCE, name, || async {
        let node = stage.object("baremetalnodes", NODE).await;
        let seen = condition(&node, type_);
        let says = seen["message"].as_str().unwrap_or_default().contains(text);
        let fits = seen["status"] == "True" && (reason.is_empty() || seen["reason"] == reason) && says;
        if fits { Ok(()) } else { Err(node["status"].to_string()) }
    });
    outcome.await.unwrap_or_else(|error| panic!("{name}: {error}"));
}

async fn failed(stage: &Scene, name: &str, text: &str) -> String {
    let outcome = eventually(PATIENCE, name, || async {
        let status = stage.object("sitetasks", "deploy").await["status"].to_string();
        if status.contains(text) && status.contains("Failure") { Ok(()) } else { Err(status) }
    });
    outcome.await.unwrap_or_else(|error| panic!("{name}: {error}"));
    format!("the task fails: {text}")
}

async fn message(stage: &Scene) -> String {
    let ready = condition(&stage.object("baremetalnodes", NODE).await, "Ready");
    ready["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_machine_whose_bmc_fell_silent_before_it_was_switched_is_switched_when_it_answers_again() {
    scenario(|ground, turn| async move {
        let mut stage = one_machine(ground, 194, Some(turn)).await;
        stage.start_operator();
        prepare(&stage).await;
        // Nothing ends by a deadline: whoever waited for one would wait for longer than this test.
        let long = json!({"spec": {"deadlines": {"enlist": "1000h", "request": "1000h"}}}).to_string();
        stage.kubectl(&["patch", "site", "harbour", "-n", &stage.namespace, "--type=merge", "-p", &long]).await;
        // The boot device is set, and then nobody can log in to switch.
        stage.lab_post("/faults", &json!({"kind": "bmcDeaf", "machine": NODE, "after": "set boot option 5"})).await;
        deploy(&stage).await;
        stage.until_says("baremetalnodes", NODE, "Reconciling", &["Waiting for the BMC at 10.40.0.10"]).await;
        let node = stage.object("baremetalnodes", NODE).await;
        let memory = &node["status"]["memory"];
        assert_eq!(memory["failure"]["reason"], "Unreachable", "{memory:#}");
        assert!(
            memory["begun"].is_null() && memory["poweredOn"].is_null() && memory["attempts"].is_null(),
            "{memory:#}"
        );
        assert_eq!(stage.lab_get(&format!("/machines/{NODE}")).await["powerOns"], 0);

        stage.clear_faults().await;
        stage.until_deployed(1).await;
        stage.assert_deployed_once().await;
        stage.end().await;
    });
}
