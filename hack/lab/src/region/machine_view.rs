//! Nodes and interfaces as MAAS shows them: the machine object with all its 81 keys.

use serde_json::{Map, Value, json};

use super::Region;
use super::node::{Interface, Node, NodeKind};
use super::places::{Pool, Zone};
use super::results::{SetKind, status_name, together};
use super::storage::{Disk, GroupKind};
use super::storage_view::{disk_view, fs_view};

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
        let children: Vec<&str> = node.children_of(interface.id).iter().map(|child| child.name.as_str()).collect();
        json!({
            "id": interface.id, "name": interface.name, "type": interface.kind.name(), "tags": interface.tags,
            "mac_address": interface.mac, "system_id": node.system_id, "links": links, "children": children,
            "vlan": interface.vlan.map_or(Value::Null, |id| self.vlan_view(id)),
            "parents": interface.parents.iter().filter_map(name_of).collect::<Vec<_>>(),
            "params": interface.params, "effective_mtu": self.effective_mtu(node, interface), "enabled": true,
            "link_connected": interface.connected, "link_speed": interface.link_speed,
            "interface_speed": interface.interface_speed, "vendor": interface.vendor, "product": interface.product,
            "firmware_version": interface.firmware,
            "numa_node": interface.numa_node, "sriov_max_vf": interface.sriov_max_vf, "discovered": discovered,
            "resource_uri": format!("/MAAS/api/2.0/nodes/{}/interfaces/{}/", node.system_id, interface.id),
        })
    }

    /// The largest MTU that an interface and what is built on it need.
    pub(crate) fn effective_mtu(&self, node: &Node, interface: &Interface) -> u64 {
        let own = interface.params.get("mtu").and_then(Value::as_u64);
        let vlan = interface.vlan.and_then(|id| self.vlans.get(id)).map_or(1500, |vlan| vlan.mtu);
        let children = node.children_of(interface.id).into_iter().map(|child| self.effective_mtu(node, child));
        children.max().unwrap_or(0).max(own.unwrap_or(vlan))
    }

    pub(crate) fn node_view(&self, node: &Node) -> Value {
        match node.kind {
            NodeKind::Machine => self.machine_view(node),
            NodeKind::Device => self.device_view(node),
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
        view["power_state"] = json!("unknown");
        view["osystem"] = json!("ubuntu");
        view["distro_series"] = json!("noble");
        view["version"] = json!(self.version.to_string());
        view["resource_uri"] = json!(format!("/MAAS/api/2.0/rackcontrollers/{}/", node.system_id));
        view["service_set"] = self.services(node).collect();
        if let Value::Object(map) = &mut view {
            map.retain(|key, _| KEPT.contains(&key.as_str()));
        }
        view
    }

    /// The services of a controller and how they fare.
    fn services(&self, node: &Node) -> impl Iterator<Item = Value> {
        const OF_RACK: [&str; 9] =
            ["rackd", "http", "tftp", "dhcpd", "dhcpd6", "ntp_rack", "dns_rack", "proxy_rack", "syslog_rack"];
        const OF_REGION: [&str; 8] = [
            "regiond",
            "bind9",
            "proxy",
            "ntp_region",
            "syslog_region",
            "reverse_proxy",
            "temporal",
            "temporal-worker",
        ];
        let rack = OF_RACK.iter().filter(|_| self.racks_report).map(|name| (*name, self.racks_dead));
        let region = OF_REGION.iter().filter(|_| node.kind == NodeKind::RegionRack).map(|name| (*name, false));
        let (reports, racks): (bool, Vec<_>) = (self.racks_report, rack.chain(region).collect());
        racks.into_iter().map(move |(name, dead)| {
            let status = if dead {
                "dead"
            } else if reports {
                "running"
            } else {
                "unknown"
            };
            json!({"name": name, "status": status, "status_info": if dead { "not connected" } else { "" }})
        })
    }

    /// The full name of a node.
    pub(crate) fn fqdn_of(&self, node: &Node) -> String {
        format!("{}.{}", node.hostname, self.domain_name(node.domain))
    }

    fn device_view(&self, node: &Node) -> Value {
        const KEPT: [&str; 18] = [
            "system_id",
            "ip_addresses",
            "owner",
            "address_ttl",
            "fqdn",
            "parent",
            "owner_data",
            "domain",
            "zone",
            "workload_annotations",
            "node_type_name",
            "interface_set",
            "tag_names",
            "description",
            "hostname",
            "node_type",
            "resource_uri",
            "pool",
        ];
        let mut view = self.machine_view(node);
        view["resource_uri"] = json!(format!("/MAAS/api/2.0/devices/{}/", node.system_id));
        if let Value::Object(map) = &mut view {
            map.retain(|key, _| KEPT.contains(&key.as_str()) && key != "pool");
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
        // Older releases know less.
        for (key, (major, minor)) in
            [("error_description", (3, 5)), ("enable_kernel_crash_dump", (3, 6)), ("is_dpu", (3, 7))]
        {
            if !self.version.since(major, minor) {
                view.remove(key);
            }
        }
        Value::Object(view)
    }

    fn identity(&self, node: &Node) -> Value {
        let zone = self.zones.get(node.zone).map_or(Value::Null, Zone::view);
        let pool = self.pools.get(node.pool).map_or(Value::Null, Pool::view);
        json!({
            "system_id": node.system_id, "hostname": node.hostname,
            "fqdn": self.fqdn_of(node), "domain": self.domain_view(node.domain),
            "description": node.description, "node_type": node.kind.number(), "node_type_name": node.kind.name(),
            "architecture": node.architecture, "parent": node.parent, "is_dpu": node.is_dpu, "pod": null,
            "hardware_uuid": node.inventory.as_ref().map(|inventory| &inventory.uuid), "virtualmachine_id": null,
            "resource_uri": format!("/MAAS/api/2.0/machines/{}/", node.system_id),
            "zone": zone, "pool": pool, "tag_names": node.tags,
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
        let gateway = |is_v4: bool, chosen: Option<u64>| {
            let mut candidates = links().filter(|link| chosen.is_none_or(|id| id == link.id));
            let found = candidates.find_map(|link| {
                let gateway = link.subnet.and_then(|id| self.subnets.get(id)?.gateway())?;
                (gateway.is_ipv4() == is_v4).then(|| gateway.to_string())
            });
            json!({"gateway_ip": found, "link_id": chosen})
        };
        json!({
            "interface_set": interfaces, "ip_addresses": addresses,
            "boot_interface": boot.map_or(Value::Null, |interface| self.interface_view(node, interface)),
            "default_gateways": {
                "ipv4": gateway(true, node.gateway_links.v4), "ipv6": gateway(false, node.gateway_links.v6),
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
        "enable_hw_sync": node.enable_hw_sync, "enable_kernel_crash_dump": node.enable_kernel_crash_dump, "sync_interval": null, "last_sync": null,
        "next_sync": null, "bios_boot_method": null, "swap_size": node.swap_size, "disable_ipv4": false, "address_ttl": null,
    })
}

fn results(node: &Node) -> Value {
    let mut view = Map::new();
    let mut put = |key: &str, status: i64| {
        view.insert(key.to_owned(), json!(status));
        view.insert(format!("{key}_name"), json!(status_name(status)));
    };
    let commissioning = node.set(node.commissioning_result).map_or(-1, |set| together(set.results.iter()));
    put("commissioning_status", commissioning);
    let testing = node.set(node.testing_result).filter(|set| set.kind == SetKind::Testing);
    let tests = || testing.iter().flat_map(|set| &set.results);
    put("testing_status", together(tests()));
    for (hardware, kind) in [(1, "cpu"), (2, "memory"), (3, "storage"), (4, "network"), (6, "interface"), (0, "other")]
    {
        put(&format!("{kind}_test_status"), together(tests().filter(|one| one.hardware_type == hardware)));
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
        if let Some(told) = inventory.info.get(key) {
            return Some(told.clone());
        }
        Some(match key {
            "system_vendor" | "mainboard_vendor" | "mainboard_firmware_vendor" | "chassis_vendor" => {
                inventory.vendor.clone()
            }
            "system_product" => inventory.product.clone(),
            "system_serial" | "chassis_serial" => inventory.serial.clone(),
            "mainboard_firmware_version" => inventory.bios_version.clone(),
            _ => return None,
        })
    };
    let info: Map<String, Value> = HARDWARE
        .iter()
        .map(|key| ((*key).to_owned(), json!(known(key).unwrap_or_else(|| "Unknown".to_owned()))))
        .collect();
    let numa = inventory.map_or_else(|| vec![(0, Vec::new())], |inventory| inventory.numa.clone());
    let numa = numa
        .iter()
        .enumerate()
        .map(|(index, (memory, cores))| json!({"index": index, "memory": memory, "cores": cores, "hugepages_set": []}));
    json!({
        "cpu_count": inventory.map_or(0, |one| one.cpus), "cpu_speed": inventory.map_or(0, |one| one.cpu_speed),
        "memory": inventory.map_or(0, |one| one.memory_mib), "hardware_info": info,
        "numanode_set": numa.collect::<Vec<_>>(),
    })
}

#[allow(clippy::cast_precision_loss)]
fn storage(node: &Node) -> Value {
    let view = |keep: &dyn Fn(&Disk) -> bool| -> Vec<Value> {
        node.disks.iter().filter(|disk| keep(disk)).map(|disk| disk_view(node, disk)).collect()
    };
    let total: u64 = node.disks.iter().filter(|disk| disk.is_physical()).map(|disk| disk.size).sum();
    // An object met again inside itself is cut.
    let cut = |id: u64| json!({"system_id": node.system_id, "id": id, "__incomplete__": true});
    let groups = |of: &dyn Fn(&GroupKind) -> bool| -> Vec<Value> {
        node.groups.iter().filter(|group| of(&group.kind)).map(|group| cut(group.id)).collect()
    };
    json!({
        "blockdevice_set": view(&|_| true), "physicalblockdevice_set": view(&Disk::is_physical),
        "virtualblockdevice_set": view(&|disk| !disk.is_physical()), "storage": total as f64 / 1e6,
        "boot_disk": node.boot_disk.and_then(|id| node.disk(id)).map_or(Value::Null, |disk| disk_view(node, disk)),
        "raids": groups(&|kind| matches!(kind, GroupKind::Raid(_))),
        "volume_groups": groups(&|kind| *kind == GroupKind::Volumes),
        "bcaches": groups(&|kind| matches!(kind, GroupKind::Bcache { .. })),
        "cache_sets": node.cache_sets.iter().map(|set| cut(set.id)).collect::<Vec<_>>(),
        "special_filesystems": node.special_filesystems.iter().filter(|_| node.shows_filesystems()).map(fs_view).collect::<Vec<_>>(),
    })
}
