//! The HTTP side of MAAS's API 2.0: signs, bounds, retries what may be retried, and gives every refusal a class.

use super::{Error, auth::ApiKey, elements::Splitter, refusal, trust::TrustBundle};
use crate::model::Permit;
use reqwest::{Method, header};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// Deadline of a request.
const DEADLINE: Duration = Duration::from_secs(30);
/// Deadline of a write: MAAS itself retries a database conflict for up to 21 s before it answers.
const WRITE_DEADLINE: Duration = Duration::from_mins(1);
/// Deadline of the list of all nodes: MAAS needs about 16 ms for each.
const LIST_DEADLINE: Duration = Duration::from_mins(5);
/// Bound on an answer, or on one element of the list of all nodes.
const BODY_LIMIT: usize = 64 << 20;
/// Bound on an answer that is an error.
const ERROR_LIMIT: usize = 1 << 20;
/// Attempts of a GET.
const ATTEMPTS: u32 = 3;
/// The longest pause that MAAS's `Retry-After` can make us take.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A region's API. Cheap to clone: clones share connections and the bound on requests in flight.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base: String,
    key: ApiKey,
    slots: Semaphore,
}

/// A form or query: names with values; a list is a repeated name.
pub type Form = Vec<(String, String)>;

struct Attempt<'a> {
    method: Method,
    path: &'a str,
    op: Option<&'a str>,
    pairs: &'a Form,
    permit: Option<&'a Permit>,
    deadline: Duration,
}

/// What takes the elements of a list as they arrive.
type Each<'a> = &'a mut (dyn FnMut(&[u8]) + Send);

impl Attempt<'_> {
    /// Method, path and op, for messages: names of things, nothing secret.
    fn what(&self) -> String {
        let op = self.op.map(|op| format!("?op={op}")).unwrap_or_default();
        format!("{} {}{op}", self.method, self.path)
    }
}

struct Answer {
    status: u16,
    html: bool,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Client {
    /// A client of the region at `url` (`http://HOST:5240/MAAS`, with or without `/api/2.0/`), with at most
    /// `max_in_flight` requests at once: one region worker serves four.
    pub fn new(url: &str, key: &SecretString, max_in_flight: usize) -> Result<Self, Error> {
        Self::trusting(url, key, max_in_flight, None)
    }

    /// The same, of a region whose certificate is in `trust`, or signed by one that is.
    pub fn trusting(
        url: &str,
        key: &SecretString,
        max_in_flight: usize,
        trust: Option<&TrustBundle>,
    ) -> Result<Self, Error> {
        // A login in it must not reach a log.
        let bad_url = || Error::Url(url.split_once('@').map_or(url, |(_, after)| after).to_owned());
        let parsed: reqwest::Url = url.parse().map_err(|_| bad_url())?;
        if !["http", "https"].contains(&parsed.scheme()) || parsed.host_str().is_none() || !parsed.username().is_empty()
        {
            return Err(bad_url());
        }
        let root = url.trim_end_matches('/').trim_end_matches("/api/2.0");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .no_proxy()
            .tls_certs_merge(trust.map(TrustBundle::certificates).transpose()?.unwrap_or_default())
            .build()
            // PEM around something that is no certificate shows only here.
            .map_err(|error| trust.map_or_else(|| Error::Setup(error.without_url()), TrustBundle::unreadable))?;
        Ok(Self(Arc::new(Inner {
            http,
            base: format!("{root}/api/2.0/"),
            key: ApiKey::parse(key)?,
            slots: Semaphore::new(max_in_flight.max(1)),
        })))
    }

    /// `GET path?query`, decoded. Tried again when nothing, or something in between, answers.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        let body = self.get_bytes(path, query).await?;
        serde_json::from_slice(&body).map_err(|error| unreadable(format!("GET {path}"), &error))
    }

    /// `GET path?query`, as it comes.
    pub async fn get_bytes(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
        let op = query.iter().find(|(name, _)| *name == "op").map(|(_, value)| *value);
        let pairs = query.iter().filter(|(n, _)| *n != "op").map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let attempt = Attempt { method: Method::GET, path, op, pairs: &pairs, permit: None, deadline: DEADLINE };
        self.read_with_retries(&attempt, None).await
    }

    /// `GET path`, a long list, element by element. One that cannot be read is left out.
    pub async fn get_list<T: DeserializeOwned + Send>(&self, path: &str) -> Result<Vec<T>, Error> {
        let pairs = Form::new();
        let method = Method::GET;
        let attempt = Attempt { method, path, op: None, pairs: &pairs, permit: None, deadline: LIST_DEADLINE };
        let mut list = Vec::new();
        let mut each = |element: &[u8]| match serde_json::from_slice(element) {
            Ok(element) => list.push(element),
            Err(error) => tracing::warn!(path, line = error.line(), column = error.column(), "unreadable element"),
        };
        self.read_with_retries(&attempt, Some(&mut each)).await?;
        Ok(list)
    }

    async fn read_with_retries(&self, attempt: &Attempt<'_>, mut each: Option<Each<'_>>) -> Result<Vec<u8>, Error> {
        let mut pause = Duration::from_millis(200);
        for last in [false; ATTEMPTS as usize - 1].into_iter().chain([true]) {
            // Only what came before any element is tried again.
            let sink = each.as_mut().map(|each| &mut **each as Each<'_>);
            let wait = match self.attempt(attempt, sink).await {
                Ok(answer) if answer.status < 300 => return Ok(answer.body),
                Ok(answer) if !last && matches!(answer.status, 502..=504) => pause,
                Ok(answer) if !last && answer.status == 409 && answer.html => answer.retry_after.unwrap_or(pause),
                Ok(answer) => return Err(self.refused(attempt, &answer)),
                Err(Error::Transport { source, .. }) if !last && source.is_connect() => pause,
                Err(error) => return Err(error),
            };
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
        Err(Error::Conflict(format!("{} was not answered", attempt.what())))
    }

    /// `POST path?op=op` with a form. Sent once: after no answer the outcome is unknown.
    pub async fn post(&self, path: &str, op: Option<&str>, form: &Form, permit: &Permit) -> Result<Vec<u8>, Error> {
        self.write(&Attempt {
            method: Method::POST,
            path,
            op,
            pairs: form,
            permit: Some(permit),
            deadline: WRITE_DEADLINE,
        })
        .await
    }

    /// `PUT path` with a form: partial, what is left out keeps its value.
    pub async fn put(&self, path: &str, form: &Form, permit: &Permit) -> Result<Vec<u8>, Error> {
        self.write(&Attempt {
            method: Method::PUT,
            path,
            op: None,
            pairs: form,
            permit: Some(permit),
            deadline: WRITE_DEADLINE,
        })
        .await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str, permit: &Permit) -> Result<Vec<u8>, Error> {
        self.write(&Attempt {
            method: Method::DELETE,
            path,
            op: None,
            pairs: &Form::new(),
            permit: Some(permit),
            deadline: WRITE_DEADLINE,
        })
        .await
    }

    async fn write(&self, attempt: &Attempt<'_>) -> Result<Vec<u8>, Error> {
        let mut answer = self.attempt(attempt, None).await?;
        // MAAS's page for a database conflict: nothing was committed.
        if let (409, true, Some(pause)) = (answer.status, answer.html, answer.retry_after) {
            tokio::time::sleep(pause).await;
            answer = self.attempt(attempt, None).await?;
        }
        if answer.status < 300 { Ok(answer.body) } else { Err(self.refused(attempt, &answer)) }
    }

    /// One attempt, with a header of its own. The permit is checked last, once there is a free slot.
    async fn attempt(&self, attempt: &Attempt<'_>, each: Option<Each<'_>>) -> Result<Answer, Error> {
        let _slot = self.0.slots.acquire().await;
        let is_read = attempt.method == Method::GET;
        let mut request = self
            .0
            .http
            .request(attempt.method.clone(), format!("{}{}", self.0.base, attempt.path))
            .timeout(attempt.deadline)
            .header(header::ACCEPT, "application/json");
        if let Some(op) = attempt.op {
            request = request.query(&[("op", op)]);
        }
        request = if is_read { request.query(attempt.pairs) } else { request.form(attempt.pairs) };
        if let Some(permit) = attempt.permit {
            permit.check().map_err(|source| Error::Lease { what: attempt.what(), source })?;
        }
        let started = std::time::Instant::now();
        let answer = request.header(header::AUTHORIZATION, self.0.key.header()).send().await;
        let answer = self.read(attempt, answer, each).await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        tracing::debug!(what = attempt.what(), status, elapsed = ?started.elapsed(), "MAAS");
        answer
    }

    async fn read(
        &self,
        attempt: &Attempt<'_>,
        answer: Result<reqwest::Response, reqwest::Error>,
        mut each: Option<Each<'_>>,
    ) -> Result<Answer, Error> {
        let lost = |error: reqwest::Error| Error::Transport { what: attempt.what(), source: error.without_url() };
        let mut answer = answer.map_err(lost)?;
        let status = answer.status().as_u16();
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let html = text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
        let retry_after = text(header::RETRY_AFTER)
            .and_then(|value| value.parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE));
        let limit = if status < 300 { BODY_LIMIT } else { ERROR_LIMIT };
        let mut body = Vec::new();
        let mut splitter = Splitter::default();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + splitter.held() + chunk.len() > limit {
                return Err(Error::TooLarge { what: attempt.what(), limit });
            }
            match each.as_mut().filter(|_| status < 300) {
                Some(each) => splitter.feed(&chunk, *each),
                None => body.extend_from_slice(&chunk),
            }
        }
        Ok(Answer { status, html, retry_after, body })
    }

    fn refused(&self, attempt: &Attempt<'_>, answer: &Answer) -> Error {
        let anonymous = attempt.op.is_none() && ["machines/", "nodes/"].contains(&attempt.path);
        let (class, text) = refusal::classify(answer.status, &answer.body, anonymous);
        let mut text = self.0.key.blot(&text);
        // A proxy's URL may hold its password.
        let is_proxy = attempt.pairs.iter().any(|(name, value)| name == "name" && value == "http_proxy");
        let hidden = |name: &str| is_secret(name) || (is_proxy && name == "value");
        for (_, secret) in attempt.pairs.iter().filter(|(name, value)| hidden(name) && !value.is_empty()) {
            text = text.replace(secret, "***");
        }
        Error::Refused { what: attempt.what(), status: answer.status, class, text }
    }
}

/// Whether a parameter of this name carries a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    name.ends_with("power_pass") || name.ends_with("k_g") || name == "user_data"
}

/// Decodes the JSON answer of a write.
pub(crate) fn decode<T: DeserializeOwned>(what: &str, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| unreadable(what.to_owned(), &error))
}

/// serde's own message may quote what stood there, and that may be a password: only the place is kept.
fn unreadable(what: String, error: &serde_json::Error) -> Error {
    Error::Unreadable {
        what,
        why: format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column()),
    }
}

#[cfg(test)]
mod tests;
