//! The lab's own API, for tests: what is true about machines, what happened, and faults on demand. No login; it
//! listens on loopback only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::region::Region;
use crate::spec::Preset;
use crate::world::faults::Fault;
use crate::world::{Site, World};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) site: Arc<Site>,
    pub(crate) bmc_port: u16,
    pub(crate) bmc_ca: String,
    pub(crate) snapshots: Arc<Mutex<BTreeMap<u64, Region>>>,
}

pub(crate) fn router(control: Control) -> Router {
    Router::new()
        .route("/machines", get(machines))
        .route("/machines/{name}", get(machine))
        .route("/machines/{name}/preset", post(preset))
        .route("/machines/{name}/forget", post(forget))
        .route("/machines/{name}/wipe", post(wipe))
        .route("/machines/{name}/advance", post(advance))
        .route("/machines/{name}/timeout", post(timeout))
        .route("/machines/{name}/button", post(button))
        .route("/machines/{name}/board", post(board))
        .route("/settle", post(settle))
        .route("/maas/snapshot", get(snapshot))
        .route("/maas/restore", post(restore))
        .route("/maas/empty", post(empty))
        .route("/maas/version", put(version))
        .route("/maas/stop", post(stop))
        .route("/maas/start", post(begin))
        .route("/maas/users/{name}/key", post(key))
        .route("/bmc/ca", get(authority))
        .route("/journal", get(journal))
        .route("/stats", get(stats))
        .route("/speed", put(speed))
        .route("/faults", post(add_fault).get(list_faults).delete(clear_faults))
        .route("/faults/{id}", delete(clear_fault))
        .with_state(control)
}

fn no_machine(name: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": format!("no machine {name}")}))).into_response()
}

fn view(world: &World, index: usize, bmc_port: u16) -> Value {
    let machine = &world.machines[index];
    let node = world.record_of(index).and_then(|id| world.region.nodes.get(&id));
    let mut view = json!({
        "name": machine.spec.name, "systemId": node.map(|node| &node.system_id),
        "hostname": node.map(|node| &node.hostname), "status": node.map(|node| node.status.name()),
        "owner": node.and_then(|node| node.owner.as_ref()), "locked": node.is_some_and(|node| node.locked),
        "osystem": node.map(|node| &node.osystem), "distroSeries": node.map(|node| &node.distro_series),
        "tags": node.map(|node| &node.tags), "ownerData": node.map(|node| &node.owner_data),
        "power": if machine.on { "On" } else { "Off" }, "osOnDisk": machine.os_on_disk,
        "userData": machine.user_data,
        "bmc": {
            "address": machine.bmc_listen, "port": bmc_port, "designed": machine.spec.bmc.address,
            "redfishSessions": machine.redfish.sessions.len(), "light": machine.redfish.light,
        },
    });
    if let (Value::Object(view), Ok(Value::Object(counts))) = (&mut view, serde_json::to_value(&machine.counts)) {
        view.extend(counts);
    }
    view
}

async fn machines(State(control): State<Control>) -> Json<Value> {
    Json(
        control
            .site
            .with(|world| (0..world.machines.len()).map(|index| view(world, index, control.bmc_port)).collect()),
    )
}

async fn machine(State(control): State<Control>, Path(name): Path<String>) -> Response {
    let found = control.site.with(|world| world.machine_index(&name).map(|index| view(world, index, control.bmc_port)));
    found.map_or_else(|| no_machine(&name), |view| Json(view).into_response())
}

async fn preset(State(control): State<Control>, Path(name): Path<String>, Json(preset): Json<Preset>) -> Response {
    let done = control.site.with(|world| {
        let index = world.machine_index(&name)?;
        Some(world.preset(index, &preset).map(|()| view(world, index, control.bmc_port)))
    });
    match done {
        None => no_machine(&name),
        Some(Ok(view)) => Json(view).into_response(),
        Some(Err(error)) => (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response(),
    }
}

async fn forget(State(control): State<Control>, Path(name): Path<String>) -> Response {
    let done = control.site.with(|world| world.machine_index(&name).map(|index| world.forget(index)));
    done.map_or_else(|| no_machine(&name), |forgotten| Json(json!({"forgotten": forgotten})).into_response())
}

async fn wipe(State(control): State<Control>, Path(name): Path<String>) -> Response {
    let done = control.site.with(|world| world.machine_index(&name).map(|index| world.wipe(index)));
    done.map_or_else(|| no_machine(&name), |()| Json(json!({})).into_response())
}

/// How far a machine is to go.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Far {
    steps: usize,
    /// MAAS's status at which to stop; with it `steps` is the most.
    until: Option<String>,
}

impl Default for Far {
    fn default() -> Self {
        Self { steps: 1, until: None }
    }
}

async fn advance(State(control): State<Control>, Path(name): Path<String>, Json(far): Json<Far>) -> Response {
    let done = control.site.with(|world| {
        let index = world.machine_index(&name)?;
        let there = |world: &World| {
            let node = world.record_of(index).and_then(|id| world.region.nodes.get(&id));
            far.until.as_deref().is_some_and(|wanted| node.is_some_and(|node| node.status.name() == wanted))
        };
        let mut steps = 0;
        while steps < far.steps && !there(world) && world.advance(index) {
            steps += 1;
        }
        Some(json!({"steps": steps, "machine": view(world, index, control.bmc_port)}))
    });
    done.map_or_else(|| no_machine(&name), |view| Json(view).into_response())
}

async fn timeout(State(control): State<Control>, Path(name): Path<String>) -> Response {
    let done = control.site.with(|world| {
        let node = world.machine_index(&name).and_then(|index| world.record_of(index))?;
        Some(world.give_up(&node))
    });
    done.map_or_else(|| no_machine(&name), |gave_up| Json(json!({"gaveUp": gave_up})).into_response())
}

async fn button(State(control): State<Control>, Path(name): Path<String>) -> Response {
    let done = control.site.with(|world| {
        let index = world.machine_index(&name)?;
        world.press(index);
        Some(view(world, index, control.bmc_port))
    });
    done.map_or_else(|| no_machine(&name), |view| Json(view).into_response())
}

async fn board(State(control): State<Control>, Path(name): Path<String>) -> Response {
    let done = control.site.with(|world| {
        let index = world.machine_index(&name)?;
        world.replace_board(index);
        Some(view(world, index, control.bmc_port))
    });
    done.map_or_else(|| no_machine(&name), |view| Json(view).into_response())
}

async fn settle(State(control): State<Control>) -> Json<Value> {
    Json(json!({"steps": control.site.with(World::settle)}))
}

async fn snapshot(State(control): State<Control>) -> Json<Value> {
    let region = control.site.with(|world| world.region.clone());
    let mut snapshots = control.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
    let id = snapshots.keys().max().map_or(1, |id| id + 1);
    snapshots.insert(id, region);
    Json(json!({"snapshot": id}))
}

#[derive(Deserialize)]
struct Restore {
    snapshot: u64,
}

async fn restore(State(control): State<Control>, Json(wanted): Json<Restore>) -> Response {
    let region = {
        let snapshots = control.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.get(&wanted.snapshot).cloned()
    };
    let Some(region) = region else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "no such snapshot"}))).into_response();
    };
    control.site.with(|world| world.replace_region(region));
    Json(json!({"restored": wanted.snapshot})).into_response()
}

fn told(done: Result<Value, String>) -> Response {
    match done {
        Ok(view) => Json(view).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response(),
    }
}

async fn empty(State(control): State<Control>) -> Response {
    told(control.site.with(World::empty_region).map(|()| json!({})))
}

#[derive(Deserialize)]
struct Release {
    version: String,
}

async fn version(State(control): State<Control>, Json(wanted): Json<Release>) -> Response {
    told(control.site.with(|world| world.upgrade(&wanted.version)).map(|version| json!({"version": version})))
}

async fn stop(State(control): State<Control>) -> Json<Value> {
    control.site.with(|world| world.stopped = true);
    control.site.switched.notify_waiters();
    Json(json!({"stopped": true}))
}

async fn begin(State(control): State<Control>) -> Json<Value> {
    control.site.with(|world| world.stopped = false);
    control.site.switched.notify_waiters();
    Json(json!({"stopped": false}))
}

/// A user's key; the user is made when `superuser` says as what.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct KeyFor {
    superuser: Option<bool>,
}

async fn key(State(control): State<Control>, Path(name): Path<String>, Json(of): Json<KeyFor>) -> Response {
    let key = control.site.with(|world| world.api_key(&name, of.superuser));
    told(key.map(|key| json!({"apiKey": key})).ok_or_else(|| format!("no user {name}")))
}

/// The certificate of the authority that signs the certificates of BMCs.
async fn authority(State(control): State<Control>) -> String {
    control.bmc_ca
}

#[derive(Deserialize)]
struct JournalQuery {
    #[serde(default)]
    since: u64,
    machine: Option<String>,
}

async fn journal(State(control): State<Control>, Query(query): Query<JournalQuery>) -> Json<Value> {
    Json(control.site.with(|world| json!({"entries": world.journal.read(query.since, query.machine.as_deref())})))
}

async fn stats(State(control): State<Control>) -> Json<Value> {
    Json(control.site.with(|world| json!(world.journal.stats)))
}

#[derive(Deserialize)]
struct Speed {
    speed: f64,
}

async fn speed(State(control): State<Control>, Json(wanted): Json<Speed>) -> Json<Value> {
    Json(control.site.with(|world| {
        world.set_speed(wanted.speed);
        json!({"speed": world.clock.speed()})
    }))
}

async fn add_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> Json<Value> {
    Json(json!({"id": control.site.with(|world| world.faults.add(fault))}))
}

async fn list_faults(State(control): State<Control>) -> Json<Value> {
    Json(control.site.with(|world| json!(world.faults.list())))
}

async fn clear_faults(State(control): State<Control>) -> Json<Value> {
    let cleared = control.site.with(|world| world.faults.clear(None));
    control.site.cleared.notify_waiters();
    Json(json!({"cleared": cleared}))
}

async fn clear_fault(State(control): State<Control>, Path(id): Path<u64>) -> Response {
    let cleared = control.site.with(|world| world.faults.clear(Some(id)));
    control.site.cleared.notify_waiters();
    let status = if cleared { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, Json(json!({"cleared": cleared}))).into_response()
}
