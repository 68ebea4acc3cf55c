//! Machines that became Nodes of a cluster get their owner data as labels there: over a second, real API server, as the user of
//! `config/cluster` alone. With `--nocapture` the transcript is printed.

use crate::{
    ground::{root, scenario},
    scene::{PATIENCE, Scene, two_racks},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use serde_json::{Value, json};
use slipway::{
    drivers::{
        ClusterNodes,
        kubernetes::{Kubernetes, KubernetesConfig},
    },
    model::PermitHolder,
};
use slipway_testbed::{ControlPlane, eventually};
use std::{fs, time::Instant};

/// The cluster that the site becomes.
struct Becomes {
    cluster: ControlPlane,
    /// Of the user of `config/cluster`.
    kubeconfig: Value,
}

impl Becomes {
    async fn start() -> Self {
        let cluster = ControlPlane::start().await.unwrap();
        let manifests = root().join("config/cluster").display().to_string();
        cluster.kubectl(&["apply", "-f", &manifests]).await.unwrap();
        let path = cluster.kubeconfig_for("kube-system", "slipway-node-labels").await.unwrap();
        let user = cluster.kubectl_as(&path);
        for (verb, may) in [("get", "yes"), ("patch", "yes"), ("list", "no"), ("create", "no"), ("delete", "no")] {
            let said = user.output(&["auth", "can-i", verb, "nodes"], "").await.unwrap();
            assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), may, "{verb}");
        }
        Self { cluster, kubeconfig: serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() }
    }

    async fn register(&self, node: &str) {
        let yaml = format!("{{apiVersion: v1, kind: Node, metadata: {{name: {node}, labels: {{of: kubelet}}}}}}");
        self.cluster.apply(&yaml).await.unwrap();
    }

    /// Without the lease nothing is written.
    async fn is_left_alone_without_a_permit(&self, node: &str) {
        let kubeconfig = SecretString::from(self.kubeconfig.to_string());
        let driver = Kubernetes::new(&KubernetesConfig { kubeconfig, secret: "east".into() }).await.unwrap();
        let labels = [("tier".to_owned(), "gold".to_owned())].into();
        let refused = driver.relabel(&[node.to_owned()], &labels, &PermitHolder::default().permit()).await.unwrap_err();
        assert!(refused.is_lease_lost(), "{refused}");
        assert_eq!(self.labels(node).await, json!({"of": "kubelet"}));
    }

    async fn label(&self, node: &str, label: &str) {
        self.cluster.kubectl(&["label", "--overwrite", "node", node, label]).await.unwrap();
    }

    /// Labels of a Node, but for those that Kubernetes itself gives.
    async fn labels(&self, node: &str) -> Value {
        let mut labels = self.cluster.get(&["node", node]).await.unwrap()["metadata"]["labels"].clone();
        labels.as_object_mut().unwrap().retain(|key, _| !key.contains("kubernetes.io/"));
        labels
    }
}

/// Keeps a kubeconfig in the Site's Secret, under the key that Slipway's guide names, or the one that Cluster API writes.
async fn keep(scene: &Scene, key: &str, kubeconfig: &Value) {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "harbour-kubeconfig"},
        "data": {key: STANDARD.encode(kubeconfig.to_string())},
    });
    scene.apply_one(secret).await;
}

/// What the record of a task says of a node.
async fn of_node(scene: &Scene, task: &str, node: &str) -> (String, String, Value) {
    let status = scene.object("sitetasks", task).await["status"].clone();
    let all = status["nodes"].as_array().cloned().unwrap_or_default();
    let one = all.into_iter().find(|one| one["name"] == node).unwrap_or_default();
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("message"), one["skipped"].clone())
}

/// Waits until the record of a task says of a node what it should.
async fn until_node(scene: &Scene, task: &str, node: &str, state: &str, parts: &[&str]) -> String {
    eventually(PATIENCE, &format!("{task}: {node} {state} {parts:?}"), || async {
        let (is, message, _) = of_node(scene, task, node).await;
        let fits = is == state && parts.iter().all(|part| message.contains(part));
        if fits { Ok(message) } else { Err(format!("{is} {message}")) }
    })
    .await
    .unwrap()
}

async fn ask(scene: &Scene, task: &str, nodes: &[&str], deadline: &str) {
    let selector = json!({"filters": [{"names": nodes}]});
    scene.task(task, json!({"action": "RelabelNodes", "nodeSelector": selector, "deadline": deadline})).await;
}

async fn show(scene: &Scene, task: &str) {
    println!("$ slipway task show {task}\n{}", scene.slipway(&["task", "show", task], 0).await);
}

#[test]
fn machines_that_became_nodes_get_their_owner_data_as_labels() {
    scenario(|ground, turn| async move {
        let becomes = Becomes::start().await;
        let began = Instant::now();
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let design = |data: &str| {
            two_racks().replacen("    tags: [harbour]\n", &format!("    tags: [harbour]\n    ownerData: {data}\n"), 1)
        };
        let first = design("{tier: gold, example.com/hall: \"1\", kubernetes.io/arch: amd64}");
        scene.apply(&first, json!({"mode": "OnTask"})).await;
        scene.until("sites", "harbour", "DesignValid", "True", "").await;

        // A Site that becomes no cluster: what to do is said, and nothing is waited for.
        ask(&scene, "nowhere", &["r01-u10"], "8h").await;
        scene.until("sitetasks", "nowhere", "Stalled", "True", "Failure").await;
        scene.until_says("sitetasks", "nowhere", "Stalled", &["set spec.cluster.kubeconfigSecretRef"]).await;

        let cluster = json!({"kubeconfigSecretRef": {"name": "harbour-kubeconfig"}});
        let settings = json!({"mode": "OnTask", "cluster": cluster});
        scene.apply(&first, settings.clone()).await;
        eventually(PATIENCE, "a warning of what is no label", || async {
            let findings = scene.object("sites", "harbour").await["status"]["findings"].clone();
            let told = findings.as_array().into_iter().flatten().any(|finding| finding["rule"] == "SLW1081");
            if told { Ok(()) } else { Err(findings.to_string()) }
        })
        .await
        .unwrap();

        // What stands in the Secret is told where it is of no use, and noticed when it is mended.
        becomes.register("r01-u10").await;
        becomes.is_left_alone_without_a_permit("r01-u10").await;
        becomes.label("r01-u10", "team=blue").await;
        ask(&scene, "labels", &["r01-u10", "r01-u11"], "100h").await;
        until_node(&scene, "labels", "r01-u10", "Pending", &["Secret harbour-kubeconfig is not there"]).await;
        let mut runs_programs = becomes.kubeconfig.clone();
        runs_programs["users"][0]["user"] = json!({"exec": {"command": "/bin/date", "apiVersion": "v1"}});
        keep(&scene, "kubeconfig", &runs_programs).await;
        until_node(&scene, "labels", "r01-u10", "Pending", &["`exec`", "runs no program"]).await;
        let mut wrong = becomes.kubeconfig.clone();
        wrong["users"][0]["user"]["token"] = json!("wrong-token");
        keep(&scene, "kubeconfig", &wrong).await;
        until_node(&scene, "labels", "r01-u10", "Pending", &["refuses the credentials"]).await;
        let mut elsewhere = becomes.kubeconfig.clone();
        elsewhere["clusters"][0]["cluster"]["server"] = json!("https://127.0.0.1:1");
        keep(&scene, "kubeconfig", &elsewhere).await;
        until_node(&scene, "labels", "r01-u10", "Pending", &["the cluster does not answer"]).await;
        show(&scene, "labels").await;
        keep(&scene, "value", &becomes.kubeconfig).await;

        // One Node is there; the other comes later, under its full name.
        let said = until_node(&scene, "labels", "r01-u10", "Success", &["left out kubernetes.io/arch"]).await;
        assert!(said.contains("set control-plane=enabled, example.com/hall=1, tier=gold"), "{said}");
        let full = "r01-u11.harbour.example.com";
        let missing = format!("no Node r01-u11 or {full} is in the cluster yet");
        until_node(&scene, "labels", "r01-u11", "Pending", &[&missing]).await;
        scene.until_says("sitetasks", "labels", "Reconciling", &["1 of 2 nodes done; no Node r01-u11"]).await;
        show(&scene, "labels").await;
        becomes.register(full).await;
        scene.until("sitetasks", "labels", "Ready", "True", "Success").await;
        let ours = json!({"control-plane": "enabled", "example.com/hall": "1", "tier": "gold"});
        let mut wanted = ours.clone();
        (wanted["team"], wanted["of"]) = (json!("blue"), json!("kubelet"));
        assert_eq!(becomes.labels("r01-u10").await, wanted);
        assert_eq!(becomes.labels(full).await["tier"], "gold");

        // What the design drops goes, what others have put there stays.
        scene.apply(&design("{tier: silver}"), settings.clone()).await;
        eventually(PATIENCE, "the new design", || async {
            let node = scene.object("baremetalnodes", "r01-u10").await;
            let data = node["status"]["effective"]["ownerData"].clone();
            if data["tier"] == "silver" { Ok(()) } else { Err(data.to_string()) }
        })
        .await
        .unwrap();
        ask(&scene, "dropped", &["r01-u10"], "8h").await;
        scene.until("sitetasks", "dropped", "Ready", "True", "Success").await;
        until_node(&scene, "dropped", "r01-u10", "Success", &["set tier=silver; removed example.com/hall"]).await;
        let wanted = json!({"control-plane": "enabled", "tier": "silver", "team": "blue", "of": "kubelet"});
        assert_eq!(becomes.labels("r01-u10").await, wanted);

        // What somebody else has set otherwise is told, and stays; the others go their way.
        becomes.label("r01-u10", "tier=lead").await;
        ask(&scene, "again", &["r01-u10", "r01-u11"], "8h").await;
        scene.until("sitetasks", "again", "Stalled", "True", "PartialSuccess").await;
        until_node(&scene, "again", "r01-u10", "Failure", &["tier", "kubectl-label", "nothing was written"]).await;
        assert_eq!(becomes.labels("r01-u10").await["tier"], "lead");
        show(&scene, "again").await;
        // Nothing is written where all is as designed.
        let written = || async {
            let node = becomes.cluster.get(&["node", full, "--show-managed-fields"]).await.unwrap();
            let mut entries = node["metadata"]["managedFields"].as_array().cloned().unwrap();
            entries.retain(|entry| entry["manager"] == "slipway-node-labels");
            entries
        };
        let before = written().await;
        ask(&scene, "same", &["r01-u11"], "8h").await;
        scene.until("sitetasks", "same", "Ready", "True", "Success").await;
        assert_eq!(of_node(&scene, "same", "r01-u11").await.2, json!(true));
        assert_eq!((before.len(), written().await), (1, before.clone()));

        // One that never comes ends with the deadline, or when it is not wanted any more.
        ask(&scene, "never", &["r01-u11", "r01-u12"], "15m").await;
        scene.until("sitetasks", "never", "Stalled", "True", "PartialSuccess").await;
        until_node(&scene, "never", "r01-u12", "Failure", &["deadline has passed", "no Node r01-u12"]).await;
        ask(&scene, "unwanted", &["r01-u12"], "8h").await;
        until_node(&scene, "unwanted", "r01-u12", "Pending", &["no Node r01-u12"]).await;
        scene.slipway(&["task", "cancel", "unwanted"], 0).await;
        scene.until("sitetasks", "unwanted", "Stalled", "True", "Cancelled").await;

        // Who is to write nothing writes nothing.
        becomes.label("r01-u10", "tier-").await;
        let mut observes = settings.clone();
        observes["mode"] = json!("Observe");
        scene.apply(&design("{tier: silver}"), observes).await;
        eventually(PATIENCE, "mode Observe", || async {
            let mode = scene.object("sites", "harbour").await["status"]["mode"].clone();
            if mode == "Observe" { Ok(()) } else { Err(mode.to_string()) }
        })
        .await
        .unwrap();
        ask(&scene, "observed", &["r01-u10"], "8h").await;
        until_node(&scene, "observed", "r01-u10", "Pending", &["Observe"]).await;
        let mut paused = settings.clone();
        paused["paused"] = json!(true);
        scene.apply(&design("{tier: silver}"), paused).await;
        until_node(&scene, "observed", "r01-u10", "Pending", &["spec.paused"]).await;
        assert_eq!(becomes.labels("r01-u10").await["tier"], Value::Null);
        let mut goes_on = settings.clone();
        goes_on["paused"] = json!(false);
        scene.apply(&design("{tier: silver}"), goes_on).await;
        scene.until("sitetasks", "observed", "Ready", "True", "Success").await;
        assert_eq!(becomes.labels("r01-u10").await["tier"], "silver");

        // Nothing of the kubeconfig has left the Secret.
        let token = becomes.kubeconfig["users"][0]["user"]["token"].as_str().unwrap();
        let tasks: String = scene.objects("sitetasks").await.iter().map(Value::to_string).collect();
        let events: String = scene.objects("events").await.iter().map(Value::to_string).collect();
        for text in [scene.log(), tasks, events] {
            assert!(!text.contains(token) && !text.contains("wrong-token") && !text.contains("/bin/date"));
        }
        assert_eq!(scene.external_writes().await, 0, "no machine was touched");
        println!("the scenario took {:.1} s", began.elapsed().as_secs_f64());
        scene.end().await;
        becomes.cluster.stop().await;
    });
}
