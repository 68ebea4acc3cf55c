//! Results of scripts.

use super::or_default;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a commissioning or a testing ran: `GET nodes/{system_id}/results/current-commissioning/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // MAAS's words, here and below.
pub struct ScriptSet {
    #[serde(deserialize_with = "or_default")]
    pub results: Vec<ScriptResult>,
}

/// What became of one script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct ScriptResult {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub status_name: String,
    #[serde(deserialize_with = "or_default")]
    parameters: BTreeMap<String, serde_json::Value>,
}

impl ScriptResult {
    /// The value that a parameter had: it comes back bare, or with the parameter's type beside it.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let given = self.parameters.get(name)?;
        let value = given.get("value").unwrap_or(given);
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}
