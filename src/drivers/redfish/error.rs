//! What can go wrong between Slipway and a Redfish service, without a word that is secret.

use crate::{
    drivers::{DriverError, ErrorClass},
    model::{LeaseLost, Power},
};
use std::{net::SocketAddr, time::Duration};

/// A failure of one call.
#[derive(Debug, thiserror::Error)]
pub enum RedfishError {
    /// The fingerprint to trust cannot be read.
    #[error("the certificate's fingerprint is not SHA-256 in 64 hexadecimal digits")]
    Fingerprint,
    /// The certificates to trust cannot be read.
    #[error("the authorities to trust are not certificates in PEM, -----BEGIN CERTIFICATE-----")]
    Authorities,
    /// The system trusts nobody.
    #[error("the operating system has no certificates of authorities: name those that signed the BMC's")]
    NoRoots,
    /// The name to look for in the certificate is none.
    #[error("`{0}` is neither a DNS name nor an address that a certificate can hold")]
    Name(String),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Setup(#[source] reqwest::Error),
    /// No whole answer: of a write, the outcome is unknown.
    #[error("no answer to {what}")]
    Transport {
        /// Method and path.
        what: String,
        /// The cause, without URL.
        #[source]
        source: reqwest::Error,
    },
    /// The BMC's certificate is not one that is trusted. Nothing was sent.
    #[error("the BMC's certificate is not trusted: {why}")]
    Untrusted {
        /// Why not.
        why: String,
        /// The cause, without URL.
        #[source]
        source: reqwest::Error,
    },
    /// A login got no answer that is one. What it was for was not sent.
    #[error("cannot log in")]
    LoggingIn(#[source] Box<RedfishError>),
    /// User or password were refused.
    #[error("the BMC refused the user or the password")]
    Credentials,
    /// User or password were refused before; they were not sent again, since BMCs lock accounts.
    #[error("the BMC refused the user or the password, and is not asked again with the same")]
    CredentialsBefore,
    /// An answer that is an error.
    #[error("{what} was refused: {status} {text}")]
    Refused {
        /// Method and path.
        what: String,
        /// HTTP status.
        status: u16,
        /// What it means for what comes next.
        class: ErrorClass,
        /// The BMC's words, shortened.
        text: String,
        /// Ids of its messages, such as `Base.1.8.PropertyValueNotInList`.
        ids: Vec<String>,
    },
    /// The answer is larger than anything that a BMC sends.
    #[error("the answer to {what} is larger than {limit} bytes")]
    TooLarge {
        /// Method and path.
        what: String,
        /// The bound in bytes.
        limit: usize,
    },
    /// The answer is no JSON.
    #[error("the answer to {what} cannot be read: {why}")]
    Unreadable {
        /// Method and path.
        what: String,
        /// Where reading stopped, without the text that stood there.
        why: String,
    },
    /// A redirect or a link that leads away from the BMC, or in a circle. Not followed: it would carry the session along.
    #[error("{what} leads elsewhere, to {to}")]
    Elsewhere {
        /// Method and path.
        what: String,
        /// Where to, shortened.
        to: String,
    },
    /// The BMC manages several systems, and none was chosen.
    #[error("the BMC manages several systems, and none of them is named in the configuration: {}", .0.join(", "))]
    SeveralSystems(Vec<String>),
    /// The system that was chosen is not there.
    #[error("the BMC has no system `{wanted}`; it has: {}", found.join(", "))]
    NoSuchSystem {
        /// The one in the configuration.
        wanted: String,
        /// Those that are there.
        found: Vec<String>,
    },
    /// This BMC does not have what was asked for.
    #[error("this BMC {0}")]
    Lacks(String),
    /// The BMC took the request, and did not do it.
    #[error("{0}")]
    NotKept(String),
    /// The power did not become what was asked for in time, although the BMC took the command.
    #[error("the power is still not {wanted:?} after {waited:?}")]
    NotReached {
        /// What was asked for.
        wanted: Power,
        /// How long it was watched.
        waited: Duration,
    },
    /// A task of the BMC failed.
    #[error("the BMC's task for {what} ended as {state}: {text}")]
    TaskFailed {
        /// What it was for.
        what: String,
        /// `TaskState` or `JobState`.
        state: String,
        /// The BMC's words, shortened.
        text: String,
    },
    /// A task of the BMC still runs.
    #[error("the BMC's task for {what} still runs after {waited:?}")]
    TaskRuns {
        /// What it is for.
        what: String,
        /// How long it was watched.
        waited: Duration,
    },
    /// The lease was lost before a write.
    #[error("stopped before {what}")]
    Lease {
        /// Method and path.
        what: String,
        /// The loss.
        #[source]
        source: LeaseLost,
    },
}

impl RedfishError {
    /// What this failure means for the caller.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Transport { .. } | Self::TooLarge { .. } | Self::Unreadable { .. } | Self::TaskRuns { .. } => {
                ErrorClass::Unreachable
            }
            Self::Credentials | Self::CredentialsBefore => ErrorClass::Unauthorized,
            Self::Refused { class, .. } => *class,
            Self::LoggingIn(error) => error.class(),
            Self::Fingerprint
            | Self::Authorities
            | Self::NoRoots
            | Self::Name(_)
            | Self::Tls(_)
            | Self::Setup(_)
            | Self::Untrusted { .. }
            | Self::Elsewhere { .. }
            | Self::SeveralSystems(_)
            | Self::NoSuchSystem { .. }
            | Self::TaskFailed { .. } => ErrorClass::Rejected,
            Self::Lacks(_) => ErrorClass::Unsupported,
            Self::NotKept(_) | Self::NotReached { .. } | Self::Lease { .. } => ErrorClass::Conflict,
        }
    }

    /// HTTP status of a refusal.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether what was asked for may have been done all the same: nothing came back, or something in between answered.
    pub(super) fn is_unknown(&self) -> bool {
        match self {
            Self::Transport { source, .. } => !source.is_connect(),
            Self::TooLarge { .. } | Self::Unreadable { .. } => true,
            Self::Refused { status, .. } => *status >= 500 && *status != 501,
            _ => false,
        }
    }

    /// Whether something is simply not there, or not for us: what is optional is then left out.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self.class(), ErrorClass::Missing | ErrorClass::Unsupported)
            || matches!(self.status(), Some(400 | 403 | 500 | 502))
            || matches!(self, Self::Unreadable { .. } | Self::TooLarge { .. } | Self::Elsewhere { .. })
    }

    /// The same as the driver's error, with what was being done and where.
    pub(super) fn at(self, address: SocketAddr, doing: &str) -> DriverError {
        DriverError {
            class: self.class(),
            message: format!("cannot {doing} over Redfish at {address}"),
            not_begun: false,
            source: Some(Box::new(self)),
        }
    }
}
