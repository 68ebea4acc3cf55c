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
        Self { class, message: message.into(), source: None }
    }
}

impl From<LeaseLost> for DriverError {
    fn from(lost: LeaseLost) -> Self {
        Self { class: ErrorClass::Conflict, message: "stopped before a write".into(), source: Some(Box::new(lost)) }
    }
}
