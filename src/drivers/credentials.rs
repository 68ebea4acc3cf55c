//! Credentials, as read from Secrets. They never print.

use secrecy::SecretString;

/// A BMC's user and password.
#[derive(Debug, Clone)]
pub struct BmcCredentials {
    /// The user.
    pub username: String,
    /// The password; IPMI 2.0 takes at most 20 bytes.
    pub password: SecretString,
}
