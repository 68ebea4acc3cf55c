//! Hashes of designs: over a canonical form without defaults, with a number for the scheme.
//!
//! Keys are sorted, and nulls and empty values are left out, so that a new optional field changes no hash. A hash of
//! another scheme is never a change.

use crate::model::NodeDesign;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Number of the scheme; stands in front of every hash.
const SCHEME: u32 = 1;

/// Hash of any part of a design.
pub fn canonical_hash<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let mut hasher = Sha256::new();
    feed(&value, &mut hasher);
    let mut text = format!("{SCHEME}-");
    for byte in hasher.finalize().iter().take(10) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Hash of what a deployment depends on: network, storage, platform and boot. What can be changed on a running machine
/// (tags, owner data, rack, BMC) is not in it, so that changing it asks for no new deployment.
pub fn deploy_hash(node: &NodeDesign) -> String {
    let name = (&node.name, &node.domain, node.boot_mode);
    canonical_hash(&(name, &node.interfaces, &node.storage, &node.platform, &node.boot_actions, &node.ntp_servers))
}

/// Feeds a value in canonical form: each is tagged and its length given, so that no two values read alike.
fn feed(value: &Value, hasher: &mut Sha256) {
    match value {
        Value::Null => hasher.update(b"n"),
        Value::Bool(flag) => hasher.update(if *flag { b"t" } else { b"f" }),
        Value::Number(number) => text(b'#', &number.to_string(), hasher),
        Value::String(string) => text(b's', string, hasher),
        Value::Array(list) => {
            text(b'[', &list.len().to_string(), hasher);
            for entry in list {
                feed(entry, hasher);
            }
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().filter(|(_, value)| !is_empty(value)).collect();
            entries.sort_by_key(|(key, _)| *key);
            text(b'{', &entries.len().to_string(), hasher);
            for (key, value) in entries {
                text(b'k', key, hasher);
                feed(value, hasher);
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
        _ => false,
    }
}

fn text(tag: u8, text: &str, hasher: &mut Sha256) {
    hasher.update([tag]);
    hasher.update(text.len().to_le_bytes());
    hasher.update(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn empty_values_and_the_order_of_keys_change_nothing() {
        let one = canonical_hash(&json!({"a": 1, "b": {"c": null}, "d": []}));
        assert_eq!(one, canonical_hash(&json!({"a": 1})));
        assert_ne!(one, canonical_hash(&json!({"a": "1"})));
        assert_ne!(canonical_hash(&json!(["ab", "c"])), canonical_hash(&json!(["a", "bc"])));
        assert!(one.starts_with("1-"));
    }
}
