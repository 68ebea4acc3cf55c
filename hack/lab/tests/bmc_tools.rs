//! Third-party proof: ipmitool and FreeIPMI against the lab's BMCs, in cipher suites 3 and 17.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::process::Stdio;

use slipway_lab::spec::LabSpec;
use slipway_lab::{Lab, start};
use support::{SPEC, control, machine, until};
use tokio::process::Command;

const HOST: &str = "127.23.104.12";

async fn run(program: &str, args: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let output = output.unwrap_or_else(|error| {
        panic!("{program} does not run ({error}): install it with `apt-get install ipmitool freeipmi-tools`")
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

async fn ipmitool(lab: &Lab, suite: &str, user: &str, password: &str, command: &[&str]) -> (bool, String) {
    let port = lab.bmc_port.to_string();
    let mut args = vec!["-I", "lanplus", "-C", suite, "-H", HOST, "-p", &port, "-U", user, "-P", password];
    args.extend(command);
    run("ipmitool", &args).await
}

async fn ipmitool_says(lab: &Lab, suite: &str, command: &[&str], wanted: &str) {
    let (good, text) = ipmitool(lab, suite, "root", "calvin", command).await;
    assert!(good && text.contains(wanted), "suite {suite}, {command:?}: {text}");
}

async fn powered(lab: &Lab, power: &str) {
    until(&format!("power {power}"), async || (machine(lab, "r01-u10").await["power"] == power).then_some(())).await;
}

async fn drive_with_ipmitool(suite: &str) {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    ipmitool_says(&lab, suite, &["power", "status"], "Chassis Power is off").await;
    let (good, text) = ipmitool(&lab, suite, "root", "calvin", &["power", "cycle"]).await;
    assert!(!good, "a cycle of a machine that is off is refused: {text}");
    ipmitool_says(&lab, suite, &["power", "on"], "Up/On").await;
    powered(&lab, "On").await;
    ipmitool_says(&lab, suite, &["power", "status"], "Chassis Power is on").await;
    ipmitool_says(&lab, suite, &["chassis", "bootdev", "pxe", "options=efiboot"], "Set Boot Device to pxe").await;
    ipmitool_says(&lab, suite, &["chassis", "bootparam", "get", "5"], "Force PXE").await;
    ipmitool_says(&lab, suite, &["chassis", "bootparam", "get", "5"], "Boot Flag Valid").await;
    ipmitool_says(&lab, suite, &["power", "cycle"], "Cycle").await;
    until("the cycle", async || (machine(&lab, "r01-u10").await["powerCycles"] == 1).then_some(())).await;
    // The flag was for one boot.
    ipmitool_says(&lab, suite, &["chassis", "bootparam", "get", "5"], "Boot Flag Invalid").await;
    ipmitool_says(&lab, suite, &["mc", "info"], "IPMI Version              : 2.0").await;
    ipmitool_says(&lab, suite, &["power", "off"], "Down/Off").await;
    powered(&lab, "Off").await;
    let (good, _) = ipmitool(&lab, suite, "root", "wrong", &["power", "status"]).await;
    assert!(!good, "a wrong password is refused");
    let (good, _) = ipmitool(&lab, suite, "nobody", "calvin", &["power", "status"]).await;
    assert!(!good, "an unknown user is refused");
    let journal = control(&lab, "GET", "journal?machine=r01-u11", &serde_json::Value::Null).await;
    assert_eq!(journal["entries"], serde_json::json!([]), "nobody touched the other machine");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ipmitool_with_suite_3() {
    drive_with_ipmitool("3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ipmitool_with_suite_17() {
    drive_with_ipmitool("17").await;
}

async fn drive_with_freeipmi(suite: &str) {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    let host = format!("{HOST}:{}", lab.bmc_port);
    let ipmipower = async |action: &str| {
        let args = ["-D", "LAN_2_0", "-I", suite, "-u", "root", "-p", "calvin", "-h", &host, action];
        let (good, text) = run("ipmipower", &args).await;
        assert!(good, "{action}: {text}");
        text
    };
    assert!(ipmipower("--stat").await.contains(": off"));
    assert!(ipmipower("--on").await.contains(": ok"));
    powered(&lab, "On").await;
    assert!(ipmipower("--stat").await.contains(": on"));
    assert!(ipmipower("--cycle").await.contains(": ok"));
    assert!(ipmipower("--off").await.contains(": ok"));
    powered(&lab, "Off").await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freeipmi_with_suite_3() {
    drive_with_freeipmi("3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freeipmi_with_suite_17() {
    drive_with_freeipmi("17").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ipmitool_lives_with_a_lossy_network() {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    let fault = serde_json::json!({"kind": "bmcLoss", "percent": 10});
    control(&lab, "POST", "faults", &fault).await;
    until("a status through 10 % loss", async || {
        let (good, text) = ipmitool(&lab, "3", "root", "calvin", &["-N", "1", "-R", "4", "power", "status"]).await;
        (good && text.contains("off")).then_some(())
    })
    .await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_counts_what_bmcs_are_told() {
    let lab = start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    let fault = serde_json::json!({"kind": "holdAfterWrite", "count": 1, "answer": "Lost"});
    control(&lab, "POST", "faults", &fault).await;
    let (good, text) = ipmitool(&lab, "17", "root", "calvin", &["-N", "1", "-R", "1", "power", "on"]).await;
    assert!(!good, "the answer is lost: {text}");
    powered(&lab, "On").await;
    let faults = control(&lab, "GET", "faults", &serde_json::Value::Null).await;
    assert_eq!(faults[0]["tripped"], true);
    control(&lab, "DELETE", "faults", &serde_json::Value::Null).await;
    ipmitool_says(&lab, "17", &["power", "status"], "Chassis Power is on").await;
    lab.stop().await;
}
