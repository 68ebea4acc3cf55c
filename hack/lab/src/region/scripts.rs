//! Scripts that machines run while MAAS works on them: the built-in ones and those that users add.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Region, times};

/// When a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptKind {
    Commissioning,
    Testing,
    Release,
}

impl ScriptKind {
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        match text.to_lowercase().as_str() {
            "commissioning" | "commission" | "0" => Some(Self::Commissioning),
            "testing" | "test" | "2" => Some(Self::Testing),
            "release" | "3" => Some(Self::Release),
            _ => None,
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Commissioning => 0,
            Self::Testing => 2,
            Self::Release => 3,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Commissioning => "Commissioning script",
            Self::Testing => "Testing script",
            Self::Release => "Release script",
        }
    }
}

/// The hardware types, by their numbers.
pub(crate) const HARDWARE_TYPES: [(&str, &str); 6] = [
    ("node", "Node"),
    ("cpu", "CPU"),
    ("memory", "Memory"),
    ("storage", "Storage"),
    ("network", "Network"),
    ("gpu", "GPU"),
];

const PARALLEL: [(&str, &str); 3] = [
    ("disabled", "Disabled"),
    ("instance", "Run along other instances of this script"),
    ("any", "Run along any other script."),
];

/// A script.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are MAAS's own independent switches")]
pub(crate) struct Script {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) kind: ScriptKind,
    pub(crate) hardware_type: u8,
    pub(crate) parallel: u8,
    pub(crate) results: Value,
    pub(crate) parameters: Value,
    pub(crate) packages: Value,
    /// Seconds; 0 is no limit.
    pub(crate) timeout: u64,
    pub(crate) destructive: bool,
    pub(crate) default: bool,
    pub(crate) for_hardware: Vec<String>,
    pub(crate) may_reboot: bool,
    pub(crate) recommission: bool,
    pub(crate) apply_configured_networking: bool,
    /// Every text the script ever had, the oldest first.
    pub(crate) history: Vec<Revision>,
}

/// A text that a script had.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    pub(crate) id: u64,
    pub(crate) comment: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) data: String,
}

impl Script {
    pub(crate) fn new(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            title: String::new(),
            description: String::new(),
            tags: Vec::new(),
            kind: ScriptKind::Testing,
            hardware_type: 0,
            parallel: 0,
            results: json!({}),
            parameters: json!({}),
            packages: json!({}),
            timeout: 0,
            destructive: false,
            default: false,
            for_hardware: Vec::new(),
            may_reboot: false,
            recommission: false,
            apply_configured_networking: false,
            history: Vec::new(),
        }
    }

    pub(crate) fn view(&self, with_data: bool) -> Value {
        use base64::Engine;
        let history = self.history.iter().rev().map(|revision| {
            let mut view = json!({
                "id": revision.id, "comment": revision.comment, "created": times::long(revision.created),
            });
            if with_data {
                view["data"] = json!(base64::engine::general_purpose::STANDARD.encode(&revision.data));
            }
            view
        });
        let mut view = json!({
            "name": self.name, "title": self.title, "description": self.description, "tags": self.tags,
            "hardware_type": self.hardware_type, "parallel": self.parallel, "results": self.results,
            "parameters": self.parameters, "packages": self.packages, "timeout": times::duration(self.timeout),
            "destructive": self.destructive, "default": self.default, "for_hardware": self.for_hardware,
            "may_reboot": self.may_reboot, "recommission": self.recommission, "type": self.kind.number(),
            "apply_configured_networking": self.apply_configured_networking, "type_name": self.kind.name(),
            "history": history.collect::<Vec<_>>(), "id": self.id,
            "hardware_type_name": HARDWARE_TYPES.get(usize::from(self.hardware_type)).map(|(_, name)| name),
            "parallel_name": PARALLEL.get(usize::from(self.parallel)).map(|(_, name)| name),
            "resource_uri": format!("/MAAS/api/2.0/scripts/{}", self.name),
        });
        // An empty collection of the scripts written in YAML reads back as an object or a list, never as null.
        for key in ["results", "parameters", "packages"] {
            if view[key].is_null() {
                view[key] = json!({});
            }
        }
        view
    }

    /// The type of hardware is a tag as well.
    pub(crate) fn tag_hardware(&mut self) {
        let Some((word, _)) = HARDWARE_TYPES.get(usize::from(self.hardware_type)) else { return };
        if !self.tags.iter().any(|tag| tag == word) {
            self.tags.push((*word).to_owned());
        }
    }

    /// The text it has now.
    pub(crate) fn data(&self) -> &str {
        self.history.last().map_or("", |revision| &revision.data)
    }
}

/// The number of a hardware type, from its word or its number.
pub(crate) fn hardware_type(text: &str) -> Option<u8> {
    let text = text.to_lowercase();
    let at = HARDWARE_TYPES.iter().position(|(word, _)| *word == text || (*word == "storage" && text == "disk"));
    at.and_then(|at| u8::try_from(at).ok()).or_else(|| text.parse().ok().filter(|number| *number < 6))
}

/// The number of a way to run in parallel, from its word or its number.
pub(crate) fn parallel(text: &str) -> Option<u8> {
    let text = text.to_lowercase();
    let at = PARALLEL.iter().position(|(word, name)| *word == text || name.to_lowercase() == text);
    at.and_then(|at| u8::try_from(at).ok()).or_else(|| text.parse().ok().filter(|number| *number < 3))
}

/// Seconds, from a number or `HH:MM:SS`.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    text.split(':').try_fold(0, |total, part| Some(total * 60 + part.trim().parse::<u64>().ok()?))
}

/// The metadata that a script carries in its comments, when it has any.
pub(crate) fn metadata(script: &str) -> Result<Map<String, Value>, String> {
    let mut lines = script.lines().skip_while(|line| !line.contains("--- Start MAAS 1.0 script metadata ---"));
    if lines.next().is_none() {
        return Ok(Map::new());
    }
    let yaml: Vec<&str> = lines
        .take_while(|line| !line.contains("--- End MAAS 1.0 script metadata ---"))
        .map(|line| line.strip_prefix('#').unwrap_or(line))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let yaml = yaml.join("\n");
    match serde_saphyr::from_str::<Value>(&yaml) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err("Invalid YAML: the metadata is no mapping".to_owned()),
        Err(error) => Err(format!("Invalid YAML: {error}")),
    }
}

impl Region {
    /// A script by name or id.
    pub(crate) fn script_named(&self, text: &str) -> Option<u64> {
        let named = self.scripts.values().find(|script| script.name == text).map(|script| script.id);
        named.or_else(|| self.scripts.find(text))
    }

    /// The scripts of a kind in the order in which they run.
    pub(crate) fn scripts_of(&self, kind: ScriptKind) -> Vec<&Script> {
        let mut all: Vec<&Script> = self.scripts.values().filter(|script| script.kind == kind).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    pub(crate) fn add_revision(&mut self, script: u64, data: String, comment: Option<String>) {
        let id = self.next_revision;
        self.next_revision += 1;
        if let Some(script) = self.scripts.get_mut(script) {
            script.history.push(Revision { id, comment, created: Timestamp::now(), data });
        }
    }
}
