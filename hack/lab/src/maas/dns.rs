//! Names that resolve beside those of nodes: resources with addresses, and other records.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::form::{CHOICE, Errors, words};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::names::{DnsRecord, DnsResource, ReservedAddress};
use crate::world::World;

/// Types of record that can be made.
const RRTYPES: [&str; 7] = ["CNAME", "MX", "NS", "SRV", "SSHFP", "TXT", "AAAA"];

/// The name and domain that a request is about.
fn target(region: &Region, data: &Params) -> Result<Option<(String, u64)>, Reply> {
    if let Some(fqdn) = data.filled("fqdn") {
        let split = region.split_fqdn(fqdn);
        return split.map(Some).ok_or_else(|| Reply::field("domain", CHOICE));
    }
    match (data.filled("name"), data.filled("domain")) {
        (Some(name), Some(domain)) => {
            let id = region.domain_named(domain).or_else(|| region.domains.find(domain));
            id.map(|id| Some((name.to_owned(), id))).ok_or_else(|| Reply::field("domain", CHOICE))
        }
        (Some(name), None) => Ok(Some((name.to_owned(), region.default_domain))),
        _ => Ok(None),
    }
}

fn required(region: &Region, data: &Params) -> Result<(String, u64), Reply> {
    let text = "Either name and domain (or fqdn) must be specified";
    target(region, data)?.ok_or_else(|| Reply::sentence(400, text))
}

fn resource_at(region: &Region, name: &str, domain: u64) -> Option<u64> {
    region.dns_resources.values().find(|one| one.name == name && one.domain == domain).map(|one| one.id)
}

fn ttl(errors: &mut Errors, data: &Params, field: &str) -> Option<u64> {
    let text = data.filled(field)?;
    let ttl = text.parse::<u64>().ok();
    errors.unless(ttl.is_some(), field, "Enter a whole number.");
    ttl
}

fn addresses(errors: &mut Errors, data: &Params, owner: &str) -> Vec<ReservedAddress> {
    let mut all = Vec::new();
    for text in words(data, "ip_addresses") {
        match text.parse::<IpAddr>() {
            Ok(ip) => all.push(ReservedAddress { ip, owner: owner.to_owned(), created: Timestamp::now() }),
            Err(_) => errors.add("ip_addresses", "Enter a valid IPv4 or IPv6 address."),
        }
    }
    all
}

pub(super) fn resources(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            let wanted = target(region, &request.query)?;
            let domain = request.query.filled("domain").and_then(|name| region.domain_named(name));
            let all = region.dns_resources.values().filter(|one| {
                wanted.as_ref().is_none_or(|(name, domain)| one.name == *name && one.domain == *domain)
                    && domain.is_none_or(|domain| one.domain == domain)
            });
            Ok(Reply::json(&all.map(|one| region.dns_resource_view(one.id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let (name, domain) = required(region, data)?;
            let mut errors = Errors::default();
            let ttl = ttl(&mut errors, data, "address_ttl");
            let addresses = addresses(&mut errors, data, &request.caller.name);
            errors.finish()?;
            if resource_at(region, &name, domain).is_some() {
                return Err(Reply::field("__all__", "Labels must be unique within their zone."));
            }
            let id = region.dns_resources.add(|id| DnsResource { id, name, domain, ttl, addresses });
            Ok(Reply::json(&region.dns_resource_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn resource(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.dns_resources.find(text).ok_or_else(|| Reply::missing("DNSResource"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            let new_ttl = ttl(&mut errors, data, "address_ttl");
            let new = addresses(&mut errors, data, &request.caller.name);
            errors.finish()?;
            let target = target(region, data)?;
            if let Some(resource) = region.dns_resources.get_mut(id) {
                if let Some((name, domain)) = target {
                    (resource.name, resource.domain) = (name, domain);
                }
                if data.get("address_ttl").is_some() {
                    resource.ttl = new_ttl;
                }
                if data.get("ip_addresses").is_some() {
                    resource.addresses = new;
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            region.dns_records.retain(|record| record.resource != id);
            region.dns_resources.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.dns_resource_view(id)))
}

pub(super) fn records(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            let wanted = target(region, &request.query)?.map(|(name, domain)| resource_at(region, &name, domain));
            let rrtype = request.query.filled("rrtype").map(str::to_uppercase);
            let all = region.dns_records.values().filter(|record| {
                wanted.is_none_or(|resource| resource == Some(record.resource))
                    && rrtype.as_ref().is_none_or(|rrtype| record.rrtype == *rrtype)
            });
            Ok(Reply::json(&all.map(|record| region.dns_record_view(record.id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let (name, domain) = required(region, data)?;
            let rrtype =
                data.filled("rrtype").ok_or_else(|| Reply::sentence(400, "No rrtype provided."))?.to_uppercase();
            let rrdata = data.filled("rrdata").ok_or_else(|| Reply::sentence(400, "No rrdata provided."))?.to_owned();
            let mut errors = Errors::default();
            let all = RRTYPES[..6].join(" ");
            let text = format!("{rrtype} is not one of {all}.");
            errors.unless(RRTYPES[..6].contains(&rrtype.as_str()), "rrtype", text);
            let ttl = ttl(&mut errors, data, "ttl");
            errors.finish()?;
            let known = resource_at(region, &name, domain);
            let resource = known.unwrap_or_else(|| {
                let addresses = Vec::new();
                region.dns_resources.add(|id| DnsResource { id, name, domain, ttl: None, addresses })
            });
            let id = region.dns_records.add(|id| DnsRecord { id, resource, rrtype, rrdata, ttl });
            Ok(Reply::json(&region.dns_record_view(id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn record(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.dns_records.find(text).ok_or_else(|| Reply::missing("DNSData"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            let new_ttl = ttl(&mut errors, data, "ttl");
            errors.finish()?;
            if let Some(record) = region.dns_records.get_mut(id) {
                if let Some(rrtype) = data.filled("rrtype") {
                    record.rrtype = rrtype.to_uppercase();
                }
                if let Some(rrdata) = data.filled("rrdata") {
                    rrdata.clone_into(&mut record.rrdata);
                }
                if data.get("ttl").is_some() {
                    record.ttl = new_ttl;
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            let resource = region.dns_records.remove(id).map(|record| record.resource);
            // A name without addresses goes with its last record.
            let empty = |id: &u64| {
                region.dns_resources.get(*id).is_some_and(|resource| resource.addresses.is_empty())
                    && region.dns_records.values().all(|record| record.resource != *id)
            };
            if let Some(id) = resource.filter(empty) {
                region.dns_resources.remove(id);
            }
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.dns_record_view(id)))
}
