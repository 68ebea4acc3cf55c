//! Whether the lab's answer is the recorded one: keys, types, and every value that MAAS determines. Identities, times,
//! secrets and what only hardware tells are compared by their form.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::ids::{Ids, kind_at};

/// A difference: where, what was recorded, what the lab says.
#[derive(Clone, Debug)]
pub(crate) struct Miss {
    pub(crate) at: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

fn short(text: &str) -> String {
    if text.chars().count() <= 140 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(140).collect::<String>())
    }
}

impl Miss {
    #[allow(clippy::needless_pass_by_value, reason = "callers give texts, values and numbers alike")]
    pub(crate) fn new(at: &str, expected: impl ToString, got: impl ToString) -> Self {
        Self { at: at.to_owned(), expected: short(&expected.to_string()), got: short(&got.to_string()) }
    }
}

static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$",
        r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2}\. \d{4} \d{2}:\d{2}:\d{2}$",
        r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
        r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        r"^[0-9a-f]{62,64}$",
        r"^20\d{6}$",
    ]
    .iter()
    .map(|form| Regex::new(form).unwrap())
    .collect()
});
static DURATION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d+ days?, )?\d+:\d{2}:\d{2}$").unwrap());
static CHOICES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"should be one of: (.*)\.$").unwrap());
static QUOTED_ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"'\d+'|id=\d+").unwrap());
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+").unwrap());
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:signature base string: &|Nonce already used: |Invalid access token: )[^']+|\b(given|now) \d{9,}")
        .unwrap()
});

/// Keys whose values are made up anew in every region.
const SECRETS: [&str; 5] = ["token_key", "token_secret", "consumer_key", "token", "filename_on_disk"];
/// Keys whose values only the machine tells.
const TOLD: [&str; 6] = ["output", "stdout", "stderr", "result", "data", "lshw"];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A sentence without what differs from region to region.
pub(crate) fn plain(ids: &Ids, text: &str, recorded: bool) -> String {
    let text = if recorded { ids.text(text) } else { text.to_owned() };
    let text = SECRET.replace_all(&text, "*").into_owned();
    let text = QUOTED_ID.replace_all(&text, "'#'").into_owned();
    let Some(found) = CHOICES.captures(&text) else { return text };
    let mut choices: Vec<&str> = found[1].split(", ").collect();
    choices.sort_unstable();
    let start = found.get(1).map_or(0, |found| found.start());
    format!("{}{}.", &text[..start], choices.join(", "))
}

/// Compares two values and learns ids from them.
pub(crate) struct Comparison<'a> {
    pub(crate) ids: &'a mut Ids,
    pub(crate) misses: Vec<Miss>,
}

impl Comparison<'_> {
    pub(crate) fn values(&mut self, at: &str, parent: &str, recorded: &Value, lab: &Value) {
        match (recorded, lab) {
            (Value::Object(_), Value::Object(_)) => self.objects(at, parent, recorded, lab),
            (Value::Array(a), Value::Array(b)) => self.arrays(at, parent, a, b),
            (Value::String(a), Value::String(b)) => self.strings(at, parent, a, b),
            (Value::Number(a), Value::Number(b)) => {
                let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
                if parent == "starttime" || parent == "endtime" {
                    return;
                }
                if (a - b).abs() > 1e-9 * a.abs().max(1.0) {
                    self.misses.push(Miss::new(at, recorded, lab));
                }
            }
            _ if kind(recorded) != kind(lab) => self.misses.push(Miss::new(at, recorded, lab)),
            _ if recorded != lab => self.misses.push(Miss::new(at, recorded, lab)),
            _ => {}
        }
    }

    fn objects(&mut self, at: &str, parent: &str, recorded: &Value, lab: &Value) {
        let (Value::Object(a), Value::Object(b)) = (recorded, lab) else { return };
        // URIs tell ids, which the other values are then held against.
        if let (Some(Value::String(a)), Some(Value::String(b))) = (a.get("resource_uri"), b.get("resource_uri")) {
            self.ids.learn_uri(a, b);
        }
        // What the keys of a map are made of is no part of its shape: versions of images.
        let serial = |key: &String| FORMS[5].is_match(key);
        if a.len() == 1 && b.len() == 1 && a.keys().all(serial) && b.keys().all(serial) {
            let (Some(a), Some(b)) = (a.values().next(), b.values().next()) else { return };
            return self.values(&format!("{at}/*"), parent, a, b);
        }
        // Maps by system id have the lab's keys.
        let renamed: serde_json::Map<String, Value>;
        let a = if a.keys().any(|key| self.ids.get("node", key).is_some()) {
            let name = |key: &String| self.ids.get("node", key).unwrap_or(key).to_owned();
            renamed = a.iter().map(|(key, value)| (name(key), value.clone())).collect();
            &renamed
        } else {
            a
        };
        for key in a.keys().filter(|key| !b.contains_key(*key)) {
            self.misses.push(Miss::new(&format!("{at}/{key}"), &a[key], "(absent)"));
        }
        for key in b.keys().filter(|key| !a.contains_key(*key)) {
            self.misses.push(Miss::new(&format!("{at}/{key}"), "(absent)", &b[key]));
        }
        for (key, value) in a {
            let Some(other) = b.get(key) else { continue };
            let at = format!("{at}/{key}");
            if let Some(kind) = kind_at(parent, recorded, key)
                && kind_of(value) == kind_of(other)
                && !value.is_null()
                && !value.is_object()
            {
                let (a, b) = (plain_id(value), plain_id(other));
                if !self.ids.learn(kind, &a, &b) {
                    let known = self.ids.get(kind, &a).unwrap_or_default().to_owned();
                    self.misses.push(Miss::new(&at, format!("{a} (here {known})"), b));
                }
                continue;
            }
            self.values(&at, key, value, other);
        }
    }

    fn arrays(&mut self, at: &str, parent: &str, recorded: &[Value], lab: &[Value]) {
        if recorded.len() != lab.len() {
            let expected = format!("{} of {}", recorded.len(), names(recorded));
            self.misses.push(Miss::new(&format!("{at}/#"), expected, format!("{} of {}", lab.len(), names(lab))));
        }
        if recorded.iter().chain(lab).all(|value| !value.is_object() && !value.is_array()) {
            // The order of words is the order of rows in a table, which nobody promises.
            let sorted = |values: &[Value]| {
                let mut all: Vec<String> = values.iter().map(ToString::to_string).collect();
                all.sort();
                all
            };
            for (index, (a, b)) in sorted(recorded).iter().zip(&sorted(lab)).enumerate() {
                let unquoted = |text: &str| text.trim_matches('"').to_owned();
                if a != b && plain(self.ids, &unquoted(a), true) != plain(self.ids, &unquoted(b), false) {
                    self.misses.push(Miss::new(&format!("{at}/{index}"), a, b));
                }
            }
            return;
        }
        let mut left: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for value in lab.iter().rev() {
            left.entry(name(value)).or_default().push(value);
        }
        for (index, value) in recorded.iter().enumerate() {
            match left.get_mut(&name(value)).and_then(Vec::pop) {
                Some(other) => self.values(&format!("{at}/{index}"), parent, value, other),
                None if recorded.len() == lab.len() => {
                    self.misses.push(Miss::new(&format!("{at}/{index}"), name(value), "(not there)"));
                }
                None => {}
            }
        }
    }

    fn strings(&mut self, at: &str, key: &str, recorded: &str, lab: &str) {
        let same = match key {
            _ if recorded == lab => true,
            _ if SECRETS.contains(&key) => !lab.is_empty(),
            _ if TOLD.contains(&key) => true,
            "runtime" | "estimated_runtime" => DURATION.is_match(recorded) && DURATION.is_match(lab),
            "starttime" | "endtime" => false,
            "version" if recorded.contains('-') => recorded.split('-').next() == lab.split('-').next(),
            "next_uri" | "prev_uri" => {
                let numbers = |text: &str| NUMBER.replace_all(text, "#").into_owned();
                numbers(&self.ids.text(recorded)) == numbers(lab)
            }
            "resource_uri" => self.ids.path(recorded) == lab,
            _ => {
                FORMS.iter().any(|form| form.is_match(recorded) && form.is_match(lab))
                    || plain(self.ids, recorded, true) == plain(self.ids, lab, false)
            }
        };
        if !same {
            self.misses.push(Miss::new(at, recorded, lab));
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    kind(value)
}

fn plain_id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What an element of a list is known by.
fn name(value: &Value) -> String {
    const KEYS: [&str; 15] = [
        "hostname",
        "name",
        "cidr",
        "start_ip",
        "start",
        "ip",
        "username",
        "mac_address",
        "os",
        "url",
        "ident",
        "fqdn",
        "pci_address",
        "mode",
        "type",
    ];
    let both = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = KEYS.iter().find_map(|key| both(key)).unwrap_or_default();
    // Images of one name differ in their architecture; gateways and routes in more than their first key.
    format!("{name}{}{}", both("architecture").unwrap_or_default(), both("release").unwrap_or_default())
}

fn names(values: &[Value]) -> String {
    values.iter().map(name).collect::<Vec<_>>().join(",")
}
