//! What MAAS's error answers mean. The codes are used loosely there: a taken address is a 404, a missing login a 400.

use crate::drivers::ErrorClass;

/// The longest text of MAAS's that is passed on, in characters.
const TEXT_LIMIT: usize = 600;

/// The class of an error answer, and MAAS's words for it. `anonymous` says that the request was a plain list of machines
/// or nodes, which another handler answers when there is no login.
pub(crate) fn classify(status: u16, body: &[u8], anonymous: bool) -> (ErrorClass, String) {
    let text = words(body);
    match status {
        // MAAS prints the token's real secret when a signature is wrong: nothing of such a body is kept.
        401 => (ErrorClass::Unauthorized, "the API key is not accepted".into()),
        400 if anonymous && text.contains("Unrecognised signature") => {
            (ErrorClass::Unauthorized, "the API key is not accepted".into())
        }
        403 if text.is_empty() => (ErrorClass::Rejected, "the machine is locked, or not ours to change".into()),
        404 if text.starts_with("Unknown API endpoint") => (ErrorClass::Unsupported, text),
        404 if text.starts_with("IP address is already in use") => (ErrorClass::Rejected, text),
        404 => (ErrorClass::Missing, text),
        405 => (ErrorClass::Unsupported, "the method is not allowed".into()),
        409 if text.starts_with('<') => (ErrorClass::Conflict, "a conflict in MAAS's database".into()),
        409 => (ErrorClass::Conflict, text),
        300..=399 => (ErrorClass::Rejected, "a redirect: is the URL that of MAAS?".into()),
        408 | 429 | 500..=599 => (ErrorClass::Unreachable, text),
        _ => (ErrorClass::Rejected, text),
    }
}

/// A body as one line: form errors become `field: message`.
fn words(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(serde_json::Value::Object(fields)) => {
            let mut lines: Vec<String> = fields.iter().map(|(field, value)| line(field, value)).collect();
            lines.sort();
            lines.join("; ")
        }
        _ => String::from_utf8_lossy(body).trim().to_owned(),
    };
    text.chars().take(TEXT_LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn line(field: &str, value: &serde_json::Value) -> String {
    let messages = value.as_array().map_or_else(
        || value.to_string(),
        |all| all.iter().map(|m| m.as_str().map_or_else(|| m.to_string(), str::to_owned)).collect::<Vec<_>>().join(" "),
    );
    if field == "__all__" { messages } else { format!("{field}: {messages}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maas_answers_have_classes() {
        let table: [(u16, &str, bool, ErrorClass); 14] = [
            (
                401,
                "Authorization Error: 'Invalid signature. Expected signature base string: &REAL'",
                false,
                ErrorClass::Unauthorized,
            ),
            (400, "Unrecognised signature: method=GET op=None", true, ErrorClass::Unauthorized),
            (400, "Unrecognised signature: method=GET op=nope", false, ErrorClass::Rejected),
            (400, r#"{"name":["Enter a valid value."]}"#, false, ErrorClass::Rejected),
            (403, "", false, ErrorClass::Rejected),
            (404, "No Machine matches the given query.", false, ErrorClass::Missing),
            (404, "IP address is already in use.", false, ErrorClass::Rejected),
            (404, "Unknown API endpoint: /MAAS/api/2.0/zones.", false, ErrorClass::Unsupported),
            (405, "", false, ErrorClass::Unsupported),
            (409, "No machine with system ID S available.", false, ErrorClass::Conflict),
            (409, "<html><title>Error: Conflict Error</title>", false, ErrorClass::Conflict),
            (500, "Could not contact node's BMC", false, ErrorClass::Unreachable),
            (503, "No rack controllers can access the BMC of node H", false, ErrorClass::Unreachable),
            (302, "", false, ErrorClass::Rejected),
        ];
        for (status, body, anonymous, class) in table {
            let (found, text) = classify(status, body.as_bytes(), anonymous);
            assert_eq!(found, class, "{status} {body}");
            assert!(!text.contains("REAL"), "a 401 body is never passed on");
        }
    }

    #[test]
    fn form_errors_read_as_sentences() {
        let body = br#"{"mac_addresses":["This field is required."],"__all__":["Broken."]}"#;
        assert_eq!(classify(400, body, false).1, "Broken.; mac_addresses: This field is required.");
    }
}
