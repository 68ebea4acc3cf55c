//! A Redfish service made of documents: whatever a test puts at a path is what the driver reads there.

use crate::redfish_scene::QUICK;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use slipway::drivers::redfish::{RedfishBmc, RedfishConfig, Security};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

/// An answer: status, headers, body.
pub type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// Where a session is made.
pub const SESSIONS: &str = "POST /redfish/v1/SessionService/Sessions";

#[derive(Debug, Default)]
struct Documents {
    answers: BTreeMap<String, Vec<Answer>>,
    asked: Vec<(String, HeaderMap, Vec<u8>)>,
}

/// The service. It ends with the test's runtime.
#[derive(Debug, Clone)]
pub struct Script {
    pub address: SocketAddr,
    documents: Arc<Mutex<Documents>>,
}

impl Script {
    /// A service without documents.
    pub async fn start() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let documents = Arc::<Mutex<Documents>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&documents));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, documents }
    }

    /// One with a root, sessions and one system, which is off.
    pub async fn with_system() -> Self {
        let script = Self::start().await;
        script.get(
            "/redfish/v1",
            json!({
                "Systems": {"@odata.id": "/redfish/v1/Systems"},
                "Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions"}},
            }),
        );
        script.session(201, "/redfish/v1/SessionService/Sessions/1");
        script.get("/redfish/v1/Systems", json!({"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]}));
        script.get("/redfish/v1/Systems/1", json!({"Id": "1", "PowerState": "Off"}));
        script
    }

    /// What is answered to a method and path, at its n-th time; the last stays.
    pub fn set(&self, what: &str, answers: Vec<Answer>) {
        self.documents.lock().expect("a lock").answers.insert(what.to_owned(), answers);
    }

    /// A document to be read.
    #[allow(clippy::needless_pass_by_value, reason = "documents are written where they are given")]
    pub fn get(&self, path: &str, document: Value) {
        self.set(&format!("GET {path}"), vec![(200, Vec::new(), document.to_string().into_bytes())]);
    }

    /// What is answered to a login.
    pub fn session(&self, status: u16, location: &str) {
        let headers = vec![("x-auth-token", "token-1".to_owned()), ("location", location.to_owned())];
        self.set(SESSIONS, vec![(status, headers, b"{}".to_vec())]);
    }

    /// Methods and paths that were asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.documents.lock().expect("a lock").asked.iter().map(|(what, ..)| what.clone()).collect()
    }

    /// Headers and body of the last request of this method and path.
    pub fn last(&self, what: &str) -> (HeaderMap, Vec<u8>) {
        let documents = self.documents.lock().expect("a lock");
        let found = documents.asked.iter().rev().find(|(asked, ..)| asked == what);
        let (_, headers, body) = found.unwrap_or_else(|| panic!("{what} was not asked"));
        (headers.clone(), body.clone())
    }

    pub fn config(&self) -> RedfishConfig {
        let mut config = RedfishConfig::new(self.address, "root", SecretString::from("calvin"));
        config.security = Security::PlainHttp;
        config.timing = QUICK;
        config
    }

    pub fn bmc(&self) -> RedfishBmc {
        RedfishBmc::new(&self.config()).expect("a driver")
    }
}

async fn answer(
    State(documents): State<Arc<Mutex<Documents>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let what = format!("{method} {}", path.trim_end_matches('/'));
    let mut documents = documents.lock().expect("a lock");
    documents.asked.push((format!("{method} {path}"), headers, body.to_vec()));
    let exact = format!("{method} {path}");
    let key = if documents.answers.contains_key(&exact) { exact } else { what };
    let (status, headers, body) = match documents.answers.get_mut(&key) {
        Some(answers) if answers.len() > 1 => answers.remove(0),
        Some(answers) => answers.first().cloned().unwrap_or((404, Vec::new(), Vec::new())),
        None => (404, Vec::new(), Vec::new()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
