//! Processes: ready line, logs, signals, resources, and that nothing outlives a killed test.

use slipway_testbed::{Process, TestbedError, eventually, target_binary};
use std::{env, path::Path, process::Command, time::Duration};

const SOON: Duration = Duration::from_secs(30);

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[tokio::test]
async fn a_program_tells_that_it_is_ready() {
    let logs = tempfile::tempdir().unwrap();
    let mut process = Process::spawn("server", sh("echo '{\"port\": 7}'; exec cat"), logs.path()).unwrap();
    assert_eq!(process.wait_ready_line(SOON).await.unwrap()["port"], 7);
    assert!(process.peak_rss_kib().unwrap() > 0);
    assert!(process.cpu_seconds().unwrap() < 30.0);
    let status = process.terminate(SOON).await.unwrap();
    assert!(!status.success());
    assert!(process.terminate(SOON).await.is_ok(), "a second time does nothing");
}

#[tokio::test]
async fn a_program_that_fails_leaves_its_last_words() {
    let logs = tempfile::tempdir().unwrap();
    let mut process = Process::spawn("server", sh("echo no such luck >&2; exit 3"), logs.path()).unwrap();
    let error = process.wait_ready_line(SOON).await.unwrap_err();
    assert!(matches!(&error, TestbedError::Ended { status, .. } if status.code() == Some(3)), "{error}");
    assert!(error.to_string().contains("no such luck"));
}

#[tokio::test]
async fn a_crash_can_be_had() {
    let logs = tempfile::tempdir().unwrap();
    let mut process = Process::spawn("server", sh("trap '' TERM; echo '{}'; exec cat"), logs.path()).unwrap();
    process.wait_ready_line(SOON).await.unwrap();
    assert_eq!(process.kill9().unwrap().code(), None);
}

#[test]
fn our_own_programs_are_beside_the_test() {
    assert!(target_binary("no-such-program").unwrap_err().to_string().contains("cargo build"));
}

const VICTIM: &str = "SLIPWAY_TESTBED_VICTIM";

/// Not a test by itself: what [`nothing_outlives_a_killed_test`] starts and kills.
#[tokio::test]
async fn victim() {
    if env::var_os(VICTIM).is_none() {
        return;
    }
    let logs = tempfile::tempdir().unwrap();
    let process = Process::spawn("orphan", sh("exec sleep 600"), logs.path()).unwrap();
    println!("{{\"pids\": {:?}}}", process.pids());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn nothing_outlives_a_killed_test() {
    let logs = tempfile::tempdir().unwrap();
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "victim", "--nocapture", "--quiet"]).env(VICTIM, "yes");
    let mut test = Process::spawn("test", test, logs.path()).unwrap();
    let pids: Vec<u32> = eventually(SOON, "the victim's process", || {
        let line = test.stdout().lines().find_map(|line| line.find('{').map(|at| line[at..].to_owned()));
        async move {
            let value: serde_json::Value =
                serde_json::from_str(&line.unwrap_or_default()).map_err(|e| e.to_string())?;
            serde_json::from_value(value["pids"].clone()).map_err(|error| error.to_string())
        }
    })
    .await
    .unwrap();
    test.kill9().unwrap();
    eventually(SOON, "the orphan's end", || {
        let left: Vec<u32> = pids.iter().copied().filter(|pid| alive(*pid)).collect();
        async move { if left.is_empty() { Ok(()) } else { Err(format!("{left:?} live")) } }
    })
    .await
    .unwrap();
}

/// A zombie is dead: whoever adopted it may not look after it, as in containers without an init.
fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
