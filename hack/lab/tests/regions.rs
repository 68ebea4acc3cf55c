//! What becomes of a region beside the requests it gets: rolled back, emptied, stopped, stale, slow, behind a proxy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use serde_json::{Value, json};
use slipway_lab::spec::LabSpec;
use slipway_lab::{Lab, start};
use support::{SPEC, control, get, maas, post, until};
use tokio::net::TcpStream;

async fn lab() -> Lab {
    start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap()
}

async fn zones(lab: &Lab) -> usize {
    get(lab, "zones/").await.as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_region_comes_back() {
    let lab = lab().await;
    let snapshot = control(&lab, "GET", "maas/snapshot", &Value::Null).await;
    post(&lab, "zones/", &[("name", "later")]).await;
    control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "Ready"})).await;
    assert_eq!(zones(&lab).await, 2);
    control(&lab, "POST", "maas/restore", &snapshot).await;
    assert_eq!(zones(&lab).await, 1);
    assert_eq!(get(&lab, "machines/").await, json!([]));
    // The machine itself is still there.
    assert_eq!(control(&lab, "GET", "machines/r01-u10", &Value::Null).await["systemId"], Value::Null);
    post(&lab, "zones/", &[("name", "again")]).await;
    control(&lab, "POST", "maas/empty", &Value::Null).await;
    assert_eq!(zones(&lab).await, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_region_refuses_connections() {
    let lab = lab().await;
    let host = lab.maas_url.trim_start_matches("http://").trim_end_matches("/MAAS").to_owned();
    control(&lab, "POST", "maas/stop", &Value::Null).await;
    until("the port to refuse", async || TcpStream::connect(&host).await.is_err().then_some(())).await;
    control(&lab, "POST", "maas/start", &Value::Null).await;
    until("the port to listen", async || TcpStream::connect(&host).await.is_ok().then_some(())).await;
    assert_eq!(zones(&lab).await, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_can_be_stale() {
    let lab = lab().await;
    let fault = json!({"kind": "staleReads", "writes": 1, "path": "/MAAS/api/2.0/zones/"});
    control(&lab, "POST", "faults", &fault).await;
    post(&lab, "zones/", &[("name", "new")]).await;
    assert_eq!(zones(&lab).await, 1);
    control(&lab, "DELETE", "faults", &Value::Null).await;
    assert_eq!(zones(&lab).await, 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_fail_after_the_write() {
    let lab = lab().await;
    let fault = json!({"kind": "maasStatus", "status": 502, "count": 1, "done": true, "page": true});
    control(&lab, "POST", "faults", &fault).await;
    let answer = maas(&lab, "POST", "zones/", &[("name", "one")]).await.unwrap();
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("<h1>502 Bad Gateway</h1>"), "{}", answer.text());
    assert_eq!(zones(&lab).await, 2);
    control(&lab, "POST", "faults", &json!({"kind": "maasReset", "count": 1, "done": true, "method": "POST"})).await;
    assert!(maas(&lab, "POST", "zones/", &[("name", "two")]).await.is_none());
    assert_eq!(zones(&lab).await, 3);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racks_can_be_gone_and_events_lost() {
    let lab = lab().await;
    control(&lab, "POST", "machines/r01-u10/preset", &json!({"status": "Ready"})).await;
    control(&lab, "POST", "machines/r01-u11/preset", &json!({"status": "Ready"})).await;
    let all = get(&lab, "events/?op=query&level=DEBUG").await["count"].as_u64().unwrap();
    control(&lab, "POST", "faults", &json!({"kind": "lostEvents", "every": 2})).await;
    let kept = get(&lab, "events/?op=query&level=DEBUG").await["count"].as_u64().unwrap();
    assert!(kept < all, "{kept} of {all}");
    control(&lab, "POST", "faults", &json!({"kind": "rackDown"})).await;
    let racks = get(&lab, "rackcontrollers/").await;
    let services = racks[0]["service_set"].as_array().unwrap();
    let rackd = services.iter().find(|one| one["name"] == json!("rackd")).unwrap();
    assert_eq!(rackd["status"], json!("dead"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_and_does_less() {
    let lab = lab().await;
    let key = control(&lab, "POST", "maas/users/op1/key", &json!({"superuser": false})).await;
    let mut as_user = slipway_lab::start(LabSpec::from_yaml(SPEC).unwrap()).await.unwrap();
    as_user.api_key = key["apiKey"].as_str().unwrap().to_owned();
    as_user.maas_url.clone_from(&lab.maas_url);
    let answer = maas(&as_user, "GET", "users/?op=whoami", &[]).await.unwrap();
    assert_eq!(answer.json()["username"], json!("op1"));
    let refused = maas(&as_user, "POST", "zones/", &[("name", "mine")]).await.unwrap();
    assert_eq!((refused.status, refused.text().as_str()), (403, "This method is reserved for admin users."));
    lab.stop().await;
}
