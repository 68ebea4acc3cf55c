//! Faults on demand, and MAAS's own refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use serde_json::{Value, json};
use slipway_lab::spec::LabSpec;
use slipway_lab::{Lab, start};
use support::{SPEC, authorization, control, get, http, maas, post, serve_dhcp, until, until_status};

async fn lab() -> Lab {
    start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap()
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_stops_the_site_after_a_write() {
    let lab = lab().await;
    let fault = json!({"kind": "holdAfterWrite", "count": 2, "answer": "Lost"});
    control(&lab, "POST", "faults", &fault).await;
    post(&lab, "fabrics/", &[("name", "first")]).await;
    let faults = control(&lab, "GET", "faults", &Value::Null).await;
    assert_eq!(faults[0]["tripped"], false);
    assert!(maas(&lab, "POST", "fabrics/", &[("name", "second")]).await.is_none(), "its answer is lost");
    let faults = control(&lab, "GET", "faults", &Value::Null).await;
    assert_eq!((&faults[0]["tripped"], &faults[0]["hits"]), (&json!(true), &json!(2)));
    {
        let mut held = std::pin::pin!(maas(&lab, "GET", "fabrics/", &[]));
        let reads = async || control(&lab, "GET", "stats", &Value::Null).await["maasReads"].clone();
        let before = reads().await;
        tokio::select! {
            answer = &mut held => panic!("not held: {answer:?}"),
            () = async {
                for _ in 0..20 {
                    assert_eq!(reads().await, before, "a held request is not carried out");
                }
            } => {}
        }
        control(&lab, "DELETE", "faults", &Value::Null).await;
        // Either it was held and is reset now, or it arrived after the fault was cleared.
        if let Some(answer) = held.await {
            assert_eq!(answer.status, 200);
        }
    }
    let names: Vec<String> =
        get(&lab, "fabrics/").await.as_array().unwrap().iter().map(|f| f["name"].to_string()).collect();
    assert_eq!(names, ["\"fabric-0\"", "\"first\"", "\"second\""], "the write whose answer was lost was carried out");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn status_reset_and_conflict_are_used_up() {
    let lab = lab().await;
    control(&lab, "POST", "faults", &json!({"kind": "maasStatus", "status": 503, "count": 1})).await;
    assert_eq!(maas(&lab, "GET", "zones/", &[]).await.unwrap().status, 503);
    assert_eq!(maas(&lab, "GET", "zones/", &[]).await.unwrap().status, 200);
    control(&lab, "POST", "faults", &json!({"kind": "maasReset", "count": 1, "path": "/MAAS/api/2.0/tags"})).await;
    assert!(maas(&lab, "GET", "tags/", &[]).await.is_none());
    let conflict = json!({"kind": "maasConflictHtml", "count": 1, "method": "POST"});
    control(&lab, "POST", "faults", &conflict).await;
    let answer = maas(&lab, "POST", "tags/", &[("name", "x")]).await.unwrap();
    assert_eq!(answer.status, 409);
    assert!(answer.headers.to_lowercase().contains("retry-after: 5"));
    post(&lab, "tags/", &[("name", "x")]).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_fail_on_demand() {
    let lab = lab().await;
    serve_dhcp(&lab).await;
    let known = control(&lab, "POST", "machines/r01-u11/preset", &json!({"status": "Ready"})).await;
    let path = format!("machines/{}/", known["systemId"].as_str().unwrap());
    control(&lab, "POST", "faults", &json!({"kind": "commissionFails", "machine": "r01-u11", "count": 1})).await;
    post(&lab, &format!("{path}?op=commission"), &[]).await;
    until_status(&lab, "r01-u11", "Failed commissioning").await;
    post(&lab, &format!("{path}?op=commission"), &[]).await;
    until_status(&lab, "r01-u11", "Ready").await;
    control(&lab, "POST", "faults", &json!({"kind": "deployFails", "count": 1})).await;
    post(&lab, &format!("{path}?op=deploy"), &[]).await;
    until_status(&lab, "r01-u11", "Failed deployment").await;
    let refused = maas(&lab, "POST", &format!("{path}?op=deploy"), &[]).await.unwrap();
    assert_eq!(
        (refused.status, refused.text().as_str()),
        (409, "Can't deploy a machine that is in the 'Failed deployment' state")
    );
    control(&lab, "POST", "faults", &json!({"kind": "eraseFails", "count": 1})).await;
    post(&lab, &format!("{path}?op=release"), &[("erase", "true")]).await;
    until_status(&lab, "r01-u11", "Failed disk erasing").await;
    control(&lab, "POST", "faults", &json!({"kind": "bmcDead", "machine": "r01-u11"})).await;
    let refused = maas(&lab, "POST", &format!("{path}?op=release"), &[]).await.unwrap();
    assert_eq!(refused.status, 500);
    control(&lab, "DELETE", "faults", &Value::Null).await;
    post(&lab, &format!("{path}?op=release"), &[]).await;
    until_status(&lab, "r01-u11", "Ready").await;
    control(&lab, "POST", "faults", &json!({"kind": "neverBoots", "machine": "r01-u11"})).await;
    post(&lab, &format!("{path}?op=commission"), &[]).await;
    until_status(&lab, "r01-u11", "Failed commissioning").await;
    let record = get(&lab, &path).await;
    assert_eq!(record["error_description"], "Node operation 'Commissioning' timed out after 30 minutes.");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_is_guarded_as_in_maas() {
    let lab = lab().await;
    let zones = format!("{}/api/2.0/zones/", lab.maas_url);
    let anonymous = http("GET", &zones, "", "").await.unwrap();
    assert_eq!((anonymous.status, anonymous.text().as_str()), (401, "Forbidden"));
    let machines = format!("{}/api/2.0/machines/", lab.maas_url);
    let anonymous = http("GET", &machines, "", "").await.unwrap();
    assert_eq!((anonymous.status, anonymous.text().as_str()), (400, "Unrecognised signature: method=GET op=None"));
    let header = authorization(&lab.api_key, "once", now());
    assert_eq!(http("GET", &zones, &header, "").await.unwrap().status, 200);
    let again = http("GET", &zones, &header, "").await.unwrap();
    assert_eq!((again.status, again.text().as_str()), (401, "Authorization Error: 'Nonce already used: once'"));
    let old = http("GET", &zones, &authorization(&lab.api_key, "old", now() - 301), "").await.unwrap();
    assert!(old.status == 401 && old.text().contains("Expired timestamp"), "{}", old.text());
    let wrong = http("GET", &zones, &authorization("lab:lab:wrong", "w", now()), "").await.unwrap();
    assert!(wrong.headers.to_lowercase().contains("www-authenticate: oauth realm"));
    let slash = maas(&lab, "GET", "zones", &[]).await.unwrap();
    assert_eq!((slash.status, slash.text().as_str()), (404, "Unknown API endpoint: /MAAS/api/2.0/zones."));
    let method = maas(&lab, "DELETE", "machines/", &[]).await.unwrap();
    assert_eq!(method.status, 405);
    assert!(method.headers.to_lowercase().contains("allow: get, post"));
    assert_eq!(get(&lab, "users/op-whoami").await["username"], "admin");
    assert_eq!(get(&lab, "maas/?op=get_config&name=default_osystem").await, "ubuntu");
    let range = maas(&lab, "PUT", "vlans/5001/", &[("dhcp_on", "true")]).await.unwrap();
    assert_eq!(range.status, 400);
    assert!(range.text().contains("dhcp can only be turned on when a dynamic IP range is defined."));
    let by_cidr = get(&lab, "subnets/cidr:10.23.20.0%2F24/").await;
    assert_eq!(by_cidr["id"], 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_record_with_a_known_mac_is_refused() {
    let lab = lab().await;
    serve_dhcp(&lab).await;
    let form = [
        ("architecture", "amd64/generic"),
        ("mac_addresses", "52:54:00:00:01:0b"),
        ("hostname", "one"),
        ("commission", "false"),
        ("power_type", "manual"),
    ];
    let made = post(&lab, "machines/", &form).await;
    assert_eq!((&made["status_name"], &made["owner"]), (&json!("New"), &Value::Null));
    let again = maas(&lab, "POST", "machines/", &form).await.unwrap();
    assert_eq!(again.status, 400);
    assert!(again.text().contains("MAC address 52:54:00:00:01:0b already in use on one."));
    // The machine with that NIC boots through another one: MAAS wants no second record.
    let port = lab.bmc_port.to_string();
    let args =
        ["-I", "lanplus", "-H", "127.23.104.12", "-p", &port, "-U", "root", "-P", "calvin", "-C", "3", "power", "on"];
    let output = tokio::process::Command::new("ipmitool").args(args).output().await;
    output.expect("ipmitool is missing: install it with `apt-get install ipmitool`");
    until("the refusal", async || {
        let journal = control(&lab, "GET", "journal?machine=r01-u10", &Value::Null).await;
        journal["entries"].as_array().unwrap().iter().any(|entry| entry["kind"] == "EnlistRefused").then_some(())
    })
    .await;
    lab.stop().await;
}
