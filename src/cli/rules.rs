//! `slipway rules`: what a design is checked for.

use crate::design::RULES;
use std::process::ExitCode;

/// Prints every rule: its id, that of the same rule in Drydock, and what must hold.
pub fn run() -> ExitCode {
    for rule in RULES {
        println!("{}  {:6}  {}", rule.id, rule.drydock.unwrap_or("-"), rule.title);
    }
    ExitCode::SUCCESS
}
