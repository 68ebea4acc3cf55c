//! A design that can be changed: its objects as they stand, and what stands beside them.
//!
//! Objects and values name what differs from design to design by words in angle brackets, such as `<node>`, so that one
//! mutation fits several designs.

use crate::command::manifests;
use serde_json::{Value, json};
use slipway::{
    design::{Manifests, resolve},
    manifest::{schema::Schemas, yaml},
    model::{Finding, ObjectKey},
};

/// What the words in angle brackets stand for.
pub type Names = &'static [(&'static str, &'static str)];

/// A design.
#[derive(Clone)]
pub struct Design {
    /// The objects, as a file has them.
    objects: Vec<Value>,
    /// What is no object: Secrets' lengths, libraries, what could not be read, what stands twice.
    pub beside: Manifests,
    names: Names,
}

impl Design {
    pub fn new(objects: Vec<Value>, names: Names) -> Self {
        Self { objects, beside: Manifests::default(), names }
    }

    /// The design after a change.
    pub fn with(&self, change: fn(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// What is wrong with it.
    pub fn findings(&self) -> Vec<Finding> {
        let Manifests { secrets, libraries, unreadable, repeated, .. } = self.beside.clone();
        let all = Manifests { secrets, libraries, unreadable, repeated, ..manifests(&self.objects) };
        resolve(&all).findings.into_iter().collect()
    }

    /// What the API server would refuse of the objects that `before` does not have so: a rule that could never be
    /// reached there would be proven for nothing.
    pub fn refused(&self, schemas: &Schemas, before: &Self) -> Vec<String> {
        let changed: Vec<&Value> = self.objects.iter().filter(|object| !before.objects.contains(object)).collect();
        let refused = changed.into_iter().flat_map(|object| {
            let kind = object["kind"].as_str().unwrap();
            let (documents, _) = yaml::read(&object.to_string());
            documents.into_iter().flat_map(|document| schemas.check(kind, &document.value, &document.marks))
        });
        refused.map(|violation| format!("{}: {}", violation.field, violation.message)).collect()
    }

    /// A text with names in place of the words.
    pub fn filled(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (word, name)| text.replace(word, name))
    }

    /// `Kind/name` as the design knows objects.
    pub fn key(&self, kind: &'static str, name: &str) -> ObjectKey {
        ObjectKey::new(kind, self.filled(name))
    }

    /// Names of the objects of a kind.
    pub fn named(&self, kind: &str) -> Vec<String> {
        let of_kind = self.objects.iter().filter(|object| object["kind"] == kind);
        of_kind.map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A value of an object (`Kind/name`); maps on the way to it are made, list entries go by name.
    pub fn at(&mut self, object: &str, pointer: &str) -> &mut Value {
        let (object, pointer) = (self.filled(object), self.filled(pointer));
        let at = position(&self.objects, &object);
        let mut value = &mut self.objects[at];
        for segment in pointer.split('/').skip(1) {
            value = match value {
                Value::Array(list) => {
                    let at = entry(list, segment);
                    &mut list[at.unwrap_or_else(|| panic!("{object} has no {segment} of {pointer}"))]
                }
                map => &mut map[segment],
            };
        }
        value
    }

    /// Sets a value.
    pub fn set(&mut self, object: &str, pointer: &str, value: Value) {
        let value = self.filled_in(value);
        *self.at(object, pointer) = value;
    }

    /// Adds an entry to a list, which is made if it is not there.
    pub fn push(&mut self, object: &str, pointer: &str, entry: Value) {
        let entry = self.filled_in(entry);
        let list = self.at(object, pointer);
        if list.is_null() {
            *list = json!([]);
        }
        list.as_array_mut().unwrap().push(entry);
    }

    /// Takes a field or a list entry away.
    pub fn remove(&mut self, object: &str, pointer: &str) {
        let (above, last) = pointer.rsplit_once('/').unwrap();
        let last = self.filled(last);
        let gone = match self.at(object, above) {
            Value::Array(list) => entry(list, &last).map(|at| list.remove(at)),
            map => map.as_object_mut().unwrap().remove(&last),
        };
        assert!(gone.is_some(), "{object} has no {pointer}");
    }

    /// Adds an object.
    pub fn add(&mut self, kind: &str, name: &str, spec: Value) {
        let (name, spec) = (self.filled(name), self.filled_in(spec));
        let (version, metadata) = ("slipway.dev/v1alpha1", json!({"name": name}));
        self.objects.push(json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}));
    }

    /// Takes an object away.
    pub fn delete(&mut self, object: &str) {
        let at = position(&self.objects, &self.filled(object));
        self.objects.remove(at);
    }

    fn filled_in(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.filled(&text)),
            Value::Array(list) => list.into_iter().map(|entry| self.filled_in(entry)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (self.filled(&key), self.filled_in(value))).collect()
            }
            other => other,
        }
    }
}

/// Where an object stands among all.
fn position(objects: &[Value], object: &str) -> usize {
    let is_it = |it: &Value| {
        let (kind, name) = (it["kind"].as_str(), it["metadata"]["name"].as_str());
        object.split_once('/') == kind.zip(name)
    };
    objects.iter().position(is_it).unwrap_or_else(|| panic!("there is no {object}"))
}

/// The entry of a list with this name, of this network, with this value or at this place.
fn entry(list: &[Value], segment: &str) -> Option<usize> {
    let is_it = |entry: &Value| entry == segment || entry["name"] == segment || entry["network"] == segment;
    list.iter().position(is_it).or_else(|| segment.parse().ok().filter(|at| *at < list.len()))
}
