//! PCI devices, and the results of what MAAS ran on a machine.

use std::fmt::Write;

use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::node::{Node, PciDevice};
use crate::region::results::ScriptSet;
use crate::region::scripts::hardware_type;
use crate::region::storage_view::disk_view;
use crate::world::World;

pub(super) fn devices(world: &mut World, request: &Request, id: &str, which: &[&str]) -> Answer {
    let region = &mut world.region;
    let Some(node) = region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let all = || node.inventory.iter().flat_map(|inventory| &inventory.pci);
    match (request.asked(), which) {
        (("GET", None), []) => {
            let query = &request.query;
            let kept = all().filter(|device| wanted(query, device));
            Ok(Reply::json(&kept.map(|device| device_view(region, node, device)).collect::<Value>()))
        }
        (_, []) => Err(no_such(request, "GET")),
        ((method @ ("GET" | "DELETE"), None), [which]) => {
            let device = all().find(|device| device.id.to_string() == *which || device.address == *which);
            let device = device.ok_or_else(|| Reply::missing("NodeDevice"))?;
            if method == "GET" {
                return Ok(Reply::json(&device_view(region, node, device)));
            }
            request.may_admin()?;
            let gone = device.id;
            if let Some(inventory) = region.nodes.get_mut(id).and_then(|node| node.inventory.as_mut()) {
                inventory.pci.retain(|device| device.id != gone);
            }
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, "DELETE, GET")),
    }
}

fn wanted(query: &Params, device: &PciDevice) -> bool {
    let text = |key: &str, value: &str| query.filled(key).is_none_or(|word| word.eq_ignore_ascii_case(value));
    let bus = query.filled("bus").is_none_or(|bus| matches!(bus.to_lowercase().as_str(), "pcie" | "1"));
    let kind = query.filled("hardware_type").and_then(hardware_type);
    bus && kind.is_none_or(|kind| kind == device.hardware_type)
        && text("vendor_id", &device.vendor_id)
        && text("product_id", &device.product_id)
        && text("vendor_name", &device.vendor)
        && text("product_name", &device.product)
        && text("commissioning_driver", &device.driver)
}

fn device_view(region: &Region, node: &Node, device: &PciDevice) -> Value {
    let nic = node.interfaces.iter().find(|one| device.hardware_type == 4 && one.mac == device.key);
    let disk = node.disks.iter().find(|one| device.hardware_type == 3 && one.name == device.key);
    let numbers = device.address.split([':', '.']).skip(1).map(|text| u64::from_str_radix(text, 16).unwrap_or(0));
    let numbers: Vec<u64> = numbers.collect();
    let name = match device.hardware_type {
        1 => "CPU",
        2 => "Memory",
        3 => "Storage",
        4 => "Network",
        5 => "GPU",
        _ => "Node",
    };
    json!({
        "id": device.id, "system_id": node.system_id, "bus": 1, "bus_name": "PCIE",
        "hardware_type": device.hardware_type, "hardware_type_name": name, "vendor_id": device.vendor_id,
        "product_id": device.product_id, "vendor_name": device.vendor, "product_name": device.product,
        "commissioning_driver": device.driver, "numa_node": device.numa_node, "bus_number": numbers.first(),
        "device_number": numbers.get(1), "pci_address": device.address,
        "physical_interface": nic.map(|nic| region.interface_view(node, nic)),
        "physical_blockdevice": disk.map(|disk| disk_view(node, disk)),
        "resource_uri": format!("/MAAS/api/2.0/nodes/{}/devices/{}/", node.system_id, device.id),
    })
}

/// What of a set is asked for.
struct Asked {
    filters: Vec<String>,
    hardware: Option<u8>,
    output: bool,
}

impl Asked {
    fn of(params: &Params) -> Self {
        let words = params.all("filters").into_iter().flat_map(|text| text.split(','));
        Self {
            filters: words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            hardware: params.filled("hardware_type").and_then(hardware_type),
            output: params.parsed("include_output") == Some(true),
        }
    }

    fn view(&self, node: &Node, set: &ScriptSet) -> Value {
        set.view(node, self.output, &self.filters, self.hardware)
    }
}

pub(super) fn results(world: &mut World, request: &Request, id: &str, which: &[&str]) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let asked = Asked::of(&request.query);
    let [which] = which else {
        if request.asked() != ("GET", None) {
            return Err(no_such(request, "GET"));
        }
        let wanted = request.query.filled("type").map(str::to_lowercase);
        let kept = node.sets.iter().filter(|set| {
            wanted.as_deref().is_none_or(|wanted| {
                wanted == set.kind.name().to_lowercase() || wanted == set.kind.number().to_string()
            })
        });
        return Ok(Reply::json(&kept.map(|set| asked.view(node, set)).collect::<Value>()));
    };
    let current = match *which {
        "current-commissioning" => node.commissioning_result,
        "current-testing" => node.testing_result,
        "current-installation" => node.installation_result,
        other => other.parse().ok(),
    };
    let set = node.set(current).ok_or_else(|| Reply::missing("ScriptSet"))?;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&asked.view(node, set))),
        ("GET", Some("download")) => Ok(Reply::binary("application/binary", download(&request.query, &asked, set))),
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let asked = Asked::of(data);
            let suppressed = data.checkbox("suppressed");
            let chosen: Vec<u64> = set.chosen(&asked.filters, asked.hardware).iter().map(|one| one.id).collect();
            if let Some(set) = world.region.nodes.get_mut(id).and_then(|node| node.set_mut(current)) {
                for result in set.results.iter_mut().filter(|one| chosen.contains(&one.id)) {
                    result.suppressed = suppressed.unwrap_or(result.suppressed);
                }
            }
            let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Node"))?;
            let set = node.set(current).ok_or_else(|| Reply::missing("ScriptSet"))?;
            Ok(Reply::json(&asked.view(node, set)))
        }
        ("DELETE", None) => {
            request.may_admin()?;
            let in_use = [node.commissioning_result, node.testing_result, node.installation_result];
            if in_use.contains(&current) {
                return Err(Reply::sentence(400, "Can't delete current results"));
            }
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.sets.retain(|set| Some(set.id) != current);
            }
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, ITEM)),
    }
}

/// One result as it is; several one after another, each under its name.
fn download(query: &Params, asked: &Asked, set: &ScriptSet) -> Vec<u8> {
    let chosen = set.chosen(&asked.filters, asked.hardware);
    let stream = query.filled("output").unwrap_or("combined");
    let text = |one: &&crate::region::results::ScriptResult| match stream {
        "stdout" => one.stdout.clone(),
        "stderr" => one.stderr.clone(),
        "result" => one.result.clone(),
        _ => format!("{}{}", one.stdout, one.stderr),
    };
    if let [one] = chosen[..] {
        return text(&one).into_bytes();
    }
    let mut out = String::new();
    for one in &chosen {
        let name = one.label();
        let rule = "-".repeat(name.len());
        let _ = write!(out, "{rule}\n{name}\n{rule}\n{}", text(one));
    }
    out.into_bytes()
}

/// The old, flat list of results.
pub(super) fn installation(world: &World, request: &Request) -> Answer {
    if request.asked() != ("GET", None) {
        return Err(no_such(request, LIST));
    }
    let query = &request.query;
    let (ids, names) = (query.all("system_id"), query.all("name"));
    let kind = query.number("result_type");
    let mut views = Vec::new();
    let nodes = world.region.nodes.values().filter(|node| ids.is_empty() || ids.contains(&node.system_id.as_str()));
    for node in nodes.filter(|node| node.visible_to(&request.caller)) {
        for current in [node.commissioning_result, node.installation_result, node.testing_result] {
            let Some(set) = node.set(current) else { continue };
            if kind.is_some_and(|kind| kind != u64::from(set.kind.number())) {
                continue;
            }
            let told = |one: &&crate::region::results::ScriptResult| one.status != crate::region::results::SKIPPED;
            let named =
                |one: &&crate::region::results::ScriptResult| names.is_empty() || names.contains(&one.name.as_str());
            views.extend(set.results.iter().filter(told).filter(named).map(|one| one.flat_view(node, set.kind)));
        }
    }
    Ok(Reply::json(&Value::Array(views)))
}
