//! What stands before the resources: faults, logins, versions; and what becomes of the answer behind them.

use std::time::Instant;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::personality::{Etag, Personality};
use super::reply::Reply;
use super::request::Request;
use super::route;
use super::state::Session;
use crate::world::World;
use crate::world::faults::{Garbage, RedfishVerdict};

/// Where the service begins.
pub(super) const ROOT: &str = "/redfish/v1";
/// What an answer that is too large holds.
const HUGE: usize = 8 * 1024 * 1024;

/// What becomes of a request.
pub(super) enum Outcome {
    Answer(Reply),
    Hang,
    Reset,
}

/// Everything that happens to a request.
pub(super) fn pass(world: &mut World, machine: usize, request: &Request) -> Outcome {
    let Some(name) = world.machines.get(machine).map(|machine| machine.spec.name.clone()) else {
        return Outcome::Reset;
    };
    if world.faults.held() || world.faults.bmc_dead(&name) {
        return Outcome::Hang;
    }
    if world.faults.bmc_busy(&name) {
        let reply = Reply::refusal(503, "Base.1.8.ServiceTemporarilyUnavailable", "The service is busy.");
        return Outcome::Answer(reply.with("retry-after", "1"));
    }
    count(world, request);
    match world.faults.redfish(&name, &request.method, &request.path) {
        RedfishVerdict::Proceed => {}
        RedfishVerdict::Reset { done } => {
            if done {
                proceed(world, machine, request);
            }
            return Outcome::Reset;
        }
        RedfishVerdict::Status { status, done, retry_after, message } => {
            if done {
                proceed(world, machine, request);
            }
            let mut reply = Reply::refusal(status, &message, &format!("The request was answered with {status}."));
            if let Some(seconds) = retry_after {
                reply = reply.with("retry-after", seconds.to_string());
            }
            return Outcome::Answer(reply);
        }
    }
    if !request.is_read()
        && world.machines[machine].redfish.posting
        && let Some(seconds) = world.faults.redfish_post_busy(&name)
        && request.path.contains("/Systems/")
    {
        let id = "Base.1.8.ServiceTemporarilyUnavailable";
        let reply = Reply::refusal(503, id, "The system is in its power-on self test.");
        return Outcome::Answer(reply.with("retry-after", seconds.to_string()));
    }
    let mut reply = proceed(world, machine, request);
    let lost = !request.is_read() && world.faults.wrote();
    if let Some(how) = world.faults.redfish_garbage(&name, &request.method, &request.path) {
        spoil(&mut reply, how);
    }
    if lost { Outcome::Reset } else { Outcome::Answer(reply) }
}

fn count(world: &mut World, request: &Request) {
    let stats = &mut world.journal.stats;
    if request.is_read() {
        stats.bmc_reads += 1;
    } else {
        stats.bmc_writes += 1;
    }
}

fn proceed(world: &mut World, machine: usize, request: &Request) -> Reply {
    let reply = admitted(world, machine, request);
    if !request.is_read() {
        note(world, machine, request, &reply);
    }
    reply
}

fn admitted(world: &mut World, machine: usize, request: &Request) -> Reply {
    let personality = route::personality(world, machine);
    world.machines[machine].redfish.expire();
    let open = request.is_read() && matches!(request.path.as_str(), "/redfish" | ROOT);
    let logging_in = request.method == "POST" && route::is_sessions(&request.path);
    if logging_in {
        return log_in(world, machine, personality, request);
    }
    if !open && !is_known(world, machine, request) {
        let reply = Reply::refusal(401, "Base.1.8.NoValidSession", "There is no valid session established.");
        return reply.with("www-authenticate", "Basic realm=\"bmc\"");
    }
    if let Some(refusal) = version_refused(world, machine, personality, request) {
        return refusal;
    }
    let mut reply = route::handle(world, machine, request);
    if request.is_read() && reply.status == 200 && personality.etag != Etag::None {
        let etag = etag(&reply.body);
        reply = reply.with("etag", etag);
    }
    reply
}

/// A version follows from what a resource says.
fn etag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    format!("W/\"{:02x}{:02x}{:02x}{:02x}\"", hash[0], hash[1], hash[2], hash[3])
}

fn version_refused(world: &mut World, machine: usize, personality: &Personality, request: &Request) -> Option<Reply> {
    let action = request.method == "POST" && request.path.contains("/Actions/");
    if action && personality.no_if_match_on_actions && request.if_match.is_some() {
        let message = "The ETag supplied did not match the ETag required to change this resource.";
        return Some(Reply::refusal(412, "Base.1.8.PreconditionFailed", message));
    }
    if request.method != "PATCH" || personality.etag == Etag::None {
        return None;
    }
    let Some(given) = &request.if_match else {
        let required = personality.etag == Etag::Required;
        let message = "A precondition header or annotation is required to change this resource.";
        return required.then(|| Reply::refusal(428, "Base.1.8.PreconditionRequired", message));
    };
    let read = Request {
        method: "GET".to_owned(),
        path: request.path.clone(),
        skip: 0,
        token: None,
        basic: None,
        if_match: None,
        body: Value::Null,
    };
    let now = route::handle(world, machine, &read);
    let matches = given == "*" || (now.status == 200 && *given == etag(&now.body));
    let message = "The ETag supplied did not match the ETag required to change this resource.";
    (!matches).then(|| Reply::refusal(412, "Base.1.8.PreconditionFailed", message))
}

fn same(a: &str, b: &str) -> bool {
    bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

fn is_known(world: &mut World, machine: usize, request: &Request) -> bool {
    let target = &mut world.machines[machine];
    if let Some((user, password)) = &request.basic {
        let known = target.accounts.iter().any(|(name, secret)| name == user && same(secret, password));
        if !known {
            refused(world, machine, user);
        }
        return known;
    }
    let Some(token) = &request.token else { return false };
    let session = target.redfish.sessions.iter_mut().find(|session| same(&session.token, token));
    session.map(|session| session.used = Instant::now()).is_some()
}

fn refused(world: &mut World, machine: usize, user: &str) {
    world.note(machine, "RedfishLoginRefused", user.to_owned());
}

fn log_in(world: &mut World, machine: usize, personality: &Personality, request: &Request) -> Reply {
    let name = world.machines[machine].spec.name.clone();
    if world.faults.redfish_has_no_sessions(&name) {
        return Reply::not_allowed("GET");
    }
    let text = |key: &str| request.body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (user, password) = (text("UserName"), text("Password"));
    let target = &mut world.machines[machine];
    if !target.accounts.iter().any(|(known, secret)| *known == user && same(secret, &password)) {
        refused(world, machine, &user);
        let message = "The authentication credentials included with this request are missing or invalid.";
        return Reply::refusal(401, "Base.1.8.ResourceAtUriUnauthorized", message);
    }
    let taken = world.faults.redfish_sessions_are_taken(&name);
    let target = &mut world.machines[machine];
    if taken || target.redfish.sessions.len() >= personality.sessions {
        let (status, id) =
            if personality.oem == "Dell" { (503, "IDRAC.2.1.RAC0218") } else { (503, "Base.1.8.SessionLimitExceeded") };
        return Reply::refusal(status, id, "The maximum number of user sessions is reached.");
    }
    let token = format!("{:032x}", rand::random::<u128>());
    let id = target.redfish.take_id().to_string();
    let session = Session { id: id.clone(), token: token.clone(), user: user.clone(), used: Instant::now() };
    target.redfish.sessions.push(session);
    world.journal.stats.bmc_logins += 1;
    let path = route::link(personality, &format!("/SessionService/Sessions/{id}"));
    let body = json!({
        "@odata.id": path, "@odata.type": "#Session.v1_3_0.Session", "Id": id, "Name": "User Session",
        "UserName": user,
    });
    Reply::json(201, &body).with("location", path).with("x-auth-token", token)
}

fn note(world: &mut World, machine: usize, request: &Request, reply: &Reply) {
    let Some(name) = world.machines.get(machine).map(|machine| machine.spec.name.clone()) else { return };
    let mut body = request.body.clone();
    if let Some(password) = body.get_mut("Password") {
        *password = json!("<redacted>");
    }
    let view = json!({
        "method": request.method, "path": request.path, "status": reply.status, "body": body,
        "ifMatch": request.if_match,
    });
    let detail = format!("{} {} -> {}", request.method, request.path, reply.status);
    world.journal.push(Some(&name), "RedfishWrite", detail, Some(view));
}

/// Makes an answer what no client should rely on.
fn spoil(reply: &mut Reply, how: Garbage) {
    match how {
        Garbage::Truncated => reply.body.truncate(reply.body.len() / 2),
        Garbage::Html => reply.body = b"<html><body>BMC</body></html>".to_vec(),
        Garbage::Empty => reply.body.clear(),
        Garbage::Huge => {
            let filler = "x".repeat(HUGE);
            reply.body = json!({"Name": filler}).to_string().into_bytes();
        }
        Garbage::WrongTypes => {
            let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            reply.body = twisted(&body).to_string().into_bytes();
        }
    }
}

/// Every value but links becomes one of another type.
fn twisted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let twist = |(name, value): (&String, &Value)| {
                let kept = name.starts_with('@') || name == "Members" || name == "target";
                (name.clone(), if kept { value.clone() } else { twisted(value) })
            };
            Value::Object(map.iter().map(twist).collect())
        }
        Value::Array(list) if list.iter().all(Value::is_object) => Value::Array(list.iter().map(twisted).collect()),
        Value::Array(_) => json!({"Member": 1}),
        Value::String(_) => json!(7),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(_) => Value::Null,
        Value::Null => json!([]),
    }
}
