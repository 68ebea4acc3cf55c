//! The BMCs: `slipway-lab bmcs` in a process of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::Ipv4Addr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Ticks a second in `/proc` (proc(5), `sysconf(_SC_CLK_TCK)` on every Linux of today).
const TICKS: f64 = 100.0;

/// A farm, as long as it is kept.
pub struct Farm {
    pub first: Ipv4Addr,
    pub port: u16,
    process: Child,
}

impl Farm {
    /// Starts so many BMCs: milliseconds a reply, percent of packets lost, percent of BMCs dead.
    pub fn start(bmcs: u32, delay: u32, loss: u32, dead: u32) -> Self {
        let mut command = Command::new(program());
        command.args(["bmcs", &bmcs.to_string(), "--exit-with-stdin", "--delay", &format!("{delay}ms")]);
        command.args(["--loss", &format!("{loss}%"), "--dead", &format!("{dead}%")]);
        // It ends with its input, and so with this process.
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("slipway-lab");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("its first line");
        let told: serde_json::Value = serde_json::from_str(&line).expect("slipway-lab tells where its BMCs are");
        let first = told["first"].as_str().and_then(|text| text.parse().ok()).expect("an address");
        let port = told["bmcPort"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        Self { first, port, process }
    }

    /// Processor time so far.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        ticks(&stat, 11..13)
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The sum of times in a line of `/proc/PID/stat`, by their places behind the program's name.
pub fn ticks(stat: &str, places: std::ops::Range<usize>) -> f64 {
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let times = fields.split(' ').skip(places.start).take(places.len());
    times.filter_map(|time| time.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// `slipway-lab`, beside the benchmark.
fn program() -> PathBuf {
    std::env::current_exe().expect("its own path").with_file_name("slipway-lab")
}
