//! Spaces. What is in none is in the space `undefined`.

use serde_json::Value;

use super::form::{Errors, model_name};
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::network::Space;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            let all = region.spaces.iter().map(|(id, _)| Some(id)).chain([None]);
            Ok(Reply::json(&all.map(|id| region.space_view(id)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name");
            check_name(&mut errors, region, name, None);
            errors.finish()?;
            let (name, description) = (name.to_owned(), data.get("description").unwrap_or_default().to_owned());
            let id = region.spaces.add(|id| Space { id, name, description });
            Ok(Reply::json(&region.space_view(Some(id))))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_name(errors: &mut Errors, region: &Region, name: &str, own: Option<u64>) {
    if name.is_empty() {
        return;
    }
    if name == "undefined" || name.starts_with("space-") {
        errors.add("name", "Reserved space name.");
    } else if !model_name(name) {
        errors.add("name", format!("Invalid space name: {name}."));
    }
    let taken = region.spaces.values().any(|space| space.name == name && Some(space.id) != own);
    errors.unless(!taken, "name", "Space with this Name already exists.");
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    if matches!(text, "undefined" | "-1") {
        return match request.asked() {
            ("GET", None) => Ok(Reply::json(&region.space_view(None))),
            ("PUT" | "DELETE", None) => Err(Reply::missing("Space")),
            _ => Err(no_such(request, ITEM)),
        };
    }
    let name = text.strip_prefix("name:").unwrap_or(text);
    let named = || region.spaces.values().find(|space| space.name == name).map(|space| space.id);
    let id = region.spaces.find(text).or_else(named).ok_or_else(|| Reply::missing("Space"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            check_name(&mut errors, region, data.filled("name").unwrap_or_default(), Some(id));
            errors.finish()?;
            if let Some(space) = region.spaces.get_mut(id) {
                if let Some(name) = data.filled("name") {
                    name.clone_into(&mut space.name);
                }
                if let Some(text) = data.get("description") {
                    text.clone_into(&mut space.description);
                }
            }
        }
        ("DELETE", None) => {
            request.may_admin()?;
            region.spaces.remove(id);
            for vlan in region.vlans.values_mut().filter(|vlan| vlan.space == Some(id)) {
                vlan.space = None;
            }
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.space_view(Some(id))))
}
