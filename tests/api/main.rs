//! The API as users get it: the CRDs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod files;
mod schemas;
mod server;
