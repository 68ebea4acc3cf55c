//! The fields of a map, taken one by one. Whatever nobody took is warned of when the map is dropped, so that a converter
//! cannot forget a field silently.

use super::notes::Place;
use crate::api::values::InvalidValue;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, str::FromStr};

/// A map of a document.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// Where it stands.
    pub place: Place<'a>,
    map: Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Reads a value as a map; anything else but null is warned of, and counts as an empty one.
    pub fn new(place: Place<'a>, value: Value) -> Self {
        let map = match value {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            other => {
                place.warn(format!("found {}, expected a map; not carried over", describe(&other)));
                Map::new()
            }
        };
        Self { place, map }
    }

    /// Where a field stands.
    pub fn at(&self, key: &str) -> Place<'a> {
        self.place.at(key)
    }

    /// A value as it stands; null counts as absent.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// Everything that has not been taken yet.
    pub fn rest(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.map).into_iter().collect()
    }

    /// What a field would give, without taking it.
    pub fn peek(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Keys that subtract: `!name`, without the mark.
    pub fn subtractions(&mut self) -> Vec<String> {
        let keys: Vec<String> = self.map.keys().filter(|key| key.starts_with('!')).cloned().collect();
        for key in &keys {
            self.map.remove(key);
        }
        keys.into_iter().map(|key| key[1..].to_owned()).collect()
    }

    /// Text; numbers and booleans count as what they are written like.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let value = self.take(key)?;
        text(&self.at(key), &value)
    }

    /// A value with a syntax of its own.
    pub fn parse<T: FromStr<Err = InvalidValue>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key)?;
        parse(&self.at(key), &text)
    }

    /// A whole number that fits its field.
    pub fn number(&mut self, key: &str) -> Option<i32> {
        let text = self.text(key)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.at(key).warn(format!("found `{text}`, expected a whole number; not carried over"));
        }
        number
    }

    /// Yes or no.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let text = self.text(key)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => {
                self.at(key).warn(format!("found `{text}`, expected true or false; not carried over"));
                None
            }
        }
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
        if found.is_none() {
            let expected: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.at(key).warn(format!("found `{text}`, expected one of {}; not carried over", expected.join(", ")));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// The entries of a list, each with its place.
    pub fn list(&mut self, key: &str) -> Vec<(Place<'a>, Value)> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => {
                let place = self.at(key);
                list.into_iter().enumerate().map(|(at, value)| (place.index(at), value)).collect()
            }
            Some(other) => {
                self.at(key).warn(format!("found {}, expected a list; not carried over", describe(&other)));
                Vec::new()
            }
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &str) -> Vec<String> {
        self.list(key).iter().filter_map(|(place, value)| text(place, value)).collect()
    }

    /// A map below; absent: an empty one.
    pub fn map(&mut self, key: &str) -> Fields<'a> {
        let value = self.take(key).unwrap_or_default();
        Fields::new(self.at(key), value)
    }

    /// A map of texts.
    pub fn text_map(&mut self, key: &str) -> BTreeMap<String, String> {
        let mut map = self.map(key);
        let place = map.place.clone();
        map.rest().into_iter().filter_map(|(key, value)| Some((key.clone(), text(&place.at(&key), &value)?))).collect()
    }

    /// A map of maps, by name.
    pub fn named(&mut self, key: &str) -> Vec<(String, Fields<'a>)> {
        let mut map = self.map(key);
        let place = map.place.clone();
        map.rest().into_iter().map(|(name, value)| (name.clone(), Fields::new(place.at(&name), value))).collect()
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        for (key, value) in &self.map {
            if !value.is_null() {
                self.place.at(key).warn("has no field in our kinds; not carried over");
            }
        }
    }
}

/// A scalar as text.
pub(super) fn text(place: &Place<'_>, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => {
            if number.is_f64() {
                place.warn(format!("read as the number {number}; put it in quotes if it was written otherwise"));
            }
            Some(number.to_string())
        }
        other => {
            place.warn(format!("found {}, expected text; not carried over", describe(other)));
            None
        }
    }
}

/// A value with a syntax of its own.
pub(super) fn parse<T: FromStr<Err = InvalidValue>>(place: &Place<'_>, text: &str) -> Option<T> {
    text.trim().parse().map_err(|error| place.warn(format!("{error}; not carried over"))).ok()
}

/// Takes out what stands twice.
pub(super) fn distinct(place: &Place<'_>, entries: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(entries.len());
    for entry in entries {
        if kept.contains(&entry) {
            place.warn(format!("`{entry}` stands there twice; carried over once"));
        } else {
            kept.push(entry);
        }
    }
    kept
}

/// What a value is, without showing more of it than a word.
pub(super) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::notes::Notes;
    use serde_json::json;

    #[test]
    fn what_nobody_took_is_warned_of() {
        let notes = Notes::default();
        let mut fields = Fields::new(notes.place("Network/a"), json!({"vlan": 21, "colour": "red", "empty": null}));
        assert_eq!(fields.text("vlan").as_deref(), Some("21"));
        drop(fields);
        let warnings = notes.into_warnings();
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].to_string(), "Network/a colour: has no field in our kinds; not carried over");
    }

    #[test]
    fn types_are_tolerated_where_the_meaning_is_clear() {
        let notes = Notes::default();
        let value = json!({"a": "7", "b": "True", "c": [1, "1", true], "d": {"x": 1}, "e": "seven", "f": "off"});
        let mut fields = Fields::new(notes.place("Rack/a"), value);
        assert_eq!(fields.number("a"), Some(7));
        assert_eq!((fields.flag("b"), fields.flag("f")), (Some(true), Some(false)));
        let texts = fields.texts("c");
        assert_eq!(distinct(&fields.at("c"), texts), ["1", "true"]);
        assert_eq!(fields.text_map("d")["x"], "1");
        assert_eq!(fields.number("e"), None);
        drop(fields);
        let warnings: Vec<String> = notes.into_warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "Rack/a c: `1` stands there twice; carried over once",
                "Rack/a e: found `seven`, expected a whole number; not carried over",
            ]
        );
    }
}
