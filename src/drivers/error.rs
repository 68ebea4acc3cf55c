//! One error type for every driver, with the class that decides what happens next.

use crate::model::LeaseLost;

/// What kind of failure it was. Retry policy, condition reason and metric label follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// No answer, or an answer from something in between. Says nothing about the machine; tried again, spends no budget.
    Unreachable,
    /// The credentials were refused. Not tried again until they change.
    Unauthorized,
    /// The thing asked for is not there (any more). Observe again.
    Missing,
    /// It is in another state than we thought. Observe again, then decide anew.
    Conflict,
    /// The request was understood and refused: it will be refused again.
    Rejected,
    /// The other side cannot do this.
    Unsupported,
}

impl ErrorClass {
    /// CamelCase reason for conditions and events.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unreachable => "Unreachable",
            Self::Unauthorized => "Unauthorized",
            Self::Missing => "Missing",
            Self::Conflict => "Conflict",
            Self::Rejected => "Rejected",
            Self::Unsupported => "Unsupported",
        }
    }
}

/// A driver's failure: its class, what was being done, and the cause beneath.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DriverError {
    /// What kind of failure it was.
    pub class: ErrorClass,
    /// One sentence for a person, free of secrets.
    pub message: String,
    /// Certainly nothing was begun: the request never left, or was refused before it could do anything. What was asked for
    /// may be asked for again at once. Where this is false, nobody knows.
    pub not_begun: bool,
    /// The driver's own error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DriverError {
    /// Whether it was not done because the lease is not held any more, which says nothing about the step.
    pub fn is_lease_lost(&self) -> bool {
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            if next.is::<LeaseLost>() {
                return true;
            }
            cause = next.source();
        }
        false
    }

    /// A failure without a deeper cause.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), not_begun: false, source: None }
    }

    /// The same failure, of something that comes before anything is begun.
    #[must_use]
    pub fn before_anything(self) -> Self {
        Self { not_begun: true, ..self }
    }
}

impl From<LeaseLost> for DriverError {
    fn from(lost: LeaseLost) -> Self {
        let message = "stopped before a write".into();
        Self { class: ErrorClass::Conflict, message, not_begun: true, source: Some(Box::new(lost)) }
    }
}
