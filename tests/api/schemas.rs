//! What every kind and every field must have.

use serde_json::{Value, json};
use slipway::api::crds;

/// Each CRD as JSON, with its only version.
fn all() -> Vec<(String, Value, Value)> {
    crds()
        .iter()
        .map(|crd| {
            let value = serde_json::to_value(crd).unwrap();
            assert_eq!(value["spec"]["versions"].as_array().unwrap().len(), 1);
            (crd.spec.names.kind.clone(), value.clone(), value["spec"]["versions"][0].clone())
        })
        .collect()
}

/// Calls `look` with every schema below `schema`: its path, itself, and whether its parent describes it.
fn walk(path: &str, schema: &Value, described: bool, look: &mut dyn FnMut(&str, &Value, bool)) {
    look(path, schema, described);
    let here = schema.get("description").is_some() || described;
    for (name, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        walk(&format!("{path}.{name}"), inner, false, look);
    }
    for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()) {
            walk(&format!("{path}{suffix}"), inner, here, look);
        }
    }
}

/// Faults of every schema below spec and status.
fn faults(mut fault: impl FnMut(&Value, bool) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (kind, _, version) in all() {
        for part in ["spec", "status"] {
            let schema = &version["schema"]["openAPIV3Schema"]["properties"][part];
            assert!(schema.is_object(), "{kind} has no {part}");
            walk(&format!("{kind}.{part}"), schema, false, &mut |path, schema, described| {
                faults.extend(fault(schema, described).map(|what| format!("{path}: {what}")));
            });
        }
    }
    faults
}

#[test]
fn every_field_has_a_description() {
    let found = faults(|schema, described| {
        let own = schema.get("description").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
        (!own && !described).then(|| "has no description".to_owned())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_field_has_a_format_that_the_api_server_warns_of() {
    let found = faults(|schema, _| {
        let format = schema.get("format").and_then(Value::as_str)?;
        format.starts_with("uint").then(|| format!("has format {format}"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_keys_of_list_maps_are_required() {
    let found = faults(|schema, _| {
        if schema.get("x-kubernetes-list-type") != Some(&json!("map")) {
            return None;
        }
        let keys = schema["x-kubernetes-list-map-keys"].as_array().filter(|keys| !keys.is_empty());
        let Some(keys) = keys else { return Some("is a list-map without keys".into()) };
        let required = schema["items"]["required"].as_array().cloned().unwrap_or_default();
        let missing: Vec<_> = keys.iter().filter(|key| !required.contains(key)).collect();
        (!missing.is_empty()).then(|| format!("its keys {missing:?} are not required"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_list_of_named_things_below_spec_is_a_list_map() {
    let found: Vec<String> = faults(|schema, _| {
        let named = schema["items"]["properties"].get("name").is_some();
        (named && schema.get("x-kubernetes-list-type") != Some(&json!("map"))).then(|| "is no list-map".to_owned())
    });
    let found: Vec<_> = found.iter().filter(|fault| fault.contains(".spec.")).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_kind_is_namespaced_in_our_group_and_category_with_a_status_of_its_own() {
    for (kind, crd, version) in all() {
        assert_eq!(crd["spec"]["group"], "slipway.dev", "{kind}");
        assert_eq!(crd["spec"]["scope"], "Namespaced", "{kind}");
        assert_eq!(crd["spec"]["names"]["categories"], json!(["slipway"]), "{kind}");
        assert_eq!(version["name"], "v1alpha1", "{kind}");
        assert!(version["subresources"]["status"].is_object(), "{kind} has no status subresource");
    }
}

#[test]
fn every_kind_waits_for_slipway_from_its_first_moment() {
    for (kind, _, version) in all() {
        let default = &version["schema"]["openAPIV3Schema"]["properties"]["status"]["default"];
        assert_eq!(default["observedGeneration"], -1, "{kind}");
        let ready = &default["conditions"][0];
        assert_eq!((&ready["type"], &ready["status"]), (&json!("Ready"), &json!("Unknown")), "{kind}");
    }
}

#[test]
fn every_kind_prints_whether_it_is_ready() {
    let path = r#".status.conditions[?(@.type=="Ready")].status"#;
    for (kind, _, version) in all() {
        let columns = version["additionalPrinterColumns"].as_array().cloned().unwrap_or_default();
        let ready = columns.iter().any(|column| column["name"] == "Ready" && column["jsonPath"] == path);
        assert!(ready, "{kind} has no Ready column");
    }
}
