//! The program as a person calls it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod broken_yaml;
mod diff;
mod explain;
mod fuzz;
mod get;
mod kinds;
mod outputs;
mod places;
mod ports;
mod rules;
mod run;
mod schema;
mod validate;
