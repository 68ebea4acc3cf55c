//! Credentials, as read from Secrets. They never print.

use secrecy::SecretString;

/// A BMC's user and password, and its key.
#[derive(Debug, Clone)]
pub struct BmcCredentials {
    /// The user.
    pub username: String,
    /// The password; IPMI 2.0 takes at most 20 bytes.
    pub password: SecretString,
    /// The BMC key (`K_g`, IPMI 2.0 section 13.33), where the BMC demands one beside the password: at most 20 bytes
    /// of text, or as many in hexadecimal digits after `0x`.
    pub key: Option<SecretString>,
}
