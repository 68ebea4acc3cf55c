//! Reserved IPs: addresses that DHCP gives to one MAC address alone.

use std::net::IpAddr;

use serde_json::Value;

use super::form::{CHOICE, Errors};
use super::machines::valid_mac;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{ITEM, LIST, no_such};
use super::subnets;
use crate::region::Region;
use crate::region::network::ReservedIp;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            Ok(Reply::json(&region.reserved_ips.iter().map(|(id, _)| region.reserved_ip_view(id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            create(region, request)
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn create(region: &mut Region, request: &Request) -> Answer {
    let data = request.data();
    let mut errors = Errors::default();
    let text = errors.required(data, "ip");
    let ip: Option<IpAddr> = text.parse().ok();
    errors.unless(ip.is_some() || text.is_empty(), "ip", "Enter a valid IPv4 or IPv6 address.");
    let mac = data.filled("mac_address").map(str::to_lowercase);
    if let Some(mac) = &mac {
        errors.unless(valid_mac(mac), "mac_address", format!("'{mac}' is not a valid MAC address."));
    }
    let subnet = match data.filled("subnet") {
        Some(text) => {
            let found = subnets::find(region, text);
            errors.unless(found.is_some(), "subnet", CHOICE);
            found
        }
        None => ip.and_then(|ip| region.subnet_of(ip)),
    };
    errors.finish()?;
    let Some(ip) = ip else { return Err(Reply::required("ip")) };
    let subnet = subnet.ok_or_else(|| Reply::field("subnet", "There is no suitable subnet for the IP provided."))?;
    check(region, ip, mac.as_deref(), subnet)?;
    let comment = data.get("comment").map(str::to_owned);
    let id = region.reserved_ips.add(|_| ReservedIp { ip, mac, subnet, comment });
    Ok(Reply::json(&region.reserved_ip_view(id)))
}

fn check(region: &Region, ip: IpAddr, mac: Option<&str>, subnet: u64) -> Result<(), Reply> {
    let mut errors = Errors::default();
    let Some(net) = region.subnets.get(subnet) else { return Err(Reply::field("subnet", CHOICE)) };
    errors.unless(net.cidr.contains(&ip), "ip", "The provided IP is not part of the subnet.");
    if net.cidr.contains(&ip) && (ip == net.cidr.network() || ip == net.cidr.broadcast()) {
        errors.add("ip", "The broadcast address and the network address cannot be a reserved IP.");
    }
    let dynamic = region
        .ranges
        .values()
        .find(|range| range.dynamic && range.subnet == subnet && range.start <= ip && ip <= range.end);
    if let Some(range) = dynamic {
        let (start, end) = (range.start, range.end);
        errors.add("ip", format!("The reserved IP {ip} must be outside the dynamic range {start} - {end}."));
    }
    let taken = region.reserved_ips.values().any(|reserved| reserved.ip == ip);
    errors.unless(!taken, "ip", "Reserved IP with this IP address already exists.");
    let held =
        region.reserved_ips.values().any(|one| one.subnet == subnet && mac.is_some() && one.mac.as_deref() == mac);
    errors.unless(!held, "__all__", "Reserved IP with this MAC address and Subnet already exists.");
    errors.finish()
}

pub(super) fn item(world: &mut World, request: &Request, id: &str) -> Answer {
    let region = &mut world.region;
    let id = region.reserved_ips.find(id).ok_or_else(|| Reply::missing("ReservedIP"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            if let (Some(reserved), Some(text)) = (region.reserved_ips.get_mut(id), request.data().get("comment")) {
                reserved.comment = Some(text.to_owned());
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            region.reserved_ips.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.reserved_ip_view(id)))
}
