//! A Kubernetes control plane for one test: the real API server with RBAC, the real controllers, no nodes.
//!
//! No Pod runs. The operator under test runs as a process of the host with a token of its service account, so its RBAC
//! is tested for real.

mod keys;
mod start;

use crate::{Kubectl, Process, TestbedError, error::io, folder::Folder, tools::project_folder};
use serde_json::{Value, json};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// How often the start is tried. Ports are chosen by binding port 0 and letting go: somebody else may take them.
const STARTS: u32 = 3;

/// A running control plane, or somebody's existing one.
///
/// With `SLIPWAY_TEST_CLUSTER=existing` and `KUBECONFIG` in the environment, that cluster is used and nothing is
/// started or stopped.
pub struct ControlPlane {
    /// Kubeconfig of a member of `system:masters`, or the user's own for an existing cluster.
    pub kubeconfig: PathBuf,
    kubectl: Kubectl,
    // Ended from the front: first who talks to the API server, then it, then its store. The folder goes last.
    processes: Vec<Process>,
    folder: Folder,
}

impl ControlPlane {
    /// Starts etcd, kube-apiserver and kube-controller-manager on loopback and waits until RBAC is in place.
    pub async fn start() -> Result<Self, TestbedError> {
        if env::var_os("SLIPWAY_TEST_CLUSTER").is_some_and(|value| value == "existing")
            && let Some(kubeconfig) = env::var_os("KUBECONFIG")
        {
            return Self::existing(kubeconfig.into());
        }
        let mut attempt = 1;
        loop {
            match start::start().await {
                Err(error @ (TestbedError::Ended { .. } | TestbedError::Timeout { .. })) if attempt < STARTS => {
                    eprintln!("control plane, start {attempt}: {error}");
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn existing(kubeconfig: PathBuf) -> Result<Self, TestbedError> {
        let folder = Folder::new()?;
        let own = env::var_os("SLIPWAY_TOOLS").map(|tools| Path::new(&tools).join("kubectl"));
        let program = own.unwrap_or_else(|| "kubectl".into());
        let kubectl = Kubectl { program, kubeconfig: kubeconfig.clone(), cache: folder.path().join("cache") };
        Ok(Self { kubeconfig, kubectl, processes: Vec::new(), folder })
    }

    /// Installs Slipway's CRDs and roles from the project's folder, and gives back the operator's kubeconfig.
    pub async fn install_slipway(&self) -> Result<PathBuf, TestbedError> {
        let folder = |name: &str| project_folder().join(name).display().to_string();
        self.kubectl(&["create", "namespace", "slipway-system"]).await?;
        self.kubectl(&["apply", "-f", &folder("crds"), "-f", &folder("config/rbac")]).await?;
        self.kubectl(&["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]).await?;
        self.kubeconfig_for("slipway-system", "slipway").await
    }

    /// Runs kubectl as the administrator: standard output, or an error with standard error.
    pub async fn kubectl(&self, args: &[&str]) -> Result<String, TestbedError> {
        self.kubectl.run(args).await
    }

    /// kubectl with another kubeconfig, such as one of [`ControlPlane::kubeconfig_for`].
    pub fn kubectl_as(&self, kubeconfig: &Path) -> Kubectl {
        self.kubectl.with_kubeconfig(kubeconfig)
    }

    /// Applies manifests as the administrator, server-side, under the field manager `testbed`.
    pub async fn apply(&self, yaml: &str) -> Result<String, TestbedError> {
        let args = ["apply", "--server-side", "--force-conflicts", "--field-manager=testbed", "-f", "-"];
        self.kubectl.run_with_input(args, yaml).await
    }

    /// An object as JSON. `args` are those of `kubectl get`.
    pub async fn get(&self, args: &[&str]) -> Result<Value, TestbedError> {
        let text = self.kubectl.run(["get", "-o", "json"].iter().chain(args)).await?;
        serde_json::from_str(&text).map_err(|source| TestbedError::Json { what: args.join(" "), source })
    }

    /// Writes a kubeconfig that holds a fresh token of a service account, valid for six hours.
    pub async fn kubeconfig_for(&self, namespace: &str, service_account: &str) -> Result<PathBuf, TestbedError> {
        let create = ["create", "token", service_account, "--namespace", namespace, "--duration=6h"];
        let token = self.kubectl(&create).await?;
        let view = self.kubectl(&["config", "view", "--raw", "--flatten", "--minify", "--output=json"]).await?;
        let view: Value = serde_json::from_str(&view)
            .map_err(|source| TestbedError::Json { what: "kubectl config view".to_owned(), source })?;
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "testbed",
            "clusters": [{ "name": "testbed", "cluster": view["clusters"][0]["cluster"] }],
            "users": [{ "name": service_account, "user": { "token": token.trim() } }],
            "contexts": [{
                "name": "testbed",
                "context": { "cluster": "testbed", "user": service_account, "namespace": namespace },
            }],
        });
        let path = self.folder.path().join(format!("{namespace}-{service_account}.kubeconfig"));
        fs::write(&path, config.to_string()).map_err(io(format!("write {}", path.display())))?;
        Ok(path)
    }

    /// A folder for the test's own files, such as logs. It is deleted with the control plane.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Process IDs of everything that was started here, guards included.
    pub fn pids(&self) -> Vec<u32> {
        self.processes.iter().flat_map(Process::pids).collect()
    }

    /// The kube-apiserver, for tests in which it crashes or stands still. `None` for an existing cluster.
    pub fn api_server(&mut self) -> Option<&mut Process> {
        self.processes.get_mut(start::API_SERVER)
    }

    /// Ends everything that was started here and deletes its files. Dropping does the same.
    pub async fn stop(self) {
        // Waiting for killed processes blocks, though hardly ever for long.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}
