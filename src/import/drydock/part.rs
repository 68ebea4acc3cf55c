//! A part of a host's description: fields that can be given, or taken away from what was inherited.
//!
//! Drydock takes away by `!name` among the names and by `!` (or -1) as a value. Both become JSON Pointers of `unset`.

use crate::model::pointer::segment;
use crate::{
    api::values::InvalidValue,
    import::{
        fields::{Fields, distinct, text},
        notes::Place,
    },
};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, str::FromStr};

/// A part of a description, with its place in Drydock's document and in ours.
pub(super) struct Part<'a> {
    /// Drydock's fields.
    pub fields: Fields<'a>,
    /// JSON Pointer of this part in our description.
    pointer: String,
    /// The pointers of all parts.
    unset: &'a RefCell<Vec<String>>,
}

impl<'a> Part<'a> {
    /// The whole description.
    pub fn whole(fields: Fields<'a>, unset: &'a RefCell<Vec<String>>) -> Self {
        Self { fields, pointer: String::new(), unset }
    }

    /// Where a field stands in Drydock's document.
    pub fn at(&self, key: &str) -> Place<'a> {
        self.fields.at(key)
    }

    /// Takes `name`, below this part, away from what was inherited.
    pub fn unset(&self, name: &str) {
        self.unset_at(&self.pointer, name);
    }

    /// Whether the value of a field takes it away; then it is done.
    fn is_taken_away(&mut self, key: &str, ours: &str) -> bool {
        let away = self.fields.peek(key).is_some_and(is_away);
        if away {
            self.fields.take(key);
            self.unset(ours);
        }
        away
    }

    /// Text.
    pub fn text(&mut self, key: &str, ours: &str) -> Option<String> {
        if self.is_taken_away(key, ours) { None } else { self.fields.text(key) }
    }

    /// A value with a syntax of its own.
    pub fn parse<T: FromStr<Err = InvalidValue>>(&mut self, key: &str, ours: &str) -> Option<T> {
        if self.is_taken_away(key, ours) { None } else { self.fields.parse(key) }
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, ours: &str) -> Option<i32> {
        if self.is_taken_away(key, ours) { None } else { self.fields.number(key) }
    }

    /// Yes or no.
    pub fn flag(&mut self, key: &str, ours: &str) -> Option<bool> {
        if self.is_taken_away(key, ours) { None } else { self.fields.flag(key) }
    }

    /// A list of texts, each through `rename`.
    pub fn texts(&mut self, key: &str, ours: &str, rename: impl Fn(&Place<'_>, &str) -> String) -> Vec<String> {
        if self.is_taken_away(key, ours) {
            return Vec::new();
        }
        let below = self.below(ours);
        let mut kept = Vec::new();
        for (place, value) in self.fields.list(key) {
            let Some(entry) = text(&place, &value) else { continue };
            match entry.strip_prefix('!') {
                Some(name) => self.unset_at(&below, &rename(&place, name)),
                None => kept.push(rename(&place, &entry)),
            }
        }
        distinct(&self.at(key), kept)
    }

    /// A map of texts.
    pub fn text_map(&mut self, key: &str, ours: &str) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        for (name, place, value) in self.entries(key, ours) {
            if let Some(value) = text(&place, &value) {
                map.insert(name, value);
            }
        }
        map
    }

    /// The entries of a map as they stand.
    pub fn entries(&mut self, key: &str, ours: &str) -> Vec<(String, Place<'a>, Value)> {
        if self.is_taken_away(key, ours) {
            return Vec::new();
        }
        let below = self.below(ours);
        let mut map = self.fields.map(key);
        let mut kept = Vec::new();
        for name in map.subtractions() {
            self.unset_at(&below, &name);
        }
        for (name, value) in map.rest() {
            let place = map.at(&name);
            if is_away(&value) {
                self.unset_at(&below, &name);
            } else {
                kept.push((name, place, value));
            }
        }
        kept
    }

    /// A part below; absent where the field is.
    pub fn part(&mut self, key: &str, ours: &str) -> Option<Part<'a>> {
        if self.is_taken_away(key, ours) {
            return None;
        }
        self.fields.peek(key)?;
        let fields = self.fields.map(key);
        Some(Part { fields, pointer: self.below(ours), unset: self.unset })
    }

    /// Parts by name, from a map. The documented `name: null` takes away, as `!name` does.
    pub fn named(&mut self, key: &str, ours: &str) -> Vec<(String, Part<'a>)> {
        let below = self.below(ours);
        let mut parts = Vec::new();
        for (name, place, value) in self.entries(key, ours) {
            if value.is_null() {
                self.unset_at(&below, &name);
            } else {
                let pointer = format!("{below}/{}", segment(&name));
                parts.push((name, Part { fields: Fields::new(place, value), pointer, unset: self.unset }));
            }
        }
        parts
    }

    /// Parts by name, from a list whose entries say their `name`.
    pub fn listed(&mut self, key: &str, ours: &str) -> Vec<(String, Part<'a>)> {
        let below = self.below(ours);
        let mut parts = Vec::new();
        for (place, value) in self.fields.list(key) {
            let mut fields = Fields::new(place, value);
            let Some(name) = fields.text("name") else {
                fields.rest();
                fields.place.warn("an entry without a name; not carried over");
                continue;
            };
            if let Some(name) = name.strip_prefix('!') {
                fields.rest();
                self.unset_at(&below, name);
                continue;
            }
            let pointer = format!("{below}/{}", segment(&name));
            parts.push((name, Part { fields, pointer, unset: self.unset }));
        }
        parts
    }

    fn below(&self, ours: &str) -> String {
        format!("{}/{ours}", self.pointer)
    }

    fn unset_at(&self, pointer: &str, name: &str) {
        let pointer = format!("{pointer}/{}", segment(name));
        let mut unset = self.unset.borrow_mut();
        if !unset.contains(&pointer) {
            unset.push(pointer);
        }
    }
}

/// Whether a value takes its field away.
fn is_away(value: &Value) -> bool {
    value.as_str() == Some("!") || value.as_i64() == Some(-1)
}
