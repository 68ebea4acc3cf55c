//! Hashes of designs: over a canonical form without defaults, with a number for the scheme.
//!
//! Keys are sorted, and nulls and empty values are left out, so that a new optional field changes no hash. A hash of
//! another scheme is never a change.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Number of the scheme; stands in front of every hash.
const SCHEME: u32 = 2;

/// A hash: the first ten bytes of SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Digest([u8; 10]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}-")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Hash of any part of a design.
pub fn canonical_hash<T: Serialize>(value: &T) -> String {
    digest(value).to_string()
}

/// Hash of any part of a design, as bytes.
pub(super) fn digest<T: Serialize>(value: &T) -> Digest {
    let mut hasher = Hasher::default();
    hasher.value(&serde_json::to_value(value).unwrap_or_default());
    hasher.finish()
}

/// Hash of hashes and texts, in their order.
#[derive(Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    /// Takes in a hash.
    pub fn digest(&mut self, digest: Digest) {
        self.0.update(digest.0);
    }

    /// Takes in a text.
    pub fn text(&mut self, text: &str) {
        self.tagged(b's', text.as_bytes());
    }

    /// The hash of all that was taken in.
    pub fn finish(self) -> Digest {
        let mut first = [0; 10];
        first.iter_mut().zip(self.0.finalize()).for_each(|(to, from)| *to = from);
        Digest(first)
    }

    /// Each part is tagged and its length given, so that no two values read alike.
    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.0.update([tag]);
        self.0.update(bytes.len().to_le_bytes());
        self.0.update(bytes);
    }

    /// Takes in a value in canonical form.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.update(b"n"),
            Value::Bool(flag) => self.0.update(if *flag { b"t" } else { b"f" }),
            Value::Number(number) => self.tagged(b'#', number.to_string().as_bytes()),
            Value::String(string) => self.text(string),
            Value::Array(list) => {
                self.tagged(b'[', list.len().to_string().as_bytes());
                for entry in list {
                    self.value(entry);
                }
            }
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().filter(|(_, value)| !is_empty(value)).collect();
                entries.sort_by_key(|(key, _)| *key);
                self.tagged(b'{', entries.len().to_string().as_bytes());
                for (key, value) in entries {
                    self.tagged(b'k', key.as_bytes());
                    self.value(value);
                }
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
        assert!(one.starts_with("2-"));
    }
}
