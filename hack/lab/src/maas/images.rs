//! Images, events and controllers.

use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::no_such;
use crate::region::events::{Event, Level};
use crate::region::node::Node;
use crate::world::World;

pub(super) fn boot_resources(world: &mut World, request: &Request, rest: &[&str]) -> Answer {
    let views = resources(world);
    match (request.method.as_str(), request.op.as_deref(), rest) {
        ("GET", None, []) => Ok(Reply::json(&Value::Array(views))),
        ("GET", Some("is_importing"), []) => Ok(Reply::bare(&json!(false))),
        ("POST", Some("import"), []) => Ok(Reply::text("Import of boot resources started")),
        ("POST", Some("stop_import"), []) => Ok(Reply::text("Import of boot resources is being stopped")),
        ("GET", None, [id]) => {
            let mut view = views
                .into_iter()
                .find(|view| view["id"].as_u64() == id.parse().ok())
                .ok_or_else(|| Reply::missing("BootResource"))?;
            view["sets"] = json!({"20261101": {"version": "20261101", "label": "stable", "size": 640_000_000,
                "complete": true, "files": {}}});
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

fn resources(world: &World) -> Vec<Value> {
    if world.faults.image_missing() {
        return Vec::new();
    }
    let pairs = world.region.images.iter().flat_map(|image| image.kernels.iter().map(move |kernel| (image, kernel)));
    (1_u64..)
        .zip(pairs)
        .map(|(id, (image, kernel))| {
            let number = kernel.split('-').nth(1).unwrap_or_default();
            json!({
                "id": id, "type": "Synced", "name": image.name, "architecture": format!("amd64/{kernel}"),
                "resource_uri": format!("/MAAS/api/2.0/boot-resources/{id}/"), "last_deployed": null,
                "title": format!("{number} LTS"), "platform": "generic",
                "subarches": format!("generic,hwe-p,hwe-q,hwe-r,hwe-s,hwe-t,hwe-u,hwe-v,hwe-w,{kernel}"),
                "supported_platforms": "generic",
            })
        })
        .collect()
}

pub(super) fn controllers(world: &World, request: &Request, rest: &[&str]) -> Answer {
    let all = || world.region.nodes.values().filter(|node| !node.is_machine());
    match (request.method.as_str(), request.op.as_deref(), rest) {
        ("GET", None, []) => Ok(Reply::json(&all().map(|node| world.region.node_view(node)).collect::<Value>())),
        ("GET", Some("describe_power_types"), []) => Ok(Reply::json(&power_types())),
        ("GET", Some("power_parameters"), []) => Ok(Reply::json(&json!({}))),
        ("GET", None, [id]) => {
            let node = all().find(|node| node.system_id == *id).ok_or_else(|| Reply::missing("RackController"))?;
            Ok(Reply::json(&world.region.node_view(node)))
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

fn power_types() -> Value {
    let field = |name: &str, required: bool, default: &str, scope: &str, secret: bool| {
        json!({
            "name": name, "label": name, "required": required, "field_type": if secret { "password" } else { "string" },
            "choices": [], "default": default, "scope": scope, "secret": secret,
        })
    };
    json!([
        {
            "name": "ipmi", "driver_type": "power", "description": "IPMI", "chassis": false, "can_probe": false,
            "queryable": true, "missing_packages": [],
            "fields": [
                field("power_driver", true, "LAN_2_0", "node", false),
                field("power_boot_type", false, "auto", "node", false),
                field("power_address", true, "", "bmc", false),
                field("power_user", false, "", "bmc", false),
                field("power_pass", false, "", "bmc", true),
                field("k_g", false, "", "bmc", true),
                field("cipher_suite_id", false, "3", "bmc", false),
                field("privilege_level", false, "OPERATOR", "bmc", false),
                field("workaround_flags", false, "opensesspriv", "bmc", false),
                field("mac_address", false, "", "node", false),
                field("power_off_mode", false, "hard", "node", false),
            ],
        },
        {
            "name": "manual", "driver_type": "power", "description": "Manual", "chassis": false, "can_probe": false,
            "queryable": false, "missing_packages": [], "fields": [],
        },
    ])
}

pub(super) fn events(world: &World, request: &Request) -> Answer {
    if request.method != "GET" || request.op.as_deref() != Some("query") {
        return Err(no_such(request, "GET"));
    }
    let query = &request.query;
    let bad = |text: String| Reply::sentence(400, text);
    let name = query.filled("level").unwrap_or("INFO");
    let level = Level::from_name(name).ok_or_else(|| bad(format!("Unrecognised log level: {name}")))?;
    let limit = query.filled("limit").map_or(Ok(100), str::parse::<usize>);
    let limit = limit.map_err(|_| bad("Invalid limit".to_owned()))?;
    if limit > 1000 {
        return Err(bad(format!("Requested number of events {limit} is greater than limit: 1000")));
    }
    let (after, before) = (query.number("after"), query.number("before"));
    if after.is_some() && before.is_some() {
        return Err(bad("There is undetermined behaviour when both `after` and `before` are specified.".to_owned()));
    }
    let region = &world.region;
    let node = |event: &Event| region.nodes.get(&event.node);
    let wanted = |key: &str, of: &dyn Fn(&Node) -> Vec<String>, event: &Event| {
        let values = query.all(key);
        values.is_empty() || node(event).is_some_and(|node| of(node).iter().any(|one| values.contains(&one.as_str())))
    };
    let keep = |event: &&Event| {
        event.level >= level
            && after.is_none_or(|after| event.id > after)
            && before.is_none_or(|before| event.id < before)
            && wanted("id", &|node| vec![node.system_id.clone()], event)
            && wanted("hostname", &|node| vec![node.hostname.clone()], event)
            && wanted("zone", &|node| vec![node.zone.clone()], event)
            && wanted("mac_address", &|node| node.interfaces.iter().map(|one| one.mac.clone()).collect(), event)
    };
    let matching: Vec<&Event> = region.events.iter().filter(keep).collect();
    // With `after` the oldest ones come first, so that a pager loses nothing; else the newest.
    let skip = if after.is_some() { 0 } else { matching.len().saturating_sub(limit) };
    let mut page: Vec<&Event> = matching.into_iter().skip(skip).take(limit).collect();
    page.reverse();
    let last = page.first().map(|event| event.id).or(after).unwrap_or(0);
    let first = page.last().map_or(last, |event| event.id);
    let rest: Vec<&str> = request
        .query_text
        .split('&')
        .filter(|pair| !pair.starts_with("after=") && !pair.starts_with("before="))
        .collect();
    let base = format!("{}?{}", request.path, rest.join("&"));
    Ok(Reply::json(&json!({
        "count": page.len(), "events": page.iter().map(|event| event.view()).collect::<Vec<_>>(),
        "next_uri": format!("{base}&after={last}"), "prev_uri": format!("{base}&before={first}"),
    })))
}
