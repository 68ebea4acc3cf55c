//! Forty machines through everything that happens to a roll-out: groups, a rack that fails, a cancel, retries of what is left,
//! a redeployment within its slots; while the operator is killed again and again, at random.

use crate::{
    ground::scenario,
    production::{lab, manifests},
    rollout::most_out_of_service,
    scene::{Scene, documents},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use slipway_testbed::eventually;
use std::time::{Duration, Instant};

/// How often the operator may be killed before a stage must be over.
const MOST_KILLS: usize = 30;

/// The scene, its clock, and whoever kills operators.
struct Chaos {
    scene: Scene,
    begun: Instant,
    random: StdRng,
    kills: usize,
}

impl Chaos {
    fn tells(&self, what: &str) {
        println!("{:>6.1} s  {what}", self.begun.elapsed().as_secs_f64());
    }

    /// Waits until nothing lacks any more, while operators come and go.
    async fn until(&mut self, what: &str, lacks: impl Fn(Value) -> Option<String>) {
        for _ in 0..MOST_KILLS {
            let patience = Duration::from_millis(self.random.random_range(5000..15_000));
            let scene = &self.scene;
            let outcome = eventually(patience, what, || async {
                let state = json!({
                    "machines": scene.lab_get("/machines").await,
                    "tasks": scene.objects("sitetasks").await,
                    "sites": scene.objects("sites").await,
                });
                lacks(state).map_or(Ok(()), Err)
            });
            let Err(error) = outcome.await else { return self.tells(what) };
            self.tells(&format!("the operator is killed, and another started; {error}"));
            self.scene.kill_operator();
            self.scene.start_operator();
            self.kills += 1;
        }
        let nodes = self.scene.kubectl(&["get", "baremetalnodes", "-n", &self.scene.namespace]).await;
        panic!("{what}: not reached while the operator was killed {MOST_KILLS} times\n{nodes}");
    }

    /// Waits until a task has ended so, and shows it as a person sees it.
    async fn until_ended(&mut self, task: &str, state: &str) -> Value {
        self.until(&format!("task {task} has ended: {state}"), |seen| {
            let found = named(&seen["tasks"], task);
            (found["status"]["state"] != state).then(|| format!("{}", found["status"]["summary"]))
        })
        .await;
        println!("{}", self.scene.slipway(&["task", "list"], 0).await);
        named(&json!(self.scene.objects("sitetasks").await), task)
    }

    async fn until_deployed(&mut self, count: usize) {
        self.until(&format!("{count} machines are deployed"), |seen| {
            let deployed = deployed(&seen).len();
            (deployed < count).then(|| format!("{deployed} of {count}"))
        })
        .await;
    }
}

fn named(list: &Value, name: &str) -> Value {
    let found = list.as_array().into_iter().flatten().find(|object| object["metadata"]["name"] == name);
    found.cloned().unwrap_or_default()
}

fn deployed(seen: &Value) -> Vec<String> {
    let machines = seen["machines"].as_array().into_iter().flatten();
    machines.filter(|m| m["status"] == "Deployed").map(|m| m["name"].as_str().unwrap().to_owned()).collect()
}

fn ended_so(task: &Value, state: &str) -> Vec<String> {
    let nodes = task["status"]["nodes"].as_array().into_iter().flatten();
    nodes.filter(|node| node["state"] == state).map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

fn rollout(control: &[String], storage: &[String]) -> Value {
    let names = |names: &[String]| json!({"filters": [{"names": names}]});
    json!({
        "maxInFlight": 12, "maxUnavailable": 2,
        "groups": [
            {"name": "control", "nodeSelector": names(control), "critical": true},
            {"name": "rack-r02", "nodeSelector": {"filters": [{"racks": ["r02"]}]}, "dependsOn": ["control"],
             "successCriteria": {"minimumPercent": 90}},
            {"name": "storage-r01", "nodeSelector": names(storage), "dependsOn": ["rack-r02"]},
        ],
    })
}

#[test]
fn a_roll_out_of_forty_survives_a_rack_a_cancel_and_whoever_kills_the_operator() {
    let design = manifests();
    let documents = documents(&design);
    let names = |of: &str| -> Vec<String> {
        let nodes = documents.iter().filter(|document| document["kind"] == "BaremetalNode");
        let names = nodes.map(|node| node["metadata"]["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.contains(of)).collect()
    };
    let [control, storage, compute] = [names("-c"), names("r01-s"), names("r01-t")];
    let failing: Vec<String> = names("r02-").into_iter().filter(|name| !control.contains(name)).collect();
    assert_eq!([control.len(), storage.len(), compute.len(), failing.len()], [6, 5, 12, 17]);
    let lab = lab(&documents);
    scenario(|ground, turn| async move {
        let scene = Scene::new(ground, Some(turn), &lab).await;
        let seed = rand::random();
        println!("seed {seed}");
        let mut chaos = Chaos { scene, begun: Instant::now(), random: StdRng::seed_from_u64(seed), kills: 0 };
        for machine in &failing {
            let fault = json!({"kind": "deployFails", "machine": machine, "count": 1});
            chaos.scene.lab_post("/faults", &fault).await;
        }
        let site = json!({"mode": "OnTask", "retries": 0, "rollout": rollout(&control, &storage)});
        chaos.scene.apply(&design, site).await;
        chaos.scene.start_operator();

        // The control plane first, then the rack that fails, and nothing of what depends on it.
        chaos.scene.task("deploy", json!({"action": "DeployNodes", "deadline": "200h"})).await;
        let first = chaos.until_ended("deploy", "PartialSuccess").await;
        assert_eq!(ended_so(&first, "Success").len(), control.len() + compute.len());
        let mut stopped = [storage.clone(), failing.clone()].concat();
        stopped.sort();
        assert_eq!(ended_so(&first, "Failure"), stopped);

        // Only what failed is tried again; that is cancelled in the middle, and what is in flight goes to its end.
        chaos.scene.clear_faults().await;
        let failures = |task: &str| json!({"action": "DeployNodes", "retry": {"task": task}, "deadline": "200h"});
        chaos.scene.task("again", failures("deploy")).await;
        chaos.until_deployed(control.len() + compute.len() + 3).await;
        chaos.scene.slipway(&["task", "cancel", "again"], 0).await;
        let cancelled = chaos.until_ended("again", "Cancelled").await;
        let left = 22 - ended_so(&cancelled, "Success").len();
        assert!(left > 0, "it was cancelled too late");
        chaos.scene.task("rest", failures("again")).await;
        let rest = chaos.until_ended("rest", "Success").await;
        assert_eq!(rest["status"]["counts"]["total"], left, "no other node is asked for");
        chaos.until_deployed(40).await;
        chaos.scene.assert_deployed_once().await;

        // Two at a time are taken out of service, under one approval.
        let journal = |journal: Value| journal["entries"].as_array().cloned().unwrap_or_default();
        let before = journal(chaos.scene.lab_get("/journal").await).len();
        let again = json!({"action": "DestroyNodes", "redeploy": true, "deadline": "200h", "nodeSelector": {"filters": [{"names": compute[..6]}]}});
        chaos.scene.task("anew", again).await;
        chaos
            .until("six plans wait for approval", |seen| {
                let plans = named(&seen["tasks"], "anew")["status"]["nodePlans"].clone();
                (plans["nodes"] != 6).then(|| plans.to_string())
            })
            .await;
        println!("{}", chaos.scene.slipway(&["approve", "task/anew", "--yes"], 0).await);
        chaos.until_ended("anew", "Success").await;
        let journal = journal(chaos.scene.lab_get("/journal").await);
        let most = most_out_of_service(&journal[before..]);
        assert!((1..=2).contains(&most), "{most} were out of service at once");
        for (name, times) in chaos.scene.deployments().await {
            assert_eq!(times, if compute[..6].contains(&name) { 2 } else { 1 }, "{name}");
        }
        println!("the operator was killed {} times", chaos.kills);
        chaos.scene.end().await;
    });
}
