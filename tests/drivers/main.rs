//! The drivers against services that others wrote, started as processes on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test as the test itself does")]

mod ipmi_sim;
mod relay;
