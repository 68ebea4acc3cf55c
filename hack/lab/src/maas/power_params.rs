//! Power parameters as MAAS keeps them: known names only, defaults filled in.

use serde_json::{Map, Value, json};

use super::reply::Reply;
use super::request::Params;
use crate::region::node::Node;

const IPMI: [(&str, &str); 11] = [
    ("power_address", ""),
    ("power_driver", "LAN_2_0"),
    ("power_boot_type", "auto"),
    ("power_user", ""),
    ("power_pass", ""),
    ("k_g", ""),
    ("cipher_suite_id", "3"),
    ("privilege_level", "OPERATOR"),
    ("workaround_flags", ""),
    ("mac_address", ""),
    ("power_off_mode", "hard"),
];

const TYPES: [&str; 24] = [
    "amt", "apc", "dli", "eaton", "hmc", "hmcz", "ipmi", "lxd", "manual", "moonshot", "mscm", "msftocs", "nova",
    "openbmc", "proxmox", "raritan", "recs_box", "redfish", "sm15k", "ucsm", "virsh", "vmware", "webhook", "wedge",
];

/// Takes power type and parameters from a create or an update.
pub(super) fn apply(node: &mut Node, data: &Params) -> Result<(), Reply> {
    let power_type = match data.get("power_type") {
        Some(text) if text.is_empty() || TYPES.contains(&text) => text.to_owned(),
        Some(text) => {
            let message = format!("Select a valid choice. {text} is not one of the available choices.");
            return Err(Reply::field("power_type", message));
        }
        None => node.power_type.clone(),
    };
    let mut given: Map<String, Value> = Map::new();
    if let Some(text) = data.filled("power_parameters")
        && let Ok(Value::Object(map)) = serde_json::from_str(text)
    {
        given.extend(map);
    }
    for (key, value) in &data.0 {
        let Some(name) = key.strip_prefix("power_parameters_").filter(|name| *name != "skip_check") else { continue };
        if name == "workaround_flags" {
            let list = given.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(json!(value));
            }
        } else {
            given.insert(name.to_owned(), json!(value));
        }
    }
    let skip = data.checkbox("power_parameters_skip_check") == Some(true);
    let changed = power_type != node.power_type;
    if given.is_empty() && !changed {
        return Ok(());
    }
    let mut parameters = if changed { Map::new() } else { node.power_params.clone() };
    if power_type == "ipmi" && !skip {
        let unknown: Vec<&str> =
            given.keys().map(String::as_str).filter(|key| !IPMI.iter().any(|(name, _)| name == key)).collect();
        if !unknown.is_empty() {
            return Err(Reply::field("power_parameters", format!("Unknown parameter(s): {}.", unknown.join(", "))));
        }
    }
    parameters.extend(given);
    if power_type == "ipmi" {
        let address = parameters.get("power_address").and_then(Value::as_str).unwrap_or_default();
        if address.is_empty() && !skip {
            return Err(Reply::required("power_parameters"));
        }
        for (name, default) in IPMI {
            let default = if name == "workaround_flags" { json!(["opensesspriv"]) } else { json!(default) };
            parameters.entry(name).or_insert(default);
        }
        if parameters.get("power_address") != node.power_params.get("power_address") {
            node.bmc_seen = false;
        }
    }
    node.power_type = power_type;
    node.power_params = parameters;
    Ok(())
}
