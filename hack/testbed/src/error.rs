//! What can go wrong while setting up: each message says what to look at.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

/// A failure of the testbed, not of what it tests.
#[derive(Debug, thiserror::Error)]
pub enum TestbedError {
    /// The tools are not there and could not be built; why was printed while trying.
    #[error("{script} failed ({status}); its messages are above")]
    Tools {
        /// The script that makes them.
        script: PathBuf,
        /// How it ended.
        status: ExitStatus,
    },
    /// A program is not where it should be.
    #[error("there is no {}: {hint}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// What makes it.
        hint: &'static str,
    },
    /// Something with files or processes failed.
    #[error("cannot {what}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// A program ended although it should run.
    #[error("{program} ended ({status}); its last words:\n{log}")]
    Ended {
        /// Its name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of its standard error, or of its output if that is empty.
        log: String,
    },
    /// A condition did not come true.
    #[error("waited {waited:?} for {what}; last seen: {last}")]
    Timeout {
        /// The condition.
        what: String,
        /// How long.
        waited: Duration,
        /// What was there instead.
        last: String,
    },
    /// kubectl said no.
    #[error("kubectl {command}: {stderr}")]
    Kubectl {
        /// Its arguments.
        command: String,
        /// What it said.
        stderr: String,
    },
    /// An answer is not the JSON it should be.
    #[error("{what} is not the expected JSON")]
    Json {
        /// Which answer.
        what: String,
        /// Where it is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A key could not be made.
    #[error("cannot make a key for service account tokens")]
    Key,
}

/// Names the action that an I/O error interrupted.
pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> TestbedError {
    move |source| TestbedError::Io { what: what.into(), source }
}
