//! The lab on which the story is played: requests over its socket, and the whole site put back to an earlier moment.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use slipway_lab::{Checkpoint, Lab};

use crate::client::{Answer, Body, Signature, form, nonce, parts, send};
use crate::compare::{Comparison, Miss, plain};
use crate::exchange::Exchange;
use crate::ids::Ids;

/// A moment of the story to which the stage can go back.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    checkpoint: Checkpoint,
    pub(crate) ids: Ids,
    /// MAAS has yet to do what follows from the last write.
    pub(crate) unsettled: bool,
    keys: BTreeMap<String, String>,
}

/// The lab and what is known of it.
pub(crate) struct Stage {
    lab: Lab,
    pub(crate) ids: Ids,
    pub(crate) unsettled: bool,
    keys: BTreeMap<String, String>,
    /// What files of the recording held, by request.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// What came of an exchange.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    pub(crate) misses: Vec<Miss>,
}

impl Played {
    pub(crate) fn matches(&self) -> bool {
        self.misses.is_empty()
    }
}

impl Stage {
    pub(crate) fn new(lab: Lab) -> Self {
        let keys = BTreeMap::from([("admin".to_owned(), lab.api_key.clone())]);
        Self { lab, ids: Ids::default(), unsettled: false, keys, files: BTreeMap::new() }
    }

    pub(crate) async fn stop(self) {
        self.lab.stop().await;
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment {
            checkpoint: self.lab.checkpoint(),
            ids: self.ids.clone(),
            unsettled: self.unsettled,
            keys: self.keys.clone(),
        }
    }

    pub(crate) fn go_back(&mut self, to: &Moment) {
        self.lab.go_back(&to.checkpoint);
        self.ids = to.ids.clone();
        self.unsettled = to.unsettled;
        self.keys.clone_from(&to.keys);
    }

    fn host(url: &str) -> String {
        url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned()
    }

    /// A call of the lab's own API.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let body = Body { content_type: "application/json".to_owned(), bytes };
        let host = Self::host(&self.lab.control_url);
        let answer = send(&host, method, &format!("/{path}"), &Signature::None, &body).await;
        answer.and_then(|answer| answer.json()).unwrap_or(Value::Null)
    }

    /// MAAS does what follows from the last write.
    pub(crate) async fn settle(&mut self) {
        if std::mem::take(&mut self.unsettled) {
            self.control("POST", "settle", &Value::Null).await;
        }
    }

    pub(crate) async fn give_key(&mut self, user: &str) {
        let given = self.control("POST", &format!("maas/users/{user}/key"), &json!({"superuser": false})).await;
        if let Some(key) = given["apiKey"].as_str() {
            self.keys.insert(user.to_owned(), key.to_owned());
        }
    }

    /// A signed request of ours.
    pub(crate) async fn request(&self, method: &str, path: &str, body: &Body) -> Option<Answer> {
        let signature = self.signed_by("admin");
        send(&Self::host(&self.lab.maas_url), method, path, &signature, body).await
    }

    fn signed_by(&self, user: &str) -> Signature {
        let key = self.keys.get(user).or(self.keys.get("admin")).cloned().unwrap_or_default();
        Signature::Key { key, at: None, nonce: None }
    }

    /// A machine as MAAS shows it now, by its recorded system id.
    pub(crate) async fn machine(&self, recorded: &str) -> Value {
        let Some(id) = self.ids.get("node", recorded) else { return Value::Null };
        let answer = self.request("GET", &format!("/MAAS/api/2.0/machines/{id}/"), &Body::default()).await;
        answer.and_then(|answer| answer.json()).unwrap_or(Value::Null)
    }

    /// The machine in the rack goes one step on. Says whether it did.
    pub(crate) async fn advance(&mut self, recorded: &str) -> bool {
        self.unsettled = false;
        let path = format!("machines/{recorded}/advance");
        let done = self.control("POST", &path, &json!({"steps": 1})).await;
        if done["steps"] == json!(1) {
            return true;
        }
        // Where MAAS cannot, somebody switches it on by hand.
        let waits = matches!(done["machine"]["status"].as_str(), Some("Commissioning" | "Deploying" | "Testing"));
        if !waits || done["machine"]["power"] != json!("Off") {
            return false;
        }
        self.control("POST", &format!("machines/{recorded}/button"), &Value::Null).await;
        let done = self.control("POST", &path, &json!({"steps": 1})).await;
        done["steps"] == json!(1)
    }

    pub(crate) async fn fault(&self, fault: &Value) {
        self.control("POST", "faults", fault).await;
    }

    pub(crate) async fn no_faults(&self) {
        self.control("DELETE", "faults", &Value::Null).await;
    }

    /// How the recorded request was signed, which its answer tells when it was refused.
    fn signature(&self, exchange: &Exchange) -> Signature {
        let text = exchange.text();
        let key = self.keys.get("admin").cloned().unwrap_or_default();
        let mut pieces: Vec<String> = key.split(':').map(str::to_owned).collect();
        let mut at = None;
        if exchange.path() == "version/" || text == "Forbidden" || exchange.url.starts_with("/MAAS/api/describe") {
            return Signature::None;
        }
        let lists = matches!(exchange.path(), "machines/" | "nodes/");
        if lists && exchange.op().is_none() && text.starts_with("Unrecognised signature: method=GET op=None") {
            return Signature::None;
        }
        if exchange.group == 1 && lists && exchange.method == "POST" && exchange.status == 400 {
            return Signature::None;
        }
        if text.contains("Invalid API key") {
            "unknown".clone_into(&mut pieces[0]);
        } else if let Some(rest) = text.split("Invalid access token: ").nth(1) {
            rest.trim_end_matches('\'').clone_into(&mut pieces[1]);
        } else if text.contains("Invalid signature") {
            "wrong".clone_into(&mut pieces[2]);
        } else if let Some(rest) = text.split("Expired timestamp: given ").nth(1) {
            at = rest.split(' ').next().and_then(|number| number.parse().ok());
        } else if exchange.group == 34 && exchange.name.contains("user") {
            return self.signed_by("op1");
        }
        Signature::Key { key: pieces.join(":"), at, nonce: None }
    }

    fn body(&self, exchange: &Exchange) -> Body {
        if let Some(json) = &exchange.json {
            return Body {
                content_type: "application/json".to_owned(),
                bytes: self.ids.text(&json.to_string()).into_bytes(),
            };
        }
        if exchange.method == "GET" || exchange.method == "DELETE" {
            return Body::default();
        }
        let (path, op) = (exchange.path(), exchange.op());
        let pairs: Vec<(String, String)> =
            exchange.params.iter().map(|(key, value)| (key.clone(), self.ids.param(path, op, key, value))).collect();
        if exchange.files.is_empty() {
            return form(&pairs);
        }
        let files: Vec<(String, Vec<u8>)> = exchange
            .files
            .iter()
            .filter_map(|field| Some((field.clone(), self.files.get(&format!("{}/{field}", exchange.name))?.clone())))
            .collect();
        parts(&pairs, &files)
    }

    /// Plays a recorded request and compares the answers. What the pair tells of ids is learnt when they match.
    pub(crate) async fn play(&mut self, exchange: &Exchange) -> Played {
        if let Some(count) = exchange.concurrent {
            return self.play_at_once(exchange, count).await;
        }
        let host = Self::host(&self.lab.maas_url);
        let path = self.ids.path(&exchange.url);
        let mut signature = self.signature(exchange);
        if exchange.text().contains("Nonce already used")
            && let Signature::Key { nonce: given, .. } = &mut signature
        {
            *given = Some(nonce());
            send(&host, &exchange.method, &path, &signature, &self.body(exchange)).await;
        }
        let answer = send(&host, &exchange.method, &path, &signature, &self.body(exchange)).await;
        self.unsettled |= exchange.method != "GET";
        let Some(answer) = answer else {
            return Played { misses: vec![Miss::new("", exchange.status, "no answer")] };
        };
        let mut ids = self.ids.clone();
        let misses = compare(&mut ids, exchange, &answer);
        // Of a created thing the ids are worth knowing even when something else differs.
        if misses.is_empty() || (exchange.status == answer.status && exchange.status < 300) {
            self.ids = ids;
        }
        Played { misses }
    }

    /// Several requests at once, of which the statuses alone were recorded.
    async fn play_at_once(&mut self, exchange: &Exchange, count: usize) -> Played {
        let moment = self.moment();
        let body = Body::default();
        let ready = self.request("GET", "/MAAS/api/2.0/machines/?status=ready", &body).await;
        let ready = ready.and_then(|answer| answer.json()).unwrap_or(Value::Null);
        let id = ready[0]["system_id"].as_str().unwrap_or_default().to_owned();
        let host = Self::host(&self.lab.maas_url);
        let body = form(&[("system_id".to_owned(), id)]);
        let requests = (0..count).map(|_| {
            let (host, body, signature, path) =
                (host.clone(), body.clone(), self.signed_by("admin"), exchange.url.clone());
            tokio::spawn(async move { send(&host, "POST", &path, &signature, &body).await })
        });
        let mut statuses = Vec::new();
        for request in requests.collect::<Vec<_>>() {
            statuses.push(request.await.ok().flatten().map_or(0, |answer| answer.status));
        }
        self.go_back(&moment);
        let mut expected = exchange.statuses.clone();
        statuses.sort_unstable();
        expected.sort_unstable();
        let misses = if statuses == expected {
            Vec::new()
        } else {
            vec![Miss::new("", format!("{expected:?}"), format!("{statuses:?}"))]
        };
        Played { misses }
    }
}

/// Where the lab's answer differs from the recorded one.
fn compare(ids: &mut Ids, exchange: &Exchange, answer: &Answer) -> Vec<Miss> {
    let mut misses = Vec::new();
    if exchange.status != answer.status {
        let said = if answer.status >= 400 {
            format!("{} {}", answer.status, answer.text())
        } else {
            answer.status.to_string()
        };
        misses.push(Miss::new("status", format!("{} {}", exchange.status, exchange.body), said));
        return misses;
    }
    if !exchange.content_type.is_empty() && exchange.content_type != answer.content_type {
        misses.push(Miss::new("content type", &exchange.content_type, &answer.content_type));
    }
    if exchange.body.get("base64").is_some() {
        // Binary documents are told apart by their names; what is in them only the machine knows.
        let names = |text: &[u8]| ["lldp", "lshw"].map(|name| text.windows(4).any(|window| window == name.as_bytes()));
        if names(&answer.body) != [true, true] {
            misses.push(Miss::new("", "lldp and lshw", "something else"));
        }
        return misses;
    }
    if exchange.content_type.starts_with("application/json") {
        let Some(value) = answer.json() else {
            misses.push(Miss::new("", &exchange.body, answer.text()));
            return misses;
        };
        let mut comparison = Comparison { ids, misses };
        comparison.values("", "", &exchange.body, &value);
        return comparison.misses;
    }
    let (expected, got) = (plain(ids, exchange.text(), true), plain(ids, &answer.text(), false));
    if expected != got {
        let differing = expected.lines().zip(got.lines()).position(|(a, b)| a != b);
        let line = differing.unwrap_or_else(|| expected.lines().count().min(got.lines().count()));
        let nth = |text: &str| text.lines().nth(line).unwrap_or("(ends)").to_owned();
        misses.push(Miss::new(&format!("line {}", line + 1), nth(&expected), nth(&got)));
    }
    misses
}
