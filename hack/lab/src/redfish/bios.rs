//! Settings of the system firmware: those in force, and those that wait for the next boot.

use serde_json::{Value, json};

use super::personality::Personality;
use super::reply::Reply;
use super::request::Request;
use super::route::{link, reference};
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
    let own = format!("/Systems/{}/Bios", personality.system);
    let settings = format!("{own}/{}", personality.bios_settings);
    if personality.bios_licensed {
        let message = "The required license is not activated for this operation.";
        return Reply::refusal(403, "SMC.1.0.OemLicenseNotPassed", message);
    }
    let state = &world.machines[machine].redfish;
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let mut body = json!({
                "@odata.id": link(personality, &own), "@odata.type": "#Bios.v1_1_0.Bios", "Id": "Bios",
                "Name": "BIOS Configuration Current Settings", "Attributes": state.bios,
                "@Redfish.Settings": {
                    "@odata.type": "#Settings.v1_3_0.Settings", "SettingsObject": reference(personality, &settings),
                },
            });
            if personality.bios_job {
                body["@Redfish.Settings"]["SupportedApplyTimes"] = json!(["OnReset", "AtMaintenanceWindowStart"]);
            }
            Reply::ok(&body)
        }
        ("GET", [name]) if *name == personality.bios_settings => Reply::ok(&json!({
            "@odata.id": link(personality, &settings), "@odata.type": "#Bios.v1_1_0.Bios", "Id": name,
            "Name": "BIOS Configuration Pending Settings", "Attributes": state.pending,
        })),
        ("PATCH", [name]) if *name == personality.bios_settings => patch(world, machine, personality, &request.body),
        ("GET", _) => Reply::missing(&request.path),
        _ => Reply::not_allowed("GET"),
    }
}

fn patch(world: &mut World, machine: usize, personality: &Personality, body: &Value) -> Reply {
    let Some(wanted) = body.get("Attributes").and_then(Value::as_object) else {
        return Reply::refusal(400, "Base.1.8.PropertyMissing", "The property Attributes is required.");
    };
    let state = &mut world.machines[machine].redfish;
    for (name, value) in wanted {
        let known = state.bios.get(name);
        if known.is_none_or(|known| std::mem::discriminant(known) != std::mem::discriminant(value)) {
            let message = format!("The value for the property {name} is not of a type that it accepts.");
            return Reply::refusal(400, "Base.1.8.PropertyValueTypeError", &message);
        }
    }
    if personality.bios_job && body.pointer("/@Redfish.SettingsApplyTime/ApplyTime").is_none() {
        let message = "The settings wait for a job that nobody makes.";
        return Reply::refusal(400, "IDRAC.2.1.SYS428", message);
    }
    state.pending.extend(wanted.iter().map(|(name, value)| (name.clone(), value.clone())));
    if personality.bios_job { tasks::at_boot(world, machine, personality) } else { changed(personality) }
}
