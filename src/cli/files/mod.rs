//! A design that stands in files: the manifests of each namespace, where each object stands, and what its schema refuses.

mod beside;
mod paths;
mod problem;

pub use problem::{InFile, Problem, READABLE};

use crate::{
    api::GROUP,
    design::{Manifests, SecretFacts},
    manifest::{
        schema::{Schemas, nearest},
        yaml::{self, Marks, Place},
    },
    model::ObjectKey,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

/// What was read of the paths given.
#[derive(Default)]
pub struct DesignFiles {
    /// Sites by namespace; empty: that of whoever applies them.
    pub sites: BTreeMap<String, SiteFiles>,
    /// What cannot be read at all.
    pub faults: Vec<Problem>,
    /// To whom each namespace lends, where its manifest is there.
    lend_to: BTreeMap<String, String>,
    /// What is known of the Secrets, by namespace.
    secrets: BTreeMap<String, BTreeMap<String, SecretFacts>>,
}

/// The objects of one namespace.
#[derive(Default)]
pub struct SiteFiles {
    /// What of them is a design.
    pub manifests: Manifests,
    /// Each object, as it stands.
    pub objects: BTreeMap<ObjectKey, Standing>,
    /// What is wrong with single objects.
    pub problems: Vec<Problem>,
    /// Objects that their schema refuses.
    pub refused: BTreeSet<ObjectKey>,
}

/// An object as it stands in a file.
pub struct Standing {
    file: Rc<str>,
    value: Value,
    marks: Marks,
}

impl Standing {
    /// Where a field stands, or what is nearest to it.
    pub fn place(&self, field: &str) -> InFile {
        InFile { file: Rc::clone(&self.file), at: self.marks.locate(&self.value, field) }
    }

    /// The file it stands in.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl DesignFiles {
    /// Reads files, folders with all below them (`.yaml`, `.yml`, `.json`), and standard input (`-`).
    pub fn read(paths: &[String]) -> Self {
        let (mut all, schemas) = (Self::default(), Schemas::of_slipway());
        for (file, contents) in paths::contents(paths) {
            match contents {
                Ok(bytes) => all.add_file(&schemas, &file.into(), &bytes),
                Err(error) => {
                    let message = format!("{file}: cannot be read: {error}");
                    all.faults.push(Problem::unreadable(None, message, "check the path and its permissions"));
                }
            }
        }
        all.lend();
        all
    }

    fn add_file(&mut self, schemas: &Schemas, file: &Rc<str>, bytes: &[u8]) {
        let here = |at: Place| Some(InFile { file: Rc::clone(file), at });
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let place = here(yaml::place_in(bytes, error.valid_up_to()));
                let message = "found bytes that are not UTF-8 text, expected YAML or JSON".into();
                return self.faults.push(Problem::unreadable(place, message, "save the file as UTF-8"));
            }
        };
        let (documents, faults) = yaml::read(text);
        let fault = |fault: yaml::Fault| Problem::unreadable(here(fault.place), fault.message, fault.hint);
        self.faults.extend(faults.into_iter().map(fault));
        for document in documents {
            self.add(schemas, file, document.value, document.marks);
        }
    }

    /// Takes in an object of ours, and what rules look at of others; anything else is nothing to resolve.
    fn add(&mut self, schemas: &Schemas, file: &Rc<str>, mut object: Value, marks: Marks) {
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        if kind.ends_with("List") && object["items"].is_array() {
            let Some((_, places)) = marks.field("items") else { return };
            let items = object["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
            for (item, marks) in items.into_iter().zip(places.clone().into_items()) {
                self.add(schemas, file, item, marks);
            }
            return;
        }
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        if api_version == "v1" {
            return self.add_beside(&kind, &object);
        }
        let group = api_version.split('/').next().unwrap_or_default();
        let is_known = schemas.kinds().contains(&kind.as_str());
        let is_meant = is_known && (group.is_empty() || nearest(group, [GROUP]).is_some());
        if group != GROUP && !is_meant {
            return;
        }
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        let site = self.sites.entry(namespace).or_default();
        let standing = Standing { file: Rc::clone(file), value: object, marks };
        if let Some((field, message, hint)) = misnamed(schemas, &standing.value, &kind, is_known) {
            let place = Some(standing.place(field));
            let problem = Problem::unreadable(place, message, hint);
            site.problems.push(Problem { object: Some(format!("{kind}/{name}")), field: field.into(), ..problem });
            return;
        }
        site.add(schemas, &kind, &name, standing);
    }
}

/// What is wrong with an object's `apiVersion` or `kind`.
fn misnamed(schemas: &Schemas, object: &Value, kind: &str, is_known: bool) -> Option<(&'static str, String, String)> {
    let versions = schemas.versions();
    let found = match &object["apiVersion"] {
        Value::String(version) if versions.contains(version) => None,
        Value::String(version) => Some(format!("`{version}`")),
        _ => Some("nothing".to_owned()),
    };
    if let Some(found) = found {
        let expected = versions.join(" or ");
        return Some(("apiVersion", format!("found {found}, expected {expected}"), format!("write {expected}")));
    }
    if is_known {
        return None;
    }
    let kinds = schemas.kinds();
    let hint = nearest(kind, kinds.iter().copied()).map_or_else(
        || format!("the kinds of Slipway are {}", kinds.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    let found = if kind.is_empty() { "no kind".to_owned() } else { format!("the kind `{kind}`") };
    Some(("kind", format!("found {found}, which Slipway does not have"), hint))
}

impl SiteFiles {
    fn add(&mut self, schemas: &Schemas, kind: &str, name: &str, standing: Standing) {
        let violations = schemas.check(kind, &standing.value, &standing.marks);
        let is_refused = !violations.is_empty();
        for violation in violations {
            let place = Some(InFile { file: Rc::clone(&standing.file), at: violation.place });
            let problem = Problem::unreadable(place, violation.message, violation.hint);
            self.problems.push(Problem { object: Some(format!("{kind}/{name}")), field: violation.field, ..problem });
        }
        // Nothing can refer to an object without a name, and its schema has said that it needs one.
        if name.is_empty() {
            return;
        }
        let Some(key) = static_kind(kind).map(|kind| ObjectKey::new(kind, name)) else { return };
        if let Some(first) = self.objects.get(&key) {
            let place = |standing: &Standing| standing.place("metadata.name").to_string();
            self.manifests.repeated.push((key.clone(), format!("{} and {}", place(first), place(&standing))));
            return;
        }
        if let (Some(first), "Site") = (&self.manifests.site, kind) {
            let first = first.metadata.name.as_deref().unwrap_or_default();
            let message = format!("found a second Site in a namespace, beside Site/{first}");
            self.report(&key, &standing, message, "give each Site a namespace of its own");
            return;
        }
        self.take(&key, &standing.value, is_refused);
        if is_refused {
            self.refused.insert(key.clone());
        }
        self.objects.insert(key, standing);
    }

    fn report(&mut self, key: &ObjectKey, standing: &Standing, message: String, hint: &str) {
        let field = "metadata.name";
        let problem = Problem::unreadable(Some(standing.place(field)), message, hint);
        self.problems.push(Problem { object: Some(key.to_string()), field: field.into(), ..problem });
    }

    fn take(&mut self, key: &ObjectKey, value: &Value, is_refused: bool) {
        let Manifests {
            site,
            racks,
            links,
            networks,
            hardware_profiles,
            host_profiles,
            nodes,
            boot_actions,
            inventories,
            ..
        } = &mut self.manifests;
        let name = &key.name;
        let result = match key.kind {
            "Site" => read(value).map(|read| *site = Some(read)),
            "Rack" => put(racks, name, value),
            "NetworkLink" => put(links, name, value),
            "Network" => put(networks, name, value),
            "HardwareProfile" => put(hardware_profiles, name, value),
            "HostProfile" => put(host_profiles, name, value),
            "BaremetalNode" => put(nodes, name, value),
            "BootAction" => put(boot_actions, name, value),
            "HardwareInventory" => put(inventories, name, value),
            // Requests are no part of a design.
            _ => Ok(()),
        };
        if let Err(error) = result {
            // The text of the error may show a value; where the schema has said more, and better, it is not needed.
            let reason = if is_refused { "its schema refuses it".into() } else { error.to_string() };
            self.manifests.unreadable.push((key.clone(), reason));
        }
    }
}

fn read<K: DeserializeOwned>(value: &Value) -> serde_json::Result<Arc<K>> {
    K::deserialize(value).map(Arc::new)
}

fn put<K: DeserializeOwned>(
    objects: &mut BTreeMap<String, Arc<K>>,
    name: &str,
    value: &Value,
) -> serde_json::Result<()> {
    objects.insert(name.to_owned(), read(value)?);
    Ok(())
}

fn static_kind(kind: &str) -> Option<&'static str> {
    const KINDS: [&str; 10] = [
        "Site",
        "Rack",
        "NetworkLink",
        "Network",
        "HardwareProfile",
        "HostProfile",
        "BaremetalNode",
        "BootAction",
        "SiteTask",
        "HardwareInventory",
    ];
    KINDS.into_iter().find(|known| *known == kind)
}
