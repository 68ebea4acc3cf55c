//! The events of one document, to its value and its marks.

use super::{
    Fault, Marks, Place,
    marks::{Inner, Key},
    read::DEPTH,
    scalar,
};
use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value, map};
use std::collections::HashMap;

/// Bound on the values that aliases add to one document: a few lines of aliases of aliases can mean billions.
const COPIES: usize = 250_000;

/// What was built of a node.
#[derive(Clone)]
struct Built {
    value: Value,
    marks: Marks,
    nodes: usize,
    height: usize,
}

impl Built {
    fn leaf(value: Value, place: Place, plain: bool) -> Self {
        Self { value, marks: Marks { place, plain, inner: Inner::Leaf }, nodes: 1, height: 1 }
    }
}

/// Builds one document.
pub(super) struct Builder<'p, 'a> {
    parser: &'p mut Parser<'a, StrInput<'a>>,
    index: usize,
    anchors: HashMap<usize, Built>,
    copies: usize,
    /// What is wrong with the document though its syntax is right.
    pub(super) faults: Vec<Fault>,
}

impl<'p, 'a> Builder<'p, 'a> {
    pub(super) fn new(parser: &'p mut Parser<'a, StrInput<'a>>, index: usize) -> Self {
        Self { parser, index, anchors: HashMap::new(), copies: 0, faults: Vec::new() }
    }

    /// The document whose start was just read; nothing where it says nothing, or has a fault.
    pub(super) fn document(&mut self) -> Result<Option<(Value, Marks)>, ScanError> {
        let (event, span) = self.next()?;
        let built = self.node(event, &span, 1)?;
        let is_read = self.faults.is_empty() && !built.value.is_null();
        Ok(is_read.then_some((built.value, built.marks)))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ScanError> {
        let ended = || ScanError::new(Marker::default(), "the document ends in the middle");
        self.parser.next_event().unwrap_or_else(|| Err(ended()))
    }

    fn fault(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(Fault { index: self.index, place, message: message.into(), hint: hint.into() });
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Built, ScanError> {
        let place = place(span);
        let (built, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let (value, plain) = match tag.as_deref() {
                    Some(tag) => (self.tagged(&text, tag, place), false),
                    None if style == ScalarStyle::Plain => (scalar::plain(&text), true),
                    None => (Value::String(text.into_owned()), false),
                };
                (Built::leaf(value, place, plain), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", place);
                (self.list(place, depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", place);
                (self.map(place, depth)?, anchor)
            }
            Event::Alias(anchor) => (self.alias(anchor, place, depth), 0),
            _ => (Built::leaf(Value::Null, place, false), 0),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        Ok(built)
    }

    fn list(&mut self, place: Place, depth: usize) -> Result<Built, ScanError> {
        let (mut values, mut marks, mut nodes, mut height) = (Vec::new(), Vec::new(), 1, 0);
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let marks = Marks { place, plain: false, inner: Inner::List(marks) };
                return Ok(Built { value: Value::Array(values), marks, nodes, height: height + 1 });
            }
            let item = self.node(event, &span, depth + 1)?;
            (nodes, height) = (nodes + item.nodes, height.max(item.height));
            values.push(item.value);
            marks.push(item.marks);
        }
    }

    fn map(&mut self, place: Place, depth: usize) -> Result<Built, ScanError> {
        let (mut values, mut keys, mut merged): (Map<String, Value>, Vec<Key>, Vec<Built>) = Default::default();
        let (mut nodes, mut height, mut is_joined) = (1, 0, false);
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let (name, at) = self.key(event, &span, depth)?;
            let (event, span) = self.next()?;
            let item = self.node(event, &span, depth + 1)?;
            (nodes, height) = (nodes + item.nodes, height.max(item.height));
            let Some((name, is_merge)) = name else { continue };
            if is_merge {
                merged.push(item);
            } else if let map::Entry::Vacant(vacant) = values.entry(name.as_str()) {
                vacant.insert(item.value);
                keys.push(Key { name: name.into(), place: at, marks: item.marks });
            } else if !is_joined {
                let first = keys.iter().find(|key| *key.name == *name).map_or(0, |key| key.place.line);
                // Two manifests without a line between them: every key after this one is there twice too.
                is_joined = name == "apiVersion" || name == "kind";
                let hint = if is_joined { "put a line `---` between two documents" } else { "take one of them out" };
                self.fault(at, format!("found the key `{name}` a second time; it is in line {first}"), hint);
            }
        }
        for item in merged {
            self.merge(item, &mut values, &mut keys);
        }
        let marks = Marks { place, plain: false, inner: Inner::Map(keys) };
        Ok(Built { value: Value::Object(values), marks, nodes, height: height + 1 })
    }

    /// A key's text, and whether it is the key `<<`, whose map is merged into this one.
    fn key(
        &mut self,
        event: Event<'a>,
        span: &Span,
        depth: usize,
    ) -> Result<(Option<(String, bool)>, Place), ScanError> {
        let at = place(span);
        if let Event::Scalar(text, style, 0, None) = event {
            // As it is written: `0x10: a` has the key `0x10`.
            let is_merge = style == ScalarStyle::Plain && text == "<<";
            return Ok((Some((text.into_owned(), is_merge)), at));
        }
        let name = match self.node(event, span, depth + 1)?.value {
            Value::String(text) => Some((text, false)),
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Some((scalar.to_string(), false)),
            Value::Array(_) | Value::Object(_) => {
                let hint = "a key is text; `{{ … }}` is a template that has to be rendered first";
                self.fault(at, "found a list or a map as a key", hint);
                None
            }
        };
        Ok((name, at))
    }

    /// Takes what `<<` names into a map, but for what the map says itself.
    fn merge(&mut self, from: Built, values: &mut Map<String, Value>, keys: &mut Vec<Key>) {
        let at = from.marks.place;
        match (from.value, from.marks.inner) {
            (Value::Object(mut found), Inner::Map(marks)) => {
                for key in marks {
                    if let (false, Some(value)) = (values.contains_key(&*key.name), found.remove(&*key.name)) {
                        values.insert(key.name.to_string(), value);
                        keys.push(key);
                    }
                }
            }
            (Value::Array(items), Inner::List(marks)) if items.iter().all(Value::is_object) => {
                for (value, marks) in items.into_iter().zip(marks) {
                    self.merge(Built { value, marks, nodes: 0, height: 0 }, values, keys);
                }
            }
            _ => self.fault(at, "found no map at the key `<<`", "`<<` takes a map, or a list of them"),
        }
    }

    fn alias(&mut self, anchor: usize, place: Place, depth: usize) -> Built {
        let nothing = || Built::leaf(Value::Null, place, false);
        let Some((nodes, height)) = self.anchors.get(&anchor).map(|target| (target.nodes, target.height)) else {
            self.fault(place, "found an alias inside what it stands for", "write the value out");
            return nothing();
        };
        if self.copies + nodes > COPIES || depth + height > DEPTH {
            let message = format!("aliases make more than {COPIES} values, or more than {DEPTH} levels");
            self.fault(place, message, "write the values out");
            return nothing();
        }
        self.copies += nodes;
        self.anchors.get(&anchor).cloned().unwrap_or_else(nothing)
    }

    /// A scalar whose tag says what it is. A tag of somebody's own means something that nobody here knows, and `!name`
    /// without quotes is one: to read over it would lose a subtraction.
    fn tagged(&mut self, text: &str, tag: &Tag, place: Place) -> Value {
        let value = match tag.core_suffix() {
            Some("str") => Some(text.into()),
            None if tag.original() == "!" => Some(text.into()),
            Some("null") => Some(Value::Null),
            Some("bool") => Some(scalar::plain(text)).filter(Value::is_boolean),
            Some("int") => scalar::number(text).filter(|number| !number.is_f64()).map(Value::Number),
            Some("float") => scalar::number(text).map(Value::Number),
            _ => None,
        };
        value.unwrap_or_else(|| {
            self.refuse_tag(place);
            Value::Null
        })
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, expected: &str, place: Place) {
        if tag.is_some_and(|tag| tag.core_suffix() != Some(expected) && tag.original() != "!") {
            self.refuse_tag(place);
        }
    }

    fn refuse_tag(&mut self, place: Place) {
        self.fault(place, "found a YAML tag that means nothing here", "text that begins with `!` needs quotes");
    }
}

fn place(span: &Span) -> Place {
    // A value with a tag begins with the tag.
    Place::at(&span.tag_start.unwrap_or(span.start))
}
