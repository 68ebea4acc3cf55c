//! Fabrics, VLANs and subnets.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::Region;
use crate::world::World;

const LIST: &str = "GET, POST";
const ITEM: &str = "GET, PUT, DELETE";

pub(super) fn fabrics(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => Ok(Reply::json(&region.fabrics.keys().map(|id| region.fabric_view(*id)).collect::<Value>())),
        ("POST", None) => {
            let data = request.data();
            let name = data.filled("name").map(str::to_owned);
            if let Some(name) = &name {
                check_fabric_name(region, name, None)?;
            }
            let id = region.add_fabric(name, data.filled("class_type").map(str::to_owned));
            Ok(Reply::json(&region.fabric_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_fabric_name(region: &Region, name: &str, own: Option<u64>) -> Result<(), Reply> {
    if !name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '_' | '-' | '.')) {
        return Err(Reply::field("name", format!("Invalid fabric name: {name}.")));
    }
    if region.fabrics.values().any(|fabric| fabric.name == name && Some(fabric.id) != own) {
        return Err(Reply::field("name", "Fabric with this Name already exists."));
    }
    Ok(())
}

pub(super) fn fabric(world: &mut World, request: &Request, id: &str) -> Answer {
    let region = &mut world.region;
    let found = id.parse().ok().filter(|id| region.fabrics.contains_key(id));
    let named = region.fabrics.values().find(|fabric| fabric.name == id.trim_start_matches("name:")).map(|f| f.id);
    let id: u64 = found.or(named).ok_or_else(|| Reply::missing("Fabric"))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("PUT", None) => {
            let data = request.data();
            if let Some(name) = data.filled("name") {
                check_fabric_name(region, name, Some(id))?;
            }
            if let Some(fabric) = region.fabrics.get_mut(&id) {
                if let Some(name) = data.filled("name") {
                    name.clone_into(&mut fabric.name);
                }
                if let Some(class) = data.get("class_type") {
                    fabric.class_type = (!class.is_empty()).then(|| class.to_owned());
                }
            }
        }
        ("DELETE", None) => {
            if id == 0 {
                return Err(Reply::sentence(400, "This fabric is the default fabric, it cannot be deleted."));
            }
            let vlans: Vec<u64> = region.vlans.values().filter(|v| v.fabric == id).map(|v| v.id).collect();
            if region.subnets.values().any(|subnet| vlans.contains(&subnet.vlan)) {
                return Err(Reply::sentence(400, "Can't delete fabric; the following subnets are still present."));
            }
            let connected = |id: &u64| {
                region.nodes.values().flat_map(|n| &n.interfaces).any(|interface| interface.vlan == Some(*id))
            };
            if vlans.iter().any(connected) {
                return Err(Reply::sentence(400, "Can't delete fabric; the following interfaces are still connected."));
            }
            region.fabrics.remove(&id);
            region.vlans.retain(|_, vlan| vlan.fabric != id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.fabric_view(id)))
}

pub(super) fn vlans(world: &mut World, request: &Request, fabric: &str) -> Answer {
    let region = &mut world.region;
    let fabric: u64 =
        fabric.parse().ok().filter(|id| region.fabrics.contains_key(id)).ok_or_else(|| Reply::missing("Fabric"))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let all = region.vlans.values().filter(|vlan| vlan.fabric == fabric);
            Ok(Reply::json(&all.map(|vlan| region.vlan_view(vlan.id)).collect::<Value>()))
        }
        ("POST", None) => {
            let data = request.data();
            let range = "VID must be between 0 and 4094.".to_owned();
            let Some(vid) = data.filled("vid") else {
                return Err(Reply::fields(&[("vid", "This field is required.".to_owned()), ("vid", range)]));
            };
            let vid: u64 =
                vid.parse().ok().filter(|vid| *vid <= 4094).ok_or_else(|| Reply::fields(&[("vid", range)]))?;
            check_mtu(data)?;
            if region.vlans.values().any(|vlan| vlan.fabric == fabric && vlan.vid == vid) {
                let text = "A VLAN with the specified VID already exists in the destination fabric.";
                return Err(Reply::field("__all__", text));
            }
            let name = data.filled("name").map_or_else(|| vid.to_string(), str::to_owned);
            let id = region.add_vlan(fabric, vid, name);
            update_vlan(region, id, data);
            Ok(Reply::json(&region.vlan_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_mtu(data: &Params) -> Result<(), Reply> {
    match data.number("mtu") {
        Some(mtu) if mtu < 552 => Err(Reply::field("mtu", "Ensure this value is greater than or equal to 552.")),
        Some(mtu) if mtu > 65535 => Err(Reply::field("mtu", "Ensure this value is less than or equal to 65535.")),
        _ => Ok(()),
    }
}

pub(super) fn vlan_by_vid(world: &World, fabric: &str, vid: &str) -> Result<u64, Reply> {
    let (fabric, vid) = (fabric.parse::<u64>().ok(), vid.parse::<u64>().ok());
    let found = world.region.vlans.values().find(|vlan| Some(vlan.fabric) == fabric && Some(vlan.vid) == vid);
    found.map(|vlan| vlan.id).ok_or_else(|| Reply::missing("VLAN"))
}

pub(super) fn vlan_by_id(world: &World, id: &str) -> Result<u64, Reply> {
    id.parse().ok().filter(|id| world.region.vlans.contains_key(id)).ok_or_else(|| Reply::missing("VLAN"))
}

pub(super) fn vlan(world: &mut World, request: &Request, id: u64) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("PUT", None) => {
            let data = request.data();
            check_mtu(data)?;
            for field in ["primary_rack", "secondary_rack"] {
                if let Some(rack) = data.filled(field)
                    && region.nodes.get(rack).is_none_or(crate::region::node::Node::is_machine)
                {
                    let text = "Select a valid choice. That choice is not one of the available choices.";
                    return Err(Reply::field(field, text));
                }
            }
            if data.checkbox("dhcp_on") == Some(true) && !region.has_dynamic_range(id) {
                let text = "dhcp can only be turned on when a dynamic IP range is defined.";
                return Err(Reply::field("dhcp_on", text));
            }
            let rack_after = data.filled("primary_rack").is_some()
                || region.vlans.get(&id).is_some_and(|vlan| vlan.primary_rack.is_some());
            if data.checkbox("dhcp_on") == Some(true) && !rack_after {
                let text = "dhcp can only be turned on when a primary rack controller is set.";
                return Err(Reply::field("dhcp_on", text));
            }
            update_vlan(region, id, data);
        }
        ("DELETE", None) => {
            let Some(vlan) = region.vlans.get(&id) else { return Err(Reply::missing("VLAN")) };
            if vlan.vid == 0 {
                let text = "This VLAN is the default VLAN in the fabric, it cannot be deleted.";
                return Err(Reply::sentence(400, text));
            }
            let untagged = region.untagged(vlan.fabric).unwrap_or_default();
            for subnet in region.subnets.values_mut().filter(|subnet| subnet.vlan == id) {
                subnet.vlan = untagged;
            }
            for interface in region.nodes.values_mut().flat_map(|node| &mut node.interfaces) {
                if interface.vlan == Some(id) {
                    interface.vlan = Some(untagged);
                }
            }
            region.vlans.remove(&id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.vlan_view(id)))
}

fn update_vlan(region: &mut Region, id: u64, data: &Params) {
    let space = data.get("space").map(|text| {
        let by_name = region.spaces.values().find(|space| space.name == text).map(|space| space.id);
        text.parse().ok().filter(|id| region.spaces.contains_key(id)).or(by_name)
    });
    let Some(vlan) = region.vlans.get_mut(&id) else { return };
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut vlan.name);
    }
    if let Some(vid) = data.number("vid") {
        vlan.vid = vid;
    }
    vlan.mtu = data.number("mtu").unwrap_or(vlan.mtu);
    vlan.dhcp_on = data.checkbox("dhcp_on").unwrap_or(vlan.dhcp_on);
    if let Some(space) = space {
        vlan.space = space;
    }
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    if let Some(rack) = data.get("primary_rack") {
        vlan.primary_rack = text(rack);
    }
    if let Some(rack) = data.get("secondary_rack") {
        vlan.secondary_rack = text(rack);
    }
    if let Some(relay) = data.get("relay_vlan") {
        vlan.relay = relay.parse().ok();
        vlan.dhcp_on &= vlan.relay.is_none();
    }
}

pub(super) fn subnets(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => Ok(Reply::json(&region.subnets.keys().map(|id| region.subnet_view(*id)).collect::<Value>())),
        ("POST", None) => {
            let data = request.data();
            let text = data.filled("cidr").ok_or_else(|| Reply::required("cidr"))?;
            let cidr: IpNet =
                text.parse().map_err(|_| Reply::field("cidr", "Required format: <network>/<prefixlen>."))?;
            let cidr = cidr.trunc();
            let overlap = region.subnets.values().find(|s| s.cidr.contains(&cidr) || cidr.contains(&s.cidr));
            if let Some(overlap) = overlap {
                let text = format!("Subnet {cidr} would overlap with existing subnets.");
                let mut errors = vec![("__all__", text)];
                if overlap.cidr == cidr {
                    errors.push(("cidr", "Subnet with this Cidr already exists.".to_owned()));
                }
                return Err(Reply::fields(&errors));
            }
            check_gateway(data, cidr)?;
            let vlan = vlan_for_subnet(region, data)?.or_else(|| region.untagged(0)).unwrap_or_default();
            let id = region.add_subnet(cidr, vlan);
            update_subnet(region, id, data);
            Ok(Reply::json(&region.subnet_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_gateway(data: &Params, cidr: IpNet) -> Result<(), Reply> {
    let Some(text) = data.filled("gateway_ip") else { return Ok(()) };
    let inside = text.parse::<IpAddr>().is_ok_and(|gateway| cidr.contains(&gateway));
    if inside { Ok(()) } else { Err(Reply::field("gateway_ip", "Gateway IP must be within CIDR range.")) }
}

fn vlan_for_subnet(region: &Region, data: &Params) -> Result<Option<u64>, Reply> {
    let choice = || "Select a valid choice. That choice is not one of the available choices.";
    if let Some(text) = data.filled("vlan") {
        let id = text.parse().ok().filter(|id| region.vlans.contains_key(id));
        return id.map(Some).ok_or_else(|| Reply::field("vlan", choice()));
    }
    let (fabric, vid) = (data.number("fabric"), data.number("vid"));
    if fabric.is_none() && vid.is_none() {
        return Ok(None);
    }
    let (fabric, vid) = (fabric.unwrap_or(0), vid.unwrap_or(0));
    let found = region.vlans.values().find(|vlan| vlan.fabric == fabric && vlan.vid == vid);
    found
        .map(|vlan| Some(vlan.id))
        .ok_or_else(|| Reply::field("vid", format!("No VLAN with vid {vid} in fabric {fabric}.")))
}

pub(super) fn find_subnet(region: &Region, text: &str) -> Option<u64> {
    if let Some(cidr) = text.strip_prefix("cidr:") {
        return region.subnets.values().find(|subnet| subnet.cidr.to_string() == cidr).map(|subnet| subnet.id);
    }
    let by_id = text.parse().ok().filter(|id| region.subnets.contains_key(id));
    let name = text.strip_prefix("name:").unwrap_or(text);
    let by_name = || {
        let same = |subnet: &&crate::region::network::Subnet| subnet.name == name || subnet.cidr.to_string() == name;
        region.subnets.values().find(same).map(|subnet| subnet.id)
    };
    by_id.or_else(by_name)
}

pub(super) fn subnet(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = find_subnet(region, text).ok_or_else(|| Reply::missing("Subnet"))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("GET", Some("ip_addresses" | "reserved_ip_ranges" | "unreserved_ip_ranges")) => {
            return Ok(Reply::json(&json!([])));
        }
        ("PUT", None) => {
            let data = request.data();
            let cidr = region.subnets.get(&id).map(|subnet| subnet.cidr);
            if let Some(cidr) = data.filled("cidr").and_then(|text| text.parse().ok()).or(cidr) {
                check_gateway(data, cidr)?;
            }
            if let Some(vlan) = vlan_for_subnet(region, data)?
                && let Some(subnet) = region.subnets.get_mut(&id)
            {
                subnet.vlan = vlan;
            }
            update_subnet(region, id, data);
        }
        ("DELETE", None) => {
            region.subnets.remove(&id);
            region.ranges.retain(|_, range| range.subnet != id);
            region.routes.retain(|_, route| route.source != id && route.destination != id);
            for interface in region.nodes.values_mut().flat_map(|node| &mut node.interfaces) {
                interface.links.retain(|link| link.subnet != Some(id));
                interface.discovered = interface.discovered.filter(|(subnet, _)| *subnet != id);
            }
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.subnet_view(id)))
}

fn update_subnet(region: &mut Region, id: u64, data: &Params) {
    let Some(subnet) = region.subnets.get_mut(&id) else { return };
    if let Some(cidr) = data.filled("cidr").and_then(|text| text.parse::<IpNet>().ok()) {
        subnet.cidr = cidr.trunc();
    }
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut subnet.name);
    }
    if let Some(description) = data.get("description") {
        description.clone_into(&mut subnet.description);
    }
    if let Some(gateway) = data.get("gateway_ip") {
        subnet.gateway = gateway.parse().ok();
    }
    if data.get("dns_servers").is_some() {
        let all = data.all("dns_servers").join(" ");
        let servers = all.split([',', ' ']).filter(|server| !server.is_empty());
        subnet.dns_servers = servers.map(str::to_owned).collect();
    }
    subnet.managed = data.checkbox("managed").unwrap_or(subnet.managed);
    subnet.active_discovery = data.checkbox("active_discovery").unwrap_or(subnet.active_discovery);
    subnet.allow_dns = data.parsed("allow_dns").unwrap_or(subnet.allow_dns);
    subnet.allow_proxy = data.parsed("allow_proxy").unwrap_or(subnet.allow_proxy);
    subnet.rdns_mode = data.number("rdns_mode").unwrap_or(subnet.rdns_mode);
}
