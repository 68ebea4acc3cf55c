//! The user data of a deployment: a cloud-config of ours, and beside it the user's own.

use crate::model::{BootAsset, NodeDesign};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::fmt::Write;

/// First line of a cloud-config.
const HEADER: &str = "#cloud-config\n";
/// Boundary between MIME parts; cannot occur in Base64.
const BOUNDARY: &str = "==slipway==";

/// The whole user data: `None` where there is nothing to say. The cloud-config is written as JSON, which is YAML.
pub(super) fn user_data(design: &NodeDesign, own: Option<&str>) -> Option<String> {
    let ours = cloud_config(design);
    match (ours, own) {
        (None, None) => None,
        (Some(ours), None) => Some(ours),
        (None, Some(own)) => Some(own.to_owned()),
        (Some(ours), Some(own)) => Some(multipart(&[&ours, own])),
    }
}

fn cloud_config(design: &NodeDesign) -> Option<String> {
    let mut files = Vec::new();
    let mut packages = Vec::new();
    let mut units = Vec::new();
    for asset in &design.boot_actions {
        match asset {
            BootAsset::File { path, permissions, content, unit, .. } => {
                files.push(json!({
                    "path": path,
                    "permissions": format!("0{permissions}"),
                    "encoding": "b64",
                    "content": STANDARD.encode(content),
                }));
                if *unit && let Some(name) = path.rsplit('/').next() {
                    units.push(name.to_owned());
                }
            }
            BootAsset::Package { name, version, .. } if version.is_empty() => packages.push(json!(name)),
            BootAsset::Package { name, version, .. } => packages.push(json!([name, version])),
        }
    }
    let mut config = serde_json::Map::new();
    if !files.is_empty() {
        config.insert("write_files".into(), files.into());
    }
    if !packages.is_empty() {
        config.insert("packages".into(), packages.into());
    }
    if !design.ntp_servers.is_empty() {
        config.insert("ntp".into(), json!({ "enabled": true, "servers": design.ntp_servers }));
    }
    if !units.is_empty() {
        let mut commands: Vec<Value> = vec![json!(["systemctl", "daemon-reload"])];
        commands.extend(units.iter().map(|unit| json!(["systemctl", "enable", "--now", "--no-block", unit])));
        config.insert("runcmd".into(), commands.into());
    }
    (!config.is_empty()).then(|| format!("{HEADER}{}\n", Value::Object(config)))
}

/// Several cloud-configs as one MIME message (cloud-init: "MIME multi-part archive").
fn multipart(parts: &[&str]) -> String {
    let mut text = format!("Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\nMIME-Version: 1.0\n\n");
    for part in parts {
        let kind = if part.starts_with("#!") { "text/x-shellscript" } else { "text/cloud-config" };
        let _ = write!(
            text,
            "--{BOUNDARY}\nContent-Type: {kind}; charset=\"utf-8\"\nMIME-Version: 1.0\n\
             Content-Transfer-Encoding: base64\n\n{}\n\n",
            STANDARD.encode(part)
        );
    }
    text + "--" + BOUNDARY + "--\n"
}
