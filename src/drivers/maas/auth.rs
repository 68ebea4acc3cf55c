//! MAAS's API key, and the OAuth 1.0 header that is made of it anew for every attempt.

use super::Error;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

/// An API key `consumer:token:secret`, as MAAS's `apikey` command prints it.
#[derive(Debug, Clone)]
pub struct ApiKey {
    consumer: String,
    token: String,
    secret: SecretString,
}

impl ApiKey {
    /// Takes a key apart.
    pub fn parse(key: &SecretString) -> Result<Self, Error> {
        match key.expose_secret().trim().split(':').collect::<Vec<_>>()[..] {
            [consumer, token, secret] if ![consumer, token, secret].contains(&"") => {
                Ok(Self { consumer: consumer.into(), token: token.into(), secret: secret.into() })
            }
            _ => Err(Error::Key),
        }
    }

    /// The header `Authorization` for one attempt: signature method PLAINTEXT, with a nonce that no other attempt has
    /// (MAAS takes each only once) and the present time (MAAS allows for 300 s).
    pub(crate) fn header(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.header_at(&format!("{:032x}", rand::random::<u128>()), now)
    }

    fn header_at(&self, nonce: &str, timestamp: u64) -> String {
        // The consumer secret is empty, hence the lone `&` before the token's secret.
        let signature = percent_encode(&format!("&{}", percent_encode(self.secret.expose_secret())));
        format!(
            "OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", oauth_consumer_key=\"{}\", \
             oauth_token=\"{}\", oauth_signature=\"{signature}\", oauth_nonce=\"{nonce}\", oauth_timestamp=\"{timestamp}\"",
            percent_encode(&self.consumer),
            percent_encode(&self.token),
        )
    }

    /// Blots the secret out of `text`.
    pub(crate) fn blot(&self, text: &str) -> String {
        text.replace(self.secret.expose_secret(), "***")
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_maas_reads() {
        let key = ApiKey::parse(&"con:tok:sec".into()).unwrap();
        assert_eq!(
            key.header_at("n1", 1_000),
            "OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", oauth_consumer_key=\"con\", \
             oauth_token=\"tok\", oauth_signature=\"%26sec\", oauth_nonce=\"n1\", oauth_timestamp=\"1000\""
        );
        assert_ne!(key.header(), key.header(), "a nonce works once");
    }

    #[test]
    fn a_key_has_three_parts_and_never_prints() {
        for bad in ["", "a:b", "a:b:c:d", "a::c"] {
            assert!(ApiKey::parse(&bad.into()).is_err(), "{bad}");
        }
        assert!(!format!("{:?}", ApiKey::parse(&"con:tok:topsecret".into()).unwrap()).contains("topsecret"));
    }
}
