//! MAAS's API as a person with an API key would use it: nothing of our driver is in here.

use serde_json::Value;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

static NONCE: AtomicU64 = AtomicU64::new(0);

pub struct MaasApi {
    base: String,
    key: Vec<String>,
}

impl MaasApi {
    pub fn new(url: &str, key: &str) -> Self {
        Self { base: format!("{url}/api/2.0/"), key: key.split(':').map(str::to_owned).collect() }
    }

    /// A list or an object.
    pub async fn get(&self, path: &str) -> Value {
        self.send(reqwest::Method::GET, path, &[]).await
    }

    /// Makes something.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.send(reqwest::Method::POST, path, form).await
    }

    /// Changes something.
    pub async fn put(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.send(reqwest::Method::PUT, path, form).await
    }

    async fn send(&self, method: reqwest::Method, path: &str, form: &[(&str, &str)]) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let nonce = NONCE.fetch_add(1, Ordering::Relaxed);
        let authorization = format!(
            "OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", oauth_consumer_key=\"{}\", \
             oauth_token=\"{}\", oauth_signature=\"%26{}\", oauth_nonce=\"t{nonce}-{now}\", oauth_timestamp=\"{now}\"",
            self.key[0], self.key[1], self.key[2]
        );
        let request = reqwest::Client::new().request(method.clone(), format!("{}{path}", self.base));
        let request = if method == reqwest::Method::GET { request } else { request.form(form) };
        let response = request.header("Authorization", authorization).send().await.unwrap();
        let (status, body) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or(Value::String(body))
    }

    /// The machine with this host name.
    pub async fn machine(&self, hostname: &str) -> Value {
        let machines = self.get(&format!("machines/?hostname={hostname}")).await;
        machines.as_array().unwrap().first().cloned().unwrap_or_else(|| panic!("no machine {hostname}"))
    }
}

/// The entry of a list whose field has this value.
pub fn find(list: &Value, field: &str, value: &str) -> Value {
    let entries = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let entry = entries.iter().find(|entry| entry[field] == value);
    entry.cloned().unwrap_or_else(|| panic!("nothing with {field} {value} in {list:#}"))
}
