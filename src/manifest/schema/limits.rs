//! What a schema says of one value by itself: its choices, pattern, length and range.

use super::{path::Path, walk::Walk, words};
use crate::manifest::yaml::Place;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use regex::Regex;
use serde_json::{Number, Value};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// The patterns of the schemas, each compiled when it is first needed.
#[derive(Default)]
pub(super) struct Patterns(RefCell<HashMap<String, Option<Rc<Regex>>>>);

impl Patterns {
    /// Whether a text fits. A pattern that this program cannot read refuses nothing: the API server can.
    fn fits(&self, pattern: &str, text: &str) -> bool {
        let known = self.0.borrow().get(pattern).cloned();
        let regex = known.unwrap_or_else(|| {
            let compiled = Regex::new(pattern).ok().map(Rc::new);
            self.0.borrow_mut().insert(pattern.to_owned(), compiled.clone());
            compiled
        });
        regex.is_none_or(|regex| regex.is_match(text))
    }
}

impl Walk<'_> {
    /// Holds a scalar of the right type against its limits.
    pub(super) fn scalar(&mut self, schema: &JSONSchemaProps, value: &Value, place: Place, path: &Path<'_>) {
        if let Some(choices) = &schema.enum_
            && !choices.iter().any(|choice| choice.0 == *value)
        {
            let names: Vec<&str> = choices.iter().filter_map(|choice| choice.0.as_str()).collect();
            let near = value.as_str().and_then(|text| words::nearest(text, names.iter().copied()));
            let hint = near.map_or_else(|| words::hint(schema), |near| format!("did you mean `{near}`?"));
            let message = format!("found {}, expected {}", words::found(value, path), words::listed(&names, "or"));
            return self.report(place, path, message, hint);
        }
        match value {
            Value::String(text) => self.text(schema, value, text, place, path),
            Value::Number(number) => self.number(schema, number, place, path),
            _ => {}
        }
    }

    fn text(&mut self, schema: &JSONSchemaProps, value: &Value, text: &str, place: Place, path: &Path<'_>) {
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if self.size(schema, length, (schema.min_length, schema.max_length), "character", place, path) {
            return;
        }
        if let Some(pattern) = schema.pattern.as_deref().filter(|pattern| !self.schemas.patterns.fits(pattern, text)) {
            let message = format!("found {}, expected text that fits {pattern}", words::found(value, path));
            self.report(place, path, message, words::hint(schema));
        }
    }

    /// Holds a size against its bounds; says whether it is out of them.
    pub(super) fn size(
        &mut self,
        schema: &JSONSchemaProps,
        size: i64,
        (least, most): (Option<i64>, Option<i64>),
        unit: &str,
        place: Place,
        path: &Path<'_>,
    ) -> bool {
        let expected = match (least, most) {
            (Some(least), _) if size < least => format!("at least {least}"),
            (_, Some(most)) if size > most => format!("at most {most}"),
            _ => return false,
        };
        let units = if size == 1 { unit.to_owned() } else { plural(unit) };
        let size = if size == 0 { "no".into() } else { size.to_string() };
        self.report(place, path, format!("found {size} {units}, expected {expected}"), words::hint(schema));
        true
    }

    fn number(&mut self, schema: &JSONSchemaProps, number: &Number, place: Place, path: &Path<'_>) {
        let Some(found) = number.as_f64() else { return };
        let (least, most) = match schema.format.as_deref() {
            Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        };
        let (least, most) = (schema.minimum.unwrap_or(least), schema.maximum.unwrap_or(most));
        if found < least || found > most {
            let expected = match (least.is_finite(), most.is_finite()) {
                (true, true) => format!("a number from {least} to {most}"),
                (true, false) => format!("at least {least}"),
                _ => format!("at most {most}"),
            };
            self.report(place, path, format!("found `{number}`, expected {expected}"), words::hint(schema));
        }
    }
}

fn plural(unit: &str) -> String {
    unit.strip_suffix('y').map_or_else(|| format!("{unit}s"), |stem| format!("{stem}ies"))
}
