//! Controllers: they watch, report, and tie the verbs together.
//!
//! [`cache`] holds every object of ours, fed by one watch a kind. `design` resolves a namespace whenever one of its
//! objects changes, `site` brings the provisioner's site objects to the design, `node` takes each machine to where it
//! has been asked to stand, `task` records how requests go. Each works through a queue of keys; a panic in one object's
//! turn stalls that object alone.

mod bmc;
mod bmc_hardware;
mod bmc_replaced;
pub mod cache;
mod clusters;
mod conditions;
mod context;
mod design;
mod designs;
mod events;
mod guard;
mod heard;
mod inventory;
mod lenders;
mod lock;
mod logins;
mod news;
mod node;
mod node_adopt;
mod node_bmc;
mod node_going;
mod node_ports;
mod node_report;
mod node_slot;
mod node_verify;
mod node_waits;
mod node_work;
mod provisioners;
mod regressions;
mod rollouts;
mod rounds;
mod run;
mod secrets;
mod site;
mod site_going;
mod site_look;
mod site_objects;
mod site_report;
mod site_subject;
mod site_verify;
mod slots;
mod sweep;
mod task;
mod task_nodes;
mod task_prepare;
mod task_record;
mod task_relabel;
mod user_data;
mod watches;
mod workers;
mod write;

pub use context::Settings;
pub use run::{RunError, run};
