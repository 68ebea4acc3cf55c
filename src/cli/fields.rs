//! The fields of a value, one line each: lists of named things by their names, lists of scalars as one.

use crate::model::pointer::segment;
use serde_json::Value;

/// A leaf of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its path as people write it: `interfaces[bond0].link`.
    pub path: String,
    /// Its JSON Pointer, list entries by name.
    pub pointer: String,
    /// What it holds.
    pub value: String,
}

/// Every leaf below a value, in its order.
pub fn fields(value: &Value) -> Vec<Field> {
    let mut all = Vec::new();
    walk(value, String::new(), String::new(), &mut all);
    all
}

/// Whether a path is the one that a person wrote, or below it. Blocks may be written `[name]`, `.name` or `/name`.
pub fn is_below(path: &str, written: &str) -> bool {
    let (path, written) = (plain(path), plain(written));
    let written = written.strip_prefix("spec.").unwrap_or(&written);
    path.strip_prefix(written).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || written.is_empty())
}

fn plain(path: &str) -> String {
    path.trim_start_matches(['/', '.']).replace(['[', '/'], ".").replace(']', "")
}

fn walk(value: &Value, path: String, pointer: String, all: &mut Vec<Field>) {
    let name = |entry: &Value| ["name", "network"].iter().find_map(|key| entry.get(key)?.as_str().map(str::to_owned));
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                walk(value, format!("{path}{dot}{key}"), format!("{pointer}/{}", segment(key)), all);
            }
        }
        Value::Array(list) if !list.is_empty() && list.iter().all(|entry| name(entry).is_some()) => {
            for entry in list {
                let name = name(entry).unwrap_or_default();
                let mut rest = entry.clone();
                if let Some(map) = rest.as_object_mut() {
                    // Its name stands in the path already.
                    let key = if map.contains_key("name") { "name" } else { "network" };
                    map.remove(key);
                }
                walk(&rest, format!("{path}[{name}]"), format!("{pointer}/{}", segment(&name)), all);
            }
        }
        value => all.push(Field { path, pointer, value: shown(value) }),
    }
}

/// A scalar as people write it, a list in brackets.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_go_by_name_and_scalars_in_brackets() {
        let value =
            json!({"interfaces": [{"name": "bond0", "networks": ["a", "b"]}], "extra": {"x/y": "z"}, "tags": []});
        let all: Vec<_> = fields(&value).into_iter().map(|f| (f.path, f.pointer, f.value)).collect();
        let expected = [
            ("extra.x/y", "/extra/x~1y", "z"),
            ("interfaces[bond0].networks", "/interfaces/bond0/networks", "[a, b]"),
            ("tags", "/tags", "[]"),
        ];
        assert_eq!(all, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    }

    #[test]
    fn a_field_is_found_however_it_is_written() {
        let path = "interfaces[bond0].networks";
        for written in ["interfaces", "spec.interfaces[bond0]", "/interfaces/bond0/networks", "interfaces.bond0", ""] {
            assert!(is_below(path, written), "{written}");
        }
        assert!(!is_below(path, "interfaces[bond]") && !is_below(path, "platform"));
    }
}
