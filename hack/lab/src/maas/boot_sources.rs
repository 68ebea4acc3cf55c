//! Image servers, and what to sync from them.

use jiff::Timestamp;
use serde_json::Value;

use super::form::{Errors, words};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use crate::region::Region;
use crate::region::images::{BootSource, Selection};
use crate::world::{Step, World};

/// How long MAAS takes to read the index of a new image server, in seconds.
const INDEX: f64 = 5.0;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    request.admins_only()?;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&world.region.boot_sources.values().map(BootSource::view).collect::<Value>())),
        ("POST", None) => {
            let data = request.data();
            let mut errors = Errors::default();
            let url = errors.required(data, "url").to_owned();
            check(&mut errors, &world.region, data, None);
            let keyring = |field| data.filled(field).is_some();
            match (keyring("keyring_filename"), keyring("keyring_data")) {
                (false, false) => {
                    errors.add("__all__", "One of keyring_data or keyring_filename must be specified.");
                }
                (true, true) => {
                    errors.add("__all__", "Only one of keyring_filename or keyring_data can be specified.");
                }
                _ => {}
            }
            errors.finish()?;
            let id = world.region.boot_sources.add(|id| BootSource {
                keyring_filename: String::new(),
                readable: false,
                ..BootSource::new(id, &url)
            });
            change(world, id, data);
            let view = world.region.boot_sources.get(id).map_or(Value::Null, BootSource::view);
            Ok(Reply::created(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check(errors: &mut Errors, region: &Region, data: &Params, own: Option<u64>) {
    let Some(url) = data.filled("url") else { return };
    let scheme = url.starts_with("http://") || url.starts_with("https://") || url.starts_with("file://");
    errors.unless(scheme, "url", "Enter a valid URL.");
    let taken = region.boot_sources.values().any(|one| one.url == url && Some(one.id) != own);
    errors.unless(!taken, "url", "Boot source with this Url already exists.");
}

fn change(world: &mut World, id: u64, data: &Params) {
    let Some(source) = world.region.boot_sources.get_mut(id) else { return };
    source.updated = Timestamp::now();
    for (field, value) in [
        ("url", &mut source.url),
        ("keyring_filename", &mut source.keyring_filename),
        ("keyring_data", &mut source.keyring_data),
    ] {
        if let Some(text) = data.get(field) {
            text.clone_into(value);
        }
    }
    if data.filled("url").is_some() {
        source.readable = false;
        world.plan(INDEX, "boot-source/index", Step::IndexRead { source: id });
    }
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    request.admins_only()?;
    let id = world.region.boot_sources.find(text).ok_or_else(|| Reply::missing("BootSource"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            let mut errors = Errors::default();
            check(&mut errors, &world.region, request.data(), Some(id));
            errors.finish()?;
            change(world, id, request.data());
        }
        ("DELETE", None) => {
            world.region.boot_sources.remove(id);
            world.region.selections.retain(|selection| selection.source != id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&world.region.boot_sources.get(id).map_or(Value::Null, BootSource::view)))
}

pub(super) fn selections(world: &mut World, request: &Request, source: &str) -> Answer {
    request.admins_only()?;
    let region = &mut world.region;
    let source = region.boot_sources.find(source).ok_or_else(|| Reply::missing("BootSource"))?;
    match request.asked() {
        ("GET", None) => {
            let all = region.selections.values().filter(|one| one.source == source);
            Ok(Reply::json(&all.map(Selection::view).collect::<Value>()))
        }
        ("POST", None) => {
            let data = request.data();
            let (os, release) = check_selection(region, source, data, None)?;
            let list = |field| if data.get(field).is_some() { words(data, field) } else { vec!["*".to_owned()] };
            let (arches, subarches, labels) = (list("arches"), list("subarches"), list("labels"));
            let id = region.selections.add(|id| Selection { id, source, os, release, arches, subarches, labels });
            Ok(Reply::json(&region.selections.get(id).map_or(Value::Null, Selection::view)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check_selection(
    region: &Region,
    source: u64,
    data: &Params,
    old: Option<&Selection>,
) -> Result<(String, String), Reply> {
    let mut errors = Errors::default();
    let os = data.filled("os").or(old.map(|old| old.os.as_str())).unwrap_or("ubuntu");
    let release = data.filled("release").or(old.map(|old| old.release.as_str())).unwrap_or_else(|| {
        errors.add("release", "This field is required.");
        ""
    });
    let readable = region.boot_sources.get(source).is_some_and(|source| source.readable);
    let available = readable && os == "ubuntu" && crate::region::images::series(release).is_some();
    if !release.is_empty() && !available {
        errors.add("os", format!("OS {os} with release {release} has no available images for download"));
    }
    let same = |one: &&Selection| one.source == source && one.os == os && one.release == release;
    let taken = region.selections.values().find(same).is_some_and(|one| Some(one.id) != old.map(|old| old.id));
    let text = "Boot source selection with this Boot source, Os and Release already exists.";
    errors.unless(!taken, "__all__", text);
    errors.finish()?;
    Ok((os.to_owned(), release.to_owned()))
}

pub(super) fn selection(world: &mut World, request: &Request, source: &str, text: &str) -> Answer {
    request.admins_only()?;
    let region = &mut world.region;
    let source = region.boot_sources.find(source).ok_or_else(|| Reply::missing("BootSource"))?;
    let found = region.selections.find(text);
    let found = found.filter(|id| region.selections.get(*id).is_some_and(|one| one.source == source));
    let id = found.ok_or_else(|| Reply::missing("BootSourceSelection"))?;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            let data = request.data();
            let (os, release) = check_selection(region, source, data, region.selections.get(id))?;
            if let Some(one) = region.selections.get_mut(id) {
                (one.os, one.release) = (os, release);
                for (field, value) in
                    [("arches", &mut one.arches), ("subarches", &mut one.subarches), ("labels", &mut one.labels)]
                {
                    if data.get(field).is_some() {
                        *value = words(data, field);
                    }
                }
            }
        }
        ("DELETE", None) => {
            let gone = region.selections.remove(id);
            region.deselected.extend(gone.map(|one| format!("{}/{}", one.os, one.release)));
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.selections.get(id).map_or(Value::Null, Selection::view)))
}
