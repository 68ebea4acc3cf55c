//! `slipway import`, as a person runs it: a small design of our own as a golden test, and a real site where it is there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod command;
mod golden;
mod mutations;
mod seaworthy;
