//! Connections: one request at a time through the fault gate, the handlers and the journal.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request as HttpRequest, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::reply::Reply;
use super::request::Request;
use super::route;
use crate::world::faults::Verdict;
use crate::world::{Site, World};

const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection closed without an answer")]
struct Reset;

enum Outcome {
    Answer(Reply),
    Hang,
    Reset,
}

/// Accepts connections for ever; they end with it. While the region is stopped nobody listens.
pub(crate) async fn serve(site: Arc<Site>, listener: TcpListener) {
    let address = listener.local_addr();
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let switched = site.switched.notified();
        let stopped = site.with(|world| world.stopped);
        if stopped {
            listener = None;
            connections.abort_all();
            switched.await;
            continue;
        }
        let open = match (listener.take(), &address) {
            (Some(open), _) => open,
            (None, Ok(address)) => {
                let Ok(open) = TcpListener::bind(address).await else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                open
            }
            (None, Err(_)) => return,
        };
        tokio::select! {
            accepted = open.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(converse(Arc::clone(&site), stream));
                } else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            () = switched => {}
        }
        listener = Some(open);
    }
}

async fn converse(site: Arc<Site>, stream: TcpStream) {
    // Latency is not simulated by accident: small answers go out at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&site), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(site: Arc<Site>, request: HttpRequest<Incoming>) -> Result<Response<Body>, Reset> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(Body::new(body), BODY_LIMIT).await.map_err(|_| Reset)?;
    let mut request = Request::new(&parts.method, &parts.uri, &parts.headers, bytes.to_vec()).await;
    let latency = site.with(|world| world.faults.latency_ms(&request.method, &request.path));
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    // The waiter is made before the world is looked at, so that clearing the fault in between is not missed.
    let cleared = site.cleared.notified();
    match site.with(|world| carry_out(world, &mut request)) {
        Outcome::Answer(reply) => {
            let slow = reply.list_length().map_or(0, |objects| site.with(|world| world.faults.list_ms(objects)));
            if slow > 0 {
                tokio::time::sleep(Duration::from_millis(slow)).await;
            }
            Ok(reply.into_response())
        }
        Outcome::Reset => Err(Reset),
        Outcome::Hang => {
            cleared.await;
            Err(Reset)
        }
    }
}

fn carry_out(world: &mut World, request: &mut Request) -> Outcome {
    if world.faults.held() {
        return Outcome::Hang;
    }
    let reply = match world.faults.maas(&request.method, &request.path) {
        Verdict::Reset { done } => {
            if done {
                proceed(world, request);
            }
            return Outcome::Reset;
        }
        Verdict::Status { status, done, page } => {
            if done {
                proceed(world, request);
            }
            if page { Reply::proxy_page(status) } else { Reply::late(status, "Service unavailable.") }
        }
        Verdict::ConflictHtml => Reply::conflict_page(),
        Verdict::Forget if !request.is_read() => {
            let before = world.region.clone();
            let outcome = proceed(world, request);
            let after = std::mem::replace(&mut world.region, before);
            world.region.nonces = after.nonces;
            return outcome;
        }
        Verdict::Forget | Verdict::Proceed => return proceed(world, request),
    };
    count(world, request);
    if !request.is_read() {
        note(world, request, None, &reply);
    }
    Outcome::Answer(reply)
}

fn proceed(world: &mut World, request: &mut Request) -> Outcome {
    count(world, request);
    world.region.racks_dead = world.faults.rack_down();
    if request.is_read() {
        return Outcome::Answer(read(world, request));
    }
    let memory = world.faults.longest_memory();
    if memory > 0 {
        let region = world.region.clone();
        world.before.push_back(region);
        while world.before.len() > memory {
            world.before.pop_front();
        }
    }
    // The machine is looked up before the request is carried out: a DELETE leaves no record behind.
    let machine = machine_of(world, request);
    let reply = route::handle(world, request);
    let machine = machine.or_else(|| made_machine(world, &reply));
    note(world, request, machine.as_deref(), &reply);
    if world.faults.wrote() { Outcome::Reset } else { Outcome::Answer(reply) }
}

/// A read, which may look at the region as it was some writes ago.
fn read(world: &mut World, request: &mut Request) -> Reply {
    let stale = world.faults.stale(&request.path).min(world.before.len());
    if stale == 0 {
        return route::handle(world, request);
    }
    let mut old = world.before[world.before.len() - stale].clone();
    old.nonces.clone_from(&world.region.nonces);
    let now = std::mem::replace(&mut world.region, old);
    let reply = route::handle(world, request);
    let old = std::mem::replace(&mut world.region, now);
    world.region.nonces = old.nonces;
    reply
}

fn count(world: &mut World, request: &Request) {
    let stats = &mut world.journal.stats;
    if request.is_read() {
        stats.maas_reads += 1;
    } else {
        stats.maas_writes += 1;
    }
}

/// The lab's name of the machine a request is about.
fn machine_of(world: &World, request: &Request) -> Option<String> {
    let pieces = request.pieces.as_deref()?;
    let id = match pieces {
        [list, id, ..] if matches!(list.as_str(), "machines" | "nodes") => id.as_str(),
        _ => request.form.get("system_id")?,
    };
    world.name_of(id)
}

/// The machine whose record an answer shows: that of a create or an allocation.
fn made_machine(world: &World, reply: &Reply) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    world.name_of(value.get("system_id")?.as_str()?)
}

fn note(world: &mut World, request: &Request, machine: Option<&str>, reply: &Reply) {
    const SECRET: [&str; 4] = ["power_parameters_power_pass", "power_parameters_k_g", "power_parameters", "key"];
    let form: Vec<(String, String)> = request
        .data()
        .0
        .iter()
        .map(|(key, value)| {
            let hidden = SECRET.contains(&key.as_str()) || key.contains("pass");
            (key.clone(), if hidden { "<redacted>".to_owned() } else { value.clone() })
        })
        .collect();
    let op = request.op.as_deref();
    let detail = format!("{} {} {} -> {}", request.method, request.path, op.unwrap_or("-"), reply.status);
    let body = (reply.status >= 400).then(|| String::from_utf8_lossy(&reply.body).into_owned());
    let view = json!({
        "method": request.method, "path": request.path, "op": op, "status": reply.status, "form": form,
        "refusal": body,
    });
    world.journal.push(machine, "MaasWrite", detail, Some(view));
}
