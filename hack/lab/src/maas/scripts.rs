//! Scripts: adding, changing, reading and going back to an older text.

use serde_json::{Map, Value, json};

use super::form::{Errors, no_choice};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, ITEM_OPS, LIST, no_such};
use crate::region::Region;
use crate::region::scripts::{Script, ScriptKind, hardware_type, metadata, parallel, seconds};
use crate::world::World;

/// What a script can be for.
const HARDWARE: [&str; 9] = [
    "modalias",
    "pci",
    "usb",
    "system_vendor",
    "system_product",
    "system_version",
    "mainboard_vendor",
    "mainboard_product",
    "system_family",
];

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            let query = &request.query;
            let kind = query.filled("type").and_then(ScriptKind::from_text);
            let hardware = query.filled("hardware_type").and_then(hardware_type);
            let filters: Vec<&str> = query.all("filters").into_iter().flat_map(|text| text.split(',')).collect();
            let mut all: Vec<&Script> = region
                .scripts
                .values()
                .filter(|one| kind.is_none_or(|kind| one.kind == kind))
                .filter(|one| hardware.is_none_or(|hardware| one.hardware_type == hardware))
                .filter(|one| {
                    filters.is_empty()
                        || filters.iter().any(|word| one.name == *word || one.tags.iter().any(|tag| tag == word))
                })
                .collect();
            all.sort_by_key(|one| one.id);
            let with_data = query.parsed("include_script") == Some(true);
            Ok(Reply::json(&all.into_iter().map(|one| one.view(with_data)).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let text = script_text(request);
            let mut errors = Errors::default();
            let text = text.unwrap_or_else(|| {
                errors.add("script", "This field is required.");
                String::new()
            });
            let mut script = read(&mut errors, region, Script::new(0, ""), data, Some(&text));
            if script.name.is_empty() {
                errors.add("name", "This field is required.");
            }
            let taken = region.script_named(&script.name).is_some();
            errors.unless(!taken, "name", "Script with this Name already exists.");
            errors.finish()?;
            script.tag_hardware();
            let id = region.scripts.add(|id| Script { id, ..script });
            region.add_revision(id, text, data.get("comment").map(str::to_owned));
            Ok(shown(region, id))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn shown(region: &Region, id: u64) -> Reply {
    Reply::json(&region.scripts.get(id).map_or(Value::Null, |one| one.view(false)))
}

/// The text of a script: a file of any name, or the field `script`.
fn script_text(request: &Request) -> Option<String> {
    let file = request.files.first().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
    file.or_else(|| request.data().get("script").map(str::to_owned))
}

/// A script as it will be: what it was, changed by the metadata in its text, changed by the form.
fn read(errors: &mut Errors, region: &Region, mut script: Script, data: &Params, text: Option<&str>) -> Script {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        if !text.starts_with("#!") {
            errors.add("script", "Must start with shebang.");
        }
        match metadata(text) {
            Ok(map) => from_metadata(errors, &mut script, &map),
            Err(why) => errors.add("script", why),
        }
    }
    from_form(errors, region, &mut script, data);
    script
}

fn from_metadata(errors: &mut Errors, script: &mut Script, map: &Map<String, Value>) {
    let word = |key: &str| map.get(key).map(plain).filter(|text| !text.is_empty());
    let list = |key: &str| match map.get(key) {
        Some(Value::Array(items)) => Some(items.iter().map(plain).collect::<Vec<_>>()),
        Some(Value::Null) | None => None,
        Some(other) => Some(split(&plain(other))),
    };
    for (key, value) in
        [("name", &mut script.name), ("title", &mut script.title), ("description", &mut script.description)]
    {
        if let Some(text) = word(key) {
            *value = text;
        }
    }
    if let Some(tags) = list("tags") {
        script.tags = tags;
    }
    if let Some(hardware) = list("for_hardware") {
        script.for_hardware = hardware;
    }
    let on = |key: &str| map.get(key).and_then(Value::as_bool);
    script.destructive = on("destructive").unwrap_or(script.destructive);
    script.may_reboot = on("may_reboot").unwrap_or(script.may_reboot);
    script.recommission = on("recommission").unwrap_or(script.recommission);
    script.apply_configured_networking =
        on("apply_configured_networking").unwrap_or(script.apply_configured_networking);
    for (key, value) in
        [("packages", &mut script.packages), ("parameters", &mut script.parameters), ("results", &mut script.results)]
    {
        if let Some(given) = map.get(key).filter(|given| !given.is_null()) {
            value.clone_from(given);
        }
    }
    let mut form = Params::default();
    for (key, field) in [
        ("script_type", "type"),
        ("type", "type"),
        ("hardware_type", "hardware_type"),
        ("parallel", "parallel"),
        ("timeout", "timeout"),
    ] {
        if let Some(text) = word(key) {
            form.0.push((field.to_owned(), text));
        }
    }
    choices(errors, script, &form);
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn from_form(errors: &mut Errors, region: &Region, script: &mut Script, data: &Params) {
    if let Some(name) = data.filled("name") {
        let good = name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'));
        errors.unless(good && name.parse::<u64>().is_err(), "name", "Enter a valid value.");
        name.clone_into(&mut script.name);
    }
    for (field, value) in [("title", &mut script.title), ("description", &mut script.description)] {
        if let Some(text) = data.get(field) {
            text.clone_into(value);
        }
    }
    if data.get("tags").is_some() {
        script.tags = data.all("tags").into_iter().flat_map(split).collect();
    }
    if data.get("for_hardware").is_some() {
        script.for_hardware = data.all("for_hardware").into_iter().flat_map(split).collect();
    }
    for one in &script.for_hardware {
        let kind = one.split(':').next().unwrap_or_default();
        if !HARDWARE.contains(&kind) || !one.contains(':') {
            errors.add(
                "for_hardware",
                "Hardware identifier must be a modalias, PCI ID, USB ID, system vendor, system product, system \
                 version, mainboard vendor, or mainboard product.",
            );
        }
    }
    script.destructive = data.checkbox("destructive").unwrap_or(script.destructive);
    script.may_reboot = data.checkbox("may_reboot").unwrap_or(script.may_reboot);
    script.recommission = data.checkbox("recommission").unwrap_or(script.recommission);
    script.apply_configured_networking =
        data.checkbox("apply_configured_networking").unwrap_or(script.apply_configured_networking);
    choices(errors, script, data);
    if script.kind == ScriptKind::Release && !region.version.since(3, 5) {
        errors.add("script_type", no_choice("release"));
    }
}

/// The fields that take one of some words.
fn choices(errors: &mut Errors, script: &mut Script, data: &Params) {
    if let Some(text) = data.filled("type").or(data.filled("script_type")) {
        match ScriptKind::from_text(text) {
            Some(kind) => script.kind = kind,
            None => errors.add("type", "Script type must be commissioning, testing or release"),
        }
    }
    if let Some(text) = data.filled("hardware_type") {
        match hardware_type(text) {
            Some(number) => script.hardware_type = number,
            None => errors.add("hardware_type", "Hardware type must be node, cpu, memory, storage, or gpu"),
        }
    }
    if let Some(text) = data.filled("parallel") {
        match parallel(text) {
            Some(number) => script.parallel = number,
            None => errors.add("parallel", "Invalid script parallel parameter. Must be disabled, instance, or any."),
        }
    }
    if let Some(text) = data.filled("timeout") {
        match seconds(text) {
            Some(number) => script.timeout = number,
            None => errors.add("timeout", "Enter a valid duration."),
        }
    }
}

pub(super) fn item(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.script_named(text).ok_or_else(|| Reply::missing("Script"))?;
    let Some(script) = region.scripts.get(id).cloned() else { return Err(Reply::missing("Script")) };
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&script.view(request.query.parsed("include_script") == Some(true)))),
        ("GET", Some("download")) => {
            let revision = request.query.number("revision");
            let data = match revision {
                Some(revision) => {
                    let found = script.history.iter().find(|one| one.id == revision);
                    found.ok_or_else(|| Reply::missing("VersionedTextFile"))?.data.clone()
                }
                None => script.data().to_owned(),
            };
            Ok(Reply::binary("application/binary", data.into_bytes()))
        }
        ("PUT", None) => {
            request.admins_only()?;
            update(region, request, script)
        }
        ("DELETE", None) => {
            request.admins_only()?;
            if script.default {
                return Err(Reply::sentence(400, "Unable to delete default script"));
            }
            region.scripts.remove(id);
            Ok(Reply::deleted())
        }
        ("POST", Some("revert")) => {
            request.admins_only()?;
            revert(region, request, id)
        }
        ("POST", Some(op @ ("add_tag" | "remove_tag"))) => {
            request.admins_only()?;
            let tag = request.form.filled("tag").ok_or_else(|| Reply::sentence(400, "No provided tag!"))?;
            if tag.contains(',') {
                return Err(Reply::sentence(400, "Tag may not contain a \",\"."));
            }
            if let Some(script) = region.scripts.get_mut(id) {
                script.tags.retain(|known| known != tag);
                if op == "add_tag" {
                    script.tags.push(tag.to_owned());
                }
            }
            Ok(shown(region, id))
        }
        _ => Err(no_such(request, if request.method == "POST" { ITEM_OPS } else { ITEM })),
    }
}

fn update(region: &mut Region, request: &Request, script: Script) -> Answer {
    let data = request.data();
    let text = script_text(request);
    let mut errors = Errors::default();
    let comment = data.get("comment").map(str::to_owned);
    if comment.is_some() && text.is_none() {
        errors.add("comment", "\"comment\" may only be used when specifying a \"script\" as well.");
    }
    if script.default {
        // Of a built-in script only this much can be changed.
        let fixed = ["script", "name", "type", "hardware_type", "parallel", "destructive", "for_hardware"];
        for field in fixed {
            if data.get(field).is_some() || (field == "script" && text.is_some()) {
                errors.add(field, "Not allowed to change on default scripts.");
            }
        }
    }
    let id = script.id;
    let mut changed = read(&mut errors, region, script, data, text.as_deref());
    errors.finish()?;
    changed.tag_hardware();
    if let Some(script) = region.scripts.get_mut(id) {
        *script = changed;
    }
    if let Some(text) = text {
        region.add_revision(id, text, comment);
    }
    Ok(shown(region, id))
}

/// Goes back to an older text: by the id of the revision, or by how many back.
fn revert(region: &mut Region, request: &Request, id: u64) -> Answer {
    let text = request.form.filled("to").ok_or_else(|| Reply::sentence(400, "No provided to!"))?;
    let to: i64 = text.parse().map_err(|_| Reply::sentence(400, "To must be an integer."))?;
    let Some(script) = region.scripts.get_mut(id) else { return Err(Reply::missing("Script")) };
    if script.default {
        return Err(Reply::sentence(400, "Unable to revert default script"));
    }
    let keep = if to > 0 {
        let at = script.history.iter().position(|one| i64::try_from(one.id) == Ok(to));
        at.ok_or_else(|| Reply::missing("VersionedTextFile"))? + 1
    } else {
        let back = usize::try_from(-to).unwrap_or(usize::MAX);
        let keep = script.history.len().checked_sub(back).filter(|keep| *keep > 0);
        keep.ok_or_else(|| Reply::sentence(400, "Goes back too far."))?
    };
    script.history.truncate(keep);
    let text = script.data().to_owned();
    let mut errors = Errors::default();
    if let Ok(map) = metadata(&text) {
        from_metadata(&mut errors, script, &map);
    }
    Ok(shown(region, id))
}

/// The scripts of a kind that a request asks for, by name or tag, or the default ones.
pub(super) fn chosen(region: &Region, kind: ScriptKind, asked: &[String]) -> Vec<u64> {
    let all = region.scripts_of(kind);
    let pick = |one: &&&Script| match kind {
        ScriptKind::Commissioning if asked.is_empty() => true,
        _ if asked.is_empty() => one.tags.iter().any(|tag| tag == "commissioning"),
        ScriptKind::Commissioning => one.default || matches(one, asked),
        _ => matches(one, asked),
    };
    all.iter().filter(pick).map(|one| one.id).collect()
}

fn matches(script: &Script, asked: &[String]) -> bool {
    asked
        .iter()
        .any(|word| script.name == *word || script.id.to_string() == *word || script.tags.iter().any(|tag| tag == word))
}

/// The asked scripts that there are none of.
pub(super) fn unknown<'a>(region: &Region, kind: ScriptKind, asked: &'a [String]) -> Option<&'a str> {
    let all = region.scripts_of(kind);
    let unknown = |word: &&String| !all.iter().any(|one| matches(one, std::slice::from_ref(*word)));
    asked.iter().filter(|word| *word != "none").find(unknown).map(String::as_str)
}

/// What a script is told at run time: `<script>_<name>=value` or `<name>=value`.
pub(crate) fn parameters(script: &Script, data: &Params) -> Value {
    let mut all = Map::new();
    for (name, what) in script.parameters.as_object().into_iter().flatten() {
        let given = data.filled(&format!("{}_{name}", script.name)).or(data.filled(name));
        let kind = what["type"].as_str().unwrap_or_default();
        let value = given.map_or_else(|| what.get("default").cloned(), |text| Some(json!(text)));
        let Some(value) = value.or_else(|| (kind == "storage").then(|| json!("all"))) else { continue };
        let mut parameter = what.clone();
        parameter["value"] = value;
        all.insert(name.clone(), parameter);
    }
    Value::Object(all)
}
