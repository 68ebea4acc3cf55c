//! YAML streams, with the place of every key and value. JSON is YAML too.
//!
//! A document with a fault costs itself alone, wherever the syntax lets a reader find the next one. No content is ever
//! shown in a fault, for it may be a credential; keys are.

mod build;
mod fault;
mod marks;
mod read;
mod scalar;

pub use fault::Fault;
pub use marks::{Marks, Place};
pub use read::{Document, place_in, read};
pub use scalar::otherwise_in_kubectl;
