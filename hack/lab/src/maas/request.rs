//! A request to the region, taken apart the way MAAS does: path, `op`, query and body.

use axum::http::{HeaderMap, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Repeatable parameters in the order given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(pub(crate) Vec<(String, String)>);

impl Params {
    pub(crate) fn urlencoded(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(&key.replace('+', " ")), percent_decode(&value.replace('+', " ")))
        });
        Self(pairs.collect())
    }

    fn from_json(value: &Value) -> Self {
        let mut pairs = Vec::new();
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        for (key, value) in value.as_object().into_iter().flatten() {
            match value {
                Value::Array(items) => pairs.extend(items.iter().map(|item| (key.clone(), text(item)))),
                other => pairs.push((key.clone(), text(other))),
            }
        }
        Self(pairs)
    }

    fn multipart(body: &[u8], boundary: &str) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut pairs = Vec::new();
        for part in text.split(&format!("--{boundary}")) {
            let Some((head, content)) = part.split_once("\r\n\r\n") else { continue };
            let Some(name) = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
            let mut content = content.strip_suffix("\r\n").unwrap_or(content).to_owned();
            if head.to_lowercase().contains("content-transfer-encoding: base64") {
                let decoded = STANDARD.decode(content.replace(['\r', '\n'], "")).unwrap_or_default();
                content = String::from_utf8_lossy(&decoded).into_owned();
            }
            pairs.push((name.to_owned(), content));
        }
        Self(pairs)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The value, when there is one that is not empty.
    pub(crate) fn filled(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }

    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.0.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.trim().parse().ok()
    }

    /// A Django checkbox: everything but nothing and `false` is true, `0` too.
    pub(crate) fn checkbox(&self, key: &str) -> Option<bool> {
        self.get(key).map(|value| !value.is_empty() && !value.eq_ignore_ascii_case("false"))
    }

    /// A boolean that MAAS parses itself.
    pub(crate) fn parsed(&self, key: &str) -> Option<bool> {
        self.get(key).map(|value| matches!(value.to_lowercase().as_str(), "true" | "t" | "1" | "yes" | "on"))
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path as it was sent.
    pub(crate) path: String,
    /// The path below `/MAAS/api/2.0/`, decoded piece by piece; `None` when it lies elsewhere.
    pub(crate) pieces: Option<Vec<String>>,
    pub(crate) slash: bool,
    pub(crate) op: Option<String>,
    pub(crate) query_text: String,
    pub(crate) query: Params,
    pub(crate) form: Params,
    pub(crate) json: Option<Params>,
    pub(crate) authorization: Option<String>,
}

impl Request {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let content_type = header("content-type").unwrap_or_default();
        let query_text = uri.query().unwrap_or_default().to_owned();
        let query = Params::urlencoded(&query_text);
        let (mut form, mut json) = (Params::default(), None);
        if content_type.starts_with("application/json") {
            json = serde_json::from_slice(body).ok().map(|value| Params::from_json(&value));
        } else if let Some((_, boundary)) = content_type.split_once("boundary=") {
            form = Params::multipart(body, boundary.trim_matches('"'));
        } else {
            form = Params::urlencoded(&String::from_utf8_lossy(body));
        }
        let path = uri.path().to_owned();
        let mut slash = path.ends_with('/');
        let below = path.strip_prefix("/MAAS/api/2.0/");
        let mut pieces: Option<Vec<String>> =
            below.map(|rest| rest.trim_end_matches('/').split('/').map(percent_decode).collect());
        let mut op = query.get("op").or(form.get("op")).map(str::to_owned);
        if let Some(list) = &mut pieces
            && let Some(name) = list.last().and_then(|last| last.strip_prefix("op-"))
        {
            op = Some(name.to_owned());
            list.pop();
            slash = true;
        }
        form.0.retain(|(key, _)| key != "op");
        let authorization = header("authorization");
        Self { method: method.to_string(), path, pieces, slash, op, query_text, query, form, json, authorization }
    }

    pub(crate) fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// What a create or update was given: the form, or a JSON body.
    pub(crate) fn data(&self) -> &Params {
        self.json.as_ref().unwrap_or(&self.form)
    }
}

/// Decodes `%XX`.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
