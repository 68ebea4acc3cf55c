//! Power parameters as MAAS keeps them: known names only, defaults filled in.

use serde_json::{Map, Value, json};

use super::form::{Errors, no_choice};
use super::request::Params;
use crate::region::node::Node;
use crate::region::power_types::{PowerType, power_type};

/// The parameters that a create or an update gives.
fn given(data: &Params, kind: Option<&PowerType>) -> Map<String, Value> {
    let mut given: Map<String, Value> = Map::new();
    if let Some(text) = data.filled("power_parameters")
        && let Ok(Value::Object(map)) = serde_json::from_str(text)
    {
        given.extend(map);
    }
    for (key, value) in &data.0 {
        let Some(name) = key.strip_prefix("power_parameters_").filter(|name| *name != "skip_check") else { continue };
        let is_list = kind.is_some_and(|kind| kind.fields.iter().any(|field| field.name == name && field.is_list()));
        if is_list {
            let list = given.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(json!(value));
            }
        } else {
            given.insert(name.to_owned(), json!(value));
        }
    }
    given
}

/// Takes power type and parameters from a create or an update.
pub(super) fn apply(errors: &mut Errors, node: &mut Node, data: &Params) {
    let name = data.get("power_type").unwrap_or(&node.power_type).to_owned();
    let kind = power_type(&name);
    if kind.is_none() && !name.is_empty() {
        return errors.add("power_type", no_choice(&name));
    }
    let given = given(data, kind);
    let changed = name != node.power_type;
    if given.is_empty() && !changed {
        return;
    }
    let skip = data.checkbox("power_parameters_skip_check") == Some(true);
    let mut parameters = if changed { Map::new() } else { node.power_params.clone() };
    if let Some(kind) = kind.filter(|_| !skip) {
        let known = |key: &&str| kind.fields.iter().any(|field| field.name == *key);
        let unknown: Vec<&str> = given.keys().map(String::as_str).filter(|key| !known(key)).collect();
        if !unknown.is_empty() {
            errors.add("power_parameters", format!("Unknown parameter(s): {}.", unknown.join(", ")));
        }
    }
    parameters.extend(given);
    for field in kind.iter().flat_map(|kind| kind.fields) {
        let value = parameters.entry(field.name).or_insert_with(|| field.default_value());
        let text = value.as_str().unwrap_or_default();
        let empty = value.as_str() == Some("");
        if field.required && empty && !skip {
            errors.add("power_parameters", "This field is required.");
        } else if !field.choices().is_empty() && !field.is_list() && !empty && !skip {
            let known = field.choices().iter().any(|(word, _)| *word == text);
            errors.unless(known, "power_parameters", no_choice(text));
        }
    }
    if parameters.get("power_address") != node.power_params.get("power_address") && node.power_type.is_empty() {
        node.bmc_seen = false;
    }
    node.power_type = name;
    node.power_params = parameters;
}
