//! The CEL rules of a schema (`x-kubernetes-validations`), by kube-cel.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube_cel::{CompiledSchema, ErrorKind, Validator, compile_schema};
use serde_json::Value;
use std::{cell::RefCell, collections::HashMap, ptr, rc::Rc};

/// The rules, compiled when they are first needed.
#[derive(Default)]
pub(super) struct Rules {
    validator: Validator,
    compiled: RefCell<HashMap<*const JSONSchemaProps, Rc<CompiledSchema>>>,
}

impl Rules {
    /// What the rules at a schema, not those of the fields below it, say against a value. A rule that this program cannot
    /// evaluate says nothing: the API server can.
    pub(super) fn broken(&self, schema: &JSONSchemaProps, value: &Value) -> Vec<String> {
        if schema.x_kubernetes_validations.as_ref().is_none_or(Vec::is_empty) {
            return Vec::new();
        }
        let known = self.compiled.borrow().get(&ptr::from_ref(schema)).cloned();
        let compiled = known.unwrap_or_else(|| {
            let compiled = Rc::new(compile(schema));
            self.compiled.borrow_mut().insert(ptr::from_ref(schema), Rc::clone(&compiled));
            compiled
        });
        let errors = self.validator.validate_compiled(&compiled, value, None).err();
        let broken = errors.into_iter().flatten().filter(|error| error.kind == ErrorKind::ValidationFailure);
        broken.map(|error| error.message).collect()
    }
}

/// The rules of a schema with the shape below it, which says how values are read, but without the rules below it: those
/// are evaluated at their own values.
fn compile(schema: &JSONSchemaProps) -> CompiledSchema {
    let mut shape = bare(schema);
    shape.x_kubernetes_validations.clone_from(&schema.x_kubernetes_validations);
    compile_schema(&serde_json::to_value(shape).unwrap_or_default())
}

fn bare(schema: &JSONSchemaProps) -> JSONSchemaProps {
    let properties = schema.properties.as_ref();
    JSONSchemaProps {
        type_: schema.type_.clone(),
        format: schema.format.clone(),
        properties: properties.map(|fields| fields.iter().map(|(name, field)| (name.clone(), bare(field))).collect()),
        items: match &schema.items {
            Some(JSONSchemaPropsOrArray::Schema(items)) => Some(JSONSchemaPropsOrArray::Schema(Box::new(bare(items)))),
            _ => None,
        },
        additional_properties: match &schema.additional_properties {
            Some(JSONSchemaPropsOrBool::Schema(values)) => Some(JSONSchemaPropsOrBool::Schema(Box::new(bare(values)))),
            other => other.clone(),
        },
        ..JSONSchemaProps::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::crds;
    use serde_json::json;

    /// Calls `look` with every schema that has rules.
    fn with_rules(schema: &JSONSchemaProps, look: &mut dyn FnMut(&JSONSchemaProps)) {
        if schema.x_kubernetes_validations.is_some() {
            look(schema);
        }
        schema.properties.iter().flatten().for_each(|(_, field)| with_rules(field, look));
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
            with_rules(items, look);
        }
        if let Some(JSONSchemaPropsOrBool::Schema(values)) = &schema.additional_properties {
            with_rules(values, look);
        }
    }

    #[test]
    fn every_rule_of_every_kind_can_be_evaluated() {
        let (mut seen, validator) = (0, Validator::new());
        for crd in crds() {
            let schema = crd.spec.versions[0].schema.as_ref().and_then(|s| s.open_api_v3_schema.as_ref()).unwrap();
            with_rules(schema, &mut |schema| {
                let compiled = compile(schema);
                assert!(!compiled.has_errors(), "{:?}", compiled.compilation_errors());
                let value = if schema.type_.as_deref() == Some("string") { json!("x") } else { json!({"name": "x"}) };
                // That the value lacks a field that the rule needs is no lack of the rule.
                let errors = validator.validate_compiled(&compiled, &value, None).err().into_iter().flatten();
                let known = [ErrorKind::ValidationFailure, ErrorKind::EvaluationError];
                let unknown: Vec<_> = errors.filter(|error| !known.contains(&error.kind)).collect();
                assert!(unknown.is_empty(), "{unknown:?}");
                seen += 1;
            });
        }
        assert!(seen > 10, "{seen}");
    }
}
