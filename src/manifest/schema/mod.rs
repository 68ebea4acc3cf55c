//! An object against the schema of its kind: what the API server would refuse, found without one.
//!
//! The schemas are those of the CRDs. `walk` goes through value, schema and places at once; `rules` evaluates the CEL
//! rules of what has the right shape; `metadata` knows what every object has; `words` says what was found without
//! showing what may be secret.

mod limits;
mod metadata;
mod path;
mod rules;
mod walk;
mod words;

use super::yaml::{Marks, Place};
use crate::api::{GROUP, crds};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use rules::Rules;
use serde_json::Value;
use std::collections::BTreeMap;

pub use words::nearest;

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where it stands.
    pub place: Place,
    /// Path of the field, such as `spec.addresses[oam].address`.
    pub field: String,
    /// What was found, and what was expected.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// The schemas of all kinds.
pub struct Schemas {
    kinds: BTreeMap<String, JSONSchemaProps>,
    versions: Vec<String>,
    rules: Rules,
    patterns: limits::Patterns,
}

impl Schemas {
    /// Those of this Slipway's CRDs.
    pub fn of_slipway() -> Self {
        let (mut kinds, mut versions) = (BTreeMap::new(), Vec::new());
        for crd in crds() {
            for version in crd.spec.versions {
                let api_version = format!("{GROUP}/{}", version.name);
                if !versions.contains(&api_version) {
                    versions.push(api_version);
                }
                if let Some(schema) = version.schema.and_then(|schema| schema.open_api_v3_schema) {
                    kinds.insert(crd.spec.names.kind.clone(), schema);
                }
            }
        }
        Self { kinds, versions, rules: Rules::default(), patterns: limits::Patterns::default() }
    }

    /// The kinds there are.
    pub fn kinds(&self) -> Vec<&str> {
        self.kinds.keys().map(String::as_str).collect()
    }

    /// The values that `apiVersion` may have.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    /// What is wrong with an object of a kind, in the order of its fields. A kind that is not there has no schema to break.
    pub fn check(&self, kind: &str, object: &Value, marks: &Marks) -> Vec<Violation> {
        let Some(schema) = self.kinds.get(kind) else { return Vec::new() };
        walk::Walk::new(self, kind, schema).object(object, marks)
    }
}
