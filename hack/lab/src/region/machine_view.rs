//! Nodes and interfaces as MAAS shows them: the machine object with all its 81 keys.

use serde_json::{Map, Value, json};

use super::Region;
use super::node::{Interface, InterfaceKind, Node, NodeKind};
use super::storage::disk_view;

const HARDWARE: [&str; 18] = [
    "system_vendor",
    "system_product",
    "system_family",
    "system_version",
    "system_sku",
    "system_serial",
    "cpu_model",
    "mainboard_vendor",
    "mainboard_product",
    "mainboard_serial",
    "mainboard_version",
    "mainboard_firmware_vendor",
    "mainboard_firmware_date",
    "mainboard_firmware_version",
    "chassis_vendor",
    "chassis_type",
    "chassis_serial",
    "chassis_version",
];

impl Region {
    pub(crate) fn interface_view(&self, node: &Node, interface: &Interface) -> Value {
        let links = interface.links.iter().map(|link| {
            let mut view = json!({"id": link.id, "mode": link.mode});
            if let Some(ip) = link.ip {
                view["ip_address"] = json!(ip.to_string());
            }
            if let Some(subnet) = link.subnet {
                view["subnet"] = self.subnet_view(subnet);
            }
            view
        });
        let links: Vec<Value> = links.collect();
        let name_of = |id: &u64| node.interface(*id).map(|parent| parent.name.clone());
        let discovered = interface.discovered.map_or(
            Value::Null,
            |(subnet, ip)| json!([{"subnet": self.subnet_view(subnet), "ip_address": ip.to_string()}]),
        );
        let physical = interface.kind == InterfaceKind::Physical;
        let children: Vec<&str> = node.children_of(interface.id).iter().map(|child| child.name.as_str()).collect();
        json!({
            "id": interface.id, "name": interface.name, "type": interface.kind.name(), "tags": interface.tags,
            "mac_address": interface.mac, "system_id": node.system_id, "links": links, "children": children,
            "vlan": interface.vlan.map_or(Value::Null, |id| self.vlan_view(id)),
            "parents": interface.parents.iter().filter_map(name_of).collect::<Vec<_>>(),
            "params": interface.params, "effective_mtu": self.effective_mtu(node, interface), "enabled": true,
            "link_connected": interface.connected, "link_speed": interface.link_speed,
            "interface_speed": interface.interface_speed, "vendor": interface.vendor, "product": interface.product,
            "firmware_version": physical.then_some(()).and(interface.product.as_ref()).map(|_| "21.80.16.95"),
            "numa_node": physical.then_some(0), "sriov_max_vf": 0, "discovered": discovered,
            "resource_uri": format!("/MAAS/api/2.0/nodes/{}/interfaces/{}/", node.system_id, interface.id),
        })
    }

    /// The largest MTU that an interface and what is built on it need.
    fn effective_mtu(&self, node: &Node, interface: &Interface) -> u64 {
        let own = interface.params.get("mtu").and_then(Value::as_u64);
        let vlan = interface.vlan.and_then(|id| self.vlans.get(&id)).map_or(1500, |vlan| vlan.mtu);
        let children = node.children_of(interface.id).into_iter().map(|child| self.effective_mtu(node, child));
        children.max().unwrap_or(0).max(own.unwrap_or(vlan))
    }

    pub(crate) fn node_view(&self, node: &Node) -> Value {
        match node.kind {
            NodeKind::Machine => self.machine_view(node),
            NodeKind::Rack | NodeKind::RegionRack => self.controller_view(node),
        }
    }

    fn controller_view(&self, node: &Node) -> Value {
        const KEPT: [&str; 45] = [
            "architecture",
            "cpu_test_status",
            "other_test_status",
            "fqdn",
            "domain",
            "hardware_info",
            "zone",
            "current_testing_result_id",
            "current_commissioning_result_id",
            "description",
            "cpu_count",
            "network_test_status",
            "cpu_speed",
            "node_type",
            "memory_test_status",
            "osystem",
            "power_state",
            "commissioning_status_name",
            "commissioning_status",
            "testing_status",
            "storage_test_status_name",
            "memory",
            "hostname",
            "system_id",
            "network_test_status_name",
            "hardware_uuid",
            "power_type",
            "memory_test_status_name",
            "storage_test_status",
            "interface_test_status_name",
            "status_action",
            "interface_set",
            "tag_names",
            "ip_addresses",
            "testing_status_name",
            "swap_size",
            "current_installation_result_id",
            "distro_series",
            "interface_test_status",
            "other_test_status_name",
            "cpu_test_status_name",
            "node_type_name",
            "resource_uri",
            "service_set",
            "version",
        ];
        let mut view = self.machine_view(node);
        let (number, name) =
            if node.kind == NodeKind::Rack { (2, "Rack controller") } else { (4, "Region and rack controller") };
        view["node_type"] = json!(number);
        view["node_type_name"] = json!(name);
        view["osystem"] = json!("ubuntu");
        view["distro_series"] = json!("noble");
        view["version"] = json!(self.version);
        view["resource_uri"] = json!(format!("/MAAS/api/2.0/rackcontrollers/{}/", node.system_id));
        view["service_set"] = ["dhcpd", "http", "rackd", "tftp", "dns_rack", "ntp_rack"]
            .iter()
            .map(|name| json!({"name": name, "status": "running", "status_info": ""}))
            .collect();
        if let Value::Object(map) = &mut view {
            map.retain(|key, _| KEPT.contains(&key.as_str()));
        }
        view
    }

    fn machine_view(&self, node: &Node) -> Value {
        let mut view = Map::new();
        for part in [self.identity(node), state(node), results(node), hardware(node), self.network(node), storage(node)]
        {
            if let Value::Object(part) = part {
                view.extend(part);
            }
        }
        Value::Object(view)
    }

    fn identity(&self, node: &Node) -> Value {
        let domain = self.plain_view("domains", node.domain);
        let domain_name = domain["name"].as_str().unwrap_or("maas").to_owned();
        let mut nested_domain = domain;
        nested_domain["is_default"] = json!(false);
        let zone = self.plain_by_name("zones", &node.zone).map_or(Value::Null, |id| self.plain_view("zones", id));
        json!({
            "system_id": node.system_id, "hostname": node.hostname,
            "fqdn": format!("{}.{domain_name}", node.hostname), "domain": nested_domain,
            "description": node.description, "node_type": 0, "node_type_name": "Machine",
            "architecture": node.architecture, "parent": null, "is_dpu": false, "pod": null,
            "hardware_uuid": node.inventory.as_ref().map(|inventory| &inventory.uuid), "virtualmachine_id": null,
            "resource_uri": format!("/MAAS/api/2.0/machines/{}/", node.system_id),
            "zone": zone, "pool": self.plain_view("pools", node.pool), "tag_names": node.tags,
            "owner_data": node.owner_data, "workload_annotations": node.owner_data,
        })
    }

    fn network(&self, node: &Node) -> Value {
        let interfaces: Vec<Value> =
            node.interfaces.iter().map(|interface| self.interface_view(node, interface)).collect();
        let boot = node.boot_interface.and_then(|id| node.interface(id));
        let mut addresses: Vec<String> = node
            .interfaces
            .iter()
            .flat_map(|interface| interface.links.iter().filter_map(|link| link.ip).map(|ip| ip.to_string()))
            .collect();
        if addresses.is_empty() {
            let found = node.interfaces.iter().filter_map(|interface| interface.discovered);
            addresses.extend(found.map(|(_, ip)| ip.to_string()));
        }
        let links = || node.interfaces.iter().flat_map(|interface| &interface.links);
        let chosen = node.gateway_link.and_then(|id| links().find(|link| link.id == id));
        let gateway_of = |subnet: Option<u64>| subnet.and_then(|id| self.subnets.get(&id)?.gateway);
        let gateway = match chosen {
            Some(link) => gateway_of(link.subnet),
            None => links().find_map(|link| gateway_of(link.subnet)),
        };
        json!({
            "interface_set": interfaces, "ip_addresses": addresses,
            "boot_interface": boot.map_or(Value::Null, |interface| self.interface_view(node, interface)),
            "default_gateways": {
                "ipv4": {"gateway_ip": gateway.map(|ip| ip.to_string()), "link_id": node.gateway_link},
                "ipv6": {"gateway_ip": null, "link_id": null},
            },
        })
    }
}

fn state(node: &Node) -> Value {
    json!({
        "status": node.status.number(), "status_name": node.status.name(), "status_message": node.status_message,
        "status_action": node.status_action, "error_description": node.error_description, "locked": node.locked,
        "netboot": node.netboot, "owner": node.owner, "power_state": node.power_state,
        "power_type": node.power_type, "osystem": node.osystem, "distro_series": node.distro_series,
        "hwe_kernel": node.hwe_kernel, "min_hwe_kernel": node.min_hwe_kernel, "ephemeral_deploy": node.ephemeral,
        "enable_hw_sync": false, "enable_kernel_crash_dump": false, "sync_interval": null, "last_sync": null,
        "next_sync": null, "bios_boot_method": null, "swap_size": null, "disable_ipv4": false, "address_ttl": null,
    })
}

fn results(node: &Node) -> Value {
    let name = |status: i64| match status {
        0 => "Pending",
        1 => "Running",
        2 => "Passed",
        3 => "Failed",
        _ => "Unknown",
    };
    let mut view = Map::new();
    let mut put = |key: &str, status: i64| {
        view.insert(key.to_owned(), json!(status));
        view.insert(format!("{key}_name"), json!(name(status)));
    };
    put("commissioning_status", node.commissioning_status);
    put("testing_status", node.testing_status);
    put("storage_test_status", node.testing_status);
    for kind in ["cpu", "memory", "network", "interface", "other"] {
        put(&format!("{kind}_test_status"), -1);
    }
    view.insert("current_commissioning_result_id".to_owned(), json!(node.commissioning_result));
    view.insert("current_testing_result_id".to_owned(), json!(node.testing_result));
    view.insert("current_installation_result_id".to_owned(), json!(node.installation_result));
    Value::Object(view)
}

fn hardware(node: &Node) -> Value {
    let inventory = node.inventory.as_ref();
    let known = |key: &str| -> Option<String> {
        let inventory = inventory?;
        Some(match key {
            "system_vendor" | "mainboard_vendor" | "mainboard_firmware_vendor" | "chassis_vendor" => {
                inventory.vendor.clone()
            }
            "system_product" => inventory.product.clone(),
            "system_serial" | "chassis_serial" => inventory.serial.clone(),
            "system_sku" => format!("SKU=090E;ModelName={}", inventory.product),
            "cpu_model" => "Intel(R) Xeon(R) Gold 6326 CPU".to_owned(),
            "mainboard_firmware_version" => inventory.bios_version.clone(),
            "mainboard_firmware_date" => "11/14/2022".to_owned(),
            "chassis_type" => "Rack Mount Chassis".to_owned(),
            _ => return None,
        })
    };
    let info: Map<String, Value> = HARDWARE
        .iter()
        .map(|key| ((*key).to_owned(), json!(known(key).unwrap_or_else(|| "Unknown".to_owned()))))
        .collect();
    let cpus = inventory.map_or(0, |inventory| inventory.cpus);
    let memory = inventory.map_or(0, |inventory| inventory.memory_mib);
    let cores: Vec<u32> = (0..cpus).collect();
    json!({
        "cpu_count": cpus, "cpu_speed": if cpus > 0 { 2900 } else { 0 }, "memory": memory, "hardware_info": info,
        "numanode_set": [{"index": 0, "memory": memory, "cores": cores, "hugepages_set": []}],
    })
}

#[allow(clippy::cast_precision_loss)]
fn storage(node: &Node) -> Value {
    let view = |keep: &dyn Fn(bool) -> bool| -> Vec<Value> {
        node.disks.iter().filter(|disk| keep(disk.group.is_some())).map(|disk| disk_view(node, disk)).collect()
    };
    let total: u64 = node.disks.iter().filter(|disk| disk.group.is_none()).map(|disk| disk.size).sum();
    let cut = |id: u64| json!({"system_id": node.system_id, "id": id, "__incomplete__": true});
    json!({
        "blockdevice_set": view(&|_| true), "physicalblockdevice_set": view(&|is_virtual| !is_virtual),
        "virtualblockdevice_set": view(&|is_virtual| is_virtual), "storage": total as f64 / 1e6,
        "boot_disk": node.boot_disk.and_then(|id| node.disk(id)).map_or(Value::Null, |disk| disk_view(node, disk)),
        "raids": [], "volume_groups": node.volume_groups.iter().map(|group| cut(group.id)).collect::<Vec<_>>(),
        "bcaches": [], "cache_sets": [], "special_filesystems": [],
    })
}
