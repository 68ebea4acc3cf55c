//! The client against a server that answers from a script and keeps what it was asked.

use super::*;
use crate::{drivers::ErrorClass, model::PermitHolder};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, http::Uri, response::IntoResponse};
use std::{
    collections::VecDeque,
    sync::Mutex,
    time::{Duration, Instant},
};

type Scripted = (u16, &'static str, &'static str);

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Scripted>>,
    asked: Mutex<Vec<(String, String, String)>>,
}

async fn answer(
    State(script): State<Arc<Script>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse + use<> {
    let login = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let asked = (uri.to_string(), login, String::from_utf8_lossy(&body).into_owned());
    script.asked.lock().unwrap().push(asked);
    let (status, kind, body) = script.answers.lock().unwrap().pop_front().unwrap_or((200, "application/json", "[]"));
    let retry = if kind == "text/html" { "0" } else { "" };
    (StatusCode::from_u16(status).unwrap(), [("content-type", kind), ("retry-after", retry)], body)
}

async fn server(answers: &[Scripted]) -> (Client, Arc<Script>) {
    rustls::crypto::ring::default_provider().install_default().ok();
    let script = Arc::new(Script { answers: Mutex::new(answers.iter().copied().collect()), ..Script::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/MAAS/", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (Client::new(&url, &"con:tok:topsecret".into(), 4).unwrap(), script)
}

fn permit() -> (PermitHolder, Permit) {
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_mins(1));
    let permit = holder.permit();
    (holder, permit)
}

fn form(pairs: &[(&str, &str)]) -> Form {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

#[tokio::test]
async fn a_read_is_tried_again_and_signed_anew() {
    let (client, script) = server(&[(503, "text/plain", "busy"), (409, "text/html", "<html>")]).await;
    let list: Vec<u64> = client.get("tags/", &[("op", "query"), ("a", "b c")]).await.unwrap();
    assert!(list.is_empty());
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|(uri, ..)| uri == "/MAAS/api/2.0/tags/?op=query&a=b+c"));
    assert!(asked.iter().all(|(_, login, _)| login.starts_with("OAuth oauth_version=\"1.0\"")));
    assert_ne!(asked[0].1, asked[1].1, "MAAS takes a nonce only once");
}

#[tokio::test]
async fn a_write_is_sent_once() {
    let (client, script) = server(&[(503, "text/plain", "No rack controllers can access the BMC of node H")]).await;
    let (_holder, permit) = permit();
    let sent = form(&[("nodes", "a"), ("nodes", "b"), ("flag", "false")]);
    let error = client.post("machines/", Some("release"), &sent, &permit).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unreachable);
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].0.as_str(), asked[0].2.as_str()),
        ("/MAAS/api/2.0/machines/?op=release", "nodes=a&nodes=b&flag=false")
    );
}

#[tokio::test]
async fn a_write_in_conflict_is_sent_once_more() {
    let (client, script) = server(&[(409, "text/html", "<html>"), (200, "text/plain", "OK")]).await;
    let (_holder, permit) = permit();
    assert_eq!(client.put("tags/a/", &form(&[("b", "c")]), &permit).await.unwrap(), b"OK");
    assert_eq!(script.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn without_a_lease_nothing_is_sent() {
    let (client, script) = server(&[]).await;
    let (holder, permit) = permit();
    holder.revoke();
    let error = client.delete("tags/a/", &permit).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Conflict);
    assert!(script.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_secret_is_told() {
    let leak = "Authorization Error: 'Invalid signature. Expected signature base string: &topsecret'";
    let answers = [(401, "text/html", leak), (500, "text/plain", "ipmipower -p hunter2 &topsecret failed")];
    let (client, _script) = server(&answers).await;
    let (_holder, permit) = permit();
    for class in [ErrorClass::Unauthorized, ErrorClass::Unreachable] {
        let sent = form(&[("power_parameters_power_pass", "hunter2")]);
        let error = client.put("machines/abc/", &sent, &permit).await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert_eq!(error.class(), class);
        assert!(!told.contains("topsecret") && !told.contains("hunter2"), "{told}");
    }
    assert!(!format!("{client:?}").contains("topsecret"));
}

#[tokio::test]
async fn an_unreadable_answer_quotes_nothing() {
    let (client, _script) = server(&[(200, "application/json", r#"["hunter2"]"#)]).await;
    let error = client.get::<Vec<u64>>("tags/", &[]).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unreachable);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/MAAS", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&url, &"a:b:c".into(), 1).unwrap();
    assert_eq!(client.get::<Vec<u64>>("tags/", &[]).await.unwrap_err().class(), ErrorClass::Unreachable);
}

#[test]
fn a_url_is_http_without_login() {
    rustls::crypto::ring::default_provider().install_default().ok();
    for bad in ["maas", "ftp://maas/MAAS", "http://user:pass@maas/MAAS"] {
        let error = Client::new(bad, &"a:b:c".into(), 1).unwrap_err();
        assert!(matches!(error, Error::Url(_)), "{bad}");
        assert!(!error.to_string().contains("pass@"), "{error}");
    }
    for good in ["http://maas:5240/MAAS", "https://maas/MAAS/", "http://maas:5240/MAAS/api/2.0/"] {
        assert!(Client::new(good, &"a:b:c".into(), 1).unwrap().0.base.ends_with("/MAAS/api/2.0/"), "{good}");
    }
}

#[tokio::test]
async fn what_never_left_is_told_apart_from_what_may_have_been_done() {
    let (_holder, permit) = permit();
    let nobody = Client::new("http://127.0.0.1:1/MAAS/", &"con:tok:topsecret".into(), 4).unwrap();
    let error = nobody.post("machines/a/", Some("deploy"), &Form::new(), &permit).await.unwrap_err();
    assert!(error.class() == ErrorClass::Unreachable && error.is_not_begun(), "nobody listens: {error:?}");
    let (client, _) = server(&[(502, "text/html", "proxy"), (503, "text/plain", "")]).await;
    let error = client.post("machines/a/", Some("deploy"), &Form::new(), &permit).await.unwrap_err();
    assert!(error.class() == ErrorClass::Unreachable && !error.is_not_begun(), "who knows: {error:?}");
    let (client, _) = server(&[(502, "text/plain", "proxy"); 3]).await;
    let error = client.get::<Vec<u64>>("tags/", &[]).await.unwrap_err();
    assert!(error.class() == ErrorClass::Unreachable && error.is_not_begun(), "a read: {error:?}");
}
