//! One request over a real socket, signed as MAAS wants it.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

static NONCE: AtomicU64 = AtomicU64::new(0);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How a request is signed.
#[derive(Clone, Debug)]
pub(crate) enum Signature {
    None,
    /// With this key, at this moment when it is not now.
    Key {
        key: String,
        at: Option<i64>,
        nonce: Option<String>,
    },
}

pub(crate) fn nonce() -> String {
    format!("replay-{}", NONCE.fetch_add(1, Ordering::Relaxed))
}

fn header(signature: &Signature) -> String {
    let Signature::Key { key, at, nonce: given } = signature else { return String::new() };
    let parts: Vec<&str> = key.split(':').collect();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let at = at.unwrap_or_else(|| i64::try_from(now).unwrap());
    let nonce = given.clone().unwrap_or_else(nonce);
    format!(
        "Authorization: OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", \
         oauth_consumer_key=\"{}\", oauth_token=\"{}\", oauth_signature=\"%26{}\", oauth_nonce=\"{nonce}\", \
         oauth_timestamp=\"{at}\"\r\n",
        parts[0], parts[1], parts[2]
    )
}

/// The body of a request, with its content type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

/// Pairs as a form.
pub(crate) fn form(pairs: &[(String, String)]) -> Body {
    let bytes = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes();
    Body { content_type: "application/x-www-form-urlencoded".to_owned(), bytes }
}

/// Pairs and files as parts.
pub(crate) fn parts(pairs: &[(String, String)], files: &[(String, Vec<u8>)]) -> Body {
    let boundary = "replay-boundary";
    let mut bytes = Vec::new();
    for (name, value) in pairs {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        bytes.extend(head.bytes());
    }
    for (name, content) in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: \
             application/octet-stream\r\n\r\n"
        );
        bytes.extend(head.bytes());
        bytes.extend(content);
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("--{boundary}--\r\n").bytes());
    Body { content_type: format!("multipart/form-data; boundary={boundary}"), bytes }
}

/// Sends a request and reads the answer to its end.
pub(crate) async fn send(host: &str, method: &str, path: &str, signature: &Signature, body: &Body) -> Option<Answer> {
    let mut stream = TcpStream::connect(host).await.ok()?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{}",
        body.bytes.len(),
        header(signature),
    );
    if !body.content_type.is_empty() {
        head = format!("{head}Content-Type: {}\r\n", body.content_type);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&body.bytes).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut content_type = String::new();
    for line in head.lines() {
        if let Some((key, value)) = line.split_once(':')
            && key.eq_ignore_ascii_case("content-type")
        {
            value.trim().clone_into(&mut content_type);
        }
    }
    Some(Answer { status, content_type, body: bytes.split_off(end + 4) })
}
