//! What the tests share: a tiny HTTP client that signs as MAAS wants it, and polling with a deadline.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use slipway_lab::Lab;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a test waits for anything.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

static NONCE: AtomicU64 = AtomicU64::new(0);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The JSON of an answer that must be a success.
    pub(crate) fn ok(self) -> Value {
        assert!(self.status < 300, "{} {}", self.status, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

/// One request on a connection of its own. `None`: the connection ended without an answer.
pub(crate) async fn http(method: &str, url: &str, headers: &str, body: &str) -> Option<Answer> {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut body = bytes.split_off(end + 4);
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = unchunk(&body);
    }
    Some(Answer { status, headers: head, body })
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..end]), 16).unwrap();
        if size == 0 {
            break;
        }
        out.extend(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    out
}

/// The `Authorization` header of one request.
pub(crate) fn authorization(key: &str, nonce: &str, timestamp: i64) -> String {
    let parts: Vec<&str> = key.split(':').collect();
    format!(
        "Authorization: OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", \
         oauth_consumer_key=\"{}\", oauth_token=\"{}\", oauth_signature=\"%26{}\", oauth_nonce=\"{nonce}\", \
         oauth_timestamp=\"{timestamp}\"\r\n",
        parts[0], parts[1], parts[2]
    )
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    pairs.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect::<Vec<_>>().join("&")
}

/// A request to the region, signed.
pub(crate) async fn maas(lab: &Lab, method: &str, path: &str, form: &[(&str, &str)]) -> Option<Answer> {
    let nonce = format!("n{}", NONCE.fetch_add(1, Ordering::Relaxed));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut headers = authorization(&lab.api_key, &nonce, i64::try_from(now).unwrap());
    headers.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
    http(method, &format!("{}/api/2.0/{path}", lab.maas_url), &headers, &encode(form)).await
}

pub(crate) async fn get(lab: &Lab, path: &str) -> Value {
    maas(lab, "GET", path, &[]).await.unwrap().ok()
}

pub(crate) async fn post(lab: &Lab, path: &str, form: &[(&str, &str)]) -> Value {
    maas(lab, "POST", path, form).await.unwrap().ok()
}

pub(crate) async fn put(lab: &Lab, path: &str, form: &[(&str, &str)]) -> Value {
    maas(lab, "PUT", path, form).await.unwrap().ok()
}

/// A request to the control API.
pub(crate) async fn control(lab: &Lab, method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = "Content-Type: application/json\r\n";
    http(method, &format!("{}/{path}", lab.control_url), headers, &body).await.unwrap().ok()
}

pub(crate) async fn machine(lab: &Lab, name: &str) -> Value {
    control(lab, "GET", &format!("machines/{name}"), &Value::Null).await
}

/// Polls until the check gives something.
pub(crate) async fn until<T, F: AsyncFnMut() -> Option<T>>(what: &str, mut check: F) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Polls until a machine has the status.
pub(crate) async fn until_status(lab: &Lab, name: &str, status: &str) -> Value {
    until(&format!("{name} to be {status}"), async || {
        let machine = machine(lab, name).await;
        (machine["status"] == status).then_some(machine)
    })
    .await
}

/// Makes the rack's network one in which machines can boot.
pub(crate) async fn serve_dhcp(lab: &Lab) {
    let rack = get(lab, "rackcontrollers/").await[0]["system_id"].as_str().unwrap().to_owned();
    post(lab, "ipranges/", &[("type", "dynamic"), ("start_ip", "10.23.20.100"), ("end_ip", "10.23.20.199")]).await;
    put(lab, "vlans/5001/", &[("dhcp_on", "true"), ("primary_rack", &rack)]).await;
}

/// A lab with one machine of three NICs and two disks, and one plain machine.
pub(crate) const SPEC: &str = r#"
speed: 3000
machines:
- name: r01-u10
  bmc: {address: 10.23.104.12}
  serial: ABC1234
  nics:
  - {name: eno1, mac: "52:54:00:00:01:0a", pci: "0000:01:00.0", segment: pxe}
  - {name: ens1f0, mac: "52:54:00:00:01:0b", pci: "0000:02:00.0", segment: data, speedMbps: 25000}
  - {name: ens1f1, mac: "52:54:00:00:01:0c", pci: "0000:02:00.1", segment: data, speedMbps: 25000}
  disks:
  - {name: sda, sizeBytes: 480103981056, scsi: "0:2.0.0"}
  - {name: nvme0n1, sizeBytes: 1600321314816, pci: "0000:65:00.0"}
- name: r01-u11
  bmc: {address: 10.23.104.13}
  nics: [{name: eno1, mac: "52:54:00:00:02:0a", pci: "0000:01:00.0", segment: pxe}]
  disks: [{name: sda, sizeBytes: 480103981056, scsi: "0:2.0.0"}]
"#;
