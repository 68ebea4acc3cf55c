//! Answers, with the headers MAAS sends for each kind.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Map, Value};

/// An answer. Handlers return `Result<Reply, Reply>` so that `?` ends them with a refusal.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    kind: Kind,
    pub(crate) body: Vec<u8>,
}

/// What a handler returns.
pub(crate) type Answer = Result<Reply, Reply>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    /// An answer that everybody gets.
    Open,
    BareJson,
    Text,
    /// Text with its character set.
    PlainText,
    Binary(&'static str),
    FieldErrors,
    /// Errors by field that were raised beside a form.
    Invalid,
    Sentence,
    /// Raised after the transaction: no `Vary`, no `X-Frame-Options`.
    Late,
    Unauthorized,
    Anonymous,
    UnknownPath,
    WrongMethod(&'static str),
    Conflict,
    Redirect,
    /// Not MAAS but something in front of it.
    Proxy,
}

const HASH: &str = "36763f1444f05f8c565d0292aabefcaa9ece4369";

const CONFLICT_PAGE: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \
    \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\" \
    xml:lang=\"en\" lang=\"en\">\n  <head>\n    <title>Error: Conflict Error</title>\n  </head>\n  <body>\n    \
    <h2 class=\"p-heading--four\">\n      Conflict error. Try your request again, as it will most likely succeed.\n    \
    </h2>\n  </body>\n</html>\n";

impl Reply {
    fn new(status: u16, kind: Kind, body: impl Into<Vec<u8>>) -> Self {
        Self { status, kind, body: body.into() }
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::new(200, Kind::Json, value.to_string())
    }

    pub(crate) fn created(value: &Value) -> Self {
        Self::new(201, Kind::Json, value.to_string())
    }

    pub(crate) fn open(value: &Value) -> Self {
        Self::new(200, Kind::Open, value.to_string())
    }

    pub(crate) fn bare(value: &Value) -> Self {
        Self::new(200, Kind::BareJson, value.to_string())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::new(200, Kind::Text, text)
    }

    pub(crate) fn plain(text: &str) -> Self {
        Self::new(200, Kind::PlainText, text)
    }

    pub(crate) fn accepted(text: &str) -> Self {
        Self::new(202, Kind::PlainText, text)
    }

    pub(crate) fn redirect() -> Self {
        Self::new(302, Kind::Redirect, "")
    }

    /// A page of the proxy in front of MAAS.
    pub(crate) fn proxy_page(status: u16) -> Self {
        let words = match status {
            502 => "Bad Gateway",
            503 => "Service Temporarily Unavailable",
            504 => "Gateway Time-out",
            _ => "Internal Server Error",
        };
        let page = format!(
            "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n<center><h1>{status} {words}</h1>\
             </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, Kind::Proxy, page)
    }

    pub(crate) fn binary(content_type: &'static str, body: Vec<u8>) -> Self {
        Self::new(200, Kind::Binary(content_type), body)
    }

    pub(crate) fn deleted() -> Self {
        Self::new(204, Kind::Text, "")
    }

    /// 400 with messages per field.
    pub(crate) fn fields(errors: &[(&str, String)]) -> Self {
        let mut map: Map<String, Value> = Map::new();
        for (field, message) in errors {
            let list = map.entry(*field).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(message.clone().into());
            }
        }
        Self::new(400, Kind::FieldErrors, Value::Object(map).to_string())
    }

    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::fields(&[(field, message.into())])
    }

    /// 400 with the message of a field, raised beside a form.
    pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Self {
        let mut reply = Self::field(field, message);
        reply.kind = Kind::Invalid;
        reply
    }

    pub(crate) fn required(field: &str) -> Self {
        Self::field(field, "This field is required.")
    }

    /// A refusal in one sentence.
    pub(crate) fn sentence(status: u16, text: impl Into<String>) -> Self {
        Self::new(status, Kind::Sentence, text.into())
    }

    pub(crate) fn conflict(text: impl Into<String>) -> Self {
        Self::sentence(409, text)
    }

    pub(crate) fn late(status: u16, text: impl Into<String>) -> Self {
        Self::new(status, Kind::Late, text.into())
    }

    /// No permission, or locked: MAAS says nothing more.
    pub(crate) fn forbidden() -> Self {
        Self::sentence(403, "")
    }

    pub(crate) fn missing(class: &str) -> Self {
        Self::new(404, Kind::Text, format!("No {class} matches the given query."))
    }

    /// An address another machine has: MAAS says 404.
    pub(crate) fn taken() -> Self {
        Self::sentence(404, "IP address is already in use.")
    }

    pub(crate) fn unknown_path(path: &str) -> Self {
        Self::new(404, Kind::UnknownPath, format!("Unknown API endpoint: {path}."))
    }

    pub(crate) fn unauthorized(text: impl Into<String>) -> Self {
        Self::new(401, Kind::Unauthorized, text.into())
    }

    pub(crate) fn anonymous() -> Self {
        Self::new(401, Kind::Anonymous, "Forbidden")
    }

    pub(crate) fn wrong_method(allow: &'static str) -> Self {
        Self::new(405, Kind::WrongMethod(allow), "")
    }

    pub(crate) fn conflict_page() -> Self {
        Self::new(409, Kind::Conflict, CONFLICT_PAGE)
    }

    /// How many objects the answer lists, when it is a list.
    pub(crate) fn list_length(&self) -> Option<u64> {
        if self.kind != Kind::Json || self.body.first() != Some(&b'[') {
            return None;
        }
        let value: Value = serde_json::from_slice(&self.body).ok()?;
        value.as_array().map(|list| list.len() as u64)
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        const ALL: Option<&str> = Some("Authorization, Cookie");
        const COOKIE: Option<&str> = Some("Cookie");
        let (content_type, vary, hash, frame) = match self.kind {
            Kind::Json => ("application/json; charset=utf-8", ALL, true, true),
            Kind::Open => ("application/json; charset=utf-8", Some("Authorization"), true, true),
            Kind::BareJson => ("application/json", ALL, true, true),
            Kind::Text | Kind::Anonymous => ("text/plain", ALL, true, true),
            Kind::PlainText => ("text/plain; charset=utf-8", ALL, true, true),
            Kind::Binary(content_type) => (content_type, ALL, true, true),
            Kind::FieldErrors => ("application/json; charset=utf-8", COOKIE, false, true),
            Kind::Invalid => ("application/json", COOKIE, false, true),
            Kind::Sentence => ("text/plain; charset=utf-8", COOKIE, false, true),
            Kind::Late => ("text/plain; charset=utf-8", None, false, false),
            Kind::Unauthorized | Kind::Redirect => ("text/html; charset=utf-8", COOKIE, false, true),
            Kind::UnknownPath => ("text/plain; charset=utf-8", None, false, true),
            Kind::WrongMethod(_) => ("text/html; charset=utf-8", ALL, true, true),
            Kind::Conflict => ("text/html; charset=utf-8", None, false, false),
            Kind::Proxy => ("text/html", None, false, false),
        };
        let mut builder = Response::builder().status(self.status).header("Content-Type", content_type);
        if let Some(vary) = vary {
            builder = builder.header("Vary", vary);
        }
        if hash {
            builder = builder.header("X-Maas-Api-Hash", HASH);
        }
        if frame {
            builder = builder.header("X-Frame-Options", "DENY");
        }
        builder = match self.kind {
            Kind::Unauthorized => builder.header("WWW-Authenticate", "OAuth realm=\"OAuth\""),
            Kind::WrongMethod(allow) => builder.header("Allow", allow),
            Kind::Conflict => builder.header("Retry-After", "5"),
            Kind::Redirect => builder.header("Location", "/MAAS/?next=/MAAS/api/describe/"),
            _ => builder,
        };
        builder.body(Body::from(self.body)).unwrap_or_default()
    }
}
