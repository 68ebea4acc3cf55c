//! Subnets and what can be asked about them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::form::{CHOICE, Errors, no_choice, words};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use crate::region::{Region, times};
use crate::world::World;

/// A subnet by id, `cidr:` or `name:`.
pub(super) fn find(region: &Region, text: &str) -> Option<u64> {
    if let Some(cidr) = text.strip_prefix("cidr:") {
        return region.subnets.values().find(|subnet| subnet.cidr.to_string() == cidr).map(|subnet| subnet.id);
    }
    let name = text.strip_prefix("name:").unwrap_or(text);
    let same = |subnet: &&crate::region::network::Subnet| subnet.name == name || subnet.cidr.to_string() == name;
    region.subnets.find(text).or_else(|| region.subnets.values().find(same).map(|subnet| subnet.id))
}

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            Ok(Reply::json(&region.subnets.iter().map(|(id, _)| region.subnet_view(id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let text = errors.required(data, "cidr");
            let cidr = text.parse::<IpNet>().ok().map(|cidr| cidr.trunc());
            errors.unless(cidr.is_some() || text.is_empty(), "cidr", "Required format: <network>/<prefixlen>.");
            let vlan = check(&mut errors, region, data, cidr, None);
            errors.finish()?;
            let Some(cidr) = cidr else { return Err(Reply::required("cidr")) };
            let id = region.add_subnet(cidr, vlan.or_else(|| region.untagged(0)).unwrap_or_default());
            update(region, id, data);
            let mut view = region.subnet_view(id);
            // The answer shows the field as the form had it; later reads show what was kept.
            if view["gateway_ip"].is_null() {
                view["gateway_ip"] = json!("");
            }
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

/// Checks the fields of a create or an update; gives the VLAN that was asked for.
fn check(errors: &mut Errors, region: &Region, data: &Params, cidr: Option<IpNet>, own: Option<u64>) -> Option<u64> {
    if let Some(cidr) = cidr {
        let others = || region.subnets.values().filter(|other| Some(other.id) != own);
        if others().any(|other| other.cidr.contains(&cidr) || cidr.contains(&other.cidr)) {
            errors.add("__all__", format!("Subnet {cidr} would overlap with existing subnets."));
        }
        errors.unless(others().all(|other| other.cidr != cidr), "cidr", "Subnet with this Cidr already exists.");
        if let Some(text) = data.filled("gateway_ip") {
            match text.parse::<IpAddr>() {
                Ok(gateway) => {
                    errors.unless(cidr.contains(&gateway), "gateway_ip", "Gateway IP must be within CIDR range.");
                }
                Err(_) => errors.add("gateway_ip", "Enter a valid IPv4 or IPv6 address."),
            }
        }
    }
    for server in words(data, "dns_servers") {
        if server.parse::<IpAddr>().is_err() {
            let text = format!("Invalid IP address: {server}; provide a list of space-separated IP addresses");
            errors.add("dns_servers", text);
        }
    }
    if let Some(mode) = data.filled("rdns_mode") {
        errors.unless(matches!(mode, "0" | "1" | "2"), "rdns_mode", no_choice(mode));
    }
    vlan_choice(errors, region, data)
}

fn vlan_choice(errors: &mut Errors, region: &Region, data: &Params) -> Option<u64> {
    if let Some(text) = data.filled("vlan") {
        let vlan = region.vlans.find(text);
        errors.unless(vlan.is_some(), "vlan", CHOICE);
        return vlan;
    }
    let (fabric, vid) = (data.filled("fabric"), data.number("vid"));
    if fabric.is_none() && vid.is_none() {
        return None;
    }
    let fabric = fabric.map_or(Some(0), |text| super::fabrics::find(region, text).ok());
    errors.unless(fabric.is_some(), "fabric", CHOICE);
    let (fabric, vid) = (fabric?, vid.unwrap_or(0));
    let found = region.vlans.values().find(|vlan| vlan.fabric == fabric && vlan.vid == vid).map(|vlan| vlan.id);
    errors.unless(found.is_some(), "vid", format!("No VLAN with vid {vid} in fabric {fabric}."));
    found
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = find(region, text).ok_or_else(|| Reply::missing("Subnet"))?;
    let Some(subnet) = region.subnets.get(id) else { return Err(Reply::missing("Subnet")) };
    match request.asked() {
        ("GET", None) => {}
        ("GET", Some("statistics")) => {
            let on = |name: &str| request.query.parsed(name) == Some(true);
            let view = region.statistics_view(subnet, on("include_ranges"), on("include_suggestions"));
            return Ok(Reply::json(&view));
        }
        ("GET", Some("reserved_ip_ranges")) => return Ok(Reply::json(&region.reserved_ranges_view(subnet))),
        ("GET", Some("unreserved_ip_ranges")) => return Ok(Reply::json(&region.unreserved_ranges_view(subnet))),
        ("GET", Some("ip_addresses")) => return Ok(Reply::json(&addresses(region, id, &request.query))),
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            let cidr = match data.filled("cidr") {
                Some(text) => {
                    let cidr = text.parse::<IpNet>().ok().map(|cidr| cidr.trunc());
                    errors.unless(cidr.is_some(), "cidr", "Required format: <network>/<prefixlen>.");
                    cidr
                }
                None => Some(subnet.cidr),
            };
            let vlan = check(&mut errors, region, data, cidr, Some(id));
            errors.finish()?;
            if let (Some(vlan), Some(subnet)) = (vlan, region.subnets.get_mut(id)) {
                subnet.vlan = vlan;
            }
            update(region, id, data);
        }
        ("DELETE", None) => {
            request.may_admin()?;
            delete(region, id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.subnet_view(id)))
}

fn delete(region: &mut Region, id: u64) {
    region.subnets.remove(id);
    region.ranges.retain(|range| range.subnet != id);
    region.reserved_ips.retain(|reserved| reserved.subnet != id);
    region.routes.retain(|route| route.source != id && route.destination != id);
    for interface in region.nodes.values_mut().flat_map(|node| &mut node.interfaces) {
        interface.links.retain(|link| link.subnet != Some(id));
        interface.discovered = interface.discovered.filter(|(subnet, _)| *subnet != id);
    }
}

fn update(region: &mut Region, id: u64, data: &Params) {
    let Some(subnet) = region.subnets.get_mut(id) else { return };
    if let Some(cidr) = data.filled("cidr").and_then(|text| text.parse::<IpNet>().ok()) {
        // A subnet that was called after its network still is.
        if subnet.name == subnet.cidr.to_string() {
            subnet.name = cidr.trunc().to_string();
        }
        subnet.cidr = cidr.trunc();
    }
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut subnet.name);
    }
    if let Some(description) = data.get("description") {
        description.clone_into(&mut subnet.description);
    }
    if let Some(gateway) = data.get("gateway_ip") {
        subnet.gateway_ip = (!gateway.is_empty()).then(|| gateway.to_owned());
    }
    if data.get("dns_servers").is_some() {
        subnet.dns_servers = words(data, "dns_servers");
    }
    if data.get("disabled_boot_architectures").is_some() {
        subnet.disabled_boot_architectures = words(data, "disabled_boot_architectures");
    }
    subnet.managed = data.checkbox("managed").unwrap_or(subnet.managed);
    subnet.active_discovery = data.checkbox("active_discovery").unwrap_or(subnet.active_discovery);
    subnet.allow_dns = data.word_true("allow_dns").unwrap_or(subnet.allow_dns);
    subnet.allow_proxy = data.word_true("allow_proxy").unwrap_or(subnet.allow_proxy);
    subnet.rdns_mode = data.number("rdns_mode").unwrap_or(subnet.rdns_mode);
}

/// `op=ip_addresses`: every address with whoever has it.
fn addresses(region: &Region, id: u64, query: &Params) -> Value {
    const STICKY: u64 = 1;
    let on = |name: &str| query.parsed(name) != Some(false);
    let (user, summary) = (on("with_username"), on("with_summary") && on("with_node_summary"));
    let mut found: Vec<(IpAddr, Value)> = Vec::new();
    for node in region.nodes.values() {
        for interface in &node.interfaces {
            let links = interface.links.iter().filter(|link| link.subnet == Some(id));
            let linked = links.filter_map(|link| Some((link.ip?, if link.mode == "auto" { 0 } else { STICKY })));
            let leased = interface.discovered.filter(|(subnet, _)| *subnet == id).map(|(_, ip)| (ip, 6));
            for (ip, alloc_type) in linked.chain(leased) {
                let at = times::dotted(node.created);
                let mut view = json!({"ip": ip.to_string(), "alloc_type": alloc_type, "created": at, "updated": at});
                if user && let Some(owner) = &node.owner {
                    view["user"] = json!(owner);
                }
                if summary {
                    view["node_summary"] = json!({
                        "system_id": node.system_id, "node_type": node.kind.number(), "fqdn": region.fqdn_of(node),
                        "hostname": node.hostname, "is_container": false, "via": interface.name,
                    });
                }
                found.push((ip, view));
            }
        }
    }
    let named = region.dns_resources.values().flat_map(|resource| &resource.addresses);
    for address in named.filter(|address| region.subnet_of(address.ip) == Some(id)) {
        let at = times::dotted(address.created);
        let ip = address.ip.to_string();
        found.push((
            address.ip,
            json!({"ip": ip, "alloc_type": 4, "created": at, "updated": at, "user": address.owner}),
        ));
    }
    found.sort_by_key(|(ip, _)| *ip);
    found.into_iter().map(|(_, view)| view).collect()
}
