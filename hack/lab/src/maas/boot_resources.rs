//! Images: what is there, importing more, and uploading one's own.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::form::Errors;
use super::machines::known_architectures;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{LIST, no_such};
use crate::region::Region;
use crate::region::config::not_one_of;
use crate::region::images::{BootResource, ImageFile, hex};
use crate::region::times;
use crate::world::{Step, World};

/// How long an import takes, in seconds.
const IMPORT: f64 = 60.0;

const FILETYPES: [&str; 8] = ["tgz", "tbz", "txz", "ddtgz", "ddtbz", "ddtxz", "ddtar", "ddraw"];

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    match request.asked() {
        ("GET", None) => {
            let wanted = request.query.filled("type").map(str::to_lowercase);
            let none_synced = world.faults.image_missing();
            let region = &world.region;
            let mut all: Vec<&BootResource> = region
                .boot_resources
                .values()
                .filter(|one| wanted.as_deref().is_none_or(|kind| (kind == "uploaded") == one.uploaded))
                .filter(|one| one.uploaded || !none_synced)
                .collect();
            all.sort_by(|a, b| (&a.name, &a.arch, &a.kernel).cmp(&(&b.name, &b.arch, &b.kernel)));
            Ok(Reply::json(&all.into_iter().map(|one| one.view(region, false)).collect::<Value>()))
        }
        ("GET", Some("is_importing")) => Ok(Reply::json(&json!(world.region.importing))),
        ("POST", None) => {
            request.admins_only()?;
            upload(&mut world.region, request)
        }
        ("POST", Some("import")) => {
            request.admins_only()?;
            if !world.region.importing {
                world.region.importing = true;
                world.plan(IMPORT, "images/import", Step::Imported);
            }
            Ok(Reply::plain("Import of boot resources started"))
        }
        ("POST", Some("stop_import")) => {
            request.admins_only()?;
            world.region.importing = false;
            Ok(Reply::plain("Import of boot resources stopped"))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn upload(region: &mut Region, request: &Request) -> Answer {
    let data = request.data();
    let mut errors = Errors::default();
    let (name, architecture) = (errors.required(data, "name"), errors.required(data, "architecture"));
    let known = known_architectures(region);
    if !architecture.is_empty() && !known.contains(&architecture.to_owned()) {
        errors.add("architecture", not_one_of(architecture, "architecture", &known));
    }
    let filetype = data.filled("filetype").unwrap_or("tgz");
    if !FILETYPES.contains(&filetype) {
        errors.add("filetype", super::form::no_choice(filetype));
    }
    let content = request.file("content");
    let (sha256, size) = match content {
        Some(content) => (hex(&Sha256::digest(content)), content.len() as u64),
        None => (errors.required(data, "sha256").to_owned(), {
            let text = errors.required(data, "size");
            text.parse().unwrap_or_default()
        }),
    };
    errors.finish()?;
    let name = name.strip_prefix("custom/").unwrap_or(name).to_owned();
    let (arch, kernel) = architecture.split_once('/').unwrap_or((architecture, "generic"));
    let filename = format!("root.{filetype}");
    let received = if content.is_some() { size } else { 0 };
    let file = ImageFile { filename, filetype: format!("root-{filetype}"), sha256, size, received };
    let old = region.boot_resources.values().find(|one| one.uploaded && one.name == name && one.arch == arch);
    if let Some(old) = old.map(|one| one.id) {
        region.boot_resources.remove(old);
    }
    let id = region.boot_resources.add(|id| BootResource {
        id,
        uploaded: true,
        name,
        kernel: kernel.to_owned(),
        arch: arch.to_owned(),
        subarches: kernel.to_owned(),
        title: data.get("title").unwrap_or_default().to_owned(),
        base_image: data.get("base_image").unwrap_or_default().to_owned(),
        last_deployed: None,
        version: times::serial(Timestamp::now()),
        label: "uploaded".to_owned(),
        files: vec![file],
    });
    Ok(Reply::created(&region.boot_resources.get(id).map_or(Value::Null, |one| one.view(region, true))))
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.boot_resources.find(text).ok_or_else(|| Reply::missing("BootResource"))?;
    match request.asked() {
        ("GET", None) => {
            Ok(Reply::json(&region.boot_resources.get(id).map_or(Value::Null, |one| one.view(region, true))))
        }
        ("DELETE", None) => {
            request.admins_only()?;
            region.boot_resources.remove(id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, "GET, DELETE")),
    }
}

/// A part of a large upload.
pub(super) fn chunk(world: &mut World, request: &Request, text: &str) -> Answer {
    request.admins_only()?;
    let region = &mut world.region;
    let id = region.boot_resources.find(text).ok_or_else(|| Reply::missing("BootResource"))?;
    if request.method != "PUT" {
        return Err(no_such(request, "PUT"));
    }
    let Some(file) = region.boot_resources.get_mut(id).and_then(|one| one.files.first_mut()) else {
        return Err(Reply::missing("BootResourceFile"));
    };
    if file.received >= file.size {
        return Err(Reply::sentence(400, "Cannot upload to a complete file."));
    }
    if file.received + request.raw.len() as u64 > file.size {
        return Err(Reply::sentence(400, "Too much data recieved."));
    }
    file.received += request.raw.len() as u64;
    Ok(Reply::text("OK"))
}
