//! OAuth 1.0 PLAINTEXT as MAAS checks it: a nonce works once, the clock may be off by 300 seconds, and the texts of
//! the refusals (the real secret included) are MAAS's own.

use std::collections::HashMap;

use jiff::Timestamp;

use super::reply::Reply;
use super::request::{Request, percent_decode};
use crate::region::Region;
use crate::region::people::Caller;

const THRESHOLD: i64 = 300;

/// Says who signed a request, or why it is not let in.
pub(crate) fn caller(region: &mut Region, request: &Request) -> Result<Caller, Reply> {
    let header = request.authorization.as_deref().and_then(|text| text.strip_prefix("OAuth "));
    let fields = header.map(parse).unwrap_or_default();
    let field = |name: &str| fields.get(name).map(String::as_str);
    let (Some(consumer), Some(token), Some(signature), Some(nonce), Some(timestamp), Some(_)) = (
        field("oauth_consumer_key"),
        field("oauth_token"),
        field("oauth_signature"),
        field("oauth_nonce"),
        field("oauth_timestamp"),
        field("oauth_signature_method"),
    ) else {
        return Err(anonymous(request));
    };
    let error = |text: String| Reply::unauthorized(format!("Authorization Error: {text}"));
    let tokens = || region.users.values().flat_map(|user| user.tokens.iter().map(move |token| (user, token)));
    if !tokens().any(|(_, known)| known.consumer == consumer) {
        return Err(error("Invalid API key.".to_owned()));
    }
    let Some((user, known)) = tokens().find(|(_, known)| known.key == token && known.consumer == consumer) else {
        return Err(error(format!("'Invalid access token: {token}'")));
    };
    let caller = Caller { name: user.name.clone(), superuser: user.superuser };
    let secret = known.secret.clone();
    let given: i64 = timestamp.parse().unwrap_or(0);
    let now = Timestamp::now().as_second();
    if (now - given).abs() > THRESHOLD {
        return Err(error(format!(
            "'Expired timestamp: given {given} and now {now} has a greater difference than threshold {THRESHOLD}'"
        )));
    }
    if !region.nonces.insert(format!("{token}/{nonce}")) {
        return Err(error(format!("'Nonce already used: {nonce}'")));
    }
    if signature != format!("&{secret}") {
        return Err(error(format!("'Invalid signature. Expected signature base string: &{secret}'")));
    }
    Ok(caller)
}

/// Without a header the machine lists are other handlers, those of anonymous enlistment.
fn anonymous(request: &Request) -> Reply {
    let pieces = request.pieces.as_deref().unwrap_or_default();
    match (pieces, request.method.as_str()) {
        ([list], "GET") if matches!(list.as_str(), "machines" | "nodes") => {
            let op = request.op.as_deref().unwrap_or("None");
            Reply::sentence(400, format!("Unrecognised signature: method=GET op={op}"))
        }
        ([list], "POST") if list == "machines" && request.op.is_none() => Reply::required("mac_addresses"),
        _ => Reply::anonymous(),
    }
}

fn parse(header: &str) -> HashMap<String, String> {
    header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), percent_decode(value.trim().trim_matches('"'))))
        .collect()
}
