//! What can go wrong between Slipway and the cluster that a site becomes, without a word that is secret.

use crate::{
    drivers::{DriverError, ErrorClass},
    model::LeaseLost,
};
use std::time::Duration;

/// The longest text of an API server that is passed on, in characters.
const LONGEST: usize = 300;

/// A failure of the Kubernetes driver.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    /// The kubeconfig cannot be used, or is not to be.
    #[error("the kubeconfig in Secret {secret} cannot be used: {why}")]
    Kubeconfig {
        /// Name of the Secret.
        secret: String,
        /// Why, and what to write instead; nothing of the kubeconfig's text.
        why: String,
    },
    /// No such Node, under any of its names.
    #[error("no Node {0} is in the cluster yet")]
    NoNode(String),
    /// The API server refuses the credentials.
    #[error("the cluster refuses the credentials of Secret {secret}")]
    Unauthorized {
        /// Name of the Secret.
        secret: String,
    },
    /// The credentials do not suffice.
    #[error("the cluster does not let the user of Secret {secret} {verb} Node {node}: {text}")]
    Forbidden {
        /// Name of the Secret.
        secret: String,
        /// What was to be done.
        verb: &'static str,
        /// Name of the Node.
        node: String,
        /// The API server's words, shortened.
        text: String,
    },
    /// Somebody else holds a label with another value.
    #[error("{}", told(.0))]
    Held(Vec<Holder>),
    /// The Node was replaced since it was read.
    #[error("Node {0} has changed since it was read")]
    Changed(String),
    /// The API server takes the write for wrong.
    #[error("the cluster refuses to {verb} Node {node}: {text}")]
    Refused {
        /// What was to be done.
        verb: &'static str,
        /// Name of the Node.
        node: String,
        /// The API server's words, shortened.
        text: String,
    },
    /// No whole answer, or one that says to come again.
    #[error("the cluster does not answer")]
    Transport(#[source] kube::Error),
    /// No answer in time.
    #[error("the cluster has not answered within {} s", .0.as_secs())]
    Late(Duration),
    /// The lease was lost before a write.
    #[error("stopped before a write")]
    Lease(#[source] LeaseLost),
}

/// Who holds a label that is designed otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The label.
    pub label: String,
    /// What the API server says of its holder. Example: `conflict with "kubectl-label" using v1`.
    pub says: String,
}

fn told(holders: &[Holder]) -> String {
    let each: Vec<String> = holders.iter().take(8).map(|one| format!("{} ({})", one.label, one.says)).collect();
    format!(
        "somebody else has set labels to other values, and nothing was written: {}; remove them there, or from ownerData",
        each.join(", ")
    )
}

impl KubernetesError {
    /// What a failed request means.
    pub(super) fn of(error: kube::Error, verb: &'static str, node: &str, secret: &str) -> Self {
        let kube::Error::Api(status) = &error else { return Self::Transport(error) };
        let text = || status.message.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        match status.code {
            401 => Self::Unauthorized { secret: secret.to_owned() },
            403 => Self::Forbidden { secret: secret.to_owned(), verb, node: node.to_owned(), text: text() },
            404 => Self::NoNode(node.to_owned()),
            409 => {
                let causes = status.details.iter().flat_map(|details| &details.causes);
                let holders: Vec<Holder> = causes
                    .filter(|cause| cause.reason == "FieldManagerConflict")
                    .map(|cause| Holder {
                        label: cause.field.strip_prefix(".metadata.labels.").unwrap_or(&cause.field).to_owned(),
                        says: cause.message.chars().filter(|c| !c.is_control()).take(LONGEST).collect(),
                    })
                    .collect();
                if holders.is_empty() { Self::Changed(node.to_owned()) } else { Self::Held(holders) }
            }
            400 | 405..=428 => Self::Refused { verb, node: node.to_owned(), text: text() },
            _ => Self::Transport(error),
        }
    }

    /// What decides whether it is tried again.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Kubeconfig { .. } | Self::Unauthorized { .. } | Self::Forbidden { .. } => ErrorClass::Unauthorized,
            Self::NoNode(_) => ErrorClass::Missing,
            Self::Changed(_) | Self::Lease(_) => ErrorClass::Conflict,
            Self::Held(_) | Self::Refused { .. } => ErrorClass::Rejected,
            Self::Transport(_) | Self::Late(_) => ErrorClass::Unreachable,
        }
    }
}

/// The words of the deepest cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(next) = deepest.source() {
        deepest = next;
    }
    deepest.to_string()
}

impl From<KubernetesError> for DriverError {
    fn from(error: KubernetesError) -> Self {
        if let KubernetesError::Lease(lost) = error {
            return lost.into();
        }
        let class = error.class();
        let message = error.to_string();
        // Each layer of the client repeats what lies beneath it: the last says it.
        let source = match &error {
            KubernetesError::Transport(cause) => Some(root(cause).into()),
            _ => None,
        };
        Self { class, message, not_begun: false, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(code: u16, causes: &serde_json::Value) -> KubernetesError {
        let status = json!({
            "status": "Failure", "code": code, "reason": "X", "message": "no\n way", "details": {"causes": causes},
        });
        let status = serde_json::from_value(status).unwrap();
        KubernetesError::of(kube::Error::Api(Box::new(status)), "label", "n1", "east")
    }

    #[test]
    fn what_an_api_server_answers_decides_whether_it_is_asked_again() {
        for (code, class, says) in [
            (401, ErrorClass::Unauthorized, "the cluster refuses the credentials of Secret east"),
            (403, ErrorClass::Unauthorized, "the cluster does not let the user of Secret east label Node n1: no way"),
            (404, ErrorClass::Missing, "no Node n1 is in the cluster yet"),
            (409, ErrorClass::Conflict, "Node n1 has changed since it was read"),
            (422, ErrorClass::Rejected, "the cluster refuses to label Node n1: no way"),
            (429, ErrorClass::Unreachable, "the cluster does not answer"),
            (503, ErrorClass::Unreachable, "the cluster does not answer"),
        ] {
            let error = refused(code, &json!([]));
            assert_eq!((error.class(), error.to_string().as_str()), (class, says), "{code}");
        }
    }

    #[test]
    fn who_holds_a_label_is_told() {
        let cause = json!([{
            "reason": "FieldManagerConflict", "field": ".metadata.labels.example.com/tier",
            "message": "conflict with \"kubectl-label\" using v1",
        }]);
        let error = DriverError::from(refused(409, &cause));
        assert_eq!(error.class, ErrorClass::Rejected);
        assert!(error.message.contains("example.com/tier (conflict with \"kubectl-label\" using v1)"), "{error}");
    }
}
