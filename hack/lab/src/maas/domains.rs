//! Domains.

use serde_json::Value;

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, ITEM_OPS, LIST, no_such};
use crate::region::Region;
use crate::region::names::Domain;
use crate::region::status::Status;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            Ok(Reply::json(&region.domains.iter().map(|(id, _)| region.domain_view(id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name");
            check(&mut errors, region, name, data, None);
            errors.finish()?;
            let name = name.to_owned();
            let (authoritative, ttl) = (data.checkbox("authoritative").unwrap_or(true), data.number("ttl"));
            let id = region.domains.add(|id| Domain { id, name, authoritative, ttl });
            Ok(Reply::json(&region.domain_view(id)))
        }
        ("POST", Some("set_serial")) => {
            request.admins_only()?;
            if request.form.number("serial").is_none() {
                return Err(Reply::sentence(400, "Expected a serial number."));
            }
            Ok(Reply::text(""))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check(errors: &mut Errors, region: &Region, name: &str, data: &Params, own: Option<u64>) {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    };
    errors.unless(name.is_empty() || name.split('.').all(label), "name", format!("Invalid domain name: {name}."));
    let taken = region.domains.values().any(|domain| domain.name == name && Some(domain.id) != own);
    errors.unless(!taken, "name", "Domain with this Name already exists.");
    if let Some(ttl) = data.filled("ttl") {
        match ttl.parse::<i64>() {
            Ok(ttl) if ttl < 1 => errors.add("ttl", "Ensure this value is greater than or equal to 1."),
            Ok(ttl) if ttl > 604_800 => errors.add("ttl", "Ensure this value is less than or equal to 604800."),
            Ok(_) => {}
            Err(_) => errors.add("ttl", "Enter a whole number."),
        }
    }
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let named = || region.domain_named(text.strip_prefix("name:").unwrap_or(text));
    let id = region.domains.find(text).or_else(named).ok_or_else(|| Reply::missing("Domain"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            check(&mut errors, region, data.filled("name").unwrap_or_default(), data, Some(id));
            errors.finish()?;
            if let Some(domain) = region.domains.get_mut(id) {
                if let Some(name) = data.filled("name") {
                    name.clone_into(&mut domain.name);
                }
                if data.get("ttl").is_some() {
                    domain.ttl = data.number("ttl");
                }
                domain.authoritative = data.checkbox("authoritative").unwrap_or(domain.authoritative);
            }
        }
        ("POST", Some("set_default")) => {
            request.may_admin()?;
            let old = std::mem::replace(&mut region.default_domain, id);
            // Machines that nobody uses move along.
            for node in region.nodes.values_mut() {
                if node.is_machine() && node.domain == old && matches!(node.status, Status::New | Status::Ready) {
                    node.domain = id;
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            if id == region.default_domain {
                return Err(Reply::sentence(400, "This domain is the default domain, it cannot be deleted."));
            }
            if region.nodes.values().any(|node| node.domain == id) {
                return Err(Reply::sentence(400, "Domain cannot be deleted: it still has nodes."));
            }
            let gone: Vec<u64> =
                region.dns_resources.values().filter(|one| one.domain == id).map(|resource| resource.id).collect();
            region.dns_records.retain(|record| !gone.contains(&record.resource));
            region.dns_resources.retain(|resource| resource.domain != id);
            region.domains.remove(id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, if request.method == "POST" { ITEM_OPS } else { ITEM })),
    }
    Ok(Reply::json(&region.domain_view(id)))
}
