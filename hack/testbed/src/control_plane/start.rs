//! Starting the three programs, in their order, and waiting for what a test relies on.

use super::{ControlPlane, keys};
use crate::{Kubectl, Process, TestbedError, error::io, eventually, folder::Folder, tool};
use serde_json::json;
use std::{fs, net::TcpListener, path::Path, process::Command, time::Duration};

/// Place of the kube-apiserver among the processes.
pub(super) const API_SERVER: usize = 1;

/// How long the control plane may take until it answers, on a busy machine.
const READY: Duration = Duration::from_mins(2);

pub(super) async fn start() -> Result<ControlPlane, TestbedError> {
    let folder = Folder::new()?;
    let root = folder.path();
    let [clients, peers, api] = free_ports()?;
    let kubeconfig = write_files(root, api)?;
    let kubectl =
        Kubectl { program: tool("kubectl").await?, kubeconfig: kubeconfig.clone(), cache: root.join("cache") };

    let mut etcd = Process::spawn("etcd", etcd(root, clients, peers).await?, root)?;
    let mut server = Process::spawn("kube-apiserver", api_server(root, clients, api).await?, root)?;
    wait_for("the API server's /readyz", &kubectl, &["get", "--raw", "/readyz"], &mut [&mut etcd, &mut server]).await?;

    let mut controllers = Command::new(tool("kube-controller-manager").await?);
    controllers
        .arg("--kubeconfig")
        .arg(&kubeconfig)
        .arg("--service-account-private-key-file")
        .arg(root.join("sa.key"))
        .args(["--use-service-account-credentials", "--leader-elect=false"])
        .args(["--bind-address", "127.0.0.1", "--secure-port", "0"]);
    let mut controllers = Process::spawn("kube-controller-manager", controllers, root)?;
    // The rules of `admin` are put together by a controller: when they are there, both programs are at work.
    let rules = ["get", "clusterrole", "admin", "-o", "jsonpath={.rules[0].verbs}"];
    wait_for("the rules of clusterrole admin", &kubectl, &rules, &mut [&mut server, &mut controllers]).await?;
    wait_for("namespace default", &kubectl, &["get", "namespace", "default", "-o", "name"], &mut []).await?;

    Ok(ControlPlane { kubeconfig, kubectl, processes: vec![controllers, server, etcd], folder })
}

async fn etcd(root: &Path, clients: u16, peers: u16) -> Result<Command, TestbedError> {
    let [clients, peers] = [clients, peers].map(|port| format!("http://127.0.0.1:{port}"));
    let mut command = Command::new(tool("etcd").await?);
    command
        .arg("--data-dir")
        .arg(root.join("etcd"))
        .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients, "--listen-peer-urls", &peers])
        // Nothing outlives the test: no need to wait for the disk.
        .args(["--unsafe-no-fsync", "--log-level", "error"]);
    Ok(command)
}

async fn api_server(root: &Path, etcd: u16, port: u16) -> Result<Command, TestbedError> {
    let mut command = Command::new(tool("kube-apiserver").await?);
    command
        .args(["--etcd-servers", &format!("http://127.0.0.1:{etcd}")])
        .args(["--bind-address", "127.0.0.1", "--secure-port", &port.to_string()])
        .arg("--cert-dir")
        .arg(root.join("certs"))
        .arg("--token-auth-file")
        .arg(root.join("tokens.csv"))
        .arg("--service-account-key-file")
        .arg(root.join("sa.pub"))
        .arg("--service-account-signing-key-file")
        .arg(root.join("sa.key"))
        .args(["--service-account-issuer", "https://kubernetes.default.svc"])
        .args(["--service-cluster-ip-range", "10.0.0.0/24"])
        .args(["--authorization-mode", "RBAC"])
        // Without a token controller in the Pods' way; no Pod runs.
        .args(["--disable-admission-plugins", "ServiceAccount"]);
    Ok(command)
}

/// Keys, the administrator's token and kubeconfig. The folder is ours alone (mode 0700).
fn write_files(root: &Path, api: u16) -> Result<std::path::PathBuf, TestbedError> {
    let write = |name: &str, text: &str| fs::write(root.join(name), text).map_err(io(format!("write {name}")));
    let (private, public) = keys::signing_keys()?;
    write("sa.key", &private)?;
    write("sa.pub", &public)?;
    let token = format!("{:032x}", rand::random::<u128>());
    write("tokens.csv", &format!("{token},admin,admin-uid,\"system:masters\"\n"))?;
    let cluster = json!({
        "server": format!("https://127.0.0.1:{api}"),
        // The API server writes this at its first start, with the authority it made.
        "certificate-authority": root.join("certs/apiserver.crt"),
    });
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "testbed",
        "clusters": [{ "name": "testbed", "cluster": cluster }],
        "users": [{ "name": "admin", "user": { "token": token } }],
        "contexts": [{ "name": "testbed", "context": { "cluster": "testbed", "user": "admin" } }],
    });
    write("admin.kubeconfig", &config.to_string())?;
    Ok(root.join("admin.kubeconfig"))
}

/// Ports that are free now. All are held until the last is chosen, so they differ.
fn free_ports<const N: usize>() -> Result<[u16; N], TestbedError> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(io("bind a port"))?;
        *port = listener.local_addr().map_err(io("name a port"))?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Asks until kubectl answers with something, or one of the programs ends.
async fn wait_for(
    what: &str,
    kubectl: &Kubectl,
    args: &[&str],
    programs: &mut [&mut Process],
) -> Result<(), TestbedError> {
    eventually(READY, what, || {
        let ended = programs.iter_mut().try_for_each(|program| program.check_running());
        async move {
            if ended.is_err() {
                return Ok(ended);
            }
            match kubectl.run(args).await {
                Ok(text) if !text.trim().is_empty() => Ok(Ok(())),
                Ok(_) => Err("an empty answer".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        }
    })
    .await?
}
