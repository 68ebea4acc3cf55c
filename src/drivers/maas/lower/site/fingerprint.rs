//! A short name for a long text.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The first ten bytes of its SHA-256, in hex.
pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(10).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
