//! Drivers: how Slipway observes and acts on what is outside the cluster.
//!
//! Traits are narrow, one capability each; every call submits and returns, within a deadline; every error has an
//! [`ErrorClass`], from which retry policy, condition reason and metric label follow in one place. Each external write
//! checks a [`Permit`](crate::model::Permit) just before it is sent.

mod bmc;
mod cluster_nodes;
mod credentials;
mod error;
pub mod ipmi;
pub mod kubernetes;
pub mod maas;
pub mod noop;
mod provisioner;
pub mod redfish;
mod service;
mod switch_fabric;

pub use bmc::Bmc;
pub use cluster_nodes::ClusterNodes;
pub use credentials::BmcCredentials;
pub use error::{DriverError, ErrorClass};
pub use provisioner::{Provisioner, SiteSubject, Subject};
pub use service::ask as ask_service;
pub use switch_fabric::SwitchFabric;
