//! What can go wrong between Slipway and a MAAS region, without a word that is secret.

use crate::{
    drivers::{DriverError, ErrorClass},
    model::LeaseLost,
};
use std::sync::Arc;

/// A failure of the MAAS driver.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API key is not of the form `consumer:token:secret`.
    #[error("the MAAS API key is not of the form consumer:token:secret")]
    Key,
    /// The region's URL cannot be used.
    #[error("`{0}` is not the http(s) URL of a MAAS region, such as http://maas.example.com:5240/MAAS")]
    Url(String),
    /// The certificates to trust cannot be read.
    #[error("key `ca.crt` of Secret {secret} does not hold certificates in PEM, -----BEGIN CERTIFICATE-----")]
    Trust {
        /// Name of the Secret.
        secret: String,
    },
    /// The HTTP client could not be set up.
    #[error("the HTTP client for MAAS could not be set up")]
    Setup(#[source] reqwest::Error),
    /// No whole answer: of a write, the outcome is unknown.
    #[error("MAAS gave no answer to {what}")]
    Transport {
        /// Method and path.
        what: String,
        /// The cause, without URL.
        #[source]
        source: reqwest::Error,
    },
    /// An answer that is an error.
    #[error("MAAS refused {what}: {status} {text}")]
    Refused {
        /// Method and path.
        what: String,
        /// HTTP status.
        status: u16,
        /// What it means for what comes next.
        class: ErrorClass,
        /// MAAS's words, shortened; never those of a 401.
        text: String,
    },
    /// The answer is larger than anything that MAAS sends.
    #[error("the answer of MAAS to {what} is larger than {limit} bytes")]
    TooLarge {
        /// Method and path.
        what: String,
        /// The bound in bytes.
        limit: usize,
    },
    /// The answer cannot be read.
    #[error("the answer of MAAS to {what} cannot be read: {why}")]
    Unreadable {
        /// Method and path.
        what: String,
        /// Where reading stopped, without the text that stood there.
        why: String,
    },
    /// A request that was made for several at once has failed.
    #[error("{0}")]
    Shared(Arc<Error>),
    /// The lease was lost before a write.
    #[error("stopped before {what}")]
    Lease {
        /// Method and path.
        what: String,
        /// The loss.
        #[source]
        source: LeaseLost,
    },
    /// Found otherwise than decided on; nothing was written.
    #[error("{0}")]
    Conflict(String),
    /// There is no such machine; nothing was written.
    #[error("{0}")]
    Missing(String),
    /// The design cannot be carried out on this machine; nothing was written.
    #[error("{0}")]
    Impossible(String),
    /// MAAS cannot do this.
    #[error("{0}")]
    Unsupported(String),
}

impl Error {
    /// What kind of failure it was.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Transport { .. } | Self::TooLarge { .. } | Self::Unreadable { .. } => ErrorClass::Unreachable,
            Self::Refused { class, .. } => *class,
            Self::Shared(error) => error.class(),
            Self::Lease { .. } | Self::Conflict(_) => ErrorClass::Conflict,
            Self::Missing(_) => ErrorClass::Missing,
            Self::Key | Self::Trust { .. } => ErrorClass::Unauthorized,
            Self::Url(_) | Self::Setup(_) | Self::Impossible(_) => ErrorClass::Rejected,
            Self::Unsupported(_) => ErrorClass::Unsupported,
        }
    }

    /// Whether certainly nothing was begun: it was a read that failed, or a write that never left. `what` is method and
    /// path.
    pub(crate) fn is_not_begun(&self) -> bool {
        let is_read = |what: &str| what.starts_with("GET ");
        match self {
            Self::Transport { what, source } => is_read(what) || source.is_connect(),
            Self::Refused { what, .. } | Self::TooLarge { what, .. } | Self::Unreadable { what, .. } => is_read(what),
            Self::Shared(error) => error.is_not_begun(),
            Self::Key
            | Self::Url(_)
            | Self::Trust { .. }
            | Self::Setup(_)
            | Self::Lease { .. }
            | Self::Conflict(_)
            | Self::Missing(_)
            | Self::Impossible(_)
            | Self::Unsupported(_) => true,
        }
    }

    /// Whether MAAS refused to create what exists already.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Refused { status: 400, text, .. } if text.contains("already exists") || text.contains("already been added"))
    }
}

impl From<Error> for DriverError {
    fn from(error: Error) -> Self {
        // The message is the error's own level; what lies beneath it stays reachable as source.
        let (class, message, not_begun) = (error.class(), error.to_string(), error.is_not_begun());
        let source = match error {
            Error::Transport { source, .. } | Error::Setup(source) => Some(source.into()),
            Error::Lease { source, .. } => Some(source.into()),
            Error::Shared(error) => std::error::Error::source(&*error).map(|cause| cause.to_string().into()),
            _ => None,
        };
        Self { class, message, not_begun, source }
    }
}
