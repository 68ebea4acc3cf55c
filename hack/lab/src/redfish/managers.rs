//! The BMC itself: its logs, its virtual media, the firmwares that it lists.

use serde_json::{Value, json};

use super::personality::Personality;
use super::reply::Reply;
use super::request::Request;
use super::route::{collection, link, members_page, reference};
use super::systems::changed;
use super::tasks;
use crate::world::World;

pub(super) fn handle(
    world: &mut World,
    machine: usize,
    personality: &Personality,
    request: &Request,
    rest: &[&str],
) -> Reply {
    let own = format!("/Managers/{}", personality.manager);
    match rest {
        [] if request.is_read() => {
            let mut body = json!({
                "@odata.id": link(personality, &own), "@odata.type": "#Manager.v1_9_0.Manager",
                "Id": personality.manager, "Name": "Manager", "ManagerType": "BMC",
                "Model": personality.manager_model, "FirmwareVersion": personality.manager_firmware,
                "UUID": super::systems::uuid(world, machine), "Status": {"State": "Enabled", "Health": "OK"},
                "VirtualMedia": reference(personality, &format!("{own}/VirtualMedia")),
                "Links": {"ManagerForServers": [reference(personality, &format!("/Systems/{}", personality.system))]},
            });
            if personality.log_of_manager {
                body["LogServices"] = reference(personality, &format!("{own}/LogServices"));
            }
            Reply::ok(&body)
        }
        ["LogServices", rest @ ..] if personality.log_of_manager && request.is_read() => {
            log(world, machine, personality, request, &own, rest)
        }
        ["VirtualMedia"] if request.is_read() => {
            let ids: Vec<String> = personality.media.iter().map(|(id, _)| (*id).to_owned()).collect();
            collection(personality, &format!("{own}/VirtualMedia"), &ids, 0)
        }
        ["VirtualMedia", id, rest @ ..] => media(world, machine, personality, request, id, rest),
        [] | ["LogServices" | "VirtualMedia", ..] => Reply::not_allowed("GET"),
        _ => Reply::missing(&request.path),
    }
}

/// The log of events, beneath whichever resource has it.
pub(super) fn log(
    world: &World,
    machine: usize,
    personality: &Personality,
    request: &Request,
    owner: &str,
    rest: &[&str],
) -> Reply {
    let own = format!("{owner}/LogServices");
    let entries = &world.machines[machine].redfish.log;
    let entry_path = |id: u64| format!("{own}/{}/Entries/{id}", personality.log);
    let whole = |entry: &super::state::Entry| {
        json!({
            "@odata.id": link(personality, &entry_path(entry.id)), "@odata.type": "#LogEntry.v1_6_1.LogEntry",
            "Id": entry.id.to_string(), "Name": format!("Log Entry {}", entry.id), "EntryType": "SEL",
            "Severity": entry.severity, "Created": entry.at.to_string(), "Message": entry.message,
            "MessageId": "0180ff",
        })
    };
    match rest {
        // Another log stands before the one that is looked for.
        [] => collection(personality, &own, &["AuditLog".to_owned(), personality.log.to_owned()], 0),
        [id] if *id == personality.log || *id == "AuditLog" => Reply::ok(&json!({
            "@odata.id": link(personality, &format!("{own}/{id}")),
            "@odata.type": "#LogService.v1_2_0.LogService", "Id": id, "Name": id,
            "OverWritePolicy": "WrapsWhenFull", "Entries": reference(personality, &format!("{own}/{id}/Entries")),
        })),
        ["AuditLog", "Entries"] => collection(personality, &format!("{own}/AuditLog/Entries"), &[], 0),
        [id, "Entries"] if *id == personality.log => {
            let members: Vec<Value> = entries
                .iter()
                .map(|entry| {
                    if personality.whole_entries { whole(entry) } else { reference(personality, &entry_path(entry.id)) }
                })
                .collect();
            members_page(personality, &format!("{own}/{id}/Entries"), &members, request.skip)
        }
        [id, "Entries", entry] if *id == personality.log => {
            let found = entries.iter().find(|one| one.id.to_string() == *entry);
            found.map_or_else(|| Reply::missing(&request.path), |one| Reply::ok(&whole(one)))
        }
        _ => Reply::missing(&request.path),
    }
}

fn media(
    world: &mut World,
    machine: usize,
    personality: &Personality,
    request: &Request,
    id: &str,
    rest: &[&str],
) -> Reply {
    let Some((_, kind)) = personality.media.iter().find(|(known, _)| *known == id) else {
        return Reply::missing(&request.path);
    };
    let own = format!("/Managers/{}/VirtualMedia/{id}", personality.manager);
    let by_patch = id.starts_with("EXT");
    let acts = !by_patch && !id.starts_with("RDOC");
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let image = world.machines[machine].redfish.media.get(id);
            let mut body = json!({
                "@odata.id": link(personality, &own), "@odata.type": "#VirtualMedia.v1_3_2.VirtualMedia", "Id": id,
                "Name": "Virtual Removable Media", "MediaTypes": [kind], "Image": image,
                "Inserted": image.is_some(),
                "ConnectedVia": if image.is_some() { "URI" } else { "NotConnected" }, "WriteProtected": true,
            });
            if acts {
                let target =
                    |name: &str| json!({"target": link(personality, &format!("{own}/Actions/VirtualMedia.{name}"))});
                body["Actions"] = json!({
                    "#VirtualMedia.InsertMedia": target("InsertMedia"), "#VirtualMedia.EjectMedia": target("EjectMedia"),
                });
            }
            Reply::ok(&body)
        }
        ("PATCH", []) if by_patch => {
            match request.body.get("Image") {
                Some(Value::String(url)) => {
                    world.machines[machine].redfish.media.insert(id.to_owned(), url.clone());
                }
                _ => {
                    world.machines[machine].redfish.media.remove(id);
                }
            }
            changed(personality)
        }
        ("POST", ["Actions", "VirtualMedia.InsertMedia"]) if acts => {
            let Some(url) = request.body.get("Image").and_then(Value::as_str) else {
                let message = "The action requires the parameter Image.";
                return Reply::refusal(400, "Base.1.8.ActionParameterMissing", message);
            };
            let drives = &mut world.machines[machine].redfish.media;
            if drives.contains_key(id) {
                return Reply::refusal(500, "Base.1.8.InternalError", "The virtual drive holds an image already.");
            }
            drives.insert(id.to_owned(), url.to_owned());
            tasks::begin(world, machine, personality).unwrap_or_else(|| changed(personality))
        }
        ("POST", ["Actions", "VirtualMedia.EjectMedia"]) if acts => {
            world.machines[machine].redfish.media.remove(id);
            changed(personality)
        }
        (_, []) => Reply::not_allowed("GET"),
        _ => Reply::missing(&request.path),
    }
}

/// `UpdateService` and the firmwares that it lists.
pub(super) fn firmware(world: &World, machine: usize, personality: &Personality, rest: &[&str]) -> Reply {
    let spec = &world.machines[machine].spec;
    let list = [("BIOS", spec.bios_version.as_str()), ("BMC", personality.manager_firmware)];
    let own = "/UpdateService";
    match rest {
        [] => Reply::ok(&json!({
            "@odata.id": link(personality, own), "@odata.type": "#UpdateService.v1_8_0.UpdateService",
            "Id": "UpdateService", "Name": "Update Service",
            "FirmwareInventory": reference(personality, &format!("{own}/FirmwareInventory")),
            // Offered as everywhere; the lab's firmwares stay as they are, and a POST is 405.
            "Actions": {"#UpdateService.SimpleUpdate": {
                "target": link(personality, &format!("{own}/Actions/UpdateService.SimpleUpdate")),
            }},
        })),
        ["FirmwareInventory"] => {
            let ids = list.map(|(id, _)| id.to_owned());
            collection(personality, &format!("{own}/FirmwareInventory"), &ids, 0)
        }
        ["FirmwareInventory", id] => match list.iter().find(|(known, _)| known == id) {
            Some((_, version)) => Reply::ok(&json!({
                "@odata.id": link(personality, &format!("{own}/FirmwareInventory/{id}")),
                "@odata.type": "#SoftwareInventory.v1_3_0.SoftwareInventory", "Id": id, "Name": id,
                "Version": version, "Updateable": true, "Status": {"State": "Enabled", "Health": "OK"},
            })),
            None => Reply::missing(&rest.join("/")),
        },
        ["Actions", "UpdateService.SimpleUpdate"] => Reply::not_allowed(""),
        _ => Reply::missing(&rest.join("/")),
    }
}
