//! Inheritance: one rule set for every description.
//!
//! The child wins. Scalars replace; maps merge by key; lists of named things merge by name, field by field, the
//! parent's order first; lists of scalars are the child's entries, then the parent's that are not already there.
//! Subtraction is `unset` alone: JSON Pointers into what was inherited, list entries by name.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A description and where each of its values came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    /// The description, as in a manifest's spec.
    pub value: Value,
    /// JSON Pointer (list entries by name) of each value to its source, such as `HostProfile/defaults`.
    pub provenance: BTreeMap<String, String>,
}

impl Layer {
    /// Nothing described yet.
    pub fn empty() -> Self {
        Self { value: Value::Object(Map::new()), provenance: BTreeMap::new() }
    }

    /// Takes away what `pointers` name; gives back those that named nothing.
    pub fn unset(&mut self, pointers: &[String]) -> Vec<String> {
        let mut useless = Vec::new();
        for pointer in pointers {
            let segments: Vec<String> =
                pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
            if remove(&mut self.value, &segments) {
                let below = format!("{pointer}/");
                self.provenance.retain(|path, _| path != pointer && !path.starts_with(&below));
            } else {
                useless.push(pointer.clone());
            }
        }
        useless
    }

    /// Lays `child`, which comes from `source`, over this description.
    pub fn overlay(&mut self, child: Value, source: &str) {
        merge(&mut self.value, child, "", source, &mut self.provenance);
    }
}

/// The entry of a list by its name.
fn name_of(entry: &Value) -> Option<&str> {
    entry.get("name").and_then(Value::as_str)
}

fn is_named(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|entry| name_of(entry).is_some())
}

/// A name as one segment of a JSON Pointer.
fn segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn merge(parent: &mut Value, child: Value, path: &str, source: &str, provenance: &mut BTreeMap<String, String>) {
    match (parent, child) {
        (Value::Object(parent), Value::Object(child)) => {
            for (key, value) in child {
                let path = format!("{path}/{}", segment(&key));
                if let Some(known) = parent.get_mut(&key) {
                    merge(known, value, &path, source, provenance);
                } else {
                    note(&value, &path, source, provenance);
                    parent.insert(key, value);
                }
            }
        }
        (Value::Array(parent), Value::Array(child)) if is_named(parent) && is_named(&child) => {
            for entry in child {
                let name = name_of(&entry).unwrap_or_default().to_owned();
                let path = format!("{path}/{}", segment(&name));
                if let Some(known) = parent.iter_mut().find(|known| name_of(known) == Some(&name)) {
                    merge(known, entry, &path, source, provenance);
                } else {
                    note(&entry, &path, source, provenance);
                    parent.push(entry);
                }
            }
        }
        (Value::Array(parent), Value::Array(mut child)) => {
            let rest: Vec<Value> = parent.drain(..).filter(|entry| !child.contains(entry)).collect();
            child.extend(rest);
            *parent = child;
            provenance.insert(path.to_owned(), source.to_owned());
        }
        (parent, child) => {
            let below = format!("{path}/");
            provenance.retain(|known, _| !known.starts_with(&below));
            if *parent != child || !provenance.contains_key(path) {
                note(&child, path, source, provenance);
            }
            *parent = child;
        }
    }
}

/// Notes that a value, and all that is in it, came from `source`.
fn note(value: &Value, path: &str, source: &str, provenance: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                note(value, &format!("{path}/{}", segment(key)), source, provenance);
            }
        }
        Value::Array(list) if is_named(list) => {
            for entry in list {
                let name = name_of(entry).unwrap_or_default();
                note(entry, &format!("{path}/{}", segment(name)), source, provenance);
            }
        }
        _ => {
            provenance.insert(path.to_owned(), source.to_owned());
        }
    }
}

fn remove(value: &mut Value, segments: &[String]) -> bool {
    let Some((first, rest)) = segments.split_first() else { return false };
    match value {
        Value::Object(map) if rest.is_empty() => map.remove(first).is_some(),
        Value::Object(map) => map.get_mut(first).is_some_and(|inner| remove(inner, rest)),
        Value::Array(list) => {
            let here = |entry: &Value| name_of(entry) == Some(first) || entry.as_str() == Some(first);
            let Some(at) = list.iter().position(here) else { return false };
            if rest.is_empty() {
                list.remove(at);
                true
            } else {
                list.get_mut(at).is_some_and(|inner| remove(inner, rest))
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn overlaid(parent: Value, child: Value) -> Layer {
        let mut layer = Layer::empty();
        layer.overlay(parent, "HostProfile/parent");
        layer.overlay(child, "BaremetalNode/child");
        layer
    }

    #[test]
    fn every_unmatched_parent_member_is_kept() {
        let layer = overlaid(
            json!({"partitions": [{"name": "root", "size": "30g"}, {"name": "boot", "size": "1g"}, {"name": "var"}]}),
            json!({"partitions": [{"name": "root", "size": "50g"}, {"name": "new"}]}),
        );
        assert_eq!(
            layer.value,
            json!({"partitions": [{"name": "root", "size": "50g"}, {"name": "boot", "size": "1g"}, {"name": "var"}, {"name": "new"}]})
        );
        assert_eq!(layer.provenance["/partitions/root/size"], "BaremetalNode/child");
        assert_eq!(layer.provenance["/partitions/boot/size"], "HostProfile/parent");
    }

    #[test]
    fn lists_of_scalars_are_the_childs_then_the_parents() {
        let layer = overlaid(json!({"tags": ["a", "b"]}), json!({"tags": ["c", "b"]}));
        assert_eq!(layer.value, json!({"tags": ["c", "b", "a"]}));
    }

    #[test]
    fn unset_takes_away_what_was_inherited_and_says_what_it_did_not_find() {
        let mut layer = Layer::empty();
        layer.overlay(
            json!({"interfaces": [{"name": "bond0", "networks": ["a", "b"]}, {"name": "pxe"}], "extra": {"a/b": "c"}}),
            "HostProfile/p",
        );
        let pointers = ["/interfaces/bond0/networks/b", "/interfaces/pxe", "/extra/a~1b", "/platform/kernel"];
        let useless = layer.unset(&pointers.map(str::to_owned));
        assert_eq!(layer.value, json!({"interfaces": [{"name": "bond0", "networks": ["a"]}], "extra": {}}));
        assert_eq!(useless, ["/platform/kernel"]);
        assert!(!layer.provenance.contains_key("/interfaces/pxe/name"));
    }

    mod laws {
        use super::*;
        use proptest::prelude::*;

        fn description() -> impl Strategy<Value = Value> {
            let scalar = prop::option::of("[a-c]");
            let params = prop::collection::btree_map("[a-d]", "[x-z]", 0..4);
            let tags = prop::collection::btree_set("[a-e]", 0..4);
            let disks = prop::collection::btree_map("[a-c]", prop::option::of("[1-3]g"), 0..3);
            (scalar, params, tags, disks).prop_map(|(scalar, params, tags, disks)| {
                let disks: Vec<Value> =
                    disks.into_iter().map(|(name, size)| json!({"name": name, "size": size})).collect();
                let mut value = json!({"params": params});
                if let Some(scalar) = scalar {
                    value["scalar"] = json!(scalar);
                }
                if !tags.is_empty() {
                    value["tags"] = json!(tags);
                }
                if !disks.is_empty() {
                    value["disks"] = json!(disks);
                }
                value
            })
        }

        proptest! {
            #[test]
            fn laying_the_same_over_again_changes_nothing(parent in description(), child in description()) {
                let once = overlaid(parent, child.clone());
                let mut twice = once.clone();
                twice.overlay(child, "BaremetalNode/child");
                prop_assert_eq!(once.value, twice.value);
            }

            #[test]
            fn the_child_wins(parent in description(), child in description()) {
                let layer = overlaid(parent, child.clone());
                if let Some(scalar) = child.get("scalar") {
                    prop_assert_eq!(&layer.value["scalar"], scalar);
                }
                for (key, value) in child["params"].as_object().unwrap() {
                    prop_assert_eq!(&layer.value["params"][key], value);
                }
            }

            #[test]
            fn nothing_of_the_parent_is_lost(parent in description(), child in description()) {
                let layer = overlaid(parent.clone(), child);
                for key in parent["params"].as_object().unwrap().keys() {
                    prop_assert!(layer.value["params"].get(key).is_some());
                }
                for disk in parent.get("disks").and_then(Value::as_array).into_iter().flatten() {
                    prop_assert!(layer.value["disks"].as_array().unwrap().iter().any(|d| d["name"] == disk["name"]));
                }
            }
        }
    }
}
