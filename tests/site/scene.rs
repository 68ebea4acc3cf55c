//! One scenario's stage: a namespace, a lab, and an operator that can be started, killed and started again.

use crate::{
    ground::{Ground, root},
    maas_api::MaasApi,
};
use serde_json::{Value, json};
use slipway_lab::{Lab, spec::LabSpec};
use slipway_testbed::{Process, eventually, target_binary};
use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::MutexGuard;

/// How much faster than real machines the lab's are, and the operator's clock with them.
pub const SPEED: f64 = 300.0;
/// How long a scenario may wait for something.
pub const PATIENCE: Duration = Duration::from_mins(2);

static COUNT: AtomicUsize = AtomicUsize::new(0);

pub struct Scene {
    pub ground: &'static Ground,
    pub namespace: String,
    pub lab: Lab,
    logs: TempDir,
    operators: Vec<Process>,
    /// Whether operators write all they know to their logs.
    pub verbose: bool,
    bmc_network: usize,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Scene {
    /// The stage for the sample of two racks.
    pub async fn two_racks(ground: &'static Ground, turn: MutexGuard<'static, ()>) -> Self {
        let lab = fs::read_to_string(root().join("config/lab/two-racks.yaml")).unwrap();
        Self::new(ground, Some(turn), &lab).await
    }

    /// A stage with a lab of one's own. Without `turn` it is a further stage of the same scenario.
    pub async fn new(ground: &'static Ground, turn: Option<MutexGuard<'static, ()>>, lab: &str) -> Self {
        let mut spec = LabSpec::from_yaml(lab).unwrap();
        spec.speed = SPEED;
        let lab = slipway_lab::start(spec).await.unwrap();
        let namespace = format!("site-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        ground.control_plane.kubectl(&["create", "namespace", &namespace]).await.unwrap();
        Self {
            ground,
            namespace,
            lab,
            logs: tempfile::tempdir().unwrap(),
            operators: Vec::new(),
            verbose: false,
            bmc_network: 40,
            _turn: turn,
        }
    }

    /// Starts the operator as its own ServiceAccount.
    pub fn start_operator(&mut self) {
        self.start_operator_with(16);
    }

    pub fn start_operator_with(&mut self, workers: usize) {
        let mut command = Command::new(target_binary("slipway").unwrap());
        command
            .args(["controller", "--listen", "127.0.0.1:0", "--lease-seconds", "2"])
            .args(["--clock-speed", &SPEED.to_string(), "--workers", &workers.to_string()])
            .env("KUBECONFIG", &self.ground.operator)
            .env("RUST_LOG", if self.verbose { "info,slipway=debug" } else { "info" });
        let name = format!("operator-{}", self.operators.len());
        self.operators.push(Process::spawn(&name, command, self.logs.path()).unwrap());
    }

    /// The lab's BMCs are on this network of loopback.
    pub fn with_bmc_network(mut self, second_octet: usize) -> Self {
        self.bmc_network = second_octet;
        self
    }

    pub fn bmc_network(&self) -> String {
        format!("127.{}.0.0/24", self.bmc_network)
    }

    /// Lets the first operator go on, which was stopped.
    pub async fn resume_first(&mut self) {
        self.operators.first_mut().unwrap().signal("CONT").await.unwrap();
    }

    /// What the first operator wrote.
    pub fn first_log(&self) -> String {
        self.operators.first().unwrap().stderr()
    }

    /// The operator that was started last.
    pub fn operator(&mut self) -> &mut Process {
        self.operators.last_mut().unwrap()
    }

    /// Ends it without a chance to say goodbye.
    pub fn kill_operator(&mut self) {
        self.operator().kill9().unwrap();
    }

    /// What all operators wrote.
    pub fn log(&self) -> String {
        self.operators.iter().map(Process::stderr).collect()
    }

    /// Applies manifests, with the lab's addresses and the settings given in the place of the Site's.
    pub async fn apply(&self, yaml: &str, site: Value) {
        let documents = documents(yaml).into_iter().map(|mut document| {
            if document["kind"] == "Site" {
                document["spec"]["provisioner"]["maas"]["url"] = json!(self.lab.maas_url);
                if let Some(translate) = document["spec"]["outOfBand"]["translate"].as_array_mut() {
                    for entry in translate.iter_mut() {
                        entry["port"] = json!(self.lab.bmc_port);
                    }
                }
                document["spec"]["settle"] = json!("1s");
                document["spec"]["poll"] = json!("60s");
                for (field, value) in site.as_object().into_iter().flatten() {
                    document["spec"][field] = value.clone();
                }
            }
            document
        });
        for document in documents.collect::<Vec<_>>() {
            self.apply_one(document).await;
        }
    }

    /// Applies one object server-side, as `kubectl apply --server-side` does.
    pub async fn apply_one(&self, document: Value) {
        self.apply_in(&self.namespace, document).await;
    }

    /// Applies one object server-side in a namespace.
    pub async fn apply_in(&self, namespace: &str, mut document: Value) {
        document["metadata"]["namespace"] = json!(namespace);
        let plural = format!("{}s", document["kind"].as_str().unwrap().to_lowercase());
        let version = document["apiVersion"].as_str().unwrap();
        let group = if version == "v1" { "/api/v1".to_owned() } else { format!("/apis/{version}") };
        let name = document["metadata"]["name"].as_str().unwrap();
        let uri = format!("{group}/namespaces/{namespace}/{plural}/{name}?fieldManager=test&force=true");
        let request = http::Request::patch(uri)
            .header("Content-Type", "application/apply-patch+yaml")
            .body(document.to_string().into_bytes())
            .unwrap();
        let _: Value = self.ground.client.request(request).await.unwrap();
    }

    /// Runs `kubectl` and gives back what it printed.
    pub async fn kubectl(&self, args: &[&str]) -> String {
        self.ground.control_plane.kubectl(args).await.unwrap()
    }

    /// Runs `slipway` as a person with a kubeconfig would, in the scenario's namespace; gives back what it printed.
    pub async fn slipway(&self, args: &[&str], code: i32) -> String {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_slipway"));
        command.args(args).args(["-n", &self.namespace]).env("KUBECONFIG", &self.ground.control_plane.kubeconfig);
        let output = command.output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// Asks for work.
    pub async fn task(&self, name: &str, spec: Value) {
        let task = json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "SiteTask",
            "metadata": { "name": name }, "spec": spec,
        });
        self.apply_one(task).await;
    }

    /// Annotates an object: `key=value`.
    pub async fn annotate(&self, kind: &str, name: &str, annotation: &str) {
        let args = ["annotate", "--overwrite", kind, name, "-n", &self.namespace, annotation];
        self.ground.control_plane.kubectl(&args).await.unwrap();
    }

    /// Deletes the namespace with all that is in it; it goes when nothing holds it any more.
    pub async fn delete_namespace(&self) {
        let delete = ["delete", "namespace", &self.namespace, "--wait=false", "--ignore-not-found"];
        self.ground.control_plane.kubectl(&delete).await.unwrap();
    }

    /// One object.
    pub async fn object(&self, kind: &str, name: &str) -> Value {
        self.look(&format!("{kind}/{name}")).await
    }

    /// All objects of a kind, by its plural.
    pub async fn objects(&self, kind: &str) -> Vec<Value> {
        self.look(kind).await["items"].as_array().cloned().unwrap_or_default()
    }

    async fn look(&self, what: &str) -> Value {
        let group = if what == "events" { "events.k8s.io/v1" } else { "slipway.dev/v1alpha1" };
        let uri = format!("/apis/{group}/namespaces/{}/{what}", self.namespace);
        let request = http::Request::get(uri).body(Vec::new()).unwrap();
        self.ground.client.request(request).await.unwrap()
    }

    /// Waits until so many nodes are Deployed and Ready.
    pub async fn until_deployed(&self, count: usize) {
        let outcome = eventually(PATIENCE, "all nodes Deployed", || async {
            let nodes = self.objects("baremetalnodes").await;
            let done = nodes.iter().filter(|n| is(n, "Deployed") && is(n, "Ready")).count();
            if done == count { Ok(()) } else { Err(states(&nodes)) }
        });
        if let Err(error) = outcome.await {
            let tasks = self.objects("sitetasks").await;
            let tasks: Vec<String> = tasks.iter().map(|task| format!("{}", task["status"])).collect();
            panic!("{error}\n{}\n{}", tasks.join("\n"), tail(&self.log()));
        }
    }

    /// Lets an hour of the site's pass, in which whatever is due is done.
    pub async fn an_hour(&self) {
        tokio::time::sleep(Duration::from_secs_f64(3600.0 / SPEED)).await;
    }

    /// A new operator knows nothing but what the API server and the region tell it, and finds nothing to do.
    pub async fn second_run_changes_nothing(&mut self) {
        let (writes, seen) = (self.external_writes().await, self.reads().await);
        self.kill_operator();
        self.start_operator();
        self.an_hour().await;
        assert_eq!(self.external_writes().await, writes, "{:#}", self.lab_get("/journal").await);
        assert!(self.reads().await > seen, "it has looked");
    }

    async fn reads(&self) -> u64 {
        self.lab_get("/stats").await["maasReads"].as_u64().unwrap()
    }

    /// Waits until a condition of an object has a status and a reason.
    pub async fn until(&self, kind: &str, name: &str, type_: &str, status: &str, reason: &str) -> Value {
        let what = format!("{kind}/{name} {type_}={status} {reason}");
        let outcome = eventually(PATIENCE, &what, || async {
            let object = self.object(kind, name).await;
            let seen = condition(&object, type_);
            let fits = seen["status"] == status && (reason.is_empty() || seen["reason"] == reason);
            if fits { Ok(seen) } else { Err(object["status"].to_string()) }
        });
        match outcome.await {
            Ok(condition) => condition,
            Err(error) => panic!("{error}\n{}", tail(&self.log())),
        }
    }

    /// Waits until the message of a condition that is True has all these parts.
    pub async fn until_says(&self, kind: &str, name: &str, type_: &str, parts: &[&str]) {
        let what = format!("{kind}/{name} {type_} saying {parts:?}");
        let outcome = eventually(PATIENCE, &what, || async {
            let object = self.object(kind, name).await;
            let seen = condition(&object, type_);
            let message = seen["message"].as_str().unwrap_or_default();
            if parts.iter().all(|part| message.contains(part)) { Ok(()) } else { Err(object["status"].to_string()) }
        });
        if let Err(error) = outcome.await {
            panic!("{error}\n{}", tail(&self.log()));
        }
    }

    /// The lab's control API.
    pub async fn lab_get(&self, path: &str) -> Value {
        reqwest::get(format!("{}{path}", self.lab.control_url)).await.unwrap().json().await.unwrap()
    }

    pub async fn lab_post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.lab.control_url);
        let response = reqwest::Client::new().post(url).json(body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap_or(Value::Null)
    }

    pub async fn lab_put(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.lab.control_url);
        let response = reqwest::Client::new().put(url).json(body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
    }

    pub async fn clear_faults(&self) {
        reqwest::Client::new().delete(format!("{}/faults", self.lab.control_url)).send().await.unwrap();
    }

    /// How often each machine was deployed.
    pub async fn deployments(&self) -> Vec<(String, u64)> {
        let machines = self.lab_get("/machines").await;
        let machines = machines.as_array().or_else(|| machines["machines"].as_array()).cloned().unwrap_or_default();
        machines
            .iter()
            .map(|m| (m["name"].as_str().unwrap_or_default().to_owned(), m["deployments"].as_u64().unwrap_or_default()))
            .collect()
    }

    /// Every machine was deployed exactly once.
    pub async fn assert_deployed_once(&self) {
        for (name, count) in self.deployments().await {
            assert_eq!(count, 1, "{name} was deployed {count} times\n{}", tail(&self.log()));
        }
    }

    /// Writes to MAAS and to BMCs so far.
    pub async fn external_writes(&self) -> u64 {
        let stats = self.lab_get("/stats").await;
        stats["maasWrites"].as_u64().unwrap() + stats["bmcWrites"].as_u64().unwrap()
    }

    /// The lab's MAAS, asked as a person would.
    pub fn maas(&self) -> MaasApi {
        MaasApi::new(&self.lab.maas_url, &self.lab.api_key)
    }

    /// Ends the scenario: operators first, then the namespace, which must go away.
    pub async fn end(mut self) {
        for operator in &mut self.operators {
            operator.kill9().ok();
        }
        self.delete_namespace().await;
    }
}

/// The sample's manifests.
pub fn two_racks() -> String {
    let mut files: Vec<_> =
        fs::read_dir(root().join("config/samples/two-racks")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect::<Vec<_>>().join("\n---\n")
}

/// The documents of a YAML stream.
pub fn documents(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

/// Documents as one JSON stream, which `apply` takes as well.
pub fn stream(documents: &[Value]) -> String {
    documents.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n---\n")
}

/// A condition of an object.
pub fn condition(object: &Value, type_: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.into_iter().find(|c| c["type"] == type_).unwrap_or(Value::Null)
}

/// Whether a condition is True.
pub fn is(object: &Value, type_: &str) -> bool {
    condition(object, type_)["status"] == "True"
}

fn states(nodes: &[Value]) -> String {
    let line =
        |n: &Value| format!("{}: {} {}", n["metadata"]["name"], n["status"]["state"], condition(n, "Ready")["message"]);
    nodes.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
