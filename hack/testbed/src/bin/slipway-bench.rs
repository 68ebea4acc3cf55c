//! `make bench-operator`: how fast the operator takes many nodes to Deployed when machines take no time at all.
//!
//! Prints figures and judges nothing: nodes a minute, writes to the API server and requests to MAAS a node, requests at rest,
//! CPU seconds, peak memory.

use clap::Parser;
use serde_json::{Value, json};
use slipway_testbed::{ControlPlane, Process, eventually, target_binary};
use std::{
    error::Error,
    fmt::Write,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// How often the bench's site looks at everything without a cause.
const RESYNC: Duration = Duration::from_mins(1);

/// Measures the operator against the lab at zero delay
#[derive(Parser)]
struct Args {
    /// How many machines
    #[arg(long, default_value_t = 200)]
    nodes: usize,
    /// For how many resyncs the site is watched at rest, once it is deployed
    #[arg(long, default_value_t = 1)]
    resyncs: u32,
    /// Nodes worked on at once
    #[arg(long, default_value_t = 16)]
    workers: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let cluster = ControlPlane::start().await?;
    let kubeconfig = cluster.install_slipway().await?;
    let logs = tempfile::tempdir()?;
    let mut lab = lab(args.nodes, logs.path())?;
    let ready = lab.wait_ready_line(Duration::from_mins(1)).await?;
    let probes = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(target_binary("slipway")?);
    command
        .args(["controller", "--listen", &probes.to_string()])
        .args(["--workers", &args.workers.to_string()])
        .env("KUBECONFIG", &kubeconfig);
    let mut operator = Process::spawn("operator", command, logs.path())?;
    cluster.kubectl(&["create", "namespace", "bench"]).await?;
    let design = design(args.nodes, &ready);
    // Resolving, polling and the lease run at their real pace: only the machines take no time.
    let began = Instant::now();
    cluster.kubectl_as(&cluster.kubeconfig).run_with_input(["create", "-f", "-"], &design).await?;
    let applied = began.elapsed();
    println!(
        "{} nodes, {} workers; the design was applied in {:.1} s",
        args.nodes,
        args.workers,
        applied.as_secs_f64()
    );
    eventually(Duration::from_mins(30), "all nodes ready", || async {
        let site = cluster.get(&["site", "bench", "-n", "bench"]).await.map_err(|error| error.to_string())?;
        let nodes = &site["status"]["nodes"];
        let done = nodes["deployed"] == args.nodes && nodes["ready"] == args.nodes;
        if done { Ok(()) } else { Err(nodes.to_string()) }
    })
    .await?;
    operator.check_running()?;
    let took = began.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(args.nodes)?);
    println!("all Deployed after     {took:.1} s, {:.0} nodes a minute", count * 60.0 / took);
    writes(probes, count)?;
    let control = ready["controlUrl"].as_str().unwrap_or_default().trim_start_matches("http://").parse()?;
    let deployed = Requests::of(control)?;
    println!(
        "requests to MAAS       {:.1} a node: {:.1} reads, {:.1} writes",
        deployed.total() / count,
        deployed.reads / count,
        deployed.writes / count
    );
    at_rest(args.resyncs, control).await?;
    println!(
        "operator's CPU         {:.1} s, {:.0} ms a node",
        operator.cpu_seconds()?,
        operator.cpu_seconds()? * 1000.0 / count
    );
    println!("operator's peak memory {} MiB", operator.peak_rss_kib()? / 1024);
    Ok(())
}

/// Writes to the API server, from the operator's own metrics; events are counted where they are.
fn writes(probes: SocketAddr, count: f64) -> Result<(), Box<dyn Error>> {
    let text = get(probes, "/metrics")?;
    let mut total = 0.0;
    for line in text.lines().filter(|line| line.starts_with("slipway_api_writes_total")) {
        let value: f64 = line.rsplit(' ').next().unwrap_or_default().parse().unwrap_or_default();
        total += value;
        if line.contains("BaremetalNode") || line.contains("Event") || line.contains("HardwareInventory") {
            println!("  {:.2} a node          {}", value / count, line.split(['{', '}']).nth(1).unwrap_or_default());
        }
    }
    println!("writes to the API      {:.1} a node", total / count);
    Ok(())
}

/// Requests that the lab's MAAS has had.
struct Requests {
    reads: f64,
    writes: f64,
}

impl Requests {
    fn of(control: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let answer = get(control, "/stats")?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let stats: Value = serde_json::from_str(body)?;
        let count = |name: &str| stats[name].as_f64().unwrap_or_default();
        Ok(Self { reads: count("maasReads"), writes: count("maasWrites") })
    }

    fn total(&self) -> f64 {
        self.reads + self.writes
    }
}

/// What a deployed site costs its region while nothing happens.
async fn at_rest(resyncs: u32, control: SocketAddr) -> Result<(), Box<dyn Error>> {
    // The first resync after a roll-out still looks at what has just been done.
    tokio::time::sleep(RESYNC).await;
    let before = Requests::of(control)?;
    tokio::time::sleep(RESYNC * resyncs).await;
    let after = Requests::of(control)?;
    let per = f64::from(resyncs.max(1));
    println!(
        "requests at rest       {:.0} a resync of {} s, with a poll a second; {:.0} writes",
        (after.total() - before.total()) / per,
        RESYNC.as_secs(),
        after.writes - before.writes
    );
    Ok(())
}

/// One plain request.
fn get(address: SocketAddr, path: &str) -> Result<String, Box<dyn Error>> {
    use std::io::{Read, Write as _};
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn lab(nodes: usize, logs: &Path) -> Result<Process, Box<dyn Error>> {
    let mut spec = String::from(
        "seed: 1\nzeroDelay: true\nmaas:\n  rackController: {hostname: rack-1, interfaces: [{name: eth0, address: 10.50.0.5/16, segment: pxe}]}\n\
         bmc: {translate: {from: 10.51.0.0/16, to: 127.51.0.0/16}}\nmachines:\n",
    );
    for n in 0..nodes {
        let (high, low) = (n / 250, n % 250 + 1);
        writeln!(
            spec,
            "- name: n{n:05}\n  bmc: {{address: 10.51.{high}.{low}, user: root, password: calvin}}\n  \
             nics: [{{name: eno1, mac: \"52:54:00:00:{high:02x}:{low:02x}\", pci: \"0000:04:00.0\", segment: pxe}}]\n  \
             disks: [{{name: sda, sizeBytes: 480103981056, scsi: \"0:2.0.0\"}}]"
        )?;
    }
    let path = logs.join("lab.yaml");
    std::fs::write(&path, spec)?;
    let mut command = Command::new(target_binary("slipway-lab")?);
    command.arg("--spec").arg(path);
    Ok(Process::spawn("lab", command, logs)?)
}

fn design(nodes: usize, lab: &Value) -> String {
    let object = |kind: &str, name: &str, spec: Value| json!({"apiVersion": "slipway.dev/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": "bench"}, "spec": spec});
    let secret = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "bench"}, "stringData": data});
    let mut items = vec![
        secret("maas", json!({"apiKey": lab["apiKey"]})),
        secret("bmc", json!({"username": "root", "password": "calvin"})),
        object(
            "Site",
            "bench",
            json!({
                "provisioner": {"maas": {"url": lab["maasUrl"], "credentialsRef": {"name": "maas"}, "maxInFlight": 16, "ownsRegion": true}},
                "mode": "Continuous", "settle": "1s", "poll": "1s", "resync": "60s",
                "outOfBand": {"translate": [{"from": "10.51.0.0/16", "to": "127.51.0.0/16", "port": lab["bmcPort"]}]},
            }),
        ),
        object("NetworkLink", "oob", json!({"unmanaged": true, "allowedNetworks": ["oob"]})),
        object("NetworkLink", "pxe", json!({"allowedNetworks": ["pxe"]})),
        object("Network", "oob", json!({"cidr": "10.51.0.0/16"})),
        object(
            "Network",
            "pxe",
            json!({"cidr": "10.50.0.0/16",
            "ranges": [{"type": "DHCP", "start": "10.50.200.0", "end": "10.50.250.0"}]}),
        ),
        object(
            "HostProfile",
            "node",
            json!({
                "primaryNetwork": "pxe",
                "oob": {"network": "oob", "credentialsRef": {"name": "bmc"}},
                "interfaces": [{"name": "eno1", "link": "pxe", "devices": ["eno1"], "networks": ["pxe"]}],
                "platform": {"image": "noble"},
            }),
        ),
    ];
    for n in 0..nodes {
        let (high, low) = (n / 250, n % 250 + 1);
        items.push(object(
            "BaremetalNode",
            &format!("n{n:05}"),
            json!({
                "hostProfile": "node",
                "bootMac": format!("52:54:00:00:{high:02x}:{low:02x}"),
                "addresses": [
                    {"network": "oob", "address": format!("10.51.{high}.{low}")},
                    {"network": "pxe", "address": format!("10.50.{}.{low}", high + 1)},
                ],
            }),
        ));
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}
