//! Slipway turns a site design kept in Git into provisioned bare-metal machines.
//!
//! The code reads in one direction, six verbs long: **resolve, observe, decide, report, act**, and **watch** for
//! what starts them.
//!
//! | module | what it is | may name |
//! |---|---|---|
//! | [`api`] | the custom resources, one file a kind | nothing of ours |
//! | [`model`] | plain types between the layers | `api` |
//! | [`design`] | *resolve*: manifests to a [`design::SiteDesign`] and its findings; pure | `model`, `api` |
//! | [`plan`] | *decide*: design and observation to a [`model::Step`]; pure | `model`, `api` |
//! | [`drivers`] | *observe* and *act* on MAAS, BMCs and switches | `model`, `api` |
//! | [`runtime`] | lease, clock, metrics, telemetry, health, shutdown | `model`, `api` |
//! | [`controllers`] | watches, reports, and the one pipeline that ties the verbs together | all above |
//! | [`manifest`] | manifests in files: YAML read with places, objects held against their schemas | `api` |
//! | [`import`] | other designs, such as Drydock's, to our manifests | `manifest`, `model`, `api` |
//! | [`cli`] | one file a subcommand | everything |
//!
//! `tests/pure/architecture.rs` holds this table against the `use` lines.

pub mod api;
pub mod cli;
pub mod controllers;
pub mod design;
pub mod drivers;
pub mod import;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod runtime;
