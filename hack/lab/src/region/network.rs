//! Fabrics, VLANs, subnets and what belongs to them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::Region;

/// A wire that machines are plugged into, as DHCP sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    /// The rack controller's address on it, or that of the router that relays.
    pub(crate) address: IpAddr,
    /// Requests come by a router.
    pub(crate) is_relayed: bool,
}

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
    pub(crate) gateway_ip: Option<String>,
    pub(crate) dns_servers: Vec<String>,
    pub(crate) managed: bool,
    pub(crate) allow_dns: bool,
    pub(crate) allow_proxy: bool,
    pub(crate) active_discovery: bool,
    pub(crate) rdns_mode: u64,
    pub(crate) disabled_boot_architectures: Vec<String>,
}

/// An IP range.
#[derive(Clone, Debug)]
pub(crate) struct IpRange {
    pub(crate) id: u64,
    pub(crate) dynamic: bool,
    pub(crate) start: IpAddr,
    pub(crate) end: IpAddr,
    pub(crate) subnet: u64,
    pub(crate) user: String,
    pub(crate) comment: String,
}

/// An address that DHCP gives to one MAC address alone.
#[derive(Clone, Debug)]
pub(crate) struct ReservedIp {
    pub(crate) ip: IpAddr,
    pub(crate) mac: Option<String>,
    pub(crate) subnet: u64,
    pub(crate) comment: Option<String>,
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

impl Subnet {
    pub(crate) fn gateway(&self) -> Option<IpAddr> {
        self.gateway_ip.as_deref()?.parse().ok()
    }
}

impl Region {
    /// A fabric with its untagged VLAN; without a name it is called `fabric-ID`.
    pub(crate) fn add_fabric(&mut self, name: Option<&str>, class_type: Option<String>) -> u64 {
        let id = self.fabrics.add(|id| {
            let name = name.map_or_else(|| format!("fabric-{id}"), str::to_owned);
            Fabric { id, name, class_type }
        });
        self.add_vlan(id, 0, "untagged");
        id
    }

    pub(crate) fn add_vlan(&mut self, fabric: u64, vid: u64, name: &str) -> u64 {
        self.vlans.add(|id| Vlan {
            id,
            vid,
            name: name.to_owned(),
            mtu: 1500,
            fabric,
            dhcp_on: false,
            relay: None,
            primary_rack: None,
            secondary_rack: None,
            space: None,
        })
    }

    pub(crate) fn add_subnet(&mut self, cidr: IpNet, vlan: u64) -> u64 {
        self.subnets.add(|id| Subnet {
            id,
            name: cidr.to_string(),
            description: String::new(),
            vlan,
            cidr,
            gateway_ip: None,
            dns_servers: Vec::new(),
            managed: true,
            allow_dns: true,
            allow_proxy: true,
            active_discovery: false,
            rdns_mode: 2,
            disabled_boot_architectures: Vec::new(),
        })
    }

    /// The untagged VLAN of a fabric.
    pub(crate) fn untagged(&self, fabric: u64) -> Option<u64> {
        self.vlans.values().filter(|vlan| vlan.fabric == fabric && vlan.vid == 0).map(|vlan| vlan.id).min()
    }

    /// The VLAN at the other end of a wire: that of the subnet in which the rack controller, or the router that relays to
    /// it, has its address there.
    pub(crate) fn vlan_of_segment(&self, segment: &str) -> Option<u64> {
        let wire = self.segments.get(segment)?;
        self.subnet_of(wire.address).and_then(|id| self.subnets.get(id)).map(|subnet| subnet.vlan)
    }

    /// Whoever boots on a wire gets an address: the region serves its VLAN, in the way in which its requests arrive.
    pub(crate) fn answers_on(&self, segment: &str) -> bool {
        let Some(wire) = self.segments.get(segment) else { return false };
        self.vlan_of_segment(segment).is_some_and(|id| {
            let is_relayed = self.vlans.get(id).is_some_and(|vlan| vlan.relay.is_some());
            is_relayed == wire.is_relayed && self.serves_dhcp(id)
        })
    }

    /// The subnet's addresses are IPv4.
    pub(crate) fn is_v4(&self, subnet: Option<u64>) -> bool {
        subnet.and_then(|id| self.subnets.get(id)).is_none_or(|subnet| subnet.cidr.addr().is_ipv4())
    }

    /// The subnet an address lies in.
    pub(crate) fn subnet_of(&self, address: IpAddr) -> Option<u64> {
        self.subnets.values().find(|subnet| subnet.cidr.contains(&address)).map(|subnet| subnet.id)
    }

    /// The VLAN has, itself or by relay, a DHCP server with addresses to give.
    fn serves_dhcp(&self, vlan: u64) -> bool {
        let Some(vlan) = self.vlans.get(vlan) else { return false };
        let server = vlan.relay.and_then(|id| self.vlans.get(id)).unwrap_or(vlan);
        server.dhcp_on && server.primary_rack.is_some() && self.has_dynamic_range(vlan.id)
    }

    pub(crate) fn has_dynamic_range(&self, vlan: u64) -> bool {
        self.ranges
            .values()
            .any(|range| range.dynamic && self.subnets.get(range.subnet).is_some_and(|subnet| subnet.vlan == vlan))
    }

    /// All addresses somebody uses in a subnet.
    pub(crate) fn used_addresses(&self, subnet: u64) -> Vec<IpAddr> {
        let links = self.nodes.values().flat_map(|node| &node.interfaces).flat_map(|interface| &interface.links);
        let linked = links.filter(|link| link.subnet == Some(subnet)).filter_map(|link| link.ip);
        let cidr = self.subnets.get(subnet).map(|subnet| subnet.cidr);
        let named = self.dns_resources.values().flat_map(|resource| &resource.addresses).map(|address| address.ip);
        linked.chain(named.filter(|ip| cidr.is_some_and(|cidr| cidr.contains(ip)))).collect()
    }

    pub(crate) fn vlan_view(&self, id: u64) -> Value {
        self.vlan_view_at(id, 0)
    }

    fn vlan_view_at(&self, id: u64, depth: u8) -> Value {
        let Some(vlan) = self.vlans.get(id) else { return Value::Null };
        let relay = vlan.relay.filter(|_| depth == 0).map_or(Value::Null, |id| self.vlan_view_at(id, 1));
        json!({
            "id": vlan.id, "vid": vlan.vid, "name": vlan.name, "mtu": vlan.mtu,
            "fabric": self.fabrics.get(vlan.fabric).map(|fabric| fabric.name.clone()), "fabric_id": vlan.fabric,
            "dhcp_on": vlan.dhcp_on, "external_dhcp": null, "relay_vlan": relay,
            "primary_rack": vlan.primary_rack, "secondary_rack": vlan.secondary_rack,
            "space": self.space_name(vlan), "resource_uri": format!("/MAAS/api/2.0/vlans/{id}/"),
        })
    }

    pub(crate) fn space_name(&self, vlan: &Vlan) -> String {
        vlan.space.and_then(|id| self.spaces.get(id)).map_or("undefined".to_owned(), |space| space.name.clone())
    }

    pub(crate) fn fabric_view(&self, id: u64) -> Value {
        let Some(fabric) = self.fabrics.get(id) else { return Value::Null };
        let vlans: Vec<Value> =
            self.vlans.values().filter(|vlan| vlan.fabric == id).map(|vlan| self.vlan_view(vlan.id)).collect();
        json!({
            "id": id, "name": fabric.name, "class_type": fabric.class_type, "vlans": vlans,
            "resource_uri": format!("/MAAS/api/2.0/fabrics/{id}/"),
        })
    }

    pub(crate) fn subnet_view(&self, id: u64) -> Value {
        let Some(subnet) = self.subnets.get(id) else { return Value::Null };
        let space = self.vlans.get(subnet.vlan).map_or("undefined".to_owned(), |vlan| self.space_name(vlan));
        json!({
            "id": id, "name": subnet.name, "description": subnet.description, "vlan": self.vlan_view(subnet.vlan),
            "cidr": subnet.cidr.to_string(), "rdns_mode": subnet.rdns_mode, "gateway_ip": subnet.gateway_ip,
            "dns_servers": subnet.dns_servers, "allow_dns": subnet.allow_dns, "allow_proxy": subnet.allow_proxy,
            "active_discovery": subnet.active_discovery, "managed": subnet.managed,
            "disabled_boot_architectures": subnet.disabled_boot_architectures, "space": space,
            "resource_uri": format!("/MAAS/api/2.0/subnets/{id}/"),
        })
    }

    pub(crate) fn range_view(&self, id: u64) -> Value {
        let Some(range) = self.ranges.get(id) else { return Value::Null };
        json!({
            "id": id, "type": if range.dynamic { "dynamic" } else { "reserved" },
            "start_ip": range.start.to_string(), "end_ip": range.end.to_string(),
            "subnet": self.subnet_view(range.subnet), "user": self.user_view(&range.user), "comment": range.comment,
            "resource_uri": format!("/MAAS/api/2.0/ipranges/{id}/"),
        })
    }

    pub(crate) fn reserved_ip_view(&self, id: u64) -> Value {
        let Some(reserved) = self.reserved_ips.get(id) else { return Value::Null };
        json!({
            "subnet": self.subnet_view(reserved.subnet), "ip": reserved.ip.to_string(),
            "mac_address": reserved.mac, "comment": reserved.comment, "id": id,
            "resource_uri": format!("/MAAS/api/2.0/reservedips/{id}/"),
        })
    }

    pub(crate) fn route_view(&self, id: u64) -> Value {
        let Some(route) = self.routes.get(id) else { return Value::Null };
        json!({
            "id": id, "source": self.subnet_view(route.source),
            "destination": self.subnet_view(route.destination), "gateway_ip": route.gateway, "metric": route.metric,
            "resource_uri": format!("/MAAS/api/2.0/static-routes/{id}/"),
        })
    }

    /// A space, or the one that stands for none.
    pub(crate) fn space_view(&self, id: Option<u64>) -> Value {
        const NONE: &str = "Backward compatibility object to ensure objects not associated with a space can be found.";
        let space = id.and_then(|id| self.spaces.get(id));
        let vlans: Vec<&Vlan> = self.vlans.values().filter(|vlan| vlan.space == id).collect();
        let subnets = self.subnets.values().filter(|subnet| vlans.iter().any(|vlan| vlan.id == subnet.vlan));
        let path = id.map_or("undefined".to_owned(), |id| id.to_string());
        json!({
            "id": id.map_or(json!(-1), |id| json!(id)),
            "name": space.map_or("undefined", |space| &space.name),
            "description": space.map_or(NONE, |space| &space.description),
            "subnets": subnets.map(|subnet| self.subnet_view(subnet.id)).collect::<Vec<_>>(),
            "vlans": vlans.iter().map(|vlan| self.vlan_view(vlan.id)).collect::<Vec<_>>(),
            "resource_uri": format!("/MAAS/api/2.0/spaces/{path}/"),
        })
    }
}
