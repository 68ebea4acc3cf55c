//! Runs the command, and reads back what it prints.

use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway::design::Manifests;
use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
};

/// What a run gave.
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

/// Runs `slipway import drydock`; `-` reads `input`.
pub fn import(arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_slipway"))
        .args(["import", "drydock"])
        .args(arguments)
        .env_remove("SLIPWAY_MAAS_API_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A run that does not read its input has closed it, which is no fault.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

/// The printed objects, in order.
pub fn objects(stdout: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(stdout).unwrap()
}

/// How many of each kind there are.
pub fn counts(objects: &[Value]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for object in objects {
        *counts.entry(object["kind"].as_str().unwrap()).or_default() += 1;
    }
    counts
}

/// The printed objects as the operator would read them from the API server.
pub fn manifests(objects: &[Value]) -> Manifests {
    Manifests {
        site: all(objects, "Site").into_values().next(),
        racks: all(objects, "Rack"),
        links: all(objects, "NetworkLink"),
        networks: all(objects, "Network"),
        hardware_profiles: all(objects, "HardwareProfile"),
        host_profiles: all(objects, "HostProfile"),
        nodes: all(objects, "BaremetalNode"),
        boot_actions: all(objects, "BootAction"),
        inventories: all(objects, "HardwareInventory"),
        ..Manifests::default()
    }
}

fn all<K: DeserializeOwned>(objects: &[Value], kind: &str) -> BTreeMap<String, Arc<K>> {
    let of_kind = objects.iter().filter(|object| object["kind"] == kind);
    let read = |object: &Value| {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        (name, Arc::new(serde_json::from_value(object.clone()).unwrap()))
    };
    of_kind.map(read).collect()
}
