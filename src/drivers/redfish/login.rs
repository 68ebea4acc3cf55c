//! Who we are to the BMC: one session at a time, kept; user and password in each request where it has none to give.
//!
//! BMCs have few sessions (iDRAC eight) and lock accounts: a session is used until the BMC ends it, ended when it is not
//! needed any more, and a password that was refused is not sent again.

use super::{
    error::RedfishError,
    http::{Answer, Credential, Http, Request},
    json::{at, link},
    links::{below, local},
    refusal::Words,
};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Where the service begins (DSP0266 section 6.4).
pub(super) const ROOT: &str = "/redfish/v1/";
/// Where sessions are made, if the root does not tell.
const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";
/// Where some of iDRAC 7 and 8 make them: mrlhansen/idrac_exporter#137.
const OLD_SESSIONS: &str = "/redfish/v1/Sessions";
/// How long a BMC that has no session to give is asked with user and password.
const WITHOUT_SESSION: Duration = Duration::from_mins(30);

/// How far the login is.
#[derive(Debug)]
enum State {
    Out,
    In { credential: Credential, session: Option<String>, used: Instant },
    Basic { since: Instant },
    Refused,
}

/// The login to one BMC.
#[derive(Debug)]
pub(super) struct Login(Mutex<State>);

impl Default for Login {
    fn default() -> Self {
        Self(Mutex::new(State::Out))
    }
}

impl Login {
    /// What to send with a request; logs in where that is due.
    pub async fn credential(&self, http: &Http) -> Result<Credential, RedfishError> {
        let mut state = self.0.lock().await;
        match &mut *state {
            State::In { credential, used, .. } => {
                *used = Instant::now();
                return Ok(credential.clone());
            }
            State::Basic { since } if since.elapsed() < WITHOUT_SESSION => return Ok(Credential::Basic),
            State::Refused => return Err(RedfishError::CredentialsBefore),
            State::Out | State::Basic { .. } => {}
        }
        match log_in(http).await {
            Ok(Some((credential, session))) => {
                *state = State::In { credential: credential.clone(), session, used: Instant::now() };
                Ok(credential)
            }
            Ok(None) => {
                *state = State::Basic { since: Instant::now() };
                Ok(Credential::Basic)
            }
            Err(error) => {
                if matches!(error, RedfishError::Credentials) {
                    *state = State::Refused;
                }
                Err(error)
            }
        }
    }

    /// The BMC does not take this credential any more. Whether another one is worth a try.
    pub async fn expired(&self, refused: &Credential) -> bool {
        let mut state = self.0.lock().await;
        match (&*state, refused) {
            (State::In { credential: Credential::Token(now), .. }, Credential::Token(then)) => {
                // Another request may have logged in again meanwhile.
                if now.expose_secret() == then.expose_secret() {
                    *state = State::Out;
                }
                true
            }
            (State::Basic { .. }, Credential::Basic) => {
                *state = State::Refused;
                false
            }
            _ => !matches!(*state, State::Refused),
        }
    }

    /// Whether there is a session that nobody has used for so long.
    pub async fn is_idle(&self, idle: Duration) -> bool {
        matches!(&*self.0.lock().await, State::In { used, .. } if used.elapsed() >= idle)
    }

    /// Whether there is nothing to remember: no session, no refusal.
    pub async fn is_out(&self) -> bool {
        matches!(&*self.0.lock().await, State::Out)
    }

    /// Ends the session.
    pub async fn log_out(&self, http: &Http) {
        let mut state = self.0.lock().await;
        let State::In { credential, session, .. } = std::mem::replace(&mut *state, State::Out) else { return };
        let Some(session) = session else { return };
        let request = Request { method: Method::DELETE, ..Request::get(&session) };
        match http.send(&request, &credential).await {
            // One that the BMC has ended itself is gone as well.
            Ok(answer) if answer.is_success() || matches!(answer.status, 401 | 404) => {}
            Ok(answer) => tracing::info!(status = answer.status, "the BMC does not end a session"),
            Err(error) => tracing::info!(%error, "a session may stay open on the BMC"),
        }
    }
}

/// A new session: its token and where it is. `None`: the BMC has none to give, and takes user and password.
async fn log_in(http: &Http) -> Result<Option<(Credential, Option<String>)>, RedfishError> {
    let root = http.send(&Request::get(ROOT), &Credential::None).await?;
    let body = if root.is_success() { root.json("GET the service root")? } else { Value::Null };
    for (path, told) in session_paths(&body, &http.own) {
        let login = http.login();
        let request = Request { method: Method::POST, body: Some(&login), ..Request::get(&path) };
        let answer = http.send(&request, &Credential::None).await?;
        if let Some(done) = judge(http, &request, answer, told)? {
            return Ok(done);
        }
    }
    Ok(None)
}

type Session = Option<(Credential, Option<String>)>;

/// What an answer to a login means; nothing: the next place is worth a try.
///
/// Where the service has not told that sessions are made there, 401 says only that nobody gets in without a login.
fn judge(http: &Http, request: &Request<'_>, answer: Answer, told: bool) -> Result<Option<Session>, RedfishError> {
    let words = Words::read(&answer.body);
    match answer.status {
        200..300 => {
            let body = answer.json(request.what()).unwrap_or_default();
            let place = answer.location.as_deref().or_else(|| super::json::id(&body));
            let session = place.and_then(|place| local(place, &http.own));
            // A session without a token is none: it ends by itself.
            Ok(Some(answer.token.map(|token| (Credential::Token(token), session))))
        }
        _ if words.sessions_are_taken() => Ok(Some(None)),
        401 if told => Err(RedfishError::Credentials),
        400 | 403 if told && words.credentials_are_wrong() => Err(RedfishError::Credentials),
        // No such place, or no such thing as sessions.
        400 | 401 | 403..=405 | 501 => Ok(None),
        _ => Err(http.refused(request, &answer)),
    }
}

/// Where a session may be made, most likely first, and whether the service has told so; none twice.
fn session_paths(root: &Value, own: &[String]) -> Vec<(String, bool)> {
    let told = link(at(root, &["Links"]), "Sessions").and_then(|link| local(link, own));
    let below_service =
        || link(root, "SessionService").and_then(|link| local(link, own)).map(|s| below(&s, "Sessions"));
    let mut paths: Vec<(String, bool)> = told.or_else(below_service).map(|path| (path, true)).into_iter().collect();
    for usual in [SESSIONS, OLD_SESSIONS] {
        if paths.iter().all(|(path, _)| path.trim_end_matches('/') != usual) {
            paths.push((usual.to_owned(), false));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sessions_are_made_where_the_root_says() {
        let paths = |root: &Value| -> Vec<String> {
            session_paths(root, &["10.0.0.5".into()]).into_iter().map(|(path, _)| path).collect()
        };
        assert_eq!(paths(&json!({})), [SESSIONS, OLD_SESSIONS]);
        let own = json!({"Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions/"}}});
        assert_eq!(paths(&own), ["/redfish/v1/SessionService/Sessions/", OLD_SESSIONS]);
        let service = json!({"SessionService": {"@odata.id": "/redfish/v1/SS/"}});
        assert_eq!(paths(&service)[0], "/redfish/v1/SS/Sessions");
        let foreign = json!({"Links": {"Sessions": {"@odata.id": "https://evil/Sessions"}}});
        assert_eq!(paths(&foreign), [SESSIONS, OLD_SESSIONS], "the password goes to nobody else");
    }
}
