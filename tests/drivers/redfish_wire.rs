//! What the Redfish driver makes of services that differ in HTTP: redirects, pages, logins, refusals.

use crate::redfish_scene::{class, failure};
use crate::redfish_script::{SESSIONS, Script};
use serde_json::{Value, json};
use slipway::{
    drivers::{Bmc, ErrorClass},
    model::{BootDevice, FirmwareType, Permit, PermitHolder, Power, PowerAction},
};
use std::time::{Duration, Instant};

const SYSTEM: &str = "/redfish/v1/Systems/1";

fn permit() -> (PermitHolder, Permit) {
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_mins(1));
    let permit = holder.permit();
    (holder, permit)
}

fn refusal(id: &str, message: &str) -> Vec<u8> {
    let info = json!([{"MessageId": id, "Message": message}]);
    json!({"error": {"code": "x", "message": "y", "@Message.ExtendedInfo": info}}).to_string().into_bytes()
}

fn moved(status: u16, to: &str) -> (u16, Vec<(&'static str, String)>, Vec<u8>) {
    (status, vec![("location", to.to_owned())], Vec::new())
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_bmc_and_nowhere_else() {
    let script = Script::with_system().await;
    let body = json!({"PowerState": "On"}).to_string().into_bytes();
    script.set(&format!("GET {SYSTEM}"), vec![moved(308, &format!("{SYSTEM}/"))]);
    script.set(&format!("GET {SYSTEM}/"), vec![(200, Vec::new(), body)]);
    assert_eq!(script.bmc().power().await.unwrap(), Power::On);

    let elsewhere = Script::start().await;
    for to in [format!("http://{}/redfish/v1/Systems/1", elsewhere.address), "//evil/x".into(), String::new()] {
        // The other one listens on another port of the same host, so it is named by a name that is not the BMC's.
        let to = to.replace("127.0.0.1", "localhost");
        script.set(&format!("GET {SYSTEM}"), vec![moved(302, &to)]);
        script.set(&format!("GET {SYSTEM}/"), vec![moved(302, &to)]);
        assert_eq!(class(script.bmc().power().await), ErrorClass::Rejected, "{to}");
    }
    assert_eq!(elsewhere.asked(), Vec::<String>::new(), "no session was carried there");
    let circle = vec![moved(307, SYSTEM)];
    script.set(&format!("GET {SYSTEM}"), circle);
    let (class, text) = failure(script.bmc().power().await);
    assert!(class == ErrorClass::Rejected && text.contains("in a circle"), "{text}");
}

#[tokio::test]
async fn an_action_is_redirected_with_what_it_says() {
    let (_holder, permit) = permit();
    let script = Script::with_system().await;
    let action = format!("{SYSTEM}/Actions/ComputerSystem.Reset");
    script.set(&format!("POST {action}"), vec![moved(308, &format!("{action}/"))]);
    script.set(&format!("POST {action}/"), vec![(204, Vec::new(), Vec::new())]);
    script.bmc().set_power(PowerAction::On, &permit).await.unwrap();
    let (headers, body) = script.last(&format!("POST {action}/"));
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"ResetType": "On"}));
    assert_eq!(headers["x-auth-token"], "token-1");
    assert!(!headers.contains_key("if-match"));
}

#[tokio::test]
async fn pages_are_followed_to_their_end_and_not_further() {
    let script = Script::with_system().await;
    let page = |from: u64, next: Option<&str>| {
        let entries: Vec<Value> = (from..from + 3)
            .map(|id| json!({"Id": id.to_string(), "Message": format!("m{id}"), "Created": format!("2026-01-01T00:00:{id:02}Z")}))
            .collect();
        let mut page = json!({"Members": entries});
        if let Some(next) = next {
            page["Members@odata.nextLink"] = json!(next);
        }
        page
    };
    let log = format!("{SYSTEM}/LogServices/SEL");
    script.get(SYSTEM, json!({"LogServices": {"@odata.id": format!("{SYSTEM}/LogServices")}}));
    script.get(&format!("{SYSTEM}/LogServices"), json!({"Members": [{"@odata.id": log}]}));
    script.get(&log, json!({"Entries": {"@odata.id": format!("{log}/Entries")}}));
    let entries = format!("{log}/Entries");
    let second = format!("{entries}?$skip=3");
    for (next, wanted) in [
        (Some(second.clone()), 6),
        // A page that names itself, and one on another host.
        (Some(entries.clone()), 3),
        (Some("http://evil/more".to_owned()), 3),
        (None, 3),
    ] {
        script.get(&entries, page(1, next.as_deref()));
        script.get(&second, page(4, None));
        let events = script.bmc().events(100).await.unwrap();
        assert_eq!(events.len(), wanted, "{next:?}");
        assert_eq!(events[0].message, format!("m{wanted}"), "the newest first");
    }
    // A log that begins with the newest is not read to its end.
    let newest = json!({"Members": [
        {"Id": "9", "Message": "m9", "Created": "2026-01-01T00:00:09Z"},
        {"Id": "8", "Message": "m8", "Created": "2026-01-01T00:00:08Z"},
    ], "Members@odata.nextLink": second});
    script.get(&entries, newest);
    let before = script.asked().len();
    assert_eq!(script.bmc().events(2).await.unwrap()[0].message, "m9");
    assert!(!script.asked()[before..].iter().any(|asked| asked.contains("skip")));
    // A service that always has one more page is left in the end.
    for at in 0..200 {
        script.get(&format!("{entries}?p={at}"), page(at, Some(&format!("{entries}?p={}", at + 1))));
    }
    script.get(&entries, page(1, Some(&format!("{entries}?p=0"))));
    let before = script.asked().len();
    assert_eq!(script.bmc().events(5).await.unwrap().len(), 5);
    assert!(script.asked().len() - before < 100, "{}", script.asked().len() - before);
}

#[tokio::test]
async fn sessions_are_made_wherever_they_are_and_ended_there() {
    // Said in the BMC's own absolute URL.
    let script = Script::with_system().await;
    script.session(201, &format!("http://{}/redfish/v1/SessionService/Sessions/7", script.address));
    script.set("DELETE /redfish/v1/SessionService/Sessions/7", vec![(204, Vec::new(), Vec::new())]);
    let bmc = script.bmc();
    bmc.power().await.unwrap();
    bmc.close().await;
    assert_eq!(script.last("DELETE /redfish/v1/SessionService/Sessions/7").0["x-auth-token"], "token-1");

    // At the older path, with a root that tells nothing.
    let script = Script::with_system().await;
    script.get("/redfish/v1", json!({}));
    script.set(SESSIONS, vec![(404, Vec::new(), Vec::new())]);
    let headers = vec![("x-auth-token", "token-2".to_owned())];
    script.set("POST /redfish/v1/Sessions", vec![(201, headers, b"{}".to_vec())]);
    script.bmc().power().await.unwrap();
    assert_eq!(script.last(&format!("GET {SYSTEM}")).0["x-auth-token"], "token-2");

    // A login that gives no token is none.
    let script = Script::with_system().await;
    script.set(SESSIONS, vec![(201, Vec::new(), b"{}".to_vec())]);
    script.bmc().power().await.unwrap();
    assert!(script.last(&format!("GET {SYSTEM}")).0["authorization"].to_str().unwrap().starts_with("Basic "));

    // A root that is for those who are logged in alone.
    let script = Script::with_system().await;
    let root = json!({"Systems": {"@odata.id": "/redfish/v1/Systems"}}).to_string().into_bytes();
    let closed = (401, Vec::new(), Vec::new());
    script.set("GET /redfish/v1", vec![closed.clone(), closed, (200, Vec::new(), root)]);
    script.bmc().power().await.unwrap();
}

#[tokio::test]
async fn a_refused_login_is_understood_in_other_words_too() {
    let script = Script::with_system().await;
    let words = refusal("iLO.0.10.UnauthorizedLoginAttempt", "The password calvin is wrong.");
    script.set(SESSIONS, vec![(400, Vec::new(), words)]);
    let bmc = script.bmc();
    for _ in 0..3 {
        assert_eq!(class(bmc.power().await), ErrorClass::Unauthorized);
    }
    assert_eq!(script.asked().iter().filter(|asked| asked.starts_with("POST")).count(), 1);
    // One that answers nothing of use is out of order, and says nothing about the password.
    let script = Script::with_system().await;
    script.set(SESSIONS, vec![(500, Vec::new(), b"<html>".to_vec())]);
    assert_eq!(class(script.bmc().power().await), ErrorClass::Unreachable);
}

#[tokio::test]
async fn what_the_bmc_says_is_told_without_the_password() {
    let (_holder, permit) = permit();
    let script = Script::with_system().await;
    let action = format!("POST {SYSTEM}/Actions/ComputerSystem.Reset");
    script.set(&action, vec![(409, Vec::new(), refusal("Base.1.8.X", "User root with calvin may not, \u{7} sorry."))]);
    let (class, text) = failure(script.bmc().set_power(PowerAction::On, &permit).await);
    assert_eq!(class, ErrorClass::Conflict);
    assert!(text.contains("User root with *** may not,  sorry."), "{text}");
    script
        .set(&action, vec![(403, Vec::new(), refusal("SMC.1.0.OemLicenseNotPassed", "Not licensed to perform this."))]);
    assert_eq!(failure(script.bmc().set_power(PowerAction::On, &permit).await).0, ErrorClass::Unsupported);
    script.set(&action, vec![(403, Vec::new(), refusal("Base.1.8.InsufficientPrivilege", "No."))]);
    assert_eq!(failure(script.bmc().set_power(PowerAction::On, &permit).await).0, ErrorClass::Unauthorized);
}

#[tokio::test]
async fn a_refused_boot_override_that_is_in_force_is_none() {
    let (_holder, permit) = permit();
    let off = json!({"Boot": {"BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "None"}});
    let set = json!({"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Pxe"}});
    let answers = |documents: &[&Value]| {
        documents.iter().map(|document| (200, Vec::new(), document.to_string().into_bytes())).collect::<Vec<_>>()
    };
    let script = Script::with_system().await;
    let no = (400, Vec::new(), refusal("IDRAC.1.6.SYS428", "A job is needed."));
    script.set(&format!("PATCH {SYSTEM}"), vec![no.clone()]);
    // Looked at: to find the system, before, for its version, and what has come of it.
    script.set(&format!("GET {SYSTEM}"), answers(&[&off, &off, &off, &set]));
    script.bmc().set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &permit).await.unwrap();
    script.set(&format!("GET {SYSTEM}"), answers(&[&off]));
    let (class, text) = failure(script.bmc().set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &permit).await);
    assert_eq!(class, ErrorClass::Rejected, "{text}");
    assert!(text.contains("A job is needed."), "{text}");
    // One that takes it and forgets it is found out.
    script.set(&format!("PATCH {SYSTEM}"), vec![(204, Vec::new(), Vec::new())]);
    let (class, text) = failure(script.bmc().set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &permit).await);
    assert_eq!(class, ErrorClass::Conflict, "{text}");
}

#[tokio::test]
async fn a_boot_override_goes_where_the_refusal_points() {
    let (_holder, permit) = permit();
    let script = Script::with_system().await;
    let off = json!({"Boot": {"BootSourceOverrideMode": "UEFI"}}).to_string().into_bytes();
    let set = json!({"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Pxe"}});
    let set = set.to_string().into_bytes();
    let ok = |body: &Vec<u8>| (200, vec![("etag", "\"1\"".to_owned())], body.clone());
    script.set(&format!("GET {SYSTEM}"), vec![ok(&off), ok(&off), ok(&off), ok(&set)]);
    script.get(&format!("{SYSTEM}/SD"), json!({"@odata.etag": "W/\"2\""}));
    let words = refusal("Ami.1.0.OperationSupportedInFutureStateURI", "Support is moved to the FutureState URI.");
    script.set(&format!("PATCH {SYSTEM}"), vec![(400, Vec::new(), words)]);
    script.set(&format!("PATCH {SYSTEM}/SD"), vec![(204, Vec::new(), Vec::new())]);
    script.bmc().set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &permit).await.unwrap();
    let (headers, body) = script.last(&format!("PATCH {SYSTEM}/SD"));
    assert_eq!(headers["if-match"], "W/\"2\"");
    let wanted = json!({"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Pxe"}});
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), wanted, "the mode is as wanted and stays unsaid");
}
