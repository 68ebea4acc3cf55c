//! Fabrics, VLANs, subnets and what belongs to them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::Region;

/// A fabric.
#[derive(Clone, Debug)]
pub(crate) struct Fabric {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) class_type: Option<String>,
}

/// A VLAN.
#[derive(Clone, Debug)]
pub(crate) struct Vlan {
    pub(crate) id: u64,
    pub(crate) vid: u64,
    pub(crate) name: String,
    pub(crate) mtu: u64,
    pub(crate) fabric: u64,
    pub(crate) dhcp_on: bool,
    pub(crate) relay: Option<u64>,
    pub(crate) primary_rack: Option<String>,
    pub(crate) secondary_rack: Option<String>,
    pub(crate) space: Option<u64>,
}

/// A subnet.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are MAAS's own independent switches")]
pub(crate) struct Subnet {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) vlan: u64,
    pub(crate) cidr: IpNet,
    pub(crate) gateway: Option<IpAddr>,
    pub(crate) dns_servers: Vec<String>,
    pub(crate) managed: bool,
    pub(crate) allow_dns: bool,
    pub(crate) allow_proxy: bool,
    pub(crate) active_discovery: bool,
    pub(crate) rdns_mode: u64,
}

/// An IP range.
#[derive(Clone, Debug)]
pub(crate) struct IpRange {
    pub(crate) id: u64,
    pub(crate) dynamic: bool,
    pub(crate) start: IpAddr,
    pub(crate) end: IpAddr,
    pub(crate) subnet: u64,
    pub(crate) comment: String,
}

/// A static route.
#[derive(Clone, Debug)]
pub(crate) struct StaticRoute {
    pub(crate) id: u64,
    pub(crate) source: u64,
    pub(crate) destination: u64,
    pub(crate) gateway: String,
    pub(crate) metric: u64,
}

/// A space.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
}

impl Region {
    /// A fabric with its untagged VLAN; without a name it is called `fabric-ID`.
    pub(crate) fn add_fabric(&mut self, name: Option<String>, class_type: Option<String>) -> u64 {
        let id = self.next_fabric;
        self.next_fabric += 1;
        let name = name.unwrap_or_else(|| format!("fabric-{id}"));
        self.fabrics.insert(id, Fabric { id, name, class_type });
        self.add_vlan(id, 0, "untagged".to_owned());
        id
    }

    pub(crate) fn add_vlan(&mut self, fabric: u64, vid: u64, name: String) -> u64 {
        let id = self.next_vlan;
        self.next_vlan += 1;
        let vlan = Vlan {
            id,
            vid,
            name,
            mtu: 1500,
            fabric,
            dhcp_on: false,
            relay: None,
            primary_rack: None,
            secondary_rack: None,
            space: None,
        };
        self.vlans.insert(id, vlan);
        id
    }

    pub(crate) fn add_subnet(&mut self, cidr: IpNet, vlan: u64) -> u64 {
        let id = self.subnets.keys().max().map_or(1, |max| max + 1).max(self.next_subnet);
        self.next_subnet = id + 1;
        let subnet = Subnet {
            id,
            name: cidr.to_string(),
            description: String::new(),
            vlan,
            cidr,
            gateway: None,
            dns_servers: Vec::new(),
            managed: true,
            allow_dns: true,
            allow_proxy: true,
            active_discovery: false,
            rdns_mode: 2,
        };
        self.subnets.insert(id, subnet);
        id
    }

    /// The untagged VLAN of a fabric.
    pub(crate) fn untagged(&self, fabric: u64) -> Option<u64> {
        self.vlans.values().filter(|vlan| vlan.fabric == fabric && vlan.vid == 0).map(|vlan| vlan.id).min()
    }

    /// The VLAN at the other end of a wire: that of the subnet in which the rack controller has its address there.
    pub(crate) fn vlan_of_segment(&self, segment: &str) -> Option<u64> {
        let address = self.segments.get(segment)?;
        self.subnet_of(*address).and_then(|id| self.subnets.get(&id)).map(|subnet| subnet.vlan)
    }

    /// The subnet an address lies in.
    pub(crate) fn subnet_of(&self, address: IpAddr) -> Option<u64> {
        self.subnets.values().find(|subnet| subnet.cidr.contains(&address)).map(|subnet| subnet.id)
    }

    /// The VLAN has, itself or by relay, a DHCP server with addresses to give.
    pub(crate) fn serves_dhcp(&self, vlan: u64) -> bool {
        let Some(vlan) = self.vlans.get(&vlan) else { return false };
        let server = vlan.relay.and_then(|id| self.vlans.get(&id)).unwrap_or(vlan);
        server.dhcp_on && server.primary_rack.is_some() && self.has_dynamic_range(vlan.id)
    }

    pub(crate) fn has_dynamic_range(&self, vlan: u64) -> bool {
        self.ranges
            .values()
            .any(|range| range.dynamic && self.subnets.get(&range.subnet).is_some_and(|subnet| subnet.vlan == vlan))
    }

    /// All addresses somebody uses in a subnet.
    pub(crate) fn used_addresses(&self, subnet: u64) -> Vec<IpAddr> {
        self.nodes
            .values()
            .flat_map(|node| &node.interfaces)
            .flat_map(|interface| &interface.links)
            .filter(|link| link.subnet == Some(subnet))
            .filter_map(|link| link.ip)
            .collect()
    }

    /// The address MAAS chooses for an AUTO link: the first of the smallest free range.
    pub(crate) fn free_address(&self, subnet_id: u64) -> Option<IpAddr> {
        let subnet = self.subnets.get(&subnet_id)?;
        let IpNet::V4(net) = subnet.cidr else { return None };
        let mut taken: Vec<(u32, u32)> = Vec::new();
        let number = |address: IpAddr| match address {
            IpAddr::V4(address) => Some(u32::from(address)),
            IpAddr::V6(_) => None,
        };
        let single = self.used_addresses(subnet_id).into_iter().chain(subnet.gateway);
        taken.extend(single.filter_map(number).map(|at| (at, at)));
        let ranges = self.ranges.values().filter(|range| range.subnet == subnet_id);
        taken.extend(ranges.filter_map(|range| Some((number(range.start)?, number(range.end)?))));
        let racks = self.segments.values().copied().filter(|at| subnet.cidr.contains(at));
        taken.extend(racks.filter_map(number).map(|at| (at, at)));
        taken.sort_unstable();
        let (mut next, last) = (u32::from(net.network()) + 1, u32::from(net.broadcast()).saturating_sub(1));
        let mut free: Vec<(u32, u32)> = Vec::new();
        for (start, end) in taken {
            if start > next {
                free.push((start - next, next));
            }
            next = next.max(end.saturating_add(1));
        }
        if next <= last {
            free.push((last - next + 1, next));
        }
        free.iter().min().map(|(_, first)| IpAddr::V4((*first).into()))
    }

    pub(crate) fn vlan_view(&self, id: u64) -> Value {
        self.vlan_view_at(id, 0)
    }

    fn vlan_view_at(&self, id: u64, depth: u8) -> Value {
        let Some(vlan) = self.vlans.get(&id) else { return Value::Null };
        let relay = vlan.relay.filter(|_| depth == 0).map_or(Value::Null, |id| self.vlan_view_at(id, 1));
        json!({
            "id": vlan.id, "vid": vlan.vid, "name": vlan.name, "mtu": vlan.mtu,
            "fabric": self.fabrics.get(&vlan.fabric).map(|fabric| fabric.name.clone()), "fabric_id": vlan.fabric,
            "dhcp_on": vlan.dhcp_on, "external_dhcp": null, "relay_vlan": relay,
            "primary_rack": vlan.primary_rack, "secondary_rack": vlan.secondary_rack,
            "space": self.space_name(vlan), "resource_uri": format!("/MAAS/api/2.0/vlans/{id}/"),
        })
    }

    fn space_name(&self, vlan: &Vlan) -> String {
        vlan.space.and_then(|id| self.spaces.get(&id)).map_or("undefined".to_owned(), |space| space.name.clone())
    }

    pub(crate) fn fabric_view(&self, id: u64) -> Value {
        let Some(fabric) = self.fabrics.get(&id) else { return Value::Null };
        let vlans: Vec<Value> =
            self.vlans.values().filter(|vlan| vlan.fabric == id).map(|vlan| self.vlan_view(vlan.id)).collect();
        json!({
            "id": id, "name": fabric.name, "class_type": fabric.class_type, "vlans": vlans,
            "resource_uri": format!("/MAAS/api/2.0/fabrics/{id}/"),
        })
    }

    pub(crate) fn subnet_view(&self, id: u64) -> Value {
        let Some(subnet) = self.subnets.get(&id) else { return Value::Null };
        let space = self.vlans.get(&subnet.vlan).map_or("undefined".to_owned(), |vlan| self.space_name(vlan));
        json!({
            "id": id, "name": subnet.name, "description": subnet.description, "vlan": self.vlan_view(subnet.vlan),
            "cidr": subnet.cidr.to_string(), "rdns_mode": subnet.rdns_mode,
            "gateway_ip": subnet.gateway.map(|gateway| gateway.to_string()),
            "dns_servers": subnet.dns_servers, "allow_dns": subnet.allow_dns, "allow_proxy": subnet.allow_proxy,
            "active_discovery": subnet.active_discovery, "managed": subnet.managed,
            "disabled_boot_architectures": [], "space": space,
            "resource_uri": format!("/MAAS/api/2.0/subnets/{id}/"),
        })
    }

    pub(crate) fn range_view(&self, range: &IpRange) -> Value {
        json!({
            "id": range.id, "type": if range.dynamic { "dynamic" } else { "reserved" },
            "start_ip": range.start.to_string(), "end_ip": range.end.to_string(),
            "subnet": self.subnet_view(range.subnet), "user": super::user_view("admin"), "comment": range.comment,
            "resource_uri": format!("/MAAS/api/2.0/ipranges/{}/", range.id),
        })
    }

    pub(crate) fn route_view(&self, route: &StaticRoute) -> Value {
        json!({
            "id": route.id, "source": self.subnet_view(route.source),
            "destination": self.subnet_view(route.destination), "gateway_ip": route.gateway, "metric": route.metric,
            "resource_uri": format!("/MAAS/api/2.0/static-routes/{}/", route.id),
        })
    }

    pub(crate) fn space_view(&self, space: Option<&Space>) -> Value {
        let id = space.map(|space| space.id);
        let vlans: Vec<&Vlan> = self.vlans.values().filter(|vlan| vlan.space == id).collect();
        let subnets = self.subnets.values().filter(|subnet| vlans.iter().any(|vlan| vlan.id == subnet.vlan));
        let path = id.map_or("undefined".to_owned(), |id| id.to_string());
        json!({
            "id": id.map_or(json!(-1), |id| json!(id)),
            "name": space.map_or("undefined", |space| &space.name),
            "description": space.map_or("", |space| &space.description),
            "subnets": subnets.map(|subnet| self.subnet_view(subnet.id)).collect::<Vec<_>>(),
            "vlans": vlans.iter().map(|vlan| self.vlan_view(vlan.id)).collect::<Vec<_>>(),
            "resource_uri": format!("/MAAS/api/2.0/spaces/{path}/"),
        })
    }
}
