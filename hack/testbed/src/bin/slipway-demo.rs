//! `make demo`: an API server, the lab and the operator on this machine, and a site taken from its design to Deployed.
//!
//! Everything runs on loopback and ends with this program.

use clap::Parser;
use slipway_testbed::{ControlPlane, Process, TestbedError, project_folder, target_binary};
use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

/// Namespace of the sample site.
const NAMESPACE: &str = "harbour";
/// How long the machines may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Shows a site being deployed
#[derive(Parser)]
struct Args {
    /// How much faster than real ones the lab's machines are
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
    /// Leave everything up afterwards, to look around
    #[arg(long)]
    stay: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match demo(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

async fn demo(args: Args) -> Outcome<()> {
    let root = project_folder();
    say("Slipway: a site of two racks and eight machines, from its design to Deployed.");

    let began = phase(1, "Control plane", "etcd, kube-apiserver with RBAC, kube-controller-manager");
    let cluster = ControlPlane::start().await?;
    let kubeconfig = cluster.install_slipway().await?;
    done(began);

    let began =
        phase(2, "Lab", &format!("a MAAS region, 8 machines and their BMCs, at {} times real speed", args.speed));
    let logs = tempfile::tempdir()?;
    let (_lab, ready) = lab(&root, logs.path(), args.speed).await?;
    let text = |field: &str| ready[field].as_str().unwrap_or_default().to_owned();
    done(began);

    let began = phase(3, "Operator", "as the ServiceAccount slipway, with the roles of config/rbac");
    let mut operator = operator(&kubeconfig, logs.path(), args.speed)?;
    done(began);

    let began = phase(4, "Design", "kubectl apply -f config/samples/two-racks");
    cluster.kubectl(&["create", "namespace", NAMESPACE]).await?;
    let design = design(&root, &text("maasUrl"), &text("apiKey"), ready["bmcPort"].as_u64().unwrap_or_default())?;
    cluster.kubectl_as(&cluster.kubeconfig).run_with_input(["apply", "-n", NAMESPACE, "-f", "-"], &design).await?;
    done(began);

    say("[5/5] Machines       kubectl get baremetalnodes, whenever something has changed\n");
    let began = Instant::now();
    let outcome = watch(&cluster, &mut operator, began).await;
    if let Err(error) = outcome {
        eprintln!("{}", operator.log_tail());
        return Err(error);
    }
    // It counts its nodes a moment after they are Deployed.
    let ready = ["wait", "sites", "--all", "-n", NAMESPACE, "--for=condition=Ready", "--timeout=60s"];
    cluster.kubectl(&ready).await?;
    say(&cluster.kubectl(&["get", "sites", "-n", NAMESPACE]).await?);
    let peak = operator.peak_rss_kib().unwrap_or_default() / 1024;
    say(&format!("The operator's memory peaked at {peak} MiB."));
    let (deployed, total) = count(&cluster).await?;
    say(&format!("demo: {deployed}/{total} nodes Deployed in {:.0} s", began.elapsed().as_secs_f64()));
    if args.stay {
        stay(&cluster, &text("controlUrl")).await?;
    }
    Ok(())
}

/// Starts the lab with the hardware that the sample describes.
async fn lab(root: &Path, logs: &Path, speed: f64) -> Outcome<(Process, serde_json::Value)> {
    let mut command = Command::new(target_binary("slipway-lab")?);
    command.arg("--spec").arg(root.join("config/lab/two-racks.yaml")).args(["--speed", &speed.to_string()]);
    let mut lab = Process::spawn("lab", command, logs)?;
    let ready = lab.wait_ready_line(Duration::from_secs(20)).await?;
    Ok((lab, ready))
}

fn operator(kubeconfig: &Path, logs: &Path, speed: f64) -> Outcome<Process> {
    let mut command = Command::new(target_binary("slipway")?);
    command
        .args(["controller", "--listen", "127.0.0.1:0", "--lease-seconds", "5", "--clock-speed", &speed.to_string()])
        .env("KUBECONFIG", kubeconfig);
    Ok(Process::spawn("operator", command, logs)?)
}

/// The sample's manifests, with the lab's addresses where a real site has its own.
fn design(root: &Path, maas_url: &str, api_key: &str, bmc_port: u64) -> Outcome<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root.join("config/samples/two-racks"))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let texts: Vec<String> = files.iter().map(std::fs::read_to_string).collect::<Result<_, _>>()?;
    let text = texts.join("\n---\n");
    Ok(text
        .replace("http://maas.example.com:5240/MAAS", maas_url)
        .replace("apiKey: consumer:token:lab-region-secret", &format!("apiKey: {api_key}"))
        .replace("port: 6230", &format!("port: {bmc_port}")))
}

/// Prints the nodes whenever a state has changed, until all are Deployed.
async fn watch(cluster: &ControlPlane, operator: &mut Process, began: Instant) -> Outcome<()> {
    let mut shown = BTreeMap::new();
    loop {
        operator.check_running()?;
        let states = states(cluster).await?;
        let (deployed, total) = count(cluster).await?;
        if states != shown {
            say(&format!("--- {:.0} s: {deployed}/{total} Deployed", began.elapsed().as_secs_f64()));
            say(&cluster.kubectl(&["get", "baremetalnodes", "-n", NAMESPACE]).await?);
            shown = states;
        }
        if total > 0 && deployed == total {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err("the machines took too long".into());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn states(cluster: &ControlPlane) -> Result<BTreeMap<String, String>, TestbedError> {
    let nodes = cluster.get(&["baremetalnodes", "-n", NAMESPACE]).await?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let items = nodes["items"].as_array().cloned().unwrap_or_default();
    Ok(items.iter().map(|n| (text(&n["metadata"]["name"]), text(&n["status"]["state"]))).collect())
}

async fn count(cluster: &ControlPlane) -> Result<(usize, usize), TestbedError> {
    let nodes = cluster.get(&["baremetalnodes", "-n", NAMESPACE]).await?;
    let items = nodes["items"].as_array().cloned().unwrap_or_default();
    let is_true = |node: &serde_json::Value, type_: &str| {
        let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.iter().any(|c| c["type"] == type_ && c["status"] == "True")
    };
    let deployed = items.iter().filter(|n| is_true(n, "Deployed") && is_true(n, "Ready")).count();
    Ok((deployed, items.len()))
}

/// Leaves everything up until somebody has seen enough.
async fn stay(cluster: &ControlPlane, control_url: &str) -> Outcome<()> {
    let kubectl = slipway_testbed::tool("kubectl").await?;
    say(&format!(
        "\nEverything stays up. In another terminal:\n\n  \
         export KUBECONFIG={} PATH={}:$PATH\n  \
         kubectl get sites,baremetalnodes,hardwareinventories -n {NAMESPACE}\n  \
         kubectl describe baremetalnode r01-u11 -n {NAMESPACE}\n  \
         kubectl explain baremetalnode.spec\n  \
         curl {control_url}/machines/r01-u11        # behind the scenes of the lab\n\n\
         Ctrl-C stops it all.",
        cluster.kubeconfig.display(),
        kubectl.parent().unwrap_or(Path::new(".")).display(),
    ));
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn phase(number: u32, name: &str, what: &str) -> Instant {
    print!("[{number}/5] {name:<14} {what} ...");
    if !std::io::stdout().is_terminal() {
        println!();
    }
    let _ = std::io::stdout().flush();
    Instant::now()
}

fn done(began: Instant) {
    if std::io::stdout().is_terminal() {
        println!(" {:.1} s", began.elapsed().as_secs_f64());
    }
}

fn say(text: &str) {
    println!("{}", text.trim_end());
}
