//! A design that stands in files: the manifests of each namespace, and where each object stands.

use crate::{design::Manifests, import, model::ObjectKey};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bound on the depth of folders, so that a link that leads back ends.
const DEPTH: usize = 32;

/// What was read of the paths given.
#[derive(Debug, Default)]
pub struct DesignFiles {
    /// Manifests by namespace; empty: that of whoever applies them.
    pub namespaces: BTreeMap<String, Manifests>,
    /// What cannot be read at all, or is there twice.
    pub faults: Vec<String>,
    places: BTreeMap<(String, ObjectKey), String>,
}

impl DesignFiles {
    /// Reads files, folders with all below them (`.yaml`, `.yml`, `.json`), and standard input (`-`).
    pub fn read(paths: &[String]) -> Self {
        let mut all = Self::default();
        for path in paths {
            if path == "-" {
                let mut text = String::new();
                match std::io::stdin().read_to_string(&mut text) {
                    Ok(_) => all.add_stream("-", &text),
                    Err(error) => all.faults.push(format!("standard input: {error}")),
                }
                continue;
            }
            let mut files = Vec::new();
            if let Err(error) = below(Path::new(path), DEPTH, true, &mut files) {
                all.faults.push(format!("{path}: {error}"));
            }
            for file in files {
                match std::fs::read_to_string(&file) {
                    Ok(text) => all.add_stream(&file.display().to_string(), &text),
                    Err(error) => all.faults.push(format!("{}: {error}", file.display())),
                }
            }
        }
        all
    }

    /// Where an object stands: file, and number of the document in it.
    pub fn place(&self, namespace: &str, object: &ObjectKey) -> Option<&str> {
        self.places.get(&(namespace.to_owned(), object.clone())).map(String::as_str)
    }

    fn add_stream(&mut self, origin: &str, text: &str) {
        let (documents, errors) = import::read(origin, text);
        self.faults.extend(errors.iter().map(ToString::to_string));
        for document in documents {
            let place = format!("{origin}, document {}", document.index);
            self.add(document.value, &place);
        }
    }

    /// Takes in an object of ours; what is of another group, such as a Secret, is nothing to resolve.
    fn add(&mut self, object: Value, place: &str) {
        if object["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) && object["items"].is_array() {
            let items = object["items"].as_array().cloned().unwrap_or_default();
            return items.into_iter().for_each(|item| self.add(item, place));
        }
        if !object["apiVersion"].as_str().is_some_and(|version| version.starts_with("slipway.dev/")) {
            return;
        }
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        let manifests = self.namespaces.entry(namespace.clone()).or_default();
        let unreadable = &mut manifests.unreadable;
        let kind = match object["kind"].as_str().unwrap_or_default() {
            "Site" => {
                let mut sites = BTreeMap::new();
                put(&mut sites, unreadable, "Site", &name, object);
                if let (Some(first), false) = (&manifests.site, sites.is_empty()) {
                    let first = first.metadata.name.as_deref().unwrap_or_default();
                    self.faults.push(format!("{place}: a namespace holds one Site, and Site/{first} is there already"));
                } else {
                    manifests.site = sites.into_values().next();
                }
                "Site"
            }
            "Rack" => put(&mut manifests.racks, unreadable, "Rack", &name, object),
            "NetworkLink" => put(&mut manifests.links, unreadable, "NetworkLink", &name, object),
            "Network" => put(&mut manifests.networks, unreadable, "Network", &name, object),
            "HardwareProfile" => put(&mut manifests.hardware_profiles, unreadable, "HardwareProfile", &name, object),
            "HostProfile" => put(&mut manifests.host_profiles, unreadable, "HostProfile", &name, object),
            "BaremetalNode" => put(&mut manifests.nodes, unreadable, "BaremetalNode", &name, object),
            "BootAction" => put(&mut manifests.boot_actions, unreadable, "BootAction", &name, object),
            // Requests and records are no part of a design.
            "SiteTask" | "HardwareInventory" => return,
            other => return self.faults.push(format!("{place}: Slipway has no kind `{other}`")),
        };
        let key = ObjectKey::new(kind, name);
        if let Some(before) = self.places.insert((namespace, key.clone()), place.to_owned()) {
            self.faults.push(format!("{place}: {key} stands in {before} already; take one of them out"));
        }
    }
}

fn put<K: DeserializeOwned>(
    objects: &mut BTreeMap<String, Arc<K>>,
    unreadable: &mut Vec<(ObjectKey, String)>,
    kind: &'static str,
    name: &str,
    object: Value,
) -> &'static str {
    match serde_json::from_value(object) {
        Ok(object) => {
            objects.insert(name.to_owned(), Arc::new(object));
        }
        Err(error) => unreadable.push((ObjectKey::new(kind, name), error.to_string())),
    }
    kind
}

/// The files of a path; of a folder those that hold manifests, in the order of their names.
fn below(path: &Path, depth: usize, named: bool, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        let known = path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json");
        if named && !path.exists() {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        if named || known {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| below(entry, depth - 1, false, files))
}
