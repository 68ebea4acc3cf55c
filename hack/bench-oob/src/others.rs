//! The same polls by `ipmitool`, one process a poll as provisioners start it, and by FreeIPMI's `ipmipower`.

use super::{
    client::Outcome,
    farm::{Farm, ticks},
    table::Row,
};
use std::{
    fs,
    net::Ipv4Addr,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Instant,
};

/// `ipmitool`, so many processes at a time.
pub fn ipmitool(farm: &Farm, bmcs: u32, processes: u32) -> Row {
    let (next, good) = (AtomicU32::new(0), AtomicU32::new(0));
    measured(farm, bmcs, format!("ipmitool, {processes} processes"), || {
        thread::scope(|scope| {
            for _ in 0..processes {
                scope.spawn(|| {
                    while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < bmcs)
                    {
                        let (host, port) = (address(farm, number).to_string(), farm.port.to_string());
                        let mut command = Command::new("ipmitool");
                        command.args(["-I", "lanplus", "-C", "17", "-R", "4", "-N", "1", "-L", "OPERATOR"]);
                        command.args(["-H", &host, "-p", &port, "-U", "root", "-P", "calvin", "power", "status"]);
                        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
                        good.fetch_add(u32::from(status.is_ok_and(|status| status.success())), Ordering::Relaxed);
                    }
                });
            }
        });
        good.load(Ordering::Relaxed)
    })
}

/// `ipmipower`, one process with so many BMCs at a time.
pub fn ipmipower(farm: &Farm, bmcs: u32, fanout: u32) -> Row {
    let hosts: Vec<String> = (0..bmcs).map(|number| format!("{}:{}", address(farm, number), farm.port)).collect();
    measured(farm, bmcs, format!("ipmipower, fanout {fanout}"), || {
        let mut command = Command::new("ipmipower");
        command.args(["-D", "LAN_2_0", "-I", "17", "-u", "root", "-p", "calvin", "--stat"]);
        command.args(["-F", &fanout.to_string(), "-h", &hosts.join(",")]);
        let output = command.stdin(Stdio::null()).output().expect("ipmipower: apt-get install freeipmi-tools");
        let text = String::from_utf8_lossy(&output.stdout);
        let good = text.lines().filter(|line| line.ends_with(": on") || line.ends_with(": off")).count();
        u32::try_from(good).expect("so many")
    })
}

fn address(farm: &Farm, number: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(farm.first) + number)
}

/// Processor time of the processes that were started and have ended.
fn children_cpu() -> f64 {
    ticks(&fs::read_to_string("/proc/self/stat").unwrap_or_default(), 13..15)
}

fn measured(farm: &Farm, bmcs: u32, who: String, polls: impl FnOnce() -> u32) -> Row {
    let (cpu, farm_cpu, begun) = (children_cpu(), farm.cpu_seconds(), Instant::now());
    let good = polls();
    let outcome = Outcome {
        polls: good,
        lost: bmcs - good,
        seconds: begun.elapsed().as_secs_f64(),
        cpu_seconds: children_cpu() - cpu,
        resident_mib: 0.0,
        median_ms: 0.0,
        slow_ms: 0.0,
    };
    Row { who, bmcs, bound: None, farm_cpu_seconds: farm.cpu_seconds() - farm_cpu, outcome }
}
