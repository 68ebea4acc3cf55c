//! The system: what it says of itself, its power and its next boot.

use std::fmt::Write;
use std::time::Instant;

use serde_json::{Value, json};

use super::personality::{Mode, Personality};
use super::reply::Reply;
use super::request::Request;
use super::route::{link, reference};
use super::tasks;
use crate::spec::Firmware;
use crate::world::World;
use crate::world::machine::{Machine, PowerAction};

/// The boot selector of IPMI (§28.13) that a target is.
fn selector(target: &str) -> u8 {
    match target {
        "Pxe" | "UefiHttp" => 0x04,
        "Hdd" => 0x08,
        "Cd" => 0x14,
        "BiosSetup" => 0x18,
        _ => 0x00,
    }
}

/// UUID of the system, as SMBIOS prints it.
pub(super) fn uuid(world: &World, machine: usize) -> String {
    let Some(target) = world.machines.get(machine) else { return String::new() };
    if let Some(uuid) = &target.spec.uuid {
        return uuid.clone();
    }
    let mut text = String::new();
    for (index, byte) in target.guid.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" });
    }
    text
}

pub(super) fn handle(
    world: &mut World,
    machine: usize,
    personality: &Personality,
    request: &Request,
    rest: &[&str],
) -> Reply {
    match (request.method.as_str(), rest) {
        ("GET", []) => Reply::ok(&system(world, machine, personality)),
        ("GET", ["SD"]) if personality.boot_in_settings => {
            let path = format!("/Systems/{}/SD", personality.system);
            let target = &world.machines[machine];
            Reply::ok(&json!({
                "@odata.id": link(personality, &path), "@odata.type": "#ComputerSystem.v1_8_0.ComputerSystem",
                "Id": "SD", "Name": "Settings of the next boot", "Boot": boot(target, personality),
            }))
        }
        ("PATCH", []) => patch(world, machine, personality, &request.body, false),
        ("PATCH", ["SD"]) if personality.boot_in_settings => patch(world, machine, personality, &request.body, true),
        ("POST", ["Actions", "ComputerSystem.Reset"]) => reset(world, machine, personality, &request.body),
        ("GET", ["ResetActionInfo"]) if personality.action_info => Reply::ok(&json!({
            "@odata.id": link(personality, &format!("/Systems/{}/ResetActionInfo", personality.system)),
            "@odata.type": "#ActionInfo.v1_1_2.ActionInfo", "Id": "ResetActionInfo", "Name": "Reset Action Info",
            "Parameters": [{
                "Name": "ResetType", "Required": true, "DataType": "String",
                "AllowableValues": personality.reset_types,
            }],
        })),
        (_, [] | ["SD"]) => Reply::not_allowed("GET, PATCH"),
        _ => Reply::missing(&request.path),
    }
}

fn power_state(target: &Machine, personality: &Personality) -> &'static str {
    match target.pending {
        Some(PowerAction::On) if personality.passing_states && !target.on => "PoweringOn",
        Some(PowerAction::Off | PowerAction::SoftOff) if personality.passing_states && target.on => "PoweringOff",
        _ if target.on => "On",
        _ => "Off",
    }
}

fn mode(target: &Machine) -> String {
    let own = if target.spec.firmware == Firmware::Uefi { "UEFI" } else { "Legacy" };
    target.redfish.mode.clone().unwrap_or_else(|| own.to_owned())
}

/// The boot override, which is the same that IPMI has.
fn boot(target: &Machine, personality: &Personality) -> Value {
    let flags = target.flags.read();
    let (valid, lasts, device) = (flags[0] & 0x80 != 0, flags[0] & 0x40 != 0, flags[1] & 0x3c);
    let enabled = match (valid, lasts) {
        (false, _) => "Disabled",
        (true, false) => "Once",
        (true, true) => "Continuous",
    };
    let known = &target.redfish.target;
    let by_device = || personality.targets.iter().find(|target| selector(target) == device && device != 0);
    let shown = match valid {
        false => "None",
        true if selector(known) == device => known.as_str(),
        true => by_device().copied().unwrap_or("None"),
    };
    let mut boot = json!({
        "BootSourceOverrideEnabled": enabled, "BootSourceOverrideTarget": shown,
        "BootSourceOverrideTarget@Redfish.AllowableValues": personality.targets,
        "BootSourceOverrideMode": mode(target),
    });
    if personality.mode != Mode::Fixed {
        boot["BootSourceOverrideMode@Redfish.AllowableValues"] = json!(["Legacy", "UEFI"]);
    }
    boot
}

fn system(world: &World, machine: usize, personality: &Personality) -> Value {
    let target = &world.machines[machine];
    let spec = &target.spec;
    let own = format!("/Systems/{}", personality.system);
    let below = |name: &str| reference(personality, &format!("{own}/{name}"));
    let mut reset = json!({"target": link(personality, &format!("{own}/Actions/ComputerSystem.Reset"))});
    if personality.action_info {
        reset["@Redfish.ActionInfo"] = json!(link(personality, &format!("{own}/ResetActionInfo")));
    } else {
        reset["ResetType@Redfish.AllowableValues"] = json!(personality.reset_types);
    }
    let (serial, sku) = if personality.serial_in_sku {
        (format!("CN{}BOARD", target.serial), json!(target.serial))
    } else {
        (target.serial.clone(), Value::Null)
    };
    let manufacturer =
        if personality.manufacturer.is_empty() { spec.vendor.as_str() } else { personality.manufacturer };
    let mut body = json!({
        "@odata.id": link(personality, &own), "@odata.type": "#ComputerSystem.v1_12_0.ComputerSystem",
        "Id": personality.system, "Name": "System", "SystemType": "Physical", "UUID": uuid(world, machine),
        "Manufacturer": manufacturer, "Model": spec.product, "SerialNumber": serial, "SKU": sku,
        "BiosVersion": spec.bios_version, "HostName": "", "PowerState": power_state(target, personality),
        "Status": {"State": "Enabled", "Health": "OK"},
        "ProcessorSummary": {
            "Count": 2, "Model": spec.cpu_model, "LogicalProcessorCount": spec.cpus, "CoreCount": spec.cpus / 2,
            "Status": {"State": "Enabled", "Health": "OK"},
        },
        "MemorySummary": {"TotalSystemMemoryGiB": spec.memory_mib / 1024, "Status": {"Health": "OK"}},
        "Boot": boot(target, personality),
        "BootProgress": {"LastState": progress(target)},
        "Processors": below("Processors"), "Memory": below("Memory"),
        "EthernetInterfaces": below("EthernetInterfaces"), "Bios": below("Bios"),
        "Links": {
            "Chassis": [reference(personality, &format!("/Chassis/{}", personality.chassis))],
            "ManagedBy": [reference(personality, &format!("/Managers/{}", personality.manager))],
        },
        "Actions": {"#ComputerSystem.Reset": reset},
    });
    let storage = if personality.simple_storage { "SimpleStorage" } else { "Storage" };
    body[storage] = below(storage);
    if !personality.log_of_manager {
        body["LogServices"] = below("LogServices");
    }
    if personality.boot_in_settings {
        body["@Redfish.Settings"] = json!({
            "@odata.type": "#Settings.v1_3_0.Settings", "SettingsObject": below("SD"),
        });
    }
    if personality.new_light {
        body["LocationIndicatorActive"] = json!(target.redfish.light);
    } else {
        body["IndicatorLED"] = json!(if target.redfish.light { "Blinking" } else { "Off" });
    }
    body
}

fn progress(target: &Machine) -> &'static str {
    match (target.on, target.redfish.posting) {
        (false, _) => "None",
        (true, true) => "SystemHardwareInitializationComplete",
        (true, false) => "OSBootStarted",
    }
}

/// The answer to a change.
pub(super) fn changed(personality: &Personality) -> Reply {
    if !personality.patch_answers {
        return Reply::empty();
    }
    Reply::ok(&json!({"@Message.ExtendedInfo": [{
        "MessageId": "Base.1.8.Success", "Message": "The request completed successfully.", "Severity": "OK",
    }]}))
}

fn bad(id: &str, message: &str) -> Reply {
    Reply::refusal(400, id, message)
}

fn patch(world: &mut World, machine: usize, personality: &Personality, body: &Value, settings: bool) -> Reply {
    let Some(fields) = body.as_object().filter(|fields| !fields.is_empty()) else {
        return bad("Base.1.8.MalformedJSON", "The request body is not a JSON object with properties.");
    };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("Boot", boot) if settings == personality.boot_in_settings => {
                if let Some(refusal) = override_boot(world, machine, personality, boot) {
                    return refusal;
                }
            }
            ("Boot", _) => {
                let message = "Support of this operation for Boot properties is moved to the FutureState URI.";
                return bad("Ami.1.0.OperationSupportedInFutureStateURI", message);
            }
            ("LocationIndicatorActive", Value::Bool(on)) if personality.new_light && !settings => {
                world.machines[machine].redfish.light = *on;
            }
            ("IndicatorLED", Value::String(led)) if !personality.new_light && !settings => {
                if !["Lit", "Blinking", "Off"].contains(&led.as_str()) {
                    return bad("Base.1.8.PropertyValueNotInList", "The value of IndicatorLED is not in the list.");
                }
                world.machines[machine].redfish.light = led != "Off";
            }
            (other, _) => {
                return bad("Base.1.8.PropertyUnknown", &format!("The property {other} is not one of this resource."));
            }
        }
    }
    changed(personality)
}

/// Changes the boot override, or says why not.
fn override_boot(world: &mut World, machine: usize, personality: &Personality, boot: &Value) -> Option<Reply> {
    let text = |name: &str| boot.get(name).and_then(Value::as_str).map(str::to_owned);
    let (target, enabled, wanted_mode) =
        (text("BootSourceOverrideTarget"), text("BootSourceOverrideEnabled"), text("BootSourceOverrideMode"));
    let name = world.machines[machine].spec.name.clone();
    if let Some(target) = &target
        && !personality.targets.contains(&target.as_str())
    {
        let message = format!("The value {target} for the property BootSourceOverrideTarget is not in the list.");
        return Some(bad("Base.1.8.PropertyValueNotInList", &message));
    }
    match (enabled.as_deref(), world.faults.redfish_continuous_only(&name)) {
        (None | Some("Disabled" | "Continuous"), _) | (Some("Once"), false) => {}
        _ => {
            let message = "The value for the property BootSourceOverrideEnabled is not in the list.";
            return Some(bad("Base.1.8.PropertyValueNotInList", message));
        }
    }
    if wanted_mode.is_some() {
        match personality.mode {
            Mode::Fixed => {
                let message = "The property BootSourceOverrideMode is a read only property.";
                return Some(bad("Base.1.8.PropertyNotWritable", message));
            }
            Mode::Job => world.note(machine, "BiosJob", "a boot mode was written: two boots follow"),
            Mode::Free => {}
        }
    }
    let now = self::boot(&world.machines[machine], personality);
    let kept = |name: &str, default: &str| {
        let kept = now.get(name).and_then(Value::as_str).unwrap_or(default);
        if personality.full_boot { default.to_owned() } else { kept.to_owned() }
    };
    let target = target.unwrap_or_else(|| kept("BootSourceOverrideTarget", "None"));
    let enabled = enabled.unwrap_or_else(|| kept("BootSourceOverrideEnabled", "Disabled"));
    let mode = wanted_mode.unwrap_or_else(|| kept("BootSourceOverrideMode", "Legacy"));
    let machine = &mut world.machines[machine];
    let valid = enabled != "Disabled" && target != "None";
    let once = if enabled == "Continuous" { 0xc0 } else { 0x80 };
    let efi = if mode == "UEFI" { 0x20 } else { 0x00 };
    machine.flags.data = [if valid { once | efi } else { 0 }, if valid { selector(&target) } else { 0 }, 0, 0, 0];
    machine.flags.set_at = Some(Instant::now());
    machine.flags.lasting = valid;
    machine.redfish.target = target;
    machine.redfish.mode = Some(mode);
    None
}

fn reset(world: &mut World, machine: usize, personality: &Personality, body: &Value) -> Reply {
    let Some(kind) = body.get("ResetType").and_then(Value::as_str) else {
        return bad("Base.1.8.ActionParameterMissing", "The action requires the parameter ResetType.");
    };
    let name = world.machines[machine].spec.name.clone();
    if !personality.reset_types.contains(&kind) || world.faults.redfish_refuses_reset(&name, kind) {
        let message = format!("The value {kind} for the parameter ResetType is not in the list of acceptable values.");
        return bad("Base.1.8.ActionParameterNotSupported", &message);
    }
    let on = world.machines[machine].on;
    let wrong_state = || {
        let message = "The request conflicts with the present power state of the system.";
        Reply::refusal(409, "Base.1.8.ResourceCannotBeReset", message)
    };
    let action = match kind {
        "On" | "ForceOn" if on => return wrong_state(),
        "On" | "ForceOn" => PowerAction::On,
        "PushPowerButton" => {
            world.press(machine);
            return changed(personality);
        }
        _ if !on => return wrong_state(),
        "ForceOff" => PowerAction::Off,
        "GracefulShutdown" => PowerAction::SoftOff,
        "PowerCycle" => PowerAction::Cycle,
        "ForceRestart" | "GracefulRestart" => PowerAction::Reset,
        _ => return changed(personality),
    };
    world.power(machine, action);
    match tasks::begin(world, machine, personality) {
        Some(accepted) => accepted,
        None => changed(personality),
    }
}
