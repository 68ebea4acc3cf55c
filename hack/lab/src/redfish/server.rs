//! Connections: TLS, then one request after another.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request as HttpRequest, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::gate::{Outcome, pass};
use super::request::Request;
use crate::world::Site;

const BODY_LIMIT: usize = 1024 * 1024;
/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where a BMC is spoken to.
pub(crate) struct Door {
    pub(crate) machine: usize,
    pub(crate) listener: TcpListener,
    /// None: plain HTTP.
    pub(crate) tls: Option<TlsAcceptor>,
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection closed without an answer")]
struct Reset;

/// Accepts connections for ever; they end with it.
pub(crate) async fn serve(site: Arc<Site>, door: Door) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match door.listener.accept().await {
            Ok((stream, _)) => {
                let (site, tls, machine) = (Arc::clone(&site), door.tls.clone(), door.machine);
                connections.spawn(converse(site, machine, stream, tls));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse(site: Arc<Site>, machine: usize, stream: TcpStream, tls: Option<TlsAcceptor>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&site), machine, request));
    match tls {
        None => {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        }
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            }
        }
    }
}

async fn answer(site: Arc<Site>, machine: usize, request: HttpRequest<Incoming>) -> Result<Response<Body>, Reset> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(Body::new(body), BODY_LIMIT).await.map_err(|_| Reset)?;
    let request = Request::new(&parts, &bytes);
    let latency = site.with(|world| {
        let name = world.machines.get(machine).map(|machine| machine.spec.name.clone()).unwrap_or_default();
        world.faults.redfish_latency_ms(&name, &request.method, &request.path)
    });
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    // The waiter is made before the world is looked at, so that clearing the fault in between is not missed.
    let cleared = site.cleared.notified();
    match site.with(|world| pass(world, machine, &request)) {
        Outcome::Answer(reply) => Ok(reply.into_response()),
        Outcome::Reset => Err(Reset),
        Outcome::Hang => {
            cleared.await;
            Err(Reset)
        }
    }
}
