//! Inheritance: one rule set for every description.
//!
//! The child wins. Scalars replace; maps merge by key; lists of named things merge by name, field by field, the
//! parent's order first; lists of scalars are the child's entries, then the parent's that are not already there.
//! Subtraction is `unset` alone: JSON Pointers into what was inherited, list entries by name.

use super::source::Source;
use crate::model::pointer::segment;
use serde_json::Value;
use std::collections::BTreeMap;

/// JSON Pointer (list entries by name) of each value to where it came from.
pub(super) type Provenance = BTreeMap<String, Source>;

/// The entry of a list by its name.
fn name_of(entry: &Value) -> Option<&str> {
    entry.get("name").and_then(Value::as_str)
}

/// Whether a list is one of named things; an empty one may be either.
fn is_named(list: &[Value]) -> bool {
    list.iter().all(|entry| name_of(entry).is_some())
}

/// Lays `child`, which comes from `source`, over `parent`; `path` is where they stand.
pub(super) fn merge(parent: &mut Value, child: Value, path: &str, source: &Source, provenance: &mut Provenance) {
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
        (Value::Array(parent), Value::Array(child))
            if !(parent.is_empty() && child.is_empty()) && is_named(parent) && is_named(&child) =>
        {
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
            provenance.insert(path.to_owned(), source.clone());
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
fn note(value: &Value, path: &str, source: &Source, provenance: &mut Provenance) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                note(value, &format!("{path}/{}", segment(key)), source, provenance);
            }
        }
        Value::Array(list) if !list.is_empty() && is_named(list) => {
            for entry in list {
                let name = name_of(entry).unwrap_or_default();
                note(entry, &format!("{path}/{}", segment(name)), source, provenance);
            }
        }
        _ => {
            provenance.insert(path.to_owned(), source.clone());
        }
    }
}

/// Forgets where a value, and all that was in it, came from.
pub(super) fn forget(pointer: &str, provenance: &mut Provenance) {
    let below = format!("{pointer}/");
    provenance.retain(|path, _| path != pointer && !path.starts_with(&below));
}

/// Takes away what the segments of a pointer name. Gives back whether it was there.
pub(super) fn remove(value: &mut Value, segments: &[String]) -> bool {
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
    use crate::model::pointer::segments;
    use serde_json::{Map, json};

    #[derive(Debug, Clone)]
    struct Layer {
        value: Value,
        provenance: Provenance,
    }

    impl Layer {
        fn empty() -> Self {
            Self { value: Value::Object(Map::new()), provenance: Provenance::new() }
        }

        fn overlay(&mut self, child: Value, source: &Source) {
            merge(&mut self.value, child, "", source, &mut self.provenance);
        }

        fn unset(&mut self, pointers: &[&str]) -> Vec<String> {
            let mut useless = Vec::new();
            for pointer in pointers {
                if remove(&mut self.value, &segments(pointer).collect::<Vec<_>>()) {
                    forget(pointer, &mut self.provenance);
                } else {
                    useless.push((*pointer).to_owned());
                }
            }
            useless
        }
    }

    fn profile() -> Source {
        Source::HostProfile("parent".into())
    }

    fn overlaid(parent: Value, child: Value) -> Layer {
        let mut layer = Layer::empty();
        layer.overlay(parent, &profile());
        layer.overlay(child, &Source::Node);
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
        assert_eq!(layer.provenance["/partitions/root/size"], Source::Node);
        assert_eq!(layer.provenance["/partitions/boot/size"], profile());
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
            &profile(),
        );
        let pointers = ["/interfaces/bond0/networks/b", "/interfaces/pxe", "/extra/a~1b", "/platform/kernel"];
        let useless = layer.unset(&pointers);
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
                twice.overlay(child, &Source::Node);
                prop_assert_eq!(once.value, twice.value);
            }

            #[test]
            fn inheritance_is_associative(one in description(), two in description(), three in description()) {
                let first = overlaid(overlaid(one.clone(), two.clone()).value, three.clone());
                let last = overlaid(one, overlaid(two, three).value);
                prop_assert_eq!(first.value, last.value);
            }

            #[test]
            fn what_was_unset_is_not_inherited(parent in description(), child in description()) {
                let mut layer = Layer::empty();
                layer.overlay(parent, &profile());
                let useless = layer.unset(&["/params", "/tags", "/disks", "/scalar"]);
                prop_assert!(layer.value.as_object().unwrap().is_empty() && layer.provenance.is_empty());
                prop_assert!(useless.len() < 4);
                layer.overlay(child.clone(), &Source::Node);
                prop_assert_eq!(layer.value, child);
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
