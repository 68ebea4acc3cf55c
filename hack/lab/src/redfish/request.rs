//! A request, taken apart.

use axum::http::request::Parts;
use base64::Engine;
use serde_json::Value;

/// What a client asks.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path without query and without a slash at its end.
    pub(crate) path: String,
    /// `$skip` of a collection.
    pub(crate) skip: usize,
    pub(crate) token: Option<String>,
    /// User and password.
    pub(crate) basic: Option<(String, String)>,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn new(parts: &Parts, body: &[u8]) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let query = parts.uri.query().unwrap_or_default();
        let skip = query.split('&').find_map(|pair| pair.trim_start_matches('$').strip_prefix("skip="));
        let path = parts.uri.path().trim_end_matches('/');
        Self {
            method: parts.method.to_string(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            skip: skip.and_then(|skip| skip.parse().ok()).unwrap_or_default(),
            token: text("x-auth-token"),
            basic: text("authorization").and_then(|value| basic(&value)),
            if_match: text("if-match"),
            body: serde_json::from_slice(body).unwrap_or_default(),
        }
    }

    pub(crate) fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

fn basic(value: &str) -> Option<(String, String)> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}
