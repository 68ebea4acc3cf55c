//! What the API server would refuse: lengths, ranges and repeated entries, by the schemas of our own CRDs. The types
//! guarantee the rest.

use super::{Imported, Warning};
use crate::api;
use kube::{Resource, ResourceExt};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Looks at every object that was made.
pub fn check(imported: &Imported) -> Vec<Warning> {
    let schemas: BTreeMap<String, Value> = api::crds()
        .into_iter()
        .filter_map(|crd| {
            let version = crd.spec.versions.into_iter().next()?;
            Some((crd.spec.names.kind, serde_json::to_value(version.schema?.open_api_v3_schema?).ok()?))
        })
        .collect();
    let mut warnings = Vec::new();
    every(&schemas, imported.site.as_slice(), &mut warnings);
    every(&schemas, &imported.racks, &mut warnings);
    every(&schemas, &imported.links, &mut warnings);
    every(&schemas, &imported.networks, &mut warnings);
    every(&schemas, &imported.hardware_profiles, &mut warnings);
    every(&schemas, &imported.host_profiles, &mut warnings);
    every(&schemas, &imported.nodes, &mut warnings);
    every(&schemas, &imported.boot_actions, &mut warnings);
    warnings
}

fn every<K: Resource<DynamicType = ()> + Serialize>(
    schemas: &BTreeMap<String, Value>,
    objects: &[K],
    warnings: &mut Vec<Warning>,
) {
    let kind = K::kind(&());
    let Some(schema) = schemas.get(kind.as_ref()) else { return };
    for object in objects {
        let Ok(value) = serde_json::to_value(object) else { continue };
        let document = format!("{kind}/{}", object.name_any());
        walk(&schema["properties"]["spec"], &value["spec"], "spec", &mut |field, why| {
            let why = format!("{why}: the API server will refuse the object");
            warnings.push(Warning { document: document.clone(), field: field.to_owned(), why });
        });
    }
}

fn walk(schema: &Value, value: &Value, path: &str, report: &mut dyn FnMut(&str, String)) {
    let mut bounded = |has: u64, what: &str, least: &str, most: &str| {
        let (least, most) = (schema[least].as_u64(), schema[most].as_u64());
        if let Some(least) = least.filter(|least| has < *least) {
            report(path, format!("{has} {what}, at least {least} are needed"));
        }
        if let Some(most) = most.filter(|most| has > *most) {
            report(path, format!("{has} {what}, at most {most} are taken"));
        }
    };
    match value {
        Value::String(text) => bounded(text.chars().count() as u64, "characters", "minLength", "maxLength"),
        Value::Array(list) => {
            bounded(list.len() as u64, "entries", "minItems", "maxItems");
            for (at, entry) in list.iter().enumerate() {
                walk(&schema["items"], entry, &format!("{path}[{at}]"), report);
                let Some(own) = identity(schema, entry) else { continue };
                if list[..at].iter().any(|earlier| identity(schema, earlier) == Some(own)) {
                    report(&format!("{path}[{at}]"), format!("{own} stands there twice"));
                }
            }
        }
        Value::Object(map) => {
            bounded(map.len() as u64, "entries", "minProperties", "maxProperties");
            for (key, value) in map {
                let below = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                walk(below, value, &format!("{path}.{key}"), report);
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
            if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
                let (least, most) = (least.unwrap_or(f64::MIN), most.unwrap_or(f64::MAX));
                report(path, format!("{number} lies outside {least} to {most}"));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// What makes an entry the same as another: itself in a set, its key in a list that is a map.
fn identity<'v>(list: &Value, entry: &'v Value) -> Option<&'v Value> {
    match list["x-kubernetes-list-type"].as_str()? {
        "set" => Some(entry),
        "map" => entry.get(list["x-kubernetes-list-map-keys"][0].as_str()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{
        HostProfile,
        host::{HostDescription, Interface, Sriov},
        host_profile::HostProfileSpec,
    };

    #[test]
    fn what_the_api_server_refuses_is_told() {
        let interface = |name: &str| Interface {
            name: name.into(),
            sriov: Some(Sriov { virtual_functions: Some(300), trusted: None }),
            ..Interface::default()
        };
        let interfaces = vec![interface("a-name-that-is-too-long"), interface("a-name-that-is-too-long")];
        let host = HostDescription { interfaces, ..HostDescription::default() };
        let profile = HostProfile::new("a", HostProfileSpec { host, ..HostProfileSpec::default() });
        let imported = Imported { host_profiles: vec![profile], ..Imported::default() };
        let found: Vec<String> = check(&imported).iter().map(|w| format!("{}: {}", w.field, w.why)).collect();
        let refused = "the API server will refuse the object";
        let name = format!("23 characters, at most 15 are taken: {refused}");
        let sriov = format!("300 lies outside 1 to 256: {refused}");
        assert_eq!(
            found,
            [
                format!("spec.interfaces[0].name: {name}"),
                format!("spec.interfaces[0].sriov.virtualFunctions: {sriov}"),
                format!("spec.interfaces[1].name: {name}"),
                format!("spec.interfaces[1].sriov.virtualFunctions: {sriov}"),
                format!("spec.interfaces[1]: \"a-name-that-is-too-long\" stands there twice: {refused}"),
            ]
        );
    }
}
