//! A value, its schema and its places, gone through together.

use super::{Schemas, Violation, path::Path, words};
use crate::manifest::yaml::{Marks, Place, otherwise_in_kubectl};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// One object's walk.
pub(super) struct Walk<'a> {
    pub(super) schemas: &'a Schemas,
    kind: &'a str,
    root: &'a JSONSchemaProps,
    found: Vec<Violation>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(schemas: &'a Schemas, kind: &'a str, root: &'a JSONSchemaProps) -> Self {
        Self { schemas, kind, root, found: Vec::new() }
    }

    /// Holds an object against its schema. Its status is not the writer's: the API server passes over it.
    pub(super) fn object(mut self, object: &Value, marks: &Marks) -> Vec<Violation> {
        self.metadata(object, marks);
        let fields = object.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !["metadata", "status"].contains(&name.as_str())) {
            let (place, marks) = marks.field(name).map_or((marks.place(), marks), |(place, marks)| (place, marks));
            let path = Path::Field(&Path::Root, name);
            match property(self.root, name) {
                Some(schema) => self.value(schema, value, marks, (place, &path)),
                None if ["apiVersion", "kind"].contains(&name.as_str()) => {}
                None => self.unknown(self.root, name, (place, &path)),
            }
        }
        if object.get("spec").is_none() && self.root.required.iter().flatten().any(|field| field == "spec") {
            let hint = "add `spec:` with the fields of the kind".to_owned();
            self.report(marks.of_name(), &Path::Field(&Path::Root, "spec"), "found no spec".into(), hint);
        }
        if self.found.is_empty() {
            self.rules(self.root, object, marks.of_name(), &Path::Root);
        }
        self.found.sort_by_key(|violation| violation.place);
        self.found
    }

    /// Takes down what is wrong.
    pub(super) fn report(&mut self, place: Place, path: &Path<'_>, message: String, hint: String) {
        self.found.push(Violation { place, field: path.to_string(), message, hint });
    }

    /// Whether kubectl would read a text without quotes as something else, which is then reported.
    pub(super) fn is_misread(&mut self, text: &str, marks: Option<&Marks>, (place, path): (Place, &Path<'_>)) -> bool {
        let reads = marks.filter(|marks| marks.is_plain()).and_then(|_| otherwise_in_kubectl(text));
        if let Some(reads) = reads {
            let message = format!("found `{text}` without quotes, which kubectl reads as {reads}; expected text");
            self.report(place, path, message, format!("put it in quotes: \"{text}\""));
        }
        reads.is_some()
    }

    fn value(&mut self, schema: &JSONSchemaProps, value: &Value, marks: &Marks, at: (Place, &Path<'_>)) {
        let (place, path) = at;
        if value.is_null() && schema.nullable == Some(true) {
            return;
        }
        let before = self.found.len();
        match (schema.type_.as_deref(), value) {
            (Some("object"), Value::Object(fields)) => self.map(schema, fields, marks, at),
            (Some("array"), Value::Array(items)) => self.list(schema, items, marks, at),
            (Some("string"), Value::String(text)) => {
                if !self.is_misread(text, Some(marks), at) {
                    self.scalar(schema, value, place, path);
                }
            }
            (Some("boolean"), Value::Bool(_)) | (Some("number"), Value::Number(_)) => {
                self.scalar(schema, value, place, path);
            }
            (Some("integer"), Value::Number(number)) if !number.is_f64() => self.scalar(schema, value, place, path),
            (None, _) => {}
            (Some(expected), _) => self.wrong_type(schema, expected, value, at),
        }
        // As the API server does: a rule is asked about what has the right shape.
        if self.found.len() == before {
            self.rules(schema, value, place, path);
        }
    }

    fn wrong_type(&mut self, schema: &JSONSchemaProps, expected: &str, value: &Value, at: (Place, &Path<'_>)) {
        let (place, path) = at;
        let scalar = !matches!(expected, "object" | "array");
        let found = match value {
            // Where a map is expected, text may be the very secret that the map should only have named.
            Value::String(_) if !scalar => "text".to_owned(),
            _ => words::found(value, path),
        };
        let hint = match (expected, value) {
            ("string", Value::Bool(_) | Value::Number(_)) => format!("put it in quotes: \"{value}\""),
            ("integer", Value::String(text)) if text.parse::<i64>().is_ok() => format!("take the quotes off: {text}"),
            ("boolean", Value::String(_)) => "write true or false, without quotes".into(),
            ("array", Value::Object(_)) => "begin each entry with `- `".into(),
            ("array", Value::String(_) | Value::Number(_)) => {
                "write a list: `[…]`, or lines that begin with `- `".into()
            }
            _ => words::hint(schema),
        };
        self.report(place, path, format!("found {found}, expected {}", words::type_in_words(expected)), hint);
    }

    fn map(&mut self, schema: &JSONSchemaProps, fields: &Map<String, Value>, marks: &Marks, at: (Place, &Path<'_>)) {
        let (place, path) = at;
        for (name, value) in fields {
            let (place, marks) = marks.field(name).unwrap_or((place, marks));
            let path = Path::Field(path, name);
            match (property(schema, name), &schema.additional_properties) {
                (Some(field), _) => self.value(field, value, marks, (place, &path)),
                (None, Some(JSONSchemaPropsOrBool::Schema(values))) => self.value(values, value, marks, (place, &path)),
                (None, Some(JSONSchemaPropsOrBool::Bool(true))) => {}
                (None, _) if schema.x_kubernetes_preserve_unknown_fields == Some(true) => {}
                (None, _) => self.unknown(schema, name, (place, &path)),
            }
        }
        for name in schema.required.iter().flatten().filter(|name| !fields.contains_key(*name)) {
            let meaning = property(schema, name).and_then(words::meaning);
            let hint = meaning.map_or_else(|| format!("add `{name}`"), |text| format!("add `{name}`. {text}"));
            self.report(place, &Path::Field(path, name), "found nothing, and it is needed".into(), hint);
        }
        let size = i64::try_from(fields.len()).unwrap_or(i64::MAX);
        self.size(schema, size, (schema.min_properties, schema.max_properties), "entry", place, path);
    }

    fn list(&mut self, schema: &JSONSchemaProps, items: &[Value], marks: &Marks, at: (Place, &Path<'_>)) {
        let (place, path) = at;
        let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
        self.size(schema, size, (schema.min_items, schema.max_items), "entry", place, path);
        let Some(JSONSchemaPropsOrArray::Schema(of)) = &schema.items else { return };
        let keys: &[String] = schema.x_kubernetes_list_map_keys.as_deref().unwrap_or_default();
        let is_set = schema.x_kubernetes_list_type.as_deref() == Some("set");
        let mut seen: HashMap<String, Place> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let marks = marks.item(index).unwrap_or(marks);
            let name = match keys {
                [key] => item[key].as_str(),
                _ => None,
            };
            let path = name.map_or(Path::Index(path, index), |name| Path::Entry(path, name));
            let identity = match keys {
                [] => is_set.then(|| item.to_string()),
                keys => keys.iter().map(|key| item.get(key).map(Value::to_string)).collect::<Option<String>>(),
            };
            if let Some(first) = identity.and_then(|identity| seen.insert(identity, marks.place())) {
                let what = if is_set { words::found(item, &path) } else { "the entry".into() };
                let message = format!("found {what} a second time; it is in line {}", first.line);
                self.report(marks.place(), &path, message, "take one of them out".into());
            }
            self.value(of, item, marks, (marks.place(), &path));
        }
    }

    fn rules(&mut self, schema: &JSONSchemaProps, value: &Value, place: Place, path: &Path<'_>) {
        for message in self.schemas.rules.broken(schema, value) {
            let (message, hint) = match value {
                Value::Object(_) | Value::Array(_) => (message, "change the fields that this names".into()),
                _ => (format!("found {}: {message}", words::found(value, path)), words::hint(schema)),
            };
            self.report(place, path, message, hint);
        }
    }

    fn unknown(&mut self, schema: &JSONSchemaProps, name: &str, at: (Place, &Path<'_>)) {
        let known: Vec<&str> = schema.properties.iter().flatten().map(|(name, _)| name.as_str()).collect();
        let elsewhere = || self.root.properties.as_ref()?.get("spec").and_then(|spec| below(spec, name, "spec"));
        let hint = match (words::nearest(name, known.iter().copied()), elsewhere()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(place)) => format!("did you mean {place}?"),
            (None, None) => format!("take it out; known here are {}", words::listed(&known, "and")),
        };
        self.report(at.0, at.1, format!("found a field that {} does not have here", self.kind), hint);
    }
}

fn property<'s>(schema: &'s JSONSchemaProps, name: &str) -> Option<&'s JSONSchemaProps> {
    schema.properties.as_ref().and_then(|fields| fields.get(name))
}

/// Where else a kind has a field of a name: the mistake is often in the indentation.
fn below(schema: &JSONSchemaProps, name: &str, path: &str) -> Option<String> {
    let fields = schema.properties.as_ref()?;
    if fields.contains_key(name) {
        return Some(format!("{path}.{name}"));
    }
    fields.iter().find_map(|(inner, schema)| below(schema, name, &format!("{path}.{inner}")))
}
