//! The lab as a program: one line of JSON, then it runs until its standard input closes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::process::Stdio;

use serde_json::Value;
use support::{SPEC, http};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn it_says_where_it_listens_and_ends_with_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("lab.yaml");
    std::fs::write(&spec, SPEC).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_slipway-lab"))
        .args(["--spec", spec.to_str().unwrap(), "--speed", "100", "--exit-with-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(line["apiKey"], "consumer:token:lab-region-secret");
    assert!(line["bmcPort"].as_u64().unwrap() > 0);
    let version = http("GET", &format!("{}/api/2.0/version/", line["maasUrl"].as_str().unwrap()), "", "").await;
    assert_eq!(version.unwrap().json()["version"], "3.7.3");
    let machines = http("GET", &format!("{}/machines", line["controlUrl"].as_str().unwrap()), "", "").await;
    assert_eq!(machines.unwrap().json().as_array().unwrap().len(), 2);
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
    assert_eq!(lines.next_line().await.unwrap(), None, "one line, no more");
}
