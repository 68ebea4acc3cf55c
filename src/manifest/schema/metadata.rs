//! `metadata`, which the schemas of CRDs leave to the API server.

use super::{path::Path, walk::Walk, words};
use crate::manifest::yaml::Marks;
use serde_json::Value;

/// What people write.
const WRITTEN: [&str; 7] =
    ["name", "namespace", "labels", "annotations", "finalizers", "ownerReferences", "generateName"];
/// What the API server writes, and what is therefore in an object that was read from one.
const READ: [&str; 8] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
];

impl Walk<'_> {
    /// Holds an object's metadata against what every object's must be.
    pub(super) fn metadata(&mut self, object: &Value, marks: &Marks) {
        let path = Path::Field(&Path::Root, "metadata");
        let (place, marks) = marks.field("metadata").map_or((marks.place(), None), |(place, at)| (place, Some(at)));
        let Some(fields) = object["metadata"].as_object() else {
            let message = format!("found {}, expected a map with a name", words::found(&object["metadata"], &path));
            return self.report(place, &path, message, "add `metadata: {name: …}`".into());
        };
        for (name, value) in fields {
            let (place, marks) = marks.and_then(|marks| marks.field(name)).map_or((place, None), |(p, m)| (p, Some(m)));
            let path = Path::Field(&path, name);
            match name.as_str() {
                "name" | "namespace" => self.name(name, value, marks, (place, &path)),
                "labels" | "annotations" => self.texts(value, marks, (place, &path)),
                known if WRITTEN.contains(&known) || READ.contains(&known) => {}
                unknown => {
                    let near = words::nearest(unknown, WRITTEN);
                    let hint = near.map_or_else(
                        || {
                            format!(
                                "here are {}; a rack, tags and the like are fields of `spec`",
                                words::listed(&WRITTEN, "and")
                            )
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.report(place, &path, "found a field that metadata does not have".into(), hint);
                }
            }
        }
        if !fields.contains_key("name") {
            let hint = "objects of a design refer to each other by name: give it one".to_owned();
            self.report(place, &Path::Field(&path, "name"), "found no name, which is needed".into(), hint);
        }
    }

    fn name(&mut self, field: &str, value: &Value, marks: Option<&Marks>, (place, path): At<'_>) {
        let Some(name) = value.as_str() else {
            let message = format!("found {}, expected text", words::found(value, path));
            return self.report(place, path, message, quoted(value));
        };
        if self.is_misread(name, marks, (place, path)) {
            return;
        }
        let most = if field == "name" { 253 } else { 63 };
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
            && edge(name.chars().next())
            && edge(name.chars().last());
        if !is_name || name.len() > most {
            let message = format!("found {}, expected a name of Kubernetes", words::found(value, path));
            let hint = format!("use at most {most} of a-z, 0-9, - and ., with a letter or digit at both ends");
            self.report(place, path, message, hint);
        }
    }

    fn texts(&mut self, value: &Value, marks: Option<&Marks>, (place, path): At<'_>) {
        let Some(fields) = value.as_object() else {
            if !value.is_null() {
                let message = format!("found {}, expected a map of texts", words::found(value, path));
                self.report(place, path, message, "write `key: value` pairs".into());
            }
            return;
        };
        for (name, value) in fields {
            let (place, marks) = marks.and_then(|marks| marks.field(name)).map_or((place, None), |(p, m)| (p, Some(m)));
            let path = Path::Field(path, name);
            if let Some(text) = value.as_str() {
                self.is_misread(text, marks, (place, &path));
            } else {
                let message = format!("found {}, expected text", words::found(value, &path));
                self.report(place, &path, message, quoted(value));
            }
        }
    }
}

type At<'a> = (crate::manifest::yaml::Place, &'a Path<'a>);

fn quoted(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Number(_) => format!("put it in quotes: \"{value}\""),
        _ => "write text".into(),
    }
}
