//! Descriptions of fields as `kubectl explain` shows them: what stands at the field, each choice of an enumeration with
//! its meaning, and paragraphs without the line breaks of the source.
//!
//! The structural schema of a CRD has one description a field and none for a choice, so they are taken from the full
//! schema, which has both.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// The CRD of a kind, its fields described in full.
pub(super) fn described<K: CustomResourceExt + JsonSchema>() -> CustomResourceDefinition {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let full = settings.into_generator().into_root_schema_for::<K>().to_value();
    let mut crd = K::crd();
    for version in &mut crd.spec.versions {
        if let Some(schema) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            describe(schema, &full);
        }
    }
    crd
}

fn describe(schema: &mut JSONSchemaProps, full: &Value) {
    let value = value_of(full);
    if let Some(text) = [full, value].iter().find_map(|schema| schema["description"].as_str()) {
        schema.description = Some(paragraphs(text) + &choices(value));
    }
    for (name, field) in schema.properties.iter_mut().flatten() {
        describe(field, &value["properties"][name]);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        describe(items, &value["items"]);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        describe(values, &value["additionalProperties"]);
    }
}

/// What a field holds where it is given: an optional one is a choice between that and nothing.
fn value_of(full: &Value) -> &Value {
    full["anyOf"].as_array().and_then(|either| either.first()).unwrap_or(full)
}

/// One line a choice: `Retain`: It is forgotten and runs on.
fn choices(value: &Value) -> String {
    let choices = value["oneOf"].as_array().into_iter().flatten();
    let line = |choice: &Value| {
        let name = choice["enum"].as_array()?.first()?.as_str()?;
        Some(format!("\n- `{name}`: {}", paragraphs(choice["description"].as_str()?)))
    };
    choices.filter_map(line).collect()
}

/// Line breaks of the source are spaces; empty lines part paragraphs.
fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::BaremetalNode;

    fn description(of: &[&str]) -> String {
        let crd = serde_json::to_value(described::<BaremetalNode>()).unwrap();
        let root = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        let field = of.iter().fold(root, |schema, name| &schema["properties"][name]);
        field["description"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_field_says_what_stands_at_it_and_what_each_choice_means() {
        let policy = description(&["spec", "deletionPolicy"]);
        assert!(policy.starts_with("What happens to the machine when this object is deleted; absent: as"), "{policy}");
        assert!(policy.contains("\n- `Retain`: It is forgotten and runs on."), "{policy}");
        let mac = description(&["spec", "bootMac"]);
        assert!(!mac.contains('\n'), "{mac}");
    }
}
