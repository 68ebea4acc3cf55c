//! How to reach one BMC: address, credentials, and how patiently to ask.

use super::{CipherSuite, Quirks, error::IpmiError, key::BmcKey};
use secrecy::{ExposeSecret, SecretString};
use std::{net::SocketAddr, time::Duration};
use subtle::ConstantTimeEq;

/// Longest user name in bytes (IPMI 2.0 §13.20).
pub(super) const USER_LIMIT: usize = 16;
/// Longest password in bytes (IPMI 2.0 §22.30). Tools that cut them silently log in to nothing.
const PASSWORD_LIMIT: usize = 20;

/// One BMC and the account to use there.
#[derive(Debug, Clone)]
pub struct IpmiConfig {
    /// Where the BMC listens; port 623 unless it was changed.
    pub address: SocketAddr,
    /// User name, at most 16 bytes.
    pub user: String,
    /// The user's password, at most 20 bytes.
    pub password: SecretString,
    /// The BMC key `K_g`, where BMCs demand one beside the password.
    pub key: Option<BmcKey>,
    /// Suites to offer, in this order, after the one that was taken last. A BMC's refusal leads to the next; its silence
    /// does not. Suites below 3 are offered only because they stand here.
    pub cipher_suites: Vec<CipherSuite>,
    /// Privilege to work with.
    pub privilege: Privilege,
    /// Workarounds for what this BMC does wrong.
    pub quirks: Quirks,
    /// What becomes of a session once its work is done.
    pub sessions: SessionPolicy,
    /// Waiting and resending.
    pub timing: Timing,
}

/// What becomes of a session once its work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionPolicy {
    /// It is closed at once: BMCs have as few as four, and others want one too.
    #[default]
    Close,
    /// It is kept for the next call, and closed when none has come for so long. Longer than [`LONGEST_IDLE`] is cut to
    /// that.
    Keep(Duration),
}

/// BMCs forget a session 60 s after its last packet (IPMI 2.0 §6.12.15); what may be forgotten is not used again.
pub const LONGEST_IDLE: Duration = Duration::from_secs(50);

impl IpmiConfig {
    /// A configuration with the usual choices: suites 17 then 3, privilege Operator, no key.
    pub fn new(address: SocketAddr, user: impl Into<String>, password: SecretString) -> Self {
        Self {
            address,
            user: user.into(),
            password,
            key: None,
            cipher_suites: vec![CipherSuite::Seventeen, CipherSuite::Three],
            privilege: Privilege::Operator,
            quirks: Quirks::default(),
            sessions: SessionPolicy::default(),
            timing: Timing::default(),
        }
    }

    /// Refuses what does not fit into the protocol's fields, before anything is sent.
    pub fn check(&self) -> Result<(), IpmiError> {
        limit("user name", self.user.len(), USER_LIMIT)?;
        limit("password", self.password.expose_secret().len(), PASSWORD_LIMIT)
    }
}

impl IpmiConfig {
    /// Whether a session that was opened by the one configuration serves the other.
    pub(super) fn same_account(&self, other: &Self) -> bool {
        let same = |a: &SecretString, b: &SecretString| -> bool {
            a.expose_secret().as_bytes().ct_eq(b.expose_secret().as_bytes()).into()
        };
        let same_key = match (&self.key, &other.key) {
            (Some(a), Some(b)) => a.is(b),
            (None, None) => true,
            _ => false,
        };
        self.user == other.user
            && same(&self.password, &other.password)
            && same_key
            && self.privilege == other.privilege
            && self.cipher_suites == other.cipher_suites
            && self.quirks == other.quirks
    }
}

fn limit(what: &'static str, length: usize, limit: usize) -> Result<(), IpmiError> {
    if length > limit { Err(IpmiError::TooLong { what, length, limit }) } else { Ok(()) }
}

/// What a session may do (IPMI 2.0 §6.8). Power and boot order take Operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Privilege {
    /// Reads only.
    User = 2,
    /// Everything but the BMC's own configuration.
    #[default]
    Operator = 3,
    /// Everything.
    Administrator = 4,
}

/// Waiting and resending. Every wait ends: this is where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Wait for an answer before the first resend; doubled for each further one, up to four times itself.
    pub retransmit: Duration,
    /// How often a request is sent in all.
    pub tries: u32,
    /// Deadline of one request with its resends.
    pub exchange: Duration,
    /// Deadline of a whole login.
    pub login: Duration,
    /// Pause before a BMC is asked again that is busy (completion code 0xC0) or has no session to give (status 0x01);
    /// doubled for each further one. It is asked so until the exchange's or the login's deadline.
    pub busy: Duration,
    /// Shortest time between the end of one call to a BMC and the beginning of the next: some crash when hurried.
    pub interval: Duration,
    /// Pause between two reads of the power while it changes.
    pub poll: Duration,
    /// How long a power change may take until it is read back. A cycle has this twice.
    pub settle: Duration,
    /// How long an operating system has to shut down before the machine is powered down.
    pub shutdown: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            // With ten tries a network that loses a tenth of all packets fails one exchange in sixteen millions.
            retransmit: Duration::from_millis(500),
            tries: 10,
            exchange: Duration::from_secs(20),
            login: Duration::from_secs(45),
            busy: Duration::from_secs(2),
            interval: Duration::from_millis(100),
            poll: Duration::from_secs(2),
            settle: Duration::from_mins(1),
            shutdown: Duration::from_mins(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_passwords_are_refused_without_being_shown() {
        let config = |password: &str| IpmiConfig::new(([127, 0, 0, 1], 623).into(), "admin", password.into());
        assert!(config("twenty-bytes-long-pw").check().is_ok());
        let error = config("twenty-one-bytes-long").check().unwrap_err();
        assert_eq!(error.to_string(), "the password is 21 bytes long, IPMI 2.0 takes at most 20");
        assert!(!format!("{:?}", config("hidden")).contains("hidden"));
    }
}
