//! IPMI 2.0 over RMCP+: power, boot device and identity of machines whose BMC speaks nothing better.
//!
//! From the wire up: `suite` (hashes and ciphers), `wire` (framing), `handshake` (the messages of a login) and `session`
//! (sealing, opening); `resend`, `login` and `open` say what is sent when; `actor` makes one BMC of them, and remembers
//! what worked. None of these does I/O. `engine` is the one task that drives all actors over a shared socket, [`Fleet`]
//! the way to it. [`commands`] says what can be asked, `sdr`, `fru` and `sel` read what BMCs keep in stores; [`IpmiBmc`]
//! puts it together.
//!
//! # Why not the socket layer of `ipmi-rs`
//!
//! Commands are typed by `ipmi-rs-core`, the message half of [`ipmi-rs`](https://github.com/datdenkikniet/ipmi-rs). Its
//! other half, the sockets, is not used. In version 0.6.0 we reproduced: no privilege raise, so that each power or boot
//! command fails with 0xD4; no reply matching, so that one late answer makes every later call return its
//! predecessor's, and the power read is a stale one; no resends, so that 2 % packet loss fails 19 % of polls; panics on
//! an ICMP error and on a malformed RAKP message 4; cipher suite 3 alone; sessions that are never closed.

mod actor;
#[cfg(test)]
mod actor_tests;
mod bmc;
#[cfg(test)]
mod bmc_tests;
mod boot;
mod breaker;
pub mod commands;
mod config;
mod engine;
mod error;
mod facts;
#[cfg(test)]
mod fake_bmc;
mod fleet;
mod fru;
#[cfg(test)]
mod fuzz;
mod handshake;
mod health;
mod job;
mod key;
mod linear;
mod login;
mod meanings;
mod open;
mod power;
mod quirks;
mod resend;
mod sdr;
mod sel;
mod session;
mod sockets;
mod states;
mod stores;
mod suite;
mod text;
mod units;
mod vendors;
mod wire;

pub use bmc::IpmiBmc;
pub use config::{IpmiConfig, LONGEST_IDLE, Privilege, SessionPolicy, Timing};
pub use error::{IpmiError, Operation};
pub use fleet::{Fleet, Limits};
pub use key::BmcKey;
pub use quirks::Quirks;
pub use suite::CipherSuite;
