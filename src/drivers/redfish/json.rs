//! Reading documents of which nothing can be relied on: a property that is missing, null or of another type than the
//! schema says is not known, and nothing more happens.

use serde_json::Value;

/// Longest text that is taken over, in characters: what a person reads in a status or a log.
const LONGEST: usize = 512;

/// The property at the end of a path of names.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// A text that is not blank; a number is one, too.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    as_text(value.get(name)?)
}

/// A value as text that is not blank.
pub(super) fn as_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        // iDRAC 7 and 8 wrap the values of some enumerations: mrlhansen/idrac_exporter#26.
        Value::Array(list) => return list.first().and_then(|first| text(first, "Member").or_else(|| as_text(first))),
        _ => return None,
    };
    let clean: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    // What SMBIOS holds where nobody filled it in.
    let empty = ["", "none", "n/a", "na", "null", "unknown", "not specified", "to be filled by o.e.m."];
    (!empty.contains(&clean.to_lowercase().as_str())).then_some(clean)
}

/// A name from an enumeration, as it stands: `None` is one of them.
pub(super) fn word<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().map(str::trim).filter(|word| !word.is_empty())
}

/// A number that is finite; a text that is one is taken, too.
pub(super) fn number(value: &Value, name: &str) -> Option<f64> {
    let number = match value.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

/// A count: a number that is not negative, without its fraction.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
pub(super) fn count(value: &Value, name: &str) -> Option<u64> {
    if let Some(whole) = value.get(name)?.as_u64() {
        return Some(whole);
    }
    number(value, name).filter(|number| *number >= 0.0).map(|number| number as u64)
}

/// A small count.
pub(super) fn small(value: &Value, name: &str) -> Option<u32> {
    count(value, name).and_then(|count| u32::try_from(count).ok())
}

/// A list; one value alone is a list of one, anything else is empty.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    match value.get(name) {
        Some(Value::Array(list)) => list,
        Some(one @ (Value::Object(_) | Value::String(_))) => std::slice::from_ref(one),
        _ => &[],
    }
}

/// The texts of a list.
pub(super) fn words(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The link that a property is: `{"@odata.id": …}`.
pub(super) fn link<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    id(value.get(name)?)
}

/// A resource's own link.
pub(super) fn id(value: &Value) -> Option<&str> {
    // Gen9 of HPE still has the form that Redfish grew from: ansible/ansible#48296.
    value.get("@odata.id").or_else(|| value.get("href")).and_then(Value::as_str).filter(|link| !link.is_empty())
}

/// The links of a list.
pub(super) fn links(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().filter_map(id).map(str::to_owned).collect()
}

/// Whether a member of a collection is there at all: an empty slot has a resource of its own.
pub(super) fn is_present(value: &Value) -> bool {
    word(at(value, &["Status"]), "State") != Some("Absent")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrong_types_are_not_known_and_likely_ones_are_understood() {
        let odd = json!({
            "a": "12", "b": 3.9, "c": -1, "d": {"e": 1}, "f": "  ", "g": [{"Member": "Assert"}], "h": "N/A", "i": null,
            "j": 1e300, "k": "x\u{0}y\n",
        });
        assert_eq!((count(&odd, "a"), count(&odd, "b"), count(&odd, "c")), (Some(12), Some(3), None));
        assert_eq!((count(&odd, "d"), number(&odd, "f"), count(&odd, "i")), (None, None, None));
        assert_eq!((count(&odd, "j"), small(&odd, "j")), (Some(u64::MAX), None));
        assert_eq!(text(&odd, "a").as_deref(), Some("12"));
        assert_eq!((text(&odd, "d"), text(&odd, "f"), text(&odd, "h")), (None, None, None));
        assert_eq!((text(&odd, "g").as_deref(), text(&odd, "k").as_deref()), (Some("Assert"), Some("xy")));
        assert_eq!(at(&odd, &["d", "e", "f", "g"]), &Value::Null);
        assert_eq!(list(&odd, "b").len() + list(&odd, "zz").len(), 0);
        assert_eq!(list(&json!({"one": {"@odata.id": "/x"}}), "one").len(), 1);
    }
}
