//! Names as Kubernetes takes them, the same wherever something is referred to.

use super::{ImportError, notes::Place};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// The host's name comes from its object's, and is a DNS label.
const LONGEST_LABEL: usize = 63;
/// Longest name of an object.
const LONGEST_NAME: usize = 253;

/// The names of one import.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Kind and name of an object to the document's own name.
    taken: BTreeMap<(&'static str, String), String>,
    /// Changed names that were told.
    told: RefCell<BTreeSet<(&'static str, String)>>,
}

impl Names {
    /// The name of the object that a document becomes.
    pub fn register(&mut self, place: &Place<'_>, kind: &'static str, name: &str) -> Result<String, ImportError> {
        let place = place.at("metadata.name");
        let label = label(name);
        let longest = if kind == "BaremetalNode" { LONGEST_LABEL } else { LONGEST_NAME };
        if label.is_empty() || label.len() > longest {
            let expected = format!("a name that makes a DNS label of at most {longest} characters");
            return Err(place.refuse(format!("`{name}`"), expected));
        }
        if let Some(other) = self.taken.get(&(kind, label.clone())) {
            return Err(ImportError::NameTaken {
                document: format!("{kind}/{name}"),
                name: label,
                other: format!("{kind}/{other}"),
            });
        }
        self.taken.insert((kind, label.clone()), name.to_owned());
        self.tell(&place, kind, name, &label);
        Ok(label)
    }

    /// The name of the object that a reference means.
    pub fn refer(&self, place: &Place<'_>, kind: &'static str, name: &str) -> String {
        let label = label(name);
        self.tell(place, kind, name, &label);
        label
    }

    /// Tells of a changed name, once.
    fn tell(&self, place: &Place<'_>, kind: &'static str, name: &str, label: &str) {
        if name == label || !self.told.borrow_mut().insert((kind, name.to_owned())) {
            return;
        }
        let templates = match kind {
            "Network" => format!("; templates that say node.network.{name} must be changed by hand"),
            _ => String::new(),
        };
        place.warn(format!(
            "{kind} `{name}` is no DNS label: it is called `{label}`, also where it is referred to{templates}"
        ));
    }
}

/// A name as a DNS label: lower case, anything but letters, digits and `-` as `-`.
pub(super) fn label(name: &str) -> String {
    let lower = name.to_lowercase();
    let label: String =
        lower.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    label.trim_matches('-').to_owned()
}

/// A tag as provisioners take it: letters, digits, `_` and `-`; anything else as `_`.
pub(super) fn tag(place: &Place<'_>, text: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if text.chars().all(legal) {
        return text.to_owned();
    }
    let tag: String = text.chars().map(|c| if legal(c) { c } else { '_' }).collect();
    place.warn(format!("tag `{text}` has characters other than letters, digits, _ and -: it becomes `{tag}`"));
    tag
}

/// Labels that Kubernetes takes; the others are warned of.
pub(super) fn valid_labels(place: &Place<'_>, labels: BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    let valid = |(key, value): &(String, String)| {
        let name = match key.split_once('/') {
            Some((prefix, name)) => (!prefix.is_empty() && prefix.split('.').all(|p| label(p) == p)).then_some(name),
            None => Some(key.as_str()),
        };
        let good = name.is_some_and(|n| !n.is_empty() && is_label_text(n)) && is_label_text(value);
        if !good {
            place.at(key).warn(format!("`{key}: {value}` is no label that Kubernetes takes; not carried over"));
        }
        good
    };
    let labels: BTreeMap<String, String> = labels.into_iter().filter(valid).collect();
    (!labels.is_empty()).then_some(labels)
}

/// The name of a label's key, or its value.
fn is_label_text(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let outer = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= LONGEST_LABEL && text.chars().all(inner) && outer(text.chars().next()) && outer(text.chars().last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::notes::Notes;

    #[test]
    fn names_become_dns_labels() {
        for (name, expected) in [("DELL_HP_Generic", "dell-hp-generic"), ("oam", "oam"), ("_a.b_", "a-b"), ("__", "")] {
            assert_eq!(label(name), expected);
        }
    }

    #[test]
    fn a_changed_name_is_told_once_and_used_everywhere() {
        let (notes, mut names) = (Notes::default(), Names::default());
        let place = notes.place("HostProfile/cp_r720");
        assert_eq!(names.register(&place, "HostProfile", "cp_r720").unwrap(), "cp-r720");
        assert_eq!(names.refer(&notes.place("BaremetalNode/a"), "HostProfile", "cp_r720"), "cp-r720");
        assert_eq!(names.refer(&notes.place("BaremetalNode/a"), "Rack", "RACK_1"), "rack-1");
        let warnings: Vec<String> = notes.into_warnings().iter().map(|w| w.document.clone()).collect();
        assert_eq!(warnings, ["HostProfile/cp_r720", "BaremetalNode/a"]);
    }

    #[test]
    fn two_names_that_become_the_same_are_an_error() {
        let (notes, mut names) = (Notes::default(), Names::default());
        let place = notes.place("Network/a-b");
        names.register(&place, "Network", "a_b").unwrap();
        names.register(&place, "NetworkLink", "a-b").unwrap();
        let error = names.register(&place, "Network", "a-b").unwrap_err().to_string();
        assert_eq!(
            error,
            "Network/a-b metadata.name: becomes `a-b`, which is already the name of Network/a_b; the document is left out"
        );
        assert!(names.register(&place, "BaremetalNode", &"n".repeat(64)).is_err());
    }

    #[test]
    fn labels_and_tags_are_those_that_are_taken() {
        let notes = Notes::default();
        let place = notes.place("Rack/a");
        let labels = [("zone", "east"), ("a/b/c", "x"), ("x.io/rack_row", "A.1"), ("space", "not here")];
        let labels = labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let kept: Vec<String> = valid_labels(&place, labels).unwrap().into_keys().collect();
        assert_eq!(kept, ["x.io/rack_row", "zone"]);
        assert_eq!(tag(&place, "gpu.a100"), "gpu_a100");
        assert_eq!(notes.len(), 3);
    }
}
