//! Package repositories.

use serde_json::Value;

use super::form::{Errors, words};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::archives::Repository;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.repositories.values().map(Repository::view).collect::<Value>())),
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let (name, url) = (errors.required(data, "name"), errors.required(data, "url"));
            check(&mut errors, region, data, None);
            errors.finish()?;
            let id = region.repositories.add(|id| Repository::new(id, name, url));
            Ok(changed(region, id, data))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check(errors: &mut Errors, region: &Region, data: &Params, own: Option<u64>) {
    let name = data.filled("name").unwrap_or_default();
    let taken = region.repositories.values().any(|one| one.name == name && Some(one.id) != own);
    errors.unless(!taken, "name", "Package repository with this Name already exists.");
    if let Some(url) = data.filled("url") {
        let scheme = ["http://", "https://", "ppa:"].iter().any(|scheme| url.starts_with(scheme));
        errors.unless(scheme, "url", "Enter a valid repository URL or PPA location.");
    }
}

fn changed(region: &mut Region, id: u64, data: &Params) -> Reply {
    let Some(one) = region.repositories.get_mut(id) else { return Reply::missing("PackageRepository") };
    for (field, value) in [("name", &mut one.name), ("url", &mut one.url)] {
        if let Some(text) = data.filled(field) {
            text.clone_into(value);
        }
    }
    if let Some(key) = data.get("key") {
        key.trim().clone_into(&mut one.key);
    }
    for (field, value) in [
        ("distributions", &mut one.distributions),
        ("disabled_pockets", &mut one.disabled_pockets),
        ("disabled_components", &mut one.disabled_components),
        ("components", &mut one.components),
        ("arches", &mut one.arches),
    ] {
        if data.get(field).is_some() {
            *value = words(data, field);
        }
    }
    one.disable_sources = data.checkbox("disable_sources").unwrap_or(one.disable_sources);
    one.enabled = data.checkbox("enabled").unwrap_or(one.enabled);
    Reply::json(&one.view())
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let named = || region.repositories.values().find(|one| one.name == text).map(|one| one.id);
    let id = region.repositories.find(text).or_else(named).ok_or_else(|| Reply::missing("PackageRepository"))?;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.repositories.get(id).map_or(Value::Null, Repository::view))),
        ("PUT", None) => {
            request.may_admin()?;
            let mut errors = Errors::default();
            check(&mut errors, region, request.data(), Some(id));
            errors.finish()?;
            Ok(changed(region, id, request.data()))
        }
        ("DELETE", None) => {
            request.may_admin()?;
            if region.repositories.get(id).is_some_and(Repository::is_default) {
                return Err(Reply::sentence(400, "Default package repositories may not be deleted."));
            }
            region.repositories.remove(id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, ITEM)),
    }
}
