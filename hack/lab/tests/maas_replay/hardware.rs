//! The site of the recording: which machines stood there. Their hardware is read from what the region said of it, so
//! that the lab's machines are made of the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::exchange::Exchange;

/// Where BMCs of the recording are reached.
const BMCS: &str = "10.99.1.";

/// Every object with this key, anywhere in a value.
fn find<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            if map.contains_key(key) {
                found.push(value);
            }
            map.values().for_each(|value| find(value, key, found));
        }
        Value::Array(list) => list.iter().for_each(|value| find(value, key, found)),
        _ => {}
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The lab's spec of the site, as YAML (JSON is YAML).
pub(crate) fn spec(exchanges: &[Exchange]) -> String {
    let mut records: Vec<&Value> = Vec::new();
    for exchange in exchanges {
        find(&exchange.body, "interface_set", &mut records);
    }
    let pci = pci(exchanges);
    let mut machines = Vec::new();
    let mut used = BTreeSet::new();
    for (index, (system_id, created)) in creations(exchanges).into_iter().enumerate() {
        let of = |value: &&&Value| value["system_id"] == json!(system_id);
        let seen: Vec<&Value> = records.iter().filter(of).copied().collect();
        machines.push(machine(&system_id, created, &seen, &pci, exchanges, index, &mut used));
    }
    let rack = records.iter().find(|value| value["node_type"] == json!(4));
    if let Some(rack) = rack {
        let mut own = machine("rack", None, &[*rack], &pci, exchanges, 90, &mut used);
        own["name"] = json!("rack");
        own["disks"] = json!([{"name": "sda", "sizeBytes": 480_103_981_056_u64}]);
        for nic in own["nics"].as_array_mut().into_iter().flatten() {
            nic["pci"] = json!(format!("0000:3d:00.{}", nic["name"].as_str().map_or(0, |name| name.len() % 2)));
        }
        machines.push(own);
    }
    let images = images(exchanges);
    let name = exchanges.iter().find(|one| one.name.ends_with("get_config_maas_name"));
    let site = json!({
        "speed": 0.01,
        "maas": {
            "version": "3.7.3", "name": name.map_or("lab", |one| one.text()), "images": images,
            "rackController": rack_controller(rack.copied(), exchanges),
        },
        "bmc": {"translate": {"from": "10.99.1.0/24", "to": "127.99.1.0/24"}},
        "machines": machines,
    });
    site.to_string()
}

/// The machines that were made, by recorded system id, with the request that made them; those only mentioned come last.
fn creations(exchanges: &[Exchange]) -> Vec<(String, Option<&Exchange>)> {
    let mut all: Vec<(String, Option<&Exchange>)> = Vec::new();
    let made =
        |one: &&Exchange| one.method == "POST" && one.path() == "machines/" && one.op().is_none() && one.status < 300;
    for one in exchanges.iter().filter(made) {
        if let Some(id) = one.shown("system_id") {
            all.push((id.to_owned(), Some(one)));
        }
    }
    let mut found = Vec::new();
    for one in exchanges {
        find(&one.body, "physicalblockdevice_set", &mut found);
    }
    for value in found.iter().filter(|value| value["node_type"] == json!(0)) {
        let id = text(&value["system_id"]);
        if !all.iter().any(|(known, _)| known == id) {
            all.push((id.to_owned(), None));
        }
    }
    all
}

/// Which PCI device a NIC or a disk of this name is.
fn pci(exchanges: &[Exchange]) -> BTreeMap<String, Value> {
    let mut devices = Vec::new();
    for exchange in exchanges {
        find(&exchange.body, "pci_address", &mut devices);
    }
    let mut by_name = BTreeMap::new();
    for device in devices {
        for key in ["physical_interface", "physical_blockdevice"] {
            if let Some(name) = device[key]["name"].as_str() {
                by_name.insert(name.to_owned(), device.clone());
            }
        }
    }
    by_name
}

fn machine(
    system_id: &str,
    created: Option<&Exchange>,
    seen: &[&Value],
    pci: &BTreeMap<String, Value>,
    exchanges: &[Exchange],
    index: usize,
    used: &mut BTreeSet<String>,
) -> Value {
    // The first record that commissioning has filled and that nobody has taken off its network.
    let filled = |value: &&&Value| value["cpu_count"].as_u64().is_some_and(|count| count > 0);
    let on_network = |value: &&Value| value["boot_interface"]["discovered"].is_array();
    let full = seen.iter().filter(filled).copied().find(on_network).or(seen.iter().copied().find(|one| filled(&one)));
    let any = full.or(seen.first().copied()).cloned().unwrap_or(Value::Null);
    let physical = any["interface_set"].as_array().into_iter().flatten().filter(|one| one["type"] == json!("physical"));
    let nics: Vec<Value> = physical.map(|one| nic(one, pci, system_id == "rack")).collect();
    let disks: Vec<Value> =
        any["physicalblockdevice_set"].as_array().into_iter().flatten().map(|one| disk(one, pci)).collect();
    let address = created.and_then(|one| one.param("power_parameters_power_address")).unwrap_or_default();
    let address = if address.starts_with(BMCS) && used.insert(address.to_owned()) {
        address.to_owned()
    } else {
        // Nobody reaches this one under the address that MAAS was told.
        format!("{BMCS}{}", 100 + index)
    };
    let mut spec = json!({
        "name": system_id, "bmc": {"address": address, "open": true}, "staysOn": true, "nics": nics, "disks": disks,
    });
    // MAAS takes machines for EFI ones when their BMC is told to boot them so.
    let efi = created.and_then(|one| one.param("power_parameters_power_boot_type")) == Some("efi");
    spec["firmware"] = json!(if efi || system_id == "rack" { "Uefi" } else { "Legacy" });
    if let Some(full) = full {
        let info = full["hardware_info"].as_object().into_iter().flatten();
        let info: BTreeMap<&String, &Value> = info.filter(|(_, value)| text(value) != "Unknown").collect();
        spec["cpus"] = full["cpu_count"].clone();
        spec["cpuSpeed"] = full["cpu_speed"].clone();
        spec["memoryMib"] = full["memory"].clone();
        spec["uuid"] = full["hardware_uuid"].clone();
        spec["numaNodes"] = json!(full["numanode_set"].as_array().map_or(1, |nodes| nodes.len().max(1)));
        spec["hardwareInfo"] = json!(info);
    }
    let lldp = exchanges
        .iter()
        .find(|one| one.machine() == Some(system_id) && one.op() == Some("download") && one.text().contains("<lldp"));
    if let Some(lldp) = lldp {
        spec["lldp"] = json!(lldp.text());
    }
    spec
}

fn nic(one: &Value, pci: &BTreeMap<String, Value>, rack: bool) -> Value {
    let name = text(&one["name"]);
    let lease = one["discovered"][0]["ip_address"].clone();
    let segment = if !lease.is_null() || rack {
        json!("pxe")
    } else if one["link_connected"] == json!(true) && !one["vendor"].is_null() {
        json!(format!("wire-{}", text(&one["mac_address"])))
    } else if one["vendor"].is_null() {
        json!("pxe")
    } else {
        Value::Null
    };
    let mut nic = json!({
        "name": name, "mac": one["mac_address"], "segment": segment, "speedMbps": one["interface_speed"],
        "sriovMaxVf": one["sriov_max_vf"],
    });
    for (key, field) in
        [("vendor", "vendor"), ("product", "product"), ("firmware", "firmware_version"), ("numaNode", "numa_node")]
    {
        if !one[field].is_null() {
            nic[key] = one[field].clone();
        }
    }
    if !lease.is_null() {
        nic["lease"] = lease;
    }
    if let Some(device) = pci.get(name) {
        for (key, field) in [
            ("pci", "pci_address"),
            ("vendorId", "vendor_id"),
            ("productId", "product_id"),
            ("driver", "commissioning_driver"),
        ] {
            nic[key] = device[field].clone();
        }
    }
    nic
}

fn disk(one: &Value, pci: &BTreeMap<String, Value>) -> Value {
    let name = text(&one["name"]);
    let rotary = one["tags"].as_array().is_some_and(|tags| tags.contains(&json!("rotary")));
    let mut disk = json!({
        "name": name, "sizeBytes": one["size"], "model": one["model"], "serial": one["serial"], "rotary": rotary,
        "idPath": one["id_path"], "firmware": one["firmware_version"].as_str().unwrap_or("1.0"),
        "numaNode": one["numa_node"],
    });
    let nvme = name.starts_with("nvme");
    // Disks of one controller: it shows the last of them.
    let device =
        pci.get(name).or_else(|| pci.iter().find(|(known, _)| !nvme && known.starts_with("sd")).map(|(_, one)| one));
    if let Some(device) = device {
        disk[if nvme { "pci" } else { "controller" }] = device["pci_address"].clone();
        for (key, field) in [
            ("vendorId", "vendor_id"),
            ("productId", "product_id"),
            ("pciVendor", "vendor_name"),
            ("pciProduct", "product_name"),
            ("driver", "commissioning_driver"),
        ] {
            disk[key] = device[field].clone();
        }
    }
    disk
}

fn rack_controller(rack: Option<&Value>, exchanges: &[Exchange]) -> Value {
    let mut subnets = Vec::new();
    for exchange in exchanges {
        find(&exchange.body, "rdns_mode", &mut subnets);
    }
    let gateway = |cidr: &str| {
        let same = |value: &&&Value| value["cidr"] == json!(cidr);
        subnets.iter().find(same).map_or(Value::Null, |value| value["gateway_ip"].clone())
    };
    let interfaces = rack.and_then(|rack| rack["interface_set"].as_array()).into_iter().flatten();
    let interfaces: Vec<Value> = interfaces
        .enumerate()
        .map(|(index, one)| {
            let link = &one["links"][0];
            let cidr = text(&link["subnet"]["cidr"]);
            let length = cidr.split('/').nth(1).unwrap_or("24");
            let segment = if index == 0 { "pxe".to_owned() } else { format!("rack-{index}") };
            json!({
                "name": one["name"], "address": format!("{}/{length}", text(&link["ip_address"])),
                "segment": segment, "gateway": gateway(cidr), "mac": one["mac_address"],
            })
        })
        .collect();
    json!({
        "hostname": rack.map_or("rack-1", |rack| text(&rack["hostname"])), "interfaces": interfaces, "reports": false,
        "machine": rack.map(|_| "rack"),
    })
}

/// A row of an image: its id, its kernel, the kernels it serves.
type Row = (u64, String, String);

/// The images that were synced when the recording began.
fn images(exchanges: &[Exchange]) -> Value {
    let list =
        exchanges.iter().find(|one| one.path() == "boot-resources/" && one.method == "GET" && one.op().is_none());
    let mut sets = Vec::new();
    for one in exchanges {
        find(&one.body, "sets", &mut sets);
    }
    let synced = sets.iter().find(|value| value["type"] == json!("Synced"));
    let set = synced.and_then(|value| value["sets"].as_object()?.values().next().cloned()).unwrap_or(Value::Null);
    let mut images: Vec<(u64, String, Vec<Row>)> = Vec::new();
    for value in list.and_then(|one| one.body.as_array()).into_iter().flatten() {
        let id = value["id"].as_u64().unwrap_or_default();
        let kernel = text(&value["architecture"]).trim_start_matches("amd64/").to_owned();
        let row = (id, kernel, text(&value["subarches"]).to_owned());
        match images.iter_mut().find(|(_, name, _)| name == text(&value["name"])) {
            Some((first, _, rows)) => {
                *first = (*first).min(id);
                rows.push(row);
            }
            None => images.push((id, text(&value["name"]).to_owned(), vec![row])),
        }
    }
    images.sort();
    let selected: Vec<&str> = exchanges
        .iter()
        .filter(|one| one.path() == "boot-sources/1/selections/" && one.method == "GET")
        .flat_map(|one| one.body.as_array().into_iter().flatten())
        .map(|value| text(&value["release"]))
        .collect();
    let all = images.into_iter().map(|(_, name, mut rows)| {
        rows.sort();
        let first = rows.first().map(|(_, _, subarches)| subarches.clone());
        let chosen = selected.iter().any(|release| name.ends_with(release));
        json!({
            "name": name, "kernels": rows.iter().map(|(_, kernel, _)| kernel).collect::<Vec<_>>(),
            "subarches": first, "serial": set["version"].as_str().unwrap_or("20261101"),
            "label": set["label"].as_str().unwrap_or("stable"), "selected": chosen,
        })
    });
    all.collect()
}
