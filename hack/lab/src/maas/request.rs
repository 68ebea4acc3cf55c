//! A request to the region, taken apart the way MAAS does: path, `op`, query and body.

use axum::http::{HeaderMap, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::reply::Reply;
use crate::region::people::Caller;

/// Repeatable parameters in the order given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(pub(crate) Vec<(String, String)>);

impl Params {
    pub(crate) fn urlencoded(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
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

    /// A boolean of which three words alone are true.
    pub(crate) fn word_true(&self, key: &str) -> Option<bool> {
        self.get(key).map(|value| matches!(value.to_lowercase().as_str(), "true" | "t" | "1"))
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
    /// Files of a multipart body, by field.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The body as it came, when it is none of these.
    pub(crate) raw: Vec<u8>,
    pub(crate) authorization: Option<String>,
    /// Who signed it.
    pub(crate) caller: Caller,
}

impl Request {
    pub(crate) async fn new(method: &Method, uri: &Uri, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let content_type = header("content-type").unwrap_or_default();
        let query_text = uri.query().unwrap_or_default().to_owned();
        let path = uri.path().to_owned();
        let slash = path.ends_with('/');
        let below = path.strip_prefix("/MAAS/api/2.0/");
        let pieces = below.map(|rest| rest.trim_end_matches('/').split('/').map(percent_decode).collect());
        let mut request = Self {
            method: if method == Method::HEAD { "GET".to_owned() } else { method.to_string() },
            path,
            pieces,
            slash,
            op: None,
            query: Params::urlencoded(query_text.as_bytes()),
            query_text,
            form: Params::default(),
            json: None,
            files: Vec::new(),
            raw: Vec::new(),
            authorization: header("authorization"),
            caller: Caller::default(),
        };
        if content_type.starts_with("application/json") {
            request.json = serde_json::from_slice(&body).ok().map(|value| Params::from_json(&value));
        } else if let Ok(boundary) = multer::parse_boundary(&content_type) {
            request.read_parts(body, boundary).await;
        } else if content_type.starts_with("application/octet-stream") {
            request.raw = body;
        } else {
            request.form = Params::urlencoded(&body);
        }
        request.find_op();
        request
    }

    async fn read_parts(&mut self, body: Vec<u8>, boundary: String) {
        let mut parts = multer::Multipart::with_reader(body.as_slice(), boundary);
        while let Ok(Some(part)) = parts.next_field().await {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let coding = part.headers().get("content-transfer-encoding").cloned();
            let Ok(bytes) = part.bytes().await else { return };
            let mut bytes = bytes.to_vec();
            if coding.is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"base64")) {
                bytes.retain(|byte| !byte.is_ascii_whitespace());
                bytes = STANDARD.decode(bytes).unwrap_or_default();
            }
            if is_file {
                self.files.push((name, bytes));
            } else {
                self.form.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }

    /// The operation stands in the query, in the form, or as the last piece of the path.
    fn find_op(&mut self) {
        self.op = self.query.get("op").or(self.form.get("op")).map(str::to_owned);
        if let Some(list) = &mut self.pieces
            && let Some(name) = list.last().and_then(|last| last.strip_prefix("op-"))
        {
            self.op = Some(name.to_owned());
            list.pop();
            self.slash = true;
        }
        self.form.0.retain(|(key, _)| key != "op");
        self.query.0.retain(|(key, _)| key != "op");
    }

    /// Method and operation.
    pub(crate) fn asked(&self) -> (&str, Option<&str>) {
        (&self.method, self.op.as_deref())
    }

    /// Refuses everybody but administrators, as MAAS's site-wide methods do.
    pub(crate) fn admins_only(&self) -> Result<(), Reply> {
        let text = "This method is reserved for admin users.";
        if self.caller.superuser { Ok(()) } else { Err(Reply::sentence(403, text)) }
    }

    /// Refuses everybody but administrators, as MAAS does with a single object.
    pub(crate) fn may_admin(&self) -> Result<(), Reply> {
        if self.caller.superuser { Ok(()) } else { Err(Reply::forbidden()) }
    }

    /// A file of a multipart body.
    pub(crate) fn file(&self, field: &str) -> Option<&[u8]> {
        self.files.iter().find(|(name, _)| name == field).map(|(_, bytes)| bytes.as_slice())
    }

    pub(crate) fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// What a create or update was given: the form, or a JSON body.
    pub(crate) fn data(&self) -> &Params {
        self.json.as_ref().unwrap_or(&self.form)
    }
}

/// Decodes `%XX`.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
