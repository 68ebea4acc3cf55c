//! A Redfish service as the rest of the driver sees it: resources, collections, changes and actions.

use super::{
    config::{RedfishConfig, Timing},
    error::RedfishError,
    http::{Answer, Credential, Http, Request},
    json::{id, list, text},
    links::local,
    login::Login,
};
use crate::{drivers::ErrorClass, model::Permit};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// Redirects that are followed one after another.
const REDIRECTS: usize = 3;
/// Pages of a collection.
const PAGES: usize = 64;
/// Members of a collection.
const MEMBERS: usize = 4096;
/// How often a change is sent with another version.
const VERSIONS: usize = 3;
/// How often a request that changes nothing twice is sent while the BMC says to wait.
const ATTEMPTS: usize = 3;

/// A resource as read.
#[derive(Debug, Clone, Default)]
pub(super) struct Resource {
    /// Where it was read.
    pub path: String,
    /// Its version, if the BMC tells one.
    pub etag: Option<String>,
    /// What it says.
    pub body: Value,
}

/// What became of a change or an action.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done, or will be without anything to watch.
    Done,
    /// A task does it: where to watch it.
    Task(String),
}

/// One service.
#[derive(Debug)]
pub(super) struct Client {
    pub http: Http,
    pub login: Login,
    pub timing: Timing,
}

impl Client {
    pub fn new(config: &RedfishConfig) -> Result<Self, RedfishError> {
        Ok(Self { http: Http::new(config)?, login: Login::default(), timing: config.timing })
    }

    /// Reads the service root, which needs no login (DSP0266 section 13.3.1); some BMCs want one all the same.
    pub async fn root(&self) -> Result<Value, RedfishError> {
        let request = Request::get(super::login::ROOT);
        match self.patiently(&request, true).await {
            Ok(answer) => answer.json(request.what()),
            Err(RedfishError::Refused { status: 401 | 403, .. }) => Ok(self.get(super::login::ROOT).await?.body),
            Err(error) => Err(error),
        }
    }

    /// Reads a resource. Tried again while the BMC says how long to wait.
    pub async fn get(&self, path: &str) -> Result<Resource, RedfishError> {
        let request = Request::get(path);
        let answer = self.patiently(&request, false).await?;
        let body = answer.json(request.what())?;
        let etag = answer.etag.or_else(|| text(&body, "@odata.etag"));
        Ok(Resource { path: path.to_owned(), etag, body })
    }

    /// Reads what a link leads to, if it is there: a link that is missing or leads elsewhere, and a resource that is not
    /// there or not for us, is nothing.
    pub async fn follow(&self, link: Option<&str>) -> Result<Option<Resource>, RedfishError> {
        let Some(path) = link.and_then(|link| local(link, &self.http.own)) else { return Ok(None) };
        match self.get(&path).await {
            Ok(resource) => Ok(Some(resource)),
            Err(error) if error.is_absence() => {
                tracing::debug!(%error, "left out");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The members of a collection: their links, or the members themselves where the BMC sends them whole. Pages are
    /// followed (`Members@odata.nextLink`), as far as `most` members.
    pub async fn members(&self, link: Option<&str>, most: usize) -> Result<Vec<Value>, RedfishError> {
        let mut members: Vec<Value> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        let mut next = link.and_then(|link| local(link, &self.http.own));
        while let Some(path) = next.take() {
            if seen.len() >= PAGES || seen.contains(&path) {
                break;
            }
            let Some(page) = self.follow(Some(&path)).await? else { break };
            seen.push(path);
            members.extend(list(&page.body, "Members").iter().cloned());
            if members.len() >= most.min(MEMBERS) {
                members.truncate(most.min(MEMBERS));
                break;
            }
            let link = ["Members@odata.nextLink", "@odata.nextLink"].into_iter().find_map(|name| {
                let value = page.body.get(name)?;
                value.as_str().or_else(|| id(value))
            });
            next = link.and_then(|link| local(link, &self.http.own));
        }
        Ok(members)
    }

    /// The resources of a collection, each read; those that are not there are left out.
    pub async fn each(&self, link: Option<&str>, most: usize) -> Result<Vec<Resource>, RedfishError> {
        let mut resources = Vec::new();
        for member in self.members(link, most).await? {
            resources.extend(self.whole(member).await?);
        }
        Ok(resources)
    }

    /// A member as a resource: read, unless it came whole.
    pub async fn whole(&self, member: Value) -> Result<Option<Resource>, RedfishError> {
        let path = id(&member).and_then(|link| local(link, &self.http.own));
        if member.as_object().is_some_and(|member| member.len() > 2) {
            return Ok(Some(Resource {
                path: path.unwrap_or_default(),
                etag: text(&member, "@odata.etag"),
                body: member,
            }));
        }
        self.follow(path.as_deref()).await
    }

    /// Changes a resource: a PATCH under the version just read, as AMI and Lenovo demand (stmcginnis/gofish#171). What
    /// BMCs do to versions is worse than losing an update of properties that nobody else sets: one that does not match
    /// is read again once, then left out (ansible-collections/community.general#3268, #11261).
    pub async fn patch(&self, path: &str, body: &Value, permit: &Permit) -> Result<Outcome, RedfishError> {
        let fresh = self.get(path).await?;
        self.patch_from(&fresh, body, permit).await
    }

    /// The same, of a resource that was read a moment ago.
    pub async fn patch_from(&self, fresh: &Resource, body: &Value, permit: &Permit) -> Result<Outcome, RedfishError> {
        let path = fresh.path.as_str();
        let mut etag = fresh.etag.clone();
        let mut refusals = 0;
        loop {
            let if_match = etag.as_deref();
            let request = Request {
                method: Method::PATCH,
                body: Some(body),
                if_match,
                permit: Some(permit),
                ..Request::get(path)
            };
            let error = match self.patiently(&request, false).await {
                Ok(answer) => return Ok(self.outcome(&answer)),
                Err(error) => error,
            };
            let status = error.status().filter(|status| matches!(status, 412 | 428) && refusals < VERSIONS);
            let Some(status) = status else { return Err(error) };
            refusals += 1;
            let any = || Some("*".to_owned());
            etag = match (status, etag.is_some(), refusals) {
                (412, true, 1) | (_, false, 1) => self.get(path).await?.etag.or_else(any),
                (412, true, _) => None,
                _ => any(),
            };
        }
    }

    /// Carries out an action, or makes something: a POST, without a version (iDRAC refuses one on actions:
    /// ironcore-dev/metal-operator#1015), sent once: after no answer the outcome is unknown.
    pub async fn post(&self, path: &str, body: &Value, permit: &Permit) -> Result<Outcome, RedfishError> {
        let request = Request { method: Method::POST, body: Some(body), permit: Some(permit), ..Request::get(path) };
        let answer = self.send(&request).await?;
        if answer.is_success() { Ok(self.outcome(&answer)) } else { Err(self.http.refused(&request, &answer)) }
    }

    fn outcome(&self, answer: &Answer) -> Outcome {
        let body = answer.json("").unwrap_or_default();
        let place = answer.location.as_deref().or_else(|| text_link(&body));
        match place.and_then(|place| local(place, &self.http.own)) {
            Some(place) if answer.status == 202 => Outcome::Task(place),
            _ => Outcome::Done,
        }
    }

    /// Sends what may be sent twice: while the BMC says how long to wait it is asked again, a few times.
    async fn patiently(&self, request: &Request<'_>, open: bool) -> Result<Answer, RedfishError> {
        for left in (0..ATTEMPTS).rev() {
            let answer = if open {
                self.follow_redirects(request, &Credential::None).await?
            } else {
                self.send(request).await?
            };
            if answer.is_success() {
                return Ok(answer);
            }
            let error = self.http.refused(request, &answer);
            let pause = answer.retry_after.filter(|pause| *pause <= self.timing.longest_pause);
            match pause {
                Some(pause) if left > 0 && error.class() == ErrorClass::Unreachable => {
                    // Zero would be a storm.
                    tokio::time::sleep(pause.max(self.timing.poll.min(Duration::from_secs(1)))).await;
                }
                _ => return Err(error),
            }
        }
        Err(RedfishError::NotKept(format!("{} was not answered", request.what())))
    }

    /// Sends with whatever proves who we are; a session that the BMC has ended is replaced, once.
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, RedfishError> {
        let credential = self.credential().await?;
        let answer = self.follow_redirects(request, &credential).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        if !self.login.expired(&credential).await {
            return Err(RedfishError::Credentials);
        }
        let credential = self.credential().await?;
        let answer = self.follow_redirects(request, &credential).await?;
        if answer.status == 401 && !self.login.expired(&credential).await {
            return Err(RedfishError::Credentials);
        }
        Ok(answer)
    }

    /// What proves who we are. That there is no answer to a login is told apart: what it is for was not sent.
    async fn credential(&self) -> Result<Credential, RedfishError> {
        self.login.credential(&self.http).await.map_err(|error| match error.class() {
            ErrorClass::Unreachable => RedfishError::LoggingIn(Box::new(error)),
            _ => error,
        })
    }

    /// BMCs redirect to the same path with or without a slash at its end. One that leads to another host is not followed.
    async fn follow_redirects(&self, request: &Request<'_>, credential: &Credential) -> Result<Answer, RedfishError> {
        let mut path = request.path.to_owned();
        for _ in 0..=REDIRECTS {
            let Request { method, body, if_match, permit, .. } = request;
            let (body, if_match, permit) = (*body, *if_match, *permit);
            let hop = Request { method: method.clone(), path: &path, body, if_match, permit };
            let answer = self.http.send(&hop, credential).await?;
            // After 301 to 303 a write would have to become a read.
            let redirects =
                matches!(answer.status, 307 | 308) || (*method == Method::GET && matches!(answer.status, 301..=303));
            if !redirects {
                return Ok(answer);
            }
            let to = answer.location.unwrap_or_default();
            let Some(local) = local(&to, &self.http.own) else {
                let to = to.chars().filter(|c| !c.is_control()).take(100).collect();
                return Err(RedfishError::Elsewhere { what: request.what(), to });
            };
            path = local;
        }
        Err(RedfishError::Elsewhere { what: request.what(), to: format!("{path}, in a circle") })
    }
}

/// Where a body says that its task is.
fn text_link(body: &Value) -> Option<&str> {
    body.get("TaskMonitor").and_then(Value::as_str).or_else(|| id(body))
}
