//! How to reach one BMC: address, credentials, whom to trust, and how patiently to ask.

use super::security::Security;
use secrecy::SecretString;
use std::{net::SocketAddr, time::Duration};

/// One BMC and the account to use there.
#[derive(Debug, Clone)]
pub struct RedfishConfig {
    /// Where the BMC listens; port 443 unless it was changed.
    pub address: SocketAddr,
    /// User name.
    pub user: String,
    /// The user's password.
    pub password: SecretString,
    /// Id of the system (`ComputerSystem.Id`), where the BMC manages several, such as `System.Embedded.1`.
    pub system: Option<String>,
    /// Whether TLS is spoken, and which certificates are trusted.
    pub security: Security,
    /// Waiting and retrying.
    pub timing: Timing,
}

impl RedfishConfig {
    /// A configuration with the usual choices: TLS, the certificates that the system trusts, the BMC's only system.
    pub fn new(address: SocketAddr, user: impl Into<String>, password: SecretString) -> Self {
        Self {
            address,
            user: user.into(),
            password,
            system: None,
            security: Security::default(),
            timing: Timing::default(),
        }
    }
}

/// Waiting and retrying. Every wait ends: this is where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Deadline of a connection with its TLS handshake: BMCs need seconds for one.
    pub connect: Duration,
    /// Deadline of a request with its answer.
    pub request: Duration,
    /// Pause between two requests to one BMC: they answer from small processors that do more important work beside.
    pub interval: Duration,
    /// The longest that one `Retry-After` is waited for; a BMC that asks for more is left alone.
    pub longest_pause: Duration,
    /// Pause between two reads of the power while it changes, and of a task while it runs.
    pub poll: Duration,
    /// How long a power change may take until it is read back. A cycle has this twice.
    pub settle: Duration,
    /// How long an operating system has to shut down before the machine is powered down.
    pub shutdown: Duration,
    /// How long a task of the BMC may take.
    pub task: Duration,
    /// How long a machine may take from power on until its firmware has chosen what to boot.
    pub post: Duration,
    /// How long what does not change is believed: paths, allowable values.
    pub validity: Duration,
    /// How long a session is kept without a request. BMCs have few, and end them after some 30 minutes.
    pub idle: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            request: Duration::from_mins(1),
            interval: Duration::from_millis(50),
            longest_pause: Duration::from_secs(10),
            poll: Duration::from_secs(2),
            settle: Duration::from_mins(1),
            shutdown: Duration::from_mins(3),
            task: Duration::from_mins(2),
            post: Duration::from_mins(10),
            validity: Duration::from_hours(1),
            idle: Duration::from_mins(5),
        }
    }
}
