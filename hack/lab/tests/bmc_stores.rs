//! Third-party proof: what ipmitool and FreeIPMI read of the lab's BMCs, of each maker's kind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::process::Stdio;

use slipway_lab::spec::LabSpec;
use slipway_lab::{Lab, start};
use tokio::process::Command;

const HOST: &str = "127.23.104.11";
const MAKERS: [&str; 5] = ["Dell", "Hpe", "Supermicro", "Lenovo", "OpenBmc"];

async fn lab(personality: &str) -> Lab {
    let spec = format!(
        "{{machines: [{{name: m1, serial: SN-1, power: On, bmc: {{address: 10.23.104.11, personality: {personality}}}}}]}}"
    );
    start(LabSpec::from_yaml(&spec).unwrap()).await.unwrap()
}

async fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let output = output.unwrap_or_else(|error| panic!("{program} does not run ({error}): run `make tools`"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {text}");
    text
}

async fn ipmitool(lab: &Lab, suite: &str, command: &[&str]) -> String {
    let port = lab.bmc_port.to_string();
    let account = ["-I", "lanplus", "-C", suite, "-H", HOST, "-p", &port, "-U", "root", "-P", "calvin"];
    let text = run("ipmitool", &[&account, command].concat()).await;
    for trouble in ["Error", "nvalid", "checksum", "failed"] {
        let invalid_flag = text.contains("Boot Flag Invalid");
        assert!(invalid_flag || !text.contains(trouble), "{command:?}: {text}");
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn ipmitool_reads_every_store() {
    for personality in MAKERS {
        let lab = lab(personality).await;
        for suite in ["3", "17"] {
            let sensors = ipmitool(&lab, suite, &["sdr", "list"]).await;
            assert!(sensors.contains("degrees C") && sensors.contains("RPM"), "{personality}: {sensors}");
            assert!(!sensors.contains("no reading"), "{personality}: {sensors}");
            let parts = ipmitool(&lab, suite, &["fru", "print"]).await;
            assert!(parts.contains("Product Serial        : SN-1") && !parts.contains("Extra"), "{parts}");
            let log = ipmitool(&lab, suite, &["sel", "list"]).await;
            assert!(log.contains("Power Supply AC lost") && log.lines().count() == 7, "{log}");
            let flags = ipmitool(&lab, suite, &["chassis", "bootparam", "get", "5"]).await;
            assert!(flags.contains("Boot Flag Invalid"), "{flags}");
            let power = ipmitool(&lab, suite, &["dcmi", "power", "reading"]).await;
            assert!(power.contains("302 Watts"), "{power}");
            let guid = ipmitool(&lab, suite, &["mc", "guid"]).await;
            assert!(guid.contains("SMBIOS") || guid.contains("System GUID"), "{guid}");
        }
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ipmitool_speaks_the_weak_suites_where_they_are_offered() {
    let spec = "{machines: [{name: m1, bmc: {address: 10.23.104.11, cipherSuites: [0, 1, 2]}}]}";
    let lab = start(LabSpec::from_yaml(spec).unwrap()).await.unwrap();
    for suite in ["0", "1", "2"] {
        assert!(ipmitool(&lab, suite, &["power", "status"]).await.contains("off"));
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bmc_key_is_asked_for() {
    let spec = "{machines: [{name: m1, bmc: {address: 10.23.104.11, key: the-bmc-key}}]}";
    let lab = start(LabSpec::from_yaml(spec).unwrap()).await.unwrap();
    for suite in ["3", "17"] {
        assert!(ipmitool(&lab, suite, &["-k", "the-bmc-key", "power", "status"]).await.contains("off"));
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freeipmi_reads_every_store() {
    for personality in MAKERS {
        let lab = lab(personality).await;
        let host = format!("{HOST}:{}", lab.bmc_port);
        for suite in ["3", "17"] {
            let cache = tempfile::tempdir().unwrap();
            let cache = format!("--sdr-cache-directory={}", cache.path().display());
            let account = ["-D", "LAN_2_0", "-I", suite, "-u", "root", "-p", "calvin", "-h", &host];
            let with_cache = [&account[..], &[&cache, "--quiet-cache"]].concat();
            let sensors = run("ipmi-sensors", &with_cache).await;
            assert!(sensors.contains("Temperature") && sensors.contains("RPM"), "{personality}: {sensors}");
            let parts = run("ipmi-fru", &with_cache).await;
            assert!(parts.contains("FRU Product Serial Number: SN-1") && !parts.contains("checksum"), "{parts}");
            let log = run("ipmi-sel", &with_cache).await;
            assert!(log.contains("Power Supply input lost") && log.lines().count() == 8, "{log}");
            let chassis = run("ipmi-chassis", &[&account[..], &["--get-chassis-status"]].concat()).await;
            assert!(chassis.contains("System Power                        : on"), "{chassis}");
        }
        lab.stop().await;
    }
}
