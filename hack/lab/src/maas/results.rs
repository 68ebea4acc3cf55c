//! PCI devices and the results of what MAAS ran on a machine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::no_such;
use crate::region::node::Node;
use crate::region::status::Status;
use crate::world::World;

pub(super) fn devices(world: &World, request: &Request, id: &str) -> Answer {
    if request.method != "GET" || request.op.is_some() {
        return Err(no_such(request, "GET"));
    }
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let bus = request.query.filled("bus").map(str::to_lowercase);
    let kind = request.query.filled("hardware_type").map(str::to_lowercase);
    let all = node.inventory.iter().flat_map(|inventory| &inventory.pci).filter(|device| {
        bus.as_deref().is_none_or(|bus| matches!(bus, "pcie" | "1"))
            && kind.as_deref().is_none_or(|kind| match kind {
                "network" | "4" => device.network,
                "storage" | "3" => !device.network,
                _ => false,
            })
    });
    let views: Vec<Value> = all
        .map(|device| {
            let nic = node.interfaces.iter().find(|one| device.network && one.mac == device.key);
            let disk = node.disks.iter().find(|one| !device.network && one.name == device.key);
            let (vendor_id, product_id, driver) =
                if device.network { ("14e4", "165f", "tg3") } else { ("144d", "a80a", "nvme") };
            let mut numbers = device.address.split([':', '.']).skip(1).map(|text| u64::from_str_radix(text, 16));
            let mut number = || numbers.next().and_then(Result::ok).unwrap_or(0);
            json!({
                "id": device.id, "system_id": id, "bus": 1, "bus_name": "PCIE",
                "hardware_type": if device.network { 4 } else { 3 },
                "hardware_type_name": if device.network { "Network" } else { "Storage" },
                "vendor_id": vendor_id, "product_id": product_id, "vendor_name": device.vendor,
                "product_name": device.product, "commissioning_driver": driver, "numa_node": 0,
                "bus_number": number(), "device_number": number(), "pci_address": device.address,
                "physical_interface": nic.map(|nic| world.region.interface_view(node, nic)),
                "physical_blockdevice": disk.map(|disk| crate::region::storage::disk_view(node, disk)),
                "resource_uri": format!("/MAAS/api/2.0/nodes/{id}/devices/{}/", device.id),
            })
        })
        .collect();
    Ok(Reply::json(&Value::Array(views)))
}

/// The sets a node has: kind, name, id and status.
fn sets(node: &Node) -> Vec<(u64, &'static str, u64, i64)> {
    let installed = match node.status {
        Status::FailedDeployment => 3,
        Status::Deploying => 1,
        _ => 2,
    };
    [
        (0, "Commissioning", node.commissioning_result, node.commissioning_status.max(0)),
        (2, "Testing", node.testing_result, node.testing_status.max(0)),
        (1, "Installation", node.installation_result, installed),
    ]
    .into_iter()
    .filter_map(|(kind, name, id, status)| id.map(|id| (kind, name, id, status)))
    .collect()
}

fn set_view(node: &Node, set: (u64, &'static str, u64, i64), output: bool, filter: Option<&str>) -> Value {
    let (kind, type_name, id, status) = set;
    let names: &[&str] = match kind {
        0 => &["20-maas-03-machine-resources", "50-maas-01-commissioning", "maas-capture-lldpd", "maas-lshw"],
        1 => &["/tmp/install.log"],
        _ => &["smartctl-validate"],
    };
    let status_name = match status {
        0 => "Pending",
        1 => "Running",
        2 => "Passed",
        _ => "Failed",
    };
    let now = Timestamp::now();
    let at = now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let started = if status > 0 { at.as_str() } else { "" };
    let ended = if status > 1 { at.as_str() } else { "" };
    let runtime = if status > 1 { "0:00:01" } else { "" };
    let results: Vec<Value> = (0_u64..)
        .zip(names)
        .filter(|(_, name)| filter.is_none_or(|filter| filter.split(',').any(|one| one == **name)))
        .map(|(index, name)| {
            let script = (kind != 1).then_some(index + 1);
            let mut view = json!({
                "id": id * 100 + index, "created": at, "updated": at, "name": name, "status": status,
                "status_name": status_name, "exit_status": (status > 1).then_some(i64::from(status == 3)),
                "started": started, "ended": ended, "runtime": runtime, "starttime": now.as_second(),
                "endtime": if status > 1 { json!(now.as_second()) } else { json!("") },
                "estimated_runtime": runtime, "parameters": {}, "script_id": script, "script_revision_id": script,
                "suppressed": false,
            });
            if output {
                let text = STANDARD.encode(result_text(node, name, status));
                for key in ["output", "stdout"] {
                    view[key] = json!(text);
                }
                view["stderr"] = json!("");
                view["result"] = json!("");
            }
            view
        })
        .collect();
    json!({
        "id": id, "system_id": node.system_id, "type": kind, "type_name": type_name, "status": status,
        "status_name": status_name, "started": started, "ended": ended, "runtime": runtime,
        "last_ping": if kind == 1 { Value::Null } else { json!(at) }, "results": results,
        "resource_uri": format!("/MAAS/api/2.0/nodes/{}/results/{id}/", node.system_id),
    })
}

fn result_text(node: &Node, name: &str, status: i64) -> String {
    match name {
        "maas-lshw" => node.inventory.as_ref().map(|inventory| inventory.lshw.clone()).unwrap_or_default(),
        "/tmp/install.log" if status == 3 => "curtin: Installation failed with exception\n".to_owned(),
        "/tmp/install.log" => "curtin: Installation finished.\n".to_owned(),
        _ => String::new(),
    }
}

pub(super) fn results(world: &World, request: &Request, id: &str, which: &[&str]) -> Answer {
    if request.method != "GET" {
        return Err(no_such(request, "GET"));
    }
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let query = &request.query;
    let output = query.parsed("include_output") == Some(true);
    let filter = query.filled("filters");
    let all = sets(node);
    match which {
        [] => {
            let wanted = query.filled("type").map(str::to_lowercase);
            let kept = all
                .into_iter()
                .filter(|(_, name, ..)| wanted.as_deref().is_none_or(|wanted| wanted == name.to_lowercase()));
            Ok(Reply::json(&kept.map(|set| set_view(node, set, output, filter)).collect::<Value>()))
        }
        [which] => {
            let found = all.into_iter().find(|(_, name, id, _)| {
                id.to_string() == *which || which.strip_prefix("current-") == Some(name.to_lowercase().as_str())
            });
            let set = found.ok_or_else(|| Reply::missing("ScriptSet"))?;
            if request.op.as_deref() == Some("download") {
                let text = filter.map(|name| result_text(node, name, set.3)).unwrap_or_default();
                return Ok(Reply::binary("application/binary", text.into_bytes()));
            }
            Ok(Reply::json(&set_view(node, set, output, filter)))
        }
        _ => Err(Reply::unknown_path(&request.path)),
    }
}

pub(super) fn installation(world: &World, request: &Request) -> Answer {
    if request.method != "GET" {
        return Err(no_such(request, "GET"));
    }
    let id = request.query.filled("system_id").unwrap_or_default();
    let Some(node) = world.region.nodes.get(id) else { return Ok(Reply::json(&json!([]))) };
    let views: Vec<Value> = sets(node)
        .into_iter()
        .filter(|(kind, ..)| *kind == 1)
        .map(|(_, _, _, status)| {
            let now = Timestamp::now().to_string();
            json!({
                "created": now, "updated": now, "id": 1, "name": "/tmp/install.log",
                "script_result": i64::from(status == 3), "result_type": 1,
                "node": {"system_id": id}, "data": STANDARD.encode(result_text(node, "/tmp/install.log", status)),
                "resource_uri": "/MAAS/api/2.0/commissioning-results/",
            })
        })
        .collect();
    Ok(Reply::json(&Value::Array(views)))
}
