//! What a refusal means: the HTTP status, and the BMC's own messages (`@Message.ExtendedInfo`, DSP0266 section 8.6).

use super::json::{as_text, at, list, text};
use crate::drivers::ErrorClass;
use serde_json::Value;

/// Longest sentence that is taken over, in characters.
const LONGEST: usize = 300;
/// Most messages that are looked at.
const MESSAGES: usize = 16;

/// What a BMC says of a refusal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Ids of its messages, such as `Base.1.8.PropertyValueNotInList`.
    pub ids: Vec<String>,
    /// One sentence for a person.
    pub sentence: String,
}

impl Words {
    /// Reads the body of an answer, whatever it is.
    pub fn read(body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = at(&value, &["error"]);
        let mut words = Self::default();
        let mut sentences: Vec<String> = Vec::new();
        let infos = [error, &value].map(|place| list(place, "@Message.ExtendedInfo"));
        for info in infos.into_iter().flatten().take(MESSAGES) {
            words.ids.extend(text(info, "MessageId"));
            // Messages of success stand beside the one that failed.
            let said = text(info, "Message").filter(|_| !ends(info, "Success"));
            sentences.extend(said.filter(|said| !sentences.contains(said)));
        }
        if sentences.is_empty() {
            // iDRAC 7 and 8 wrap the text in an object of language and value.
            let message = error.get("message").or_else(|| value.get("message")).unwrap_or(&Value::Null);
            sentences.extend(as_text(message).or_else(|| text(message, "value")));
        }
        words.ids.extend(text(error, "code").filter(|_| words.ids.is_empty()));
        words.sentence = sentences.join(" ").chars().take(LONGEST).collect();
        words
    }

    /// Whether a message's id holds one of these words; of an id, version and registry change with the firmware.
    pub fn say(&self, words: &[&str]) -> bool {
        self.ids.iter().any(|id| words.iter().any(|word| id.contains(word)))
    }

    /// The sentence without what is secret, or the messages' ids where there is none.
    pub fn told(&self, secrets: &[&str]) -> String {
        let mut told = if self.sentence.is_empty() { self.ids.join(", ") } else { self.sentence.clone() };
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            told = told.replace(secret, "***");
        }
        told
    }

    /// Whether all of the BMC's sessions are taken. iDRAC says RAC0218: quadsproject/badfish#447.
    pub fn sessions_are_taken(&self) -> bool {
        self.say(&["SessionLimitExceeded", "RAC0218", "CreateLimitReachedForResource"])
            || self.sentence.contains("maximum number of user sessions")
    }

    /// Whether user or password are wrong, which some BMCs say with another status than 401.
    pub fn credentials_are_wrong(&self) -> bool {
        self.say(&["UnauthorizedLoginAttempt", "InvalidCredentials", "AuthenticationFail", "NoValidSession"])
            || self.say(&["ResourceAtUriUnauthorized"])
    }

    /// Whether the machine is in its power-on self test, and what was asked for has to wait for its end.
    pub fn wait_for_post(&self) -> bool {
        self.say(&["DuringSystemPOST", "SystemPOST", "ServiceTemporarilyUnavailable", "ResourceInUse", "BiosBusy"])
    }

    /// Whether the BMC's licence lacks it: metal3-io/ironic-image#688.
    pub fn licence_is_missing(&self) -> bool {
        self.say(&["License", "LicenceN"]) || self.sentence.to_lowercase().contains("license")
    }
}

fn ends(info: &Value, with: &str) -> bool {
    text(info, "MessageId").is_some_and(|id| id.ends_with(with))
}

/// What a status and the words with it mean for what comes next.
pub(super) fn classify(status: u16, words: &Words) -> ErrorClass {
    match status {
        400 | 403 if words.licence_is_missing() => ErrorClass::Unsupported,
        400 | 403 | 409 if words.wait_for_post() || words.sessions_are_taken() => ErrorClass::Unreachable,
        401 | 403 => ErrorClass::Unauthorized,
        404 | 410 => ErrorClass::Missing,
        405 | 501 => ErrorClass::Unsupported,
        400 if words.say(&["NotSupported", "PropertyUnknown", "PropertyNotWritable"]) => ErrorClass::Unsupported,
        409 | 412 | 428 => ErrorClass::Conflict,
        408 | 425 | 429 | 500.. => ErrorClass::Unreachable,
        _ => ErrorClass::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorClass::{Conflict, Missing, Rejected, Unauthorized, Unreachable, Unsupported};
    use serde_json::json;

    fn words(value: &Value) -> Words {
        Words::read(value.to_string().as_bytes())
    }

    #[test]
    fn the_messages_become_one_sentence() {
        let both = json!({"error": {"code": "Base.1.8.GeneralError", "message": "A general error has occurred.",
        "@Message.ExtendedInfo": [
            {"MessageId": "Base.1.8.Success", "Message": "Completed."},
            {"MessageId": "Base.1.8.PropertyValueNotInList", "Message": "The value Foo is not in the list."},
            {"MessageId": "Base.1.8.PropertyValueNotInList", "Message": "The value Foo is not in the list."},
        ]}});
        assert_eq!(words(&both).told(&["Foo"]), "The value *** is not in the list.");
        assert!(words(&both).say(&["ValueNotInList"]));
        // HPE gives ids and no texts, iDRAC 7 and 8 an object, others one message that is no list.
        let ids = json!({"error": {"code": "iLO.0.10.ExtendedInfo", "message": "See ExtendedInfo.",
            "@Message.ExtendedInfo": [{"MessageId": "iLO.2.14.UnableToModifyDuringSystemPOST"}]}});
        assert_eq!(words(&ids).told(&[]), "See ExtendedInfo.");
        assert_eq!(classify(400, &words(&ids)), ErrorClass::Unreachable);
        let wrapped = json!({"error": {"code": "1", "message": {"lang": "en-us", "value": "failed: invalid"}}});
        assert_eq!(words(&wrapped).told(&[]), "failed: invalid");
        let bare = json!({"@Message.ExtendedInfo": {"MessageId": "Base.1.0.X", "Message": "No."}});
        assert_eq!(words(&bare).told(&[]), "No.");
        for nothing in ["", "[]", "null", "<html>", r#"{"error": 1}"#, "\u{0}"] {
            assert_eq!(Words::read(nothing.as_bytes()), Words::default(), "{nothing}");
        }
    }

    #[test]
    fn classes_follow_status_and_words() {
        let licence =
            words(&json!({"error": {"@Message.ExtendedInfo": [{"MessageId": "SMC.1.0.OemLicenseNotPassed"}]}}));
        assert_eq!(classify(403, &licence), ErrorClass::Unsupported);
        let full = words(&json!({"error": {"@Message.ExtendedInfo": [{"MessageId": "IDRAC.2.1.RAC0218"}]}}));
        assert_eq!((classify(403, &full), classify(503, &full)), (ErrorClass::Unreachable, ErrorClass::Unreachable));
        let none = Words::default();
        let classes = [400, 401, 403, 404, 405, 409, 412, 428, 429, 500, 503].map(|status| classify(status, &none));
        let wanted = [Rejected, Unauthorized, Unauthorized, Missing, Unsupported, Conflict, Conflict, Conflict];
        assert_eq!(classes[..8], wanted);
        assert_eq!(classes[8..], [Unreachable; 3]);
    }
}
