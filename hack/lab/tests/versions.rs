//! Older releases of MAAS have fewer fields, endpoints and scripts; a region can come back as another release.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use serde_json::json;
use slipway_lab::spec::LabSpec;
use slipway_lab::start;
use support::{SPEC, control, get, maas};

const FIELDS: [&str; 3] = ["error_description", "enable_kernel_crash_dump", "is_dpu"];

#[tokio::test(flavor = "multi_thread")]
async fn each_release_has_its_own() {
    for (version, told, fields, reserved, releases) in [
        ("3.3", "3.3.11", 0, false, false),
        ("3.5", "3.5.13", 1, false, true),
        ("3.6", "3.6.5", 2, true, true),
        ("3.7", "3.7.3", 3, true, true),
    ] {
        let spec = format!("{SPEC}maas: {{version: \"{version}\"}}\n");
        let lab = start(LabSpec::from_yaml(&spec).unwrap()).await.unwrap();
        assert_eq!(get(&lab, "version/").await["version"], json!(told));
        let known = control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "Ready"})).await;
        let machine = get(&lab, &format!("machines/{}/", known["systemId"].as_str().unwrap())).await;
        let has = FIELDS.iter().filter(|field| machine.get(**field).is_some()).count();
        assert_eq!(has, fields, "{version}");
        let status = maas(&lab, "GET", "reservedips/", &[]).await.unwrap().status;
        assert_eq!(status, if reserved { 200 } else { 404 }, "{version}");
        let scripts = get(&lab, "scripts/?type=release").await;
        assert_eq!(!scripts.as_array().unwrap().is_empty(), releases, "{version}");
        let image = &get(&lab, "boot-resources/").await[0];
        assert_eq!(image.get("last_deployed").is_some(), releases, "{version}");
        assert_eq!(image.get("platform").is_some(), version == "3.7", "{version}");
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_upgraded() {
    let spec = format!("{SPEC}maas: {{version: \"3.5\"}}\n");
    let lab = start(LabSpec::from_yaml(&spec).unwrap()).await.unwrap();
    let told = control(&lab, "PUT", "maas/version", &json!({"version": "3.7"})).await;
    assert_eq!(told, json!({"version": "3.7.3"}));
    assert_eq!(get(&lab, "version/").await["version"], json!("3.7.3"));
    assert_eq!(get(&lab, "reservedips/").await, json!([]));
    lab.stop().await;
}
