//! One request to a BMC at a time: with a deadline, a bound on the answer, and a pause between two.

use super::{
    config::RedfishConfig,
    error::RedfishError,
    links,
    refusal::{Words, classify},
    security::{Security, Trust, tls},
};
use crate::model::Permit;
use reqwest::{Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{
    error::Error as _,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Bound on an answer.
const BODY_LIMIT: usize = 4 << 20;

/// What a request proves who we are by.
#[derive(Debug, Clone)]
pub(super) enum Credential {
    /// Nothing: the service root, and the login itself.
    None,
    /// `X-Auth-Token` of a session (DSP0266 section 13.3.4).
    Token(SecretString),
    /// User and password in each request.
    Basic,
}

/// A request.
pub(super) struct Request<'a> {
    pub method: Method,
    pub path: &'a str,
    pub body: Option<&'a Value>,
    pub if_match: Option<&'a str>,
    /// Checked just before sending; only writes that are Slipway's own business (sessions) go without.
    pub permit: Option<&'a Permit>,
}

impl<'a> Request<'a> {
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, body: None, if_match: None, permit: None }
    }

    /// Method and path, for messages: names of things, nothing secret.
    pub fn what(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub retry_after: Option<Duration>,
    pub token: Option<SecretString>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; an empty one is null.
    pub fn json(&self, what: impl Into<String>) -> Result<Value, RedfishError> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        // serde's own message may quote what stood there: only the place is kept.
        serde_json::from_slice(&self.body).map_err(|error| RedfishError::Unreadable {
            what: what.into(),
            why: format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column()),
        })
    }
}

/// The HTTP side of one BMC.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
    user: String,
    password: SecretString,
    deadline: Duration,
    interval: Duration,
    /// The names that are this BMC's own, in links.
    pub own: Vec<String>,
    /// Whose turn it is; when the last request ended.
    turn: Mutex<Option<Instant>>,
}

impl Http {
    pub fn new(config: &RedfishConfig) -> Result<Self, RedfishError> {
        let address = config.address;
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.timing.connect)
            .pool_max_idle_per_host(1)
            .http1_only()
            .no_proxy();
        let (scheme, builder, name) = match &config.security {
            // A configuration that is never used, in place of one that reads the operating system's certificates.
            Security::PlainHttp => {
                ("http", builder.tls_backend_preconfigured(tls(&Trust::Insecure, None, address.ip())?), None)
            }
            Security::Tls { trust, name } => {
                let tls = tls(trust, name.as_deref(), address.ip())?;
                ("https", builder.tls_backend_preconfigured(tls), name.as_deref())
            }
        };
        Ok(Self {
            client: builder.build().map_err(|error| RedfishError::Setup(error.without_url()))?,
            base: format!("{scheme}://{address}"),
            user: config.user.clone(),
            password: config.password.clone(),
            deadline: config.timing.request,
            interval: config.timing.interval,
            own: links::own_names(address.ip(), name),
            turn: Mutex::new(None),
        })
    }

    /// Sends once, when it is our turn.
    pub async fn send(&self, request: &Request<'_>, credential: &Credential) -> Result<Answer, RedfishError> {
        let mut turn = self.turn.lock().await;
        if let Some(last) = *turn {
            tokio::time::sleep(self.interval.saturating_sub(last.elapsed())).await;
        }
        let begun = Instant::now();
        let answer = self.exchange(request, credential).await;
        *turn = Some(Instant::now());
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        tracing::debug!(bmc = self.base, what = request.what(), status, elapsed = ?begun.elapsed(), "Redfish");
        answer
    }

    async fn exchange(&self, request: &Request<'_>, credential: &Credential) -> Result<Answer, RedfishError> {
        let mut out = self
            .client
            .request(request.method.clone(), format!("{}{}", self.base, request.path))
            .timeout(self.deadline)
            .header(header::ACCEPT, "application/json")
            .header("OData-Version", "4.0");
        if let Some(body) = request.body {
            out = out.json(body);
        } else if request.method == Method::POST {
            out = out.header(header::CONTENT_LENGTH, 0);
        }
        if let Some(etag) = request.if_match {
            out = out.header(header::IF_MATCH, etag);
        }
        out = match credential {
            Credential::None => out,
            Credential::Token(token) => out.header("X-Auth-Token", token.expose_secret()),
            Credential::Basic => out.basic_auth(&self.user, Some(self.password.expose_secret())),
        };
        if let Some(permit) = request.permit {
            permit.check().map_err(|source| RedfishError::Lease { what: request.what(), source })?;
        }
        let mut answer = out.send().await.map_err(|error| lost(request, error))?;
        let text = |name: header::HeaderName| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let mut read = Answer {
            status: answer.status().as_u16(),
            etag: text(header::ETAG),
            location: text(header::LOCATION),
            retry_after: text(header::RETRY_AFTER).and_then(|value| value.parse().ok()).map(Duration::from_secs),
            token: text(header::HeaderName::from_static("x-auth-token")).map(SecretString::from),
            body: Vec::new(),
        };
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(request, error))? {
            if read.body.len() + chunk.len() > BODY_LIMIT {
                return Err(RedfishError::TooLarge { what: request.what(), limit: BODY_LIMIT });
            }
            read.body.extend_from_slice(&chunk);
        }
        Ok(read)
    }

    /// The error that an answer is.
    pub fn refused(&self, request: &Request<'_>, answer: &Answer) -> RedfishError {
        let words = Words::read(&answer.body);
        RedfishError::Refused {
            what: request.what(),
            status: answer.status,
            class: classify(answer.status, &words),
            text: words.told(&[self.password.expose_secret()]),
            ids: words.ids,
        }
    }

    /// What a login sends.
    pub fn login(&self) -> Value {
        serde_json::json!({"UserName": self.user, "Password": self.password.expose_secret()})
    }
}

/// No answer; a certificate that is not trusted is told apart, since waiting does not help there.
fn lost(request: &Request<'_>, error: reqwest::Error) -> RedfishError {
    let error = error.without_url();
    match error.source().and_then(untrusted).map(why) {
        Some(why) => RedfishError::Untrusted { why, source: error },
        None => RedfishError::Transport { what: request.what(), source: error },
    }
}

/// The refusal of a certificate among the causes of an error.
fn untrusted<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls @ (rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)) =
        cause.downcast_ref()
    {
        return Some(tls);
    }
    // An io::Error leaves what it wraps out of its causes.
    let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(wrapped) => untrusted(wrapped),
        None => cause.source().and_then(untrusted),
    }
}

fn why(error: &rustls::Error) -> String {
    use rustls::{CertificateError as Is, Error::InvalidCertificate};
    match error {
        InvalidCertificate(Is::Other(other)) => other.to_string(),
        InvalidCertificate(Is::UnknownIssuer) => "no authority that is trusted has signed it".into(),
        InvalidCertificate(Is::NotValidForName | Is::NotValidForNameContext { .. }) => {
            "it is made out to another name or address".into()
        }
        InvalidCertificate(Is::Expired | Is::ExpiredContext { .. }) => "it has expired".into(),
        other => other.to_string(),
    }
}
