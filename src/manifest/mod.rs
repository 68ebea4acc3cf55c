//! Manifests as files hold them.
//!
//! [`yaml`] reads a stream into documents that remember where everything stands; [`schema`] holds an object against the
//! schema of its kind, as the API server would. Nothing here knows what a design means: that is `design`'s.

pub mod schema;
pub mod yaml;
