//! Certificates that are trusted beside the system's.

use super::Error;
use reqwest::Certificate;
use secrecy::{ExposeSecret, SecretString};

/// Certificates in PEM, and the Secret that they come from.
#[derive(Debug, Clone)]
pub struct TrustBundle {
    /// Name of the Secret, for messages.
    pub secret: String,
    /// The certificates. They are no secret themselves, but whoever mistakes a key for them shall not find it in a log.
    pub pem: SecretString,
}

impl TrustBundle {
    /// The certificates, one at least.
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, Error> {
        match Certificate::from_pem_bundle(self.pem.expose_secret().as_bytes()) {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(self.unreadable()),
        }
    }

    /// That they cannot be read.
    pub(super) fn unreadable(&self) -> Error {
        Error::Trust { secret: self.secret.clone() }
    }
}

#[cfg(test)]
mod tests;
