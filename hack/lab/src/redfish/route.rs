//! From a path to a resource.

use serde_json::{Value, json};

use super::gate::ROOT;
use super::personality::Personality;
use super::reply::Reply;
use super::request::Request;
use super::{bios, chassis, hardware, managers, systems, tasks};
use crate::world::World;

/// Members of a page of a collection.
const PAGE: usize = 50;

/// How a BMC's service is.
pub(super) fn personality(world: &World, machine: usize) -> &'static Personality {
    let redfish = world.machines.get(machine).and_then(|machine| machine.spec.bmc.redfish.as_ref());
    redfish.map(|redfish| redfish.vendor).unwrap_or_default().personality()
}

/// A link beneath the service root, as this vendor writes it.
pub(super) fn link(personality: &Personality, path: &str) -> String {
    format!("{ROOT}{path}{}", if personality.slashes { "/" } else { "" })
}

/// The same as a reference.
pub(super) fn reference(personality: &Personality, path: &str) -> Value {
    json!({"@odata.id": link(personality, path)})
}

/// Whether sessions are made at this path.
pub(super) fn is_sessions(path: &str) -> bool {
    matches!(path.strip_prefix(ROOT), Some("/SessionService/Sessions"))
}

/// A collection of references: one page of it.
pub(super) fn collection(personality: &Personality, path: &str, ids: &[String], skip: usize) -> Reply {
    let members: Vec<Value> = ids.iter().map(|id| reference(personality, &format!("{path}/{id}"))).collect();
    members_page(personality, path, &members, skip)
}

/// A collection of whole members: one page of it.
pub(super) fn members_page(personality: &Personality, path: &str, members: &[Value], skip: usize) -> Reply {
    let name = path.rsplit('/').next().unwrap_or_default();
    let page: Vec<&Value> = members.iter().skip(skip).take(PAGE).collect();
    let mut body = json!({
        "@odata.id": link(personality, path), "@odata.type": format!("#{name}Collection.{name}Collection"),
        "Name": format!("{name} Collection"), "Members": page, "Members@odata.count": members.len(),
    });
    if skip + PAGE < members.len() {
        body["Members@odata.nextLink"] = json!(format!("{}?$skip={}", link(personality, path), skip + PAGE));
    }
    Reply::ok(&body)
}

/// Carries out a request.
pub(super) fn handle(world: &mut World, machine: usize, request: &Request) -> Reply {
    let personality = personality(world, machine);
    if request.path == "/redfish" {
        return Reply::ok(&json!({"v1": format!("{ROOT}/")}));
    }
    let Some(path) = request.path.strip_prefix(ROOT) else { return Reply::missing(&request.path) };
    let pieces: Vec<&str> = path.split('/').filter(|piece| !piece.is_empty()).collect();
    let reply = match pieces.as_slice() {
        [] => root(world, machine, personality),
        ["SessionService", rest @ ..] => return sessions(world, machine, personality, request, rest),
        ["Systems"] => collection(personality, "/Systems", &[personality.system.to_owned()], 0),
        ["Systems", id, rest @ ..] if *id == personality.system => match rest {
            [] | ["SD" | "ResetActionInfo"] | ["Actions", ..] => {
                return systems::handle(world, machine, personality, request, rest);
            }
            ["Bios", rest @ ..] => return bios::handle(world, machine, personality, request, rest),
            ["LogServices", rest @ ..] if !personality.log_of_manager => {
                managers::log(world, machine, personality, request, &format!("/Systems/{id}"), rest)
            }
            rest => hardware::handle(world, machine, personality, rest),
        },
        ["Chassis"] => collection(personality, "/Chassis", &[personality.chassis.to_owned()], 0),
        ["Chassis", id, rest @ ..] if *id == personality.chassis => {
            return chassis::handle(world, machine, personality, request, rest);
        }
        ["Managers"] => collection(personality, "/Managers", &[personality.manager.to_owned()], 0),
        ["Managers", id, rest @ ..] if *id == personality.manager => {
            return managers::handle(world, machine, personality, request, rest);
        }
        ["UpdateService", rest @ ..] => managers::firmware(world, machine, personality, rest),
        ["TaskService", rest @ ..] => tasks::handle(world, machine, personality, rest),
        _ => Reply::missing(&request.path),
    };
    if request.is_read() || reply.status == 404 { reply } else { Reply::not_allowed("GET") }
}

fn root(world: &World, machine: usize, personality: &Personality) -> Reply {
    let uuid = systems::uuid(world, machine);
    let mut body = json!({
        "@odata.id": format!("{ROOT}/"), "@odata.type": "#ServiceRoot.v1_6_0.ServiceRoot",
        "@odata.context": format!("{ROOT}/$metadata#ServiceRoot.ServiceRoot"),
        "Id": "RootService", "Name": "Root Service", "RedfishVersion": "1.8.0", "UUID": uuid,
        "Product": personality.manager_model,
        "Systems": reference(personality, "/Systems"), "Chassis": reference(personality, "/Chassis"),
        "Managers": reference(personality, "/Managers"),
        "SessionService": reference(personality, "/SessionService"),
        "UpdateService": reference(personality, "/UpdateService"), "Tasks": reference(personality, "/TaskService"),
        "Links": {"Sessions": reference(personality, "/SessionService/Sessions")},
        "Oem": {personality.oem: {}},
    });
    if !personality.root_vendor.is_empty() {
        body["Vendor"] = json!(personality.root_vendor);
    }
    Reply::ok(&body)
}

fn sessions(world: &mut World, machine: usize, personality: &Personality, request: &Request, rest: &[&str]) -> Reply {
    let state = &mut world.machines[machine].redfish;
    match (request.method.as_str(), rest) {
        ("GET", []) => Reply::ok(&json!({
            "@odata.id": link(personality, "/SessionService"),
            "@odata.type": "#SessionService.v1_1_7.SessionService", "Id": "SessionService",
            "Name": "Session Service", "ServiceEnabled": true, "SessionTimeout": 1800,
            "Sessions": reference(personality, "/SessionService/Sessions"),
        })),
        ("GET", ["Sessions"]) => {
            let ids: Vec<String> = state.sessions.iter().map(|session| session.id.clone()).collect();
            collection(personality, "/SessionService/Sessions", &ids, request.skip)
        }
        ("GET", ["Sessions", id]) => match state.sessions.iter().find(|session| session.id == *id) {
            Some(session) => Reply::ok(&json!({
                "@odata.id": link(personality, &format!("/SessionService/Sessions/{id}")),
                "@odata.type": "#Session.v1_3_0.Session", "Id": id, "Name": "User Session",
                "UserName": session.user,
            })),
            None => Reply::missing(&request.path),
        },
        ("DELETE", ["Sessions", id]) => {
            let before = state.sessions.len();
            state.sessions.retain(|session| session.id != *id);
            if state.sessions.len() < before { Reply::empty() } else { Reply::missing(&request.path) }
        }
        (_, [] | ["Sessions", ..]) => Reply::not_allowed("GET, POST, DELETE"),
        _ => Reply::missing(&request.path),
    }
}
