//! Objects that clients only create, change and delete: domains, zones, pools, package repositories, DNS resources,
//! SSH keys; and tags.

use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::{Plain, Region};
use crate::world::World;

const LIST: &str = "GET, POST";
const ITEM: &str = "GET, PUT, DELETE";

/// The table behind a path, MAAS's class name, its words in a refusal, and its fields.
fn kind_of(path: &str) -> (&'static str, &'static str, &'static str, &'static [&'static str]) {
    match path {
        "domains" => ("domains", "Domain", "Domain", &["name", "authoritative", "ttl"]),
        "zones" => ("zones", "Zone", "Physical zone", &["name", "description"]),
        "dnsresources" => ("dns", "DNSResource", "DNS resource", &["fqdn", "ip_addresses", "address_ttl"]),
        "package-repositories" => (
            "repositories",
            "PackageRepository",
            "Package repository",
            &[
                "name",
                "url",
                "distributions",
                "disabled_pockets",
                "disabled_components",
                "disable_sources",
                "components",
                "arches",
                "key",
                "enabled",
            ],
        ),
        _ => ("pools", "ResourcePool", "Resource pool", &["name", "description"]),
    }
}

fn fill(object: &mut Plain, fields: &[&str], data: &Params) {
    for field in fields {
        let Some(text) = data.get(field) else { continue };
        let value = match *field {
            "authoritative" | "disable_sources" | "enabled" => json!(data.checkbox(field)),
            "ttl" | "address_ttl" => text.parse::<u64>().map_or(Value::Null, |number| json!(number)),
            "distributions" | "disabled_pockets" | "disabled_components" | "components" | "arches" => {
                let all = data.all(field).join(",");
                all.split([',', ' ']).filter(|item| !item.is_empty()).map(|item| json!(item)).collect()
            }
            "ip_addresses" => text.split([',', ' ']).filter(|ip| !ip.is_empty()).map(|ip| json!({"ip": ip})).collect(),
            _ => json!(text),
        };
        object.insert((*field).to_owned(), value);
    }
}

fn blank(kind: &str) -> Plain {
    let value = match kind {
        "domains" => json!({"authoritative": true, "ttl": null, "is_default": false}),
        "repositories" => json!({
            "distributions": [], "disabled_pockets": [], "disabled_components": [], "disable_sources": true,
            "components": [], "arches": [], "key": "", "enabled": true,
        }),
        "dns" => json!({"address_ttl": null, "ip_addresses": [], "resource_records": []}),
        _ => json!({"description": ""}),
    };
    if let Value::Object(map) = value { map } else { Plain::new() }
}

pub(super) fn list(world: &mut World, request: &Request, path: &str) -> Answer {
    let region = &mut world.region;
    let (kind, _, words, fields) = kind_of(path);
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let ids: Vec<u64> = region.table(kind).keys().copied().collect();
            Ok(Reply::json(&ids.into_iter().map(|id| region.plain_view(kind, id)).collect::<Value>()))
        }
        ("POST", None) => {
            let data = request.data();
            let mut object = blank(kind);
            if kind == "dns" {
                let joined =
                    data.filled("name").zip(data.filled("domain")).map(|(name, domain)| format!("{name}.{domain}"));
                let fqdn = data.filled("fqdn").map(str::to_owned).or(joined).ok_or_else(|| Reply::required("fqdn"))?;
                object.insert("fqdn".to_owned(), json!(fqdn));
            } else {
                let name = data.filled("name").ok_or_else(|| Reply::required("name"))?;
                if kind == "repositories" && data.filled("url").is_none() {
                    return Err(Reply::required("url"));
                }
                unique(region, kind, words, name, None)?;
            }
            fill(&mut object, fields, data);
            let id = region.table(kind).keys().max().map_or(1, |id| id + 1);
            region.table(kind).insert(id, object);
            Ok(Reply::json(&region.plain_view(kind, id)))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn unique(region: &Region, kind: &'static str, words: &str, name: &str, own: Option<u64>) -> Result<(), Reply> {
    match region.plain_by_name(kind, name) {
        Some(id) if Some(id) != own => Err(Reply::field("name", format!("{words} with this Name already exists."))),
        _ => Ok(()),
    }
}

pub(super) fn item(world: &mut World, request: &Request, path: &str, text: &str) -> Answer {
    let region = &mut world.region;
    let (kind, class, words, fields) = kind_of(path);
    let by_id = text.parse().ok().filter(|id| region.table(kind).contains_key(id));
    let id: u64 = by_id.or_else(|| region.plain_by_name(kind, text)).ok_or_else(|| Reply::missing(class))?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("PUT", None) => {
            let data = request.data();
            if let Some(name) = data.filled("name") {
                unique(region, kind, words, name, Some(id))?;
            }
            if let Some(object) = region.table(kind).get_mut(&id) {
                fill(object, fields, data);
            }
        }
        ("POST", Some("set_default")) if kind == "domains" => {
            for (other, object) in region.table(kind) {
                object.insert("is_default".to_owned(), json!(*other == id));
            }
        }
        ("DELETE", None) => {
            if (kind == "zones" && text == "default") || (matches!(kind, "domains" | "pools") && id == 0) {
                let text = format!("This {} is the default {0}, it cannot be deleted.", kind.trim_end_matches('s'));
                return Err(Reply::sentence(400, text));
            }
            region.table(kind).remove(&id);
            return Ok(Reply::deleted());
        }
        _ => return Err(no_such(request, ITEM)),
    }
    Ok(Reply::json(&region.plain_view(kind, id)))
}

pub(super) fn sshkeys(world: &mut World, request: &Request, rest: &[&str]) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref(), rest) {
        ("GET", None, []) => {
            let ids: Vec<u64> = region.table("sshkeys").keys().copied().collect();
            Ok(Reply::json(&ids.into_iter().map(|id| region.plain_view("sshkeys", id)).collect::<Value>()))
        }
        ("POST", None, []) => {
            let key = request.data().filled("key").ok_or_else(|| Reply::required("key"))?.to_owned();
            if !(key.starts_with("ssh-") || key.starts_with("ecdsa-") || key.starts_with("sk-")) {
                return Err(Reply::field("key", "Invalid SSH public key."));
            }
            let table = region.table("sshkeys");
            if table.values().any(|object| object.get("key") == Some(&json!(key))) {
                return Err(Reply::field("__all__", "This key has already been added for this user."));
            }
            let id = table.keys().max().map_or(1, |id| id + 1);
            let mut object = Plain::new();
            object.insert("key".to_owned(), json!(key));
            table.insert(id, object);
            Ok(Reply::created(&region.plain_view("sshkeys", id)))
        }
        ("GET" | "DELETE", None, [id]) => {
            let id = id.parse().ok().filter(|id| region.table("sshkeys").contains_key(id));
            let id: u64 = id.ok_or_else(|| Reply::missing("SSHKey"))?;
            if request.method == "GET" {
                return Ok(Reply::json(&region.plain_view("sshkeys", id)));
            }
            region.table("sshkeys").remove(&id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn tag_view(region: &Region, name: &str) -> Value {
    let Some(object) = region.tags.get(name) else { return Value::Null };
    let mut view = object.clone();
    view.insert("name".to_owned(), json!(name));
    view.insert("resource_uri".to_owned(), json!(format!("/MAAS/api/2.0/tags/{name}/")));
    Value::Object(view)
}

pub(super) fn tags(world: &mut World, request: &Request, rest: &[&str]) -> Answer {
    let region = &mut world.region;
    match (request.method.as_str(), request.op.as_deref(), rest) {
        ("GET", None, []) => Ok(Reply::json(&region.tags.keys().map(|name| tag_view(region, name)).collect::<Value>())),
        ("POST", None, []) => {
            let data = request.data();
            let name = data.filled("name").ok_or_else(|| Reply::required("name"))?;
            if !name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')) {
                return Err(Reply::field("name", "Enter a valid value."));
            }
            // Definitions are not evaluated; what is plainly no XPath is refused.
            if data.get("definition").is_some_and(|xpath| xpath.matches('[').count() != xpath.matches(']').count()) {
                return Err(Reply::field("definition", "Invalid xpath expression: Invalid expression"));
            }
            if region.tags.contains_key(name) {
                return Err(Reply::field("name", "Tag with this Name already exists."));
            }
            let mut object = Plain::new();
            for field in ["definition", "comment", "kernel_opts"] {
                object.insert(field.to_owned(), json!(data.get(field).unwrap_or_default()));
            }
            region.tags.insert(name.to_owned(), object);
            Ok(Reply::json(&tag_view(region, name)))
        }
        (_, _, []) => Err(no_such(request, LIST)),
        (_, _, [name]) => tag(region, request, name),
        _ => Err(Reply::unknown_path(&request.path)),
    }
}

fn tag(region: &mut Region, request: &Request, name: &str) -> Answer {
    if !region.tags.contains_key(name) {
        return Err(Reply::missing("Tag"));
    }
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("PUT", None) => {
            let data = request.data();
            let mut object = region.tags.remove(name).unwrap_or_default();
            for field in ["definition", "comment", "kernel_opts"] {
                if let Some(value) = data.get(field) {
                    object.insert(field.to_owned(), json!(value));
                }
            }
            let new = data.filled("name").unwrap_or(name).to_owned();
            for node in region.nodes.values_mut() {
                if node.tags.remove(name) {
                    node.tags.insert(new.clone());
                }
            }
            region.tags.insert(new.clone(), object);
            return Ok(Reply::json(&tag_view(region, &new)));
        }
        ("DELETE", None) => {
            region.tags.remove(name);
            for node in region.nodes.values_mut() {
                node.tags.remove(name);
            }
            return Ok(Reply::deleted());
        }
        ("GET", Some("machines" | "nodes")) => {
            let all = region.nodes.values().filter(|node| node.is_machine() && node.tags.contains(name));
            return Ok(Reply::json(&all.map(|node| region.node_view(node)).collect::<Value>()));
        }
        ("GET", Some("devices" | "rack_controllers" | "region_controllers")) => return Ok(Reply::json(&json!([]))),
        ("POST", Some("rebuild")) => return Ok(Reply::json(&json!({"rebuilding": name}))),
        ("POST", Some("update_nodes")) => {
            let (mut added, mut removed) = (0, 0);
            for id in request.form.all("add") {
                added += u32::from(region.nodes.get_mut(id).is_some_and(|node| node.tags.insert(name.to_owned())));
            }
            for id in request.form.all("remove") {
                removed += u32::from(region.nodes.get_mut(id).is_some_and(|node| node.tags.remove(name)));
            }
            return Ok(Reply::json(&json!({"added": added, "removed": removed})));
        }
        _ => return Err(no_such(request, "GET, POST, PUT, DELETE")),
    }
    Ok(Reply::json(&tag_view(region, name)))
}
