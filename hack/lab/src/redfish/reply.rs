//! An answer, and the forms that refusals have.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// What a client is told.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body }
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new() }
    }

    /// A refusal with one message.
    pub(crate) fn refusal(status: u16, id: &str, message: &str) -> Self {
        let info = json!([{
            "@odata.type": "#Message.v1_1_0.Message", "MessageId": id, "Message": message, "Severity": "Critical",
            "Resolution": "None.", "MessageArgs": [],
        }]);
        let error = json!({"code": "Base.1.8.GeneralError", "message": "A general error has occurred.",
            "@Message.ExtendedInfo": info});
        Self::json(status, &json!({"error": error}))
    }

    pub(crate) fn missing(path: &str) -> Self {
        let message = format!("The resource at the URI {path} was not found.");
        Self::refusal(404, "Base.1.8.ResourceMissingAtURI", &message)
    }

    pub(crate) fn not_allowed(allowed: &str) -> Self {
        let reply =
            Self::refusal(405, "Base.1.8.OperationNotAllowed", "The HTTP method is not allowed on this resource.");
        reply.with("allow", allowed)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert("odata-version", HeaderValue::from_static("4.0"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
