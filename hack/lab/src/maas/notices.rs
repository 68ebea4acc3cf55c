//! Notifications, what network discovery found, and licence keys.

use serde_json::{Value, json};

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, ITEM_OPS, LIST, no_such};
use crate::region::notices::Notification;
use crate::world::World;

pub(super) fn notifications(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            let shown = |one: &&Notification| {
                !one.dismissed && (if request.caller.superuser { one.admins } else { one.users } || one.users)
            };
            Ok(Reply::json(&region.notifications.values().filter(shown).map(Notification::view).collect::<Value>()))
        }
        ("POST", None) => {
            request.admins_only()?;
            let mut errors = Errors::default();
            let message = errors.required(request.data(), "message").to_owned();
            errors.finish()?;
            let id = region.notifications.add(|id| Notification::new(id, &message));
            Ok(changed(region.notifications.get_mut(id), request.data()))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn changed(one: Option<&mut Notification>, data: &Params) -> Reply {
    let Some(one) = one else { return Reply::missing("Notification") };
    if let Some(ident) = data.get("ident") {
        one.ident = Some(ident.to_owned());
    }
    for (field, value) in [("message", &mut one.message), ("category", &mut one.category)] {
        if let Some(text) = data.filled(field) {
            text.clone_into(value);
        }
    }
    if let Some(context) = data.filled("context").and_then(|text| serde_json::from_str(text).ok()) {
        one.context = context;
    }
    one.users = data.checkbox("users").unwrap_or(one.users);
    one.admins = data.checkbox("admins").unwrap_or(one.admins);
    one.dismissable = data.checkbox("dismissable").unwrap_or(one.dismissable);
    Reply::json(&one.view())
}

pub(super) fn notification(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.notifications.find(text).ok_or_else(|| Reply::missing("Notification"))?;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.notifications.get(id).map_or(Value::Null, Notification::view))),
        ("PUT", None) => {
            request.admins_only()?;
            Ok(changed(region.notifications.get_mut(id), request.data()))
        }
        ("DELETE", None) => {
            request.admins_only()?;
            region.notifications.remove(id);
            Ok(Reply::deleted())
        }
        ("POST", Some("dismiss")) => {
            if let Some(one) = region.notifications.get_mut(id) {
                if !one.dismissable {
                    return Err(Reply::sentence(400, "Notification is not dismissable for this user."));
                }
                one.dismissed = true;
            }
            Ok(Reply::text(""))
        }
        _ => Err(no_such(request, if request.method == "POST" { ITEM_OPS } else { ITEM })),
    }
}

/// Nothing unknown is on the lab's wires.
pub(super) fn discovery(request: &Request, rest: &[&str]) -> Answer {
    match (request.asked(), rest) {
        (("GET", None | Some("by_unknown_ip" | "by_unknown_ip_and_mac" | "by_unknown_mac")), []) => {
            Ok(Reply::json(&json!([])))
        }
        (("POST", Some("clear" | "clear_by_mac_and_ip")), []) => {
            request.admins_only()?;
            Ok(Reply::deleted())
        }
        (("POST", Some("scan")), []) => {
            request.admins_only()?;
            Ok(Reply::json(&json!({
                "result": "Scanning is in-progress on all rack controllers.", "scan_attempted_on": [],
                "failed_to_connect_to": [], "scan_started_on": [], "scan_failed_on": [], "rpc_call_timed_out_on": [],
            })))
        }
        (("GET", None), [_]) => Err(Reply::missing("Discovery")),
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn license_keys(world: &mut World, request: &Request) -> Answer {
    request.admins_only()?;
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => {
            let all = region.license_keys.iter().map(|((os, series), key)| license_view(os, series, key));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", None) => {
            let data = request.data();
            let mut errors = Errors::default();
            let key = errors.required(data, "license_key").to_owned();
            let (os, series) = (errors.required(data, "osystem"), errors.required(data, "distro_series"));
            let at = (os.to_owned(), series.to_owned());
            let taken = region.license_keys.contains_key(&at);
            errors.unless(!taken, "__all__", "License key with this Osystem and Distro series already exists.");
            errors.finish()?;
            let view = license_view(os, series, &key);
            region.license_keys.insert(at, key);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn license_view(os: &str, series: &str, key: &str) -> Value {
    json!({
        "osystem": os, "distro_series": series, "license_key": key,
        "resource_uri": format!("/MAAS/api/2.0/license-key/{os}/{series}"),
    })
}

pub(super) fn license_key(world: &mut World, request: &Request, os: &str, series: &str) -> Answer {
    request.admins_only()?;
    let keys = &mut world.region.license_keys;
    let at = (os.to_owned(), series.to_owned());
    let key = keys.get(&at).cloned().ok_or_else(|| Reply::missing("LicenseKey"))?;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&license_view(os, series, &key))),
        ("PUT", None) => {
            let new = request.data().filled("license_key").unwrap_or(&key).to_owned();
            let view = license_view(os, series, &new);
            keys.insert(at, new);
            Ok(Reply::json(&view))
        }
        ("DELETE", None) => {
            keys.remove(&at);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, ITEM)),
    }
}
