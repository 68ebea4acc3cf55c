//! IPMI 2.0 over RMCP+: power, boot device and identity of machines whose BMC speaks nothing better.
//!
//! From the wire up: `suite` (hashes and ciphers), `wire` (framing), `handshake` (login) and `session` (sealing,
//! opening) do no I/O; `transport` drives them over UDP; [`commands`] says what can be asked; [`IpmiBmc`] puts it
//! together.
//!
//! # Why not the socket layer of `ipmi-rs`
//!
//! Commands are typed by `ipmi-rs-core`, the message half of [`ipmi-rs`](https://github.com/datdenkikniet/ipmi-rs). Its
//! other half, the sockets, is not used. In version 0.6.0 we reproduced: no privilege raise, so that each power or boot
//! command fails with 0xD4; no reply matching, so that one late answer makes every later call return its
//! predecessor's, and the power read is a stale one; no resends, so that 2 % packet loss fails 19 % of polls; panics on
//! an ICMP error and on a malformed RAKP message 4; cipher suite 3 alone; sessions that are never closed.

mod bmc;
#[cfg(test)]
mod bmc_tests;
pub mod commands;
mod config;
mod error;
#[cfg(test)]
mod fake_bmc;
mod handshake;
mod session;
mod suite;
mod transport;
mod wire;

pub use bmc::IpmiBmc;
pub use config::{IpmiConfig, Privilege, Timing};
pub use error::{IpmiError, Operation};
pub use suite::CipherSuite;
