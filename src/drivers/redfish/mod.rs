//! Redfish (DMTF DSP0266): power, boot device, hardware, firmware settings, sensors and log of machines whose BMC speaks
//! HTTP and JSON.
//!
//! From the wire up: [`Security`] says whom to trust; `http` sends one bounded request at a time; `json` reads documents
//! of which nothing can be relied on; `login` keeps one session; `client` knows ETags, redirects, pages and tasks;
//! `quirks` is the table of what vendors do otherwise; `places` finds the system and what belongs to it. One file for
//! each thing that can be asked stands beside them, and [`RedfishBmc`] puts it together. [`RedfishFleet`] keeps one
//! driver, and so one session, for each BMC.
//!
//! # Why a client of our own
//!
//! BMCs leave required properties out, send text where the schema says number, and refuse what the specification
//! demands. A client that decodes whole documents by the schema fails as a whole on the first such property, so here
//! each property is looked for when it is needed, and one that is missing or of a wrong type is simply not known.

mod bios;
mod bmc;
mod boot;
mod client;
mod config;
mod error;
mod firmware;
mod fleet;
mod http;
mod inventory;
mod json;
mod light;
mod links;
mod log;
mod login;
mod media;
mod places;
mod power;
mod quirks;
mod refusal;
mod security;
mod sensors;
mod storage;
mod tasks;

pub use bios::BiosOutcome;
pub use bmc::RedfishBmc;
pub use config::{RedfishConfig, Timing};
pub use error::RedfishError;
pub use fleet::RedfishFleet;
pub use security::{Fingerprint, Security, Trust};
