//! Where everything in a document stands: a tree beside the document's value, of the same shape.

use granit_parser::Marker;
use serde_json::Value;
use std::fmt;

/// A line and a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

impl Place {
    /// The place at a line and a column from 1. Half as wide as counted, for there is one a value.
    pub(super) fn new(line: usize, column: usize) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        Self { line: narrow(line), column: narrow(column) }
    }

    /// The place at a mark of the parser, whose columns are from 0.
    pub(super) fn at(marker: &Marker) -> Self {
        Self::new(marker.line(), marker.col() + 1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where a value and everything in it stands.
#[derive(Debug, Clone)]
pub struct Marks {
    pub(super) place: Place,
    pub(super) plain: bool,
    pub(super) inner: Inner,
}

#[derive(Debug, Clone)]
pub(super) enum Inner {
    Leaf,
    List(Vec<Marks>),
    Map(Vec<Key>),
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: Box<str>,
    pub(super) place: Place,
    pub(super) marks: Marks,
}

impl Marks {
    /// Where the value begins.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether it is a scalar that was written without quotes.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// A field of a map: where its key stands, and what is at it.
    pub fn field(&self, name: &str) -> Option<(Place, &Marks)> {
        let Inner::Map(keys) = &self.inner else { return None };
        keys.iter().find(|key| *key.name == *name).map(|key| (key.place, &key.marks))
    }

    /// An entry of a list.
    pub fn item(&self, index: usize) -> Option<&Marks> {
        let Inner::List(items) = &self.inner else { return None };
        items.get(index)
    }

    /// The entries of a list, taken out of it.
    pub fn into_items(self) -> Vec<Marks> {
        match self.inner {
            Inner::List(items) => items,
            Inner::Leaf | Inner::Map(_) => Vec::new(),
        }
    }

    /// Where an object is named, or begins.
    pub fn of_name(&self) -> Place {
        let name = self.field("metadata").and_then(|(_, metadata)| metadata.field("name"));
        name.map_or(self.place, |(place, _)| place)
    }

    /// Where a field such as `spec.addresses[oam].address` stands: its key, or that of the nearest field above it that is
    /// there, or else the object's name. `value` is what these are the marks of.
    ///
    /// What stands in brackets is the entry with that `name` or `network`, or that is the text itself, or has that index.
    pub fn locate(&self, value: &Value, path: &str) -> Place {
        let (mut marks, mut value, mut found, mut rest) = (self, value, None, path);
        while !rest.is_empty() {
            let step = match rest.strip_prefix('[') {
                Some(inside) => entry(value, inside)
                    .and_then(|(index, after)| Some((marks.item(index)?, value.get(index)?, after)))
                    .map(|(marks, value, after)| (marks.place, marks, value, after)),
                None => marks
                    .longest_key(rest)
                    .and_then(|key| Some((key.place, &key.marks, value.get(&*key.name)?, rest.get(key.name.len()..)?))),
            };
            let Some((place, inner, of, after)) = step else { break };
            (marks, value, found) = (inner, of, Some(place));
            rest = after.strip_prefix('.').unwrap_or(after);
        }
        found.unwrap_or_else(|| self.of_name())
    }

    /// The key with which a path begins: keys may hold dots, so the longest one counts.
    fn longest_key(&self, path: &str) -> Option<&Key> {
        let Inner::Map(keys) = &self.inner else { return None };
        let begins = |key: &&Key| {
            path.strip_prefix(&*key.name).is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
        };
        keys.iter().filter(begins).max_by_key(|key| key.name.len())
    }
}

/// The entry of a list that is meant by the text after `[`, and what follows its `]`.
fn entry<'a>(list: &Value, inside: &'a str) -> Option<(usize, &'a str)> {
    let items = list.as_array()?;
    // A name may hold a bracket itself, so every end is tried.
    inside.match_indices(']').find_map(|(end, _)| {
        let (text, after) = (&inside[..end], &inside[end + 1..]);
        let is = |value: &Value| match value {
            Value::String(own) => own == text,
            Value::Number(own) => own.to_string() == text,
            _ => false,
        };
        let by = |key: &str| items.iter().position(|item| item.get(key).is_some_and(is));
        let index = by("name")
            .or_else(|| by("network"))
            .or_else(|| items.iter().position(is))
            .or_else(|| text.parse().ok().filter(|index| *index < items.len()))?;
        Some((index, after))
    })
}
